import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { mountOf } from '../../../src/model/mounts';
import { ApartMounts } from '../../../src/os/apart/mounts';
import { linuxMounts } from '../../../src/os/linux/mountSource';

interface Line {
  id: number;
  parent: number;
  point: string;
  type: string;
}

/** As proc_pid_mountinfo(5) prints them. */
const textOf = (lines: readonly Line[]): string =>
  lines
    .map(({ id, parent, point, type }) => `${id} ${parent} 0:${id} / ${point} rw - ${type} x rw`)
    .join('\n');

const ROOT: Line = { id: 1, parent: 0, point: '/', type: 'ext4' };

describe.skipIf(process.platform === 'win32')('ApartMounts', () => {
  let text: string;
  let told: unknown[];
  const mountsOf = (lines: readonly Line[], suspects: readonly string[] = []): ApartMounts => {
    text = textOf(lines);
    told = [];
    const mounts = new ApartMounts({ ...linuxMounts, read: () => text }, suspects, (all) => told.push(all));
    mounts.update(0);
    return mounts;
  };

  it('follows a folder that has become a link since, for a file that comes later', () => {
    const base = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'apart-mounts-')));
    try {
      const clock = vi.spyOn(performance, 'now').mockReturnValue(0);
      fs.mkdirSync(path.join(base, 'runs'));
      const mounts = mountsOf([ROOT, { id: 2, parent: 1, point: '/mnt/share', type: 'nfs4' }]);
      expect(mounts.of(path.join(base, 'runs/a.lock'))).toBeUndefined();
      fs.rmdirSync(path.join(base, 'runs'));
      fs.symlinkSync('/mnt/share', path.join(base, 'runs'));
      clock.mockReturnValue(1000);
      expect(mounts.of(path.join(base, 'runs/b.lock'))).toMatchObject({ point: '/mnt/share' });
    } finally {
      vi.restoreAllMocks();
      fs.rmSync(base, { recursive: true });
    }
  });

  it('knows the paths below a mount that may not answer, and the mount itself', () => {
    const mounts = mountsOf([ROOT, { id: 2, parent: 1, point: '/mnt/share', type: 'nfs4' }]);
    expect(mounts.of('/mnt/share/a.lock')).toMatchObject({ point: '/mnt/share', type: 'nfs4' });
    expect(mounts.of('/mnt/share')).toMatchObject({ point: '/mnt/share' });
    expect(mounts.of('/mnt/shared/a.lock')).toBeUndefined();
    expect(mounts.of('/mnt/a.lock')).toBeUndefined();
  });

  it('takes a local mount on one that may not answer for one of its folders: the way leads through it', () => {
    const mounts = mountsOf([
      ROOT,
      { id: 2, parent: 1, point: '/home', type: 'nfs4' },
      { id: 3, parent: 2, point: '/home/scratch', type: 'ext4' },
    ]);
    expect(mounts.of('/home/a')).toMatchObject({ point: '/home' });
    expect(mounts.of('/home/scratch/a')).toMatchObject({ point: '/home' });
  });

  it('takes the root of the system for local, whatever serves it', () => {
    const mounts = mountsOf([{ ...ROOT, type: 'fuse.fuse-overlayfs' }]);
    expect(mounts.of('/tmp/a')).toBeUndefined();
  });

  it('passes over a mount that another covers', () => {
    const dead: Line = { id: 2, parent: 1, point: '/mnt/dead', type: 'nfs4' };
    expect(
      mountsOf([ROOT, dead, { id: 3, parent: 2, point: '/mnt/dead', type: 'tmpfs' }]).of('/mnt/dead/a'),
    ).toBe(undefined);
    expect(mountsOf([ROOT, dead, { id: 3, parent: 1, point: '/mnt', type: 'tmpfs' }]).of('/mnt/dead/a')).toBe(
      undefined,
    );
    // The near miss: mounted on what was mounted before it, in whatever order the kernel lists them.
    const below: Line = { id: 4, parent: 3, point: '/mnt/dead', type: 'nfs4' };
    expect(
      mountsOf([below, { id: 3, parent: 1, point: '/mnt', type: 'tmpfs' }, ROOT]).of('/mnt/dead/a'),
    ).toMatchObject({ point: '/mnt/dead' });
  });

  it('reads the list again after ten seconds, and says when it changed', () => {
    const mounts = mountsOf([ROOT]);
    text = textOf([ROOT, { id: 2, parent: 1, point: '/mnt/new', type: 'fuse.sshfs' }]);
    expect(mounts.update(9999)).toBe(false);
    expect(mounts.of('/mnt/new/a')).toBeUndefined();
    expect(mounts.update(10_000)).toBe(true);
    expect(mounts.of('/mnt/new/a')).toMatchObject({ type: 'fuse.sshfs' });
    expect(mounts.update(20_000)).toBe(false);
    expect(told).toHaveLength(2);
  });

  it('looks apart at the whole mount that kept a thread waiting, but only at the folder on the system’s own disk', () => {
    const data: Line = { id: 2, parent: 1, point: '/data', type: 'xfs' };
    const mounts = mountsOf([ROOT, data], ['/data/deep/a.lock', '/var/run/x.pid']);
    expect(mounts.of('/data/other')).toMatchObject({ point: '/data', type: 'xfs' });
    expect(mounts.of('/var/run/y.pid')).toMatchObject({ point: '/var/run', type: 'ext4' });
    expect(mounts.of('/var/lib/y')).toBeUndefined();
  });

  describe('symbolic links', () => {
    let folder: string;
    beforeEach(() => {
      folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'apart-')));
    });
    afterEach(() => fs.rmSync(folder, { recursive: true }));
    const withDead = (): ApartMounts =>
      mountsOf([ROOT, { id: 2, parent: 1, point: `${folder}/dead`, type: 'nfs4' }]);

    it.each([
      ['to a file there', 'dead/x.lock', 'link'],
      ['to a folder there, by a relative path', './dead', 'link/below/x.lock'],
      ['back and forth', '../dead/x.lock', 'sub/link'],
    ])('are followed %s, without a step onto the mount', (_, target, asked) => {
      fs.mkdirSync(path.join(folder, 'sub'));
      fs.symlinkSync(target, path.join(folder, asked.startsWith('sub') ? 'sub/link' : 'link'));
      // There is no such mount: nothing was there to be touched.
      expect(withDead().of(path.join(folder, asked))).toMatchObject({ point: `${folder}/dead` });
    });

    it('are followed through other links, and not without end', () => {
      fs.symlinkSync('b', path.join(folder, 'a'));
      fs.symlinkSync(path.join(folder, 'dead'), path.join(folder, 'b'));
      fs.symlinkSync('loop', path.join(folder, 'loop'));
      const mounts = withDead();
      expect(mounts.of(path.join(folder, 'a/x'))).toMatchObject({ point: `${folder}/dead` });
      expect(mounts.of(path.join(folder, 'loop/x'))).toBeUndefined();
      expect(mounts.of(path.join(folder, 'nothing/x'))).toBeUndefined();
    });

    it('are not followed by a walk that follows none', () => {
      fs.symlinkSync('dead', path.join(folder, 'link'));
      expect(withDead().at(path.join(folder, 'link'))).toBeUndefined();
    });
  });
});

describe('mountOf', () => {
  it('takes the deepest mount, and of several at one point the last', () => {
    const mounts = [
      { point: '/', type: 'a' },
      { point: '/m', type: 'b' },
      { point: '/m', type: 'c' },
    ];
    expect(mountOf('/m/x', mounts)?.type).toBe('c');
    expect(mountOf('/mx', mounts)?.type).toBe('a');
    expect(mountOf('/m', mounts)?.type).toBe('c');
    expect(mountOf('relative', mounts)).toBeUndefined();
  });
});

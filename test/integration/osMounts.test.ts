/**
 * File systems whose device numbers the lock table and stat tell differently, mounted for real, where root, a loop
 * device, mkfs.btrfs(8) and bindfs(1) are to be had. All of it in a mount namespace of its own: what is mounted there is
 * gone with the last process in it.
 */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { service } from '../fixtures/observe';
import { lockTable } from '../fixtures/proc';
import { outside, startInside, type OutsideObserver } from './osOutside';

const FLAGS = ['--mount'];

const BTRFS = `
  truncate -s 200M "$D/image"; mkfs.btrfs -q "$D/image"; mkdir "$D/m"; mount -o loop "$D/image" "$D/m"
  btrfs -q subvolume create "$D/m/a"; btrfs -q subvolume create "$D/m/b"
  : > "$D/m/a/x.lock"; : > "$D/m/b/x.lock"`;

const BINDFS = `
  mkdir "$D/real" "$D/m"; : > "$D/real/x.lock"
  bindfs -f "$D/real" "$D/m" & for try in $(seq 200); do test -e "$D/m/x.lock" && break; sleep 0.05; done
  test -e "$D/m/x.lock"`;

/** Why a script cannot be run here; undefined: it can, as was tried. */
function whyNot(script: string): string | undefined {
  if (process.platform !== 'linux') return `no such file systems on ${process.platform}`;
  if (process.getuid?.() !== 0) return 'only root can mount them';
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'os-mounts-'));
  const command = `set -e; ${script}; test -z "$!" || kill $!`;
  const tried = spawnSync('unshare', [...FLAGS, 'sh', '-c', command], {
    encoding: 'utf8',
    timeout: 30_000,
    env: { ...process.env, D: folder },
  });
  fs.rmSync(folder, { recursive: true, force: true });
  return tried.status === 0 ? undefined : (tried.error?.message ?? tried.stderr.trim());
}

describe('file systems with device numbers of their own', () => {
  const rig = outside();

  const start = (script: string, files: readonly string[], roles: readonly string[]) =>
    startInside({
      ...{ ...rig, flags: FLAGS, script, roles },
      watched: service('a', { lockFiles: files.map((file) => rig.stage.path(file)) }),
    });

  /** Who holds each of the watched files. */
  async function holders(observer: OutsideObserver): Promise<number[][]> {
    const { facts } = await observer.tick();
    return facts.lockFiles.map(({ locks }) =>
      locks.flatMap((lock) => lock.holders.map(({ process }) => process.pid)),
    );
  }

  it('tells files of two btrfs subvolumes apart that the table calls alike', async (context) => {
    const why = whyNot(BTRFS);
    if (why !== undefined) context.skip(why);
    const script = `${BTRFS}
      $HOLD --file "$D/m/a/x.lock" --role one &
      mkfifo "$D/go"; { read go < "$D/go"; exec $HOLD --file "$D/m/b/x.lock" --role two; } &`;
    const { actor, observer } = await start(script, ['m/a/x.lock', 'm/b/x.lock'], ['one']);
    const one = actor.pidOf('one');
    expect(await holders(observer)).toEqual([[one], []]);
    fs.writeFileSync(rig.stage.path('go'), 'go\n');
    const { pid: two } = await actor.waitForRole('two');
    expect(await holders(observer)).toEqual([[one], [two]]);
    // Or this would prove nothing: the same inode of the same device in the table.
    const listed = lockTable().filter(({ pid }) => pid === one || pid === two);
    expect(new Set(listed.map(({ inode }) => inode)).size).toBe(1);
    await observer.close();
  });

  it('finds the holder of a lock taken through a FUSE view, and none behind it', async (context) => {
    const why = whyNot(BINDFS);
    if (why !== undefined) context.skip(why);
    const { actor, observer } = await start(
      `${BINDFS}; $HOLD --file "$D/m/x.lock" &`,
      ['m/x.lock', 'real/x.lock'],
      ['holder'],
    );
    expect(await holders(observer)).toEqual([[actor.pidOf('holder')], []]);
    // Mounted as plain `fuse` it says nothing of what is behind it: a free file there might be locked elsewhere.
    const { facts } = await observer.tick();
    expect(facts.lockFiles.map(({ foreign }) => foreign)).toEqual(['otherHost', undefined]);
    await observer.close();
  });
});

/** What is said of the locks on a view of other folders: none seen is none known. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MountTable } from '../../../src/os/linux/locks/fileKey';
import { LinuxLockReader } from '../../../src/os/linux/locks/lockReader';
import { LockTable } from '../../../src/os/linux/locks/lockTable';
import { ProcessTable } from '../../../src/os/linux/processes/processTable';
import { WatchedFile } from '../../../src/os/observer/watchedFile';
import { WatchedPaths } from '../../../src/os/observer/watchedPaths';

describe.runIf(process.platform === 'linux')('a file on a file system of this type', () => {
  let folder = '';
  beforeAll(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lock-view-'));
    fs.writeFileSync(path.join(folder, 'a.lock'), '');
  });
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  /** The real mounts, each of this type, and an empty lock table. */
  async function viewOn(type: string) {
    const real = (): string => fs.readFileSync('/proc/self/mountinfo', 'utf8');
    const mounts = new MountTable(() => real().replace(/ - \S+ /g, ` - ${type} `));
    const processes = new ProcessTable();
    const locks = new LinuxLockReader(processes, new LockTable(() => ({ length: 0, pieces: 1 })), mounts);
    const file = new WatchedFile(path.join(folder, 'a.lock'), () => new Uint8Array());
    file.check();
    locks.watch(file.path, file.facts);
    await locks.update(processes.update(new Set()));
    const paths = new WatchedPaths(
      { locks, processes, readSmallFile: () => new Uint8Array() },
      () => undefined,
    );
    const watched = paths.add(file.path);
    const probed = (['free', 'freeOfAll'] as const).map((answer) => {
      watched.probed = answer;
      return paths.lockFile(file.path).certainty;
    });
    const { certainty, because } = locks.view(file.path);
    expect(locks.seesAllOn(file.path)).toBe(certainty === 'certain');
    return { certainty, because, probed };
  }

  it.each<[string, object]>([
    ['ext4', { certainty: 'certain', because: undefined, probed: ['certain', 'certain'] }],
    ['fuse.mergerfs', { certainty: 'unknown', because: 'otherPath', probed: ['unknown', 'unknown'] }],
    ['fuse.bindfs', { certainty: 'unknown', because: 'otherPath', probed: ['unknown', 'unknown'] }],
    // Whoever answers a probe there answers for all machines.
    ['nfs4', { certainty: 'unknown', because: 'otherHost', probed: ['certain', 'certain'] }],
  ])('%s: free or not known, also after a probe', async (type, expected) => {
    const { nestedPidNamespace } = new ProcessTable().host;
    if (!nestedPidNamespace) expect(await viewOn(type)).toEqual(expected);
  });

  it.each<[string, string, () => number, boolean]>([
    ['where it is found and the table is read', 'a.lock', () => 0, true],
    [
      'where there is no table',
      'a.lock',
      () => {
        throw Object.assign(new Error('none'), { code: 'ENOENT', syscall: 'open' });
      },
      false,
    ],
    ['where its inode is not known', 'none.lock', () => 0, false],
  ])('all locks on it are seen only %s', async (_, name, length, seesAll) => {
    const processes = new ProcessTable();
    if (processes.host.nestedPidNamespace) return;
    const locks = new LinuxLockReader(processes, new LockTable(() => ({ length: length(), pieces: 1 })));
    const file = new WatchedFile(path.join(folder, 'a.lock'), () => new Uint8Array());
    file.check();
    locks.watch(path.join(folder, name), file.facts);
    await locks.update(processes.update(new Set()));
    expect(locks.seesAllOn(path.join(folder, name))).toBe(seesAll);
    expect(locks.view(path.join(folder, name)).certainty).toBe(seesAll ? 'certain' : 'unknown');
  });
});

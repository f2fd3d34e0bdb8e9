import { describe, expect, it } from 'vitest';
import type { FileFacts, ProcessFacts } from '../../../src/model/facts';
import { DarwinLockReader } from '../../../src/os/darwin/lockReader';
import type { Native } from '../../../src/os/darwin/native';
import type { HeldLock } from '../../../src/os/platform';
import type { FileLock, FileUse, LockedFile, LocksNow } from '../../../src/os/native/darwin/calls';

const NONE = { added: [], removed: [], changed: [] };
const PATH = '/Users/dana/bot/bot.lock';
const FILE: FileFacts = { path: PATH, status: 'file', id: { dev: '1', ino: '2' } };
const BOT: ProcessFacts = { pid: 501, comm: 'python3', argv: ['python3', 'bot.py'], uniqueId: '50' };
const FLOCK: FileLock = { access: 'write', start: '0', end: 'EOF' };
const POSIX: FileLock = { ...FLOCK, owner: { pid: 501, uniqueId: '50' } };

function useOf(locks: readonly FileLock[], more: Partial<FileUse> = {}): FileUse {
  const flags = { mayRead: true, mayWrite: true, tookFlock: true, isShared: false, hasHiddenTwin: false };
  return {
    id: { dev: '1', ino: '2' },
    locks,
    openers: [{ pid: 501, uniqueId: '50', fd: 3, ...flags }],
    ...{ hidden: 0, isSettled: true },
    ...more,
  };
}

class World {
  time = 0;
  now: LocksNow = { locks: [FLOCK] };
  use: FileUse | { code: string } = useOf([FLOCK]);
  silent = new Set<string>();
  lockedFiles: LockedFile[] = [];
  readonly asked: string[] = [];
  readonly invalidated: number[] = [];
  processes: ProcessFacts[] = [BOT];
  lsof = 0;
  readonly native: Native = {
    ask: (call, ...args) => {
      this.asked.push(`${call} ${String((args[0] as unknown[]).length)}`);
      if (this.silent.has(call)) return Promise.resolve({ why: 'it ended', isLost: true });
      if (call === 'lockedFiles') return Promise.resolve({ answer: this.lockedFiles as never });
      const answer = call === 'locksOn' ? this.now : this.use;
      return Promise.resolve({ answer: (args[0] as unknown[]).map(() => answer) as never });
    },
  };
  readonly locks = new DarwinLockReader(
    {
      get: (pid) => this.processes.find((one) => one.pid === pid),
      parentOf: () => undefined,
      invalidate: (pids) => void this.invalidated.push(...pids),
    },
    {
      native: this.native,
      now: () => this.time,
      openers: () => {
        this.lsof += 1;
        return Promise.resolve(new Map([[PATH, [{ pid: 501, fd: '3', name: PATH }]]]));
      },
    },
  );

  constructor(...files: FileFacts[]) {
    for (const file of files.length === 0 ? [FILE] : files) this.locks.watch(file.path, file);
  }

  async at(ms: number, change: Partial<typeof NONE> | { removed?: number[] } = {}): Promise<string[]> {
    this.time = ms;
    this.asked.length = 0;
    return [...(await this.locks.update({ ...NONE, ...change })).paths];
  }

  get seen(): unknown {
    const { locks, certainty, because } = this.locks.view(PATH);
    const [lock] = locks;
    const holders = lock?.holders.map(({ process, proven }) => `${process.pid} ${String(proven)}`);
    return [certainty, because ?? lock?.unknown ?? holders?.join() ?? 'free'].join(' ');
  }
}

describe('the locks of macOS by its kernel', () => {
  it('are known at the first tick, and cost one question in the next ones', async () => {
    const world = new World();
    expect(await world.at(0)).toEqual([PATH]);
    expect(world.asked).toEqual(['locksOn 1', 'usesOf 1']);
    expect([world.seen, world.locks.source, world.lsof]).toEqual(['certain 501 true', 'native', 0]);
    expect([await world.at(999), world.asked]).toEqual([[], []]);
    expect([await world.at(1000), world.asked]).toEqual([[], ['locksOn 1']]);
    expect([await world.at(4999), world.asked]).toEqual([[], ['locksOn 1']]);
    expect([await world.at(5999), world.asked]).toEqual([[], ['locksOn 1', 'usesOf 1']]);
  });

  it.each<[string, LocksNow, string[], string]>([
    ['a free file', { locks: [] }, ['locksOn 1'], 'certain free'],
    ['a POSIX lock, whose owner the kernel names', { locks: [POSIX] }, ['locksOn 1'], 'certain 501 true'],
    [
      'a shared POSIX lock',
      { locks: [{ ...POSIX, access: 'read' }] },
      ['locksOn 1', 'usesOf 1'],
      'certain 501 true',
    ],
    ['a file that is gone', { code: 'ENOENT' }, ['locksOn 1'], 'certain free'],
    ['a file that may not be opened', { code: 'EACCES' }, ['locksOn 1'], 'unknown probeOnly'],
  ])('look at the processes only where that is needed: %s', async (_, now, asked, seen) => {
    const world = new World();
    world.now = now;
    world.use = useOf('locks' in now ? now.locks : []);
    await world.at(0);
    expect([world.asked, world.seen]).toEqual([asked, seen]);
  });

  it('are asked about at once when the lock or its holder is another', async () => {
    const world = new World();
    await world.at(0);
    world.now = { locks: [POSIX] };
    expect([await world.at(1000), world.seen]).toEqual([[PATH], 'certain 501 true']);
    world.now = { locks: [] };
    expect([await world.at(1100, { removed: [501] }), world.seen]).toEqual([[PATH], 'certain free']);
    // Who is no holder any more is none whose end matters.
    expect([await world.at(1200, { removed: [501] }), world.asked]).toEqual([[], []]);
  });

  it('are inspected once more when an opener has ended, and shown again when a holder has changed', async () => {
    const world = new World();
    await world.at(0);
    world.use = useOf([FLOCK], { openers: [] });
    expect([await world.at(100, { removed: [501] }), world.asked]).toEqual([
      [PATH],
      ['locksOn 1', 'usesOf 1'],
    ]);
    expect(world.seen).toBe('certain notFound');
    const other = new World();
    await other.at(0);
    expect([await other.at(100, { changed: [501] } as never), other.asked]).toEqual([[PATH], []]);
    expect(await other.at(200, { changed: [7] } as never)).toEqual([]);
  });

  it('are inspected each time while they change during the look', async () => {
    const world = new World();
    world.use = useOf([FLOCK], { isSettled: false });
    await world.at(0);
    expect(world.seen).toBe('certain oneOfUsers');
    await world.at(1000);
    expect(world.asked).toEqual(['locksOn 1', 'usesOf 1']);
  });

  it('wait for a look that gave nothing, and never show who held another lock', async () => {
    const world = new World();
    await world.at(0);
    world.now = { locks: [{ ...FLOCK, end: '9' }] };
    world.use = { code: 'ENOENT' };
    expect([await world.at(1000), world.seen]).toEqual([[PATH], 'certain pending']);
    world.use = useOf([{ ...FLOCK, end: '9' }]);
    expect([await world.at(2000), world.seen]).toEqual([[PATH], 'certain oneOfUsers']);
  });

  it('are those of another file when the path names another', async () => {
    const world = new World();
    await world.at(0);
    world.locks.watch(PATH, { ...FILE, size: 5 });
    expect(world.seen).toBe('certain 501 true');
    world.locks.watch(PATH, { ...FILE, id: { dev: '1', ino: '3' } });
    expect(world.seen).toBe('unknown probeOnly');
    await world.at(10);
    expect(world.asked).toEqual(['locksOn 1', 'usesOf 1']);
    world.locks.watch(PATH, { path: PATH, status: 'absent' });
    expect(world.seen).toBe('certain free');
    expect([await world.at(20), world.asked]).toEqual([[], []]);
    world.locks.unwatch(PATH);
    expect([await world.at(3000), world.asked]).toEqual([[], []]);
  });

  it('are asked about many files at a time, and not all in one question', async () => {
    const files = Array.from({ length: 33 }, (_, index) => ({ ...FILE, path: `/a/${index}` }));
    const world = new World(...files);
    await world.at(0);
    expect(world.asked).toEqual(['locksOn 32', 'locksOn 1', 'usesOf 33']);
  });

  it('name a process by its own number only, and ask for the list where it is not in it', async () => {
    const world = new World();
    world.processes = [{ ...BOT, uniqueId: '51' }];
    await world.at(0);
    expect([world.seen, world.invalidated]).toEqual(['certain pending', [501]]);
    world.processes = [];
    expect(world.seen).toBe('certain pending');
    world.processes = [{ pid: 501, comm: BOT.comm, argv: BOT.argv }];
    expect(world.seen).toBe('certain oneOfUsers');
  });

  it.each(['locksOn', 'usesOf'])('fall back to lsof while the helper does not answer %s', async (call) => {
    const world = new World();
    await world.at(0);
    world.silent.add(call);
    expect(await world.at(6000)).toEqual([PATH]);
    expect([world.locks.source, world.seen, world.lsof]).toEqual(['lsof', 'unknown probeOnly', 1]);
    world.silent.clear();
    expect(await world.at(12_000)).toEqual([PATH]);
    expect([world.locks.source, world.seen]).toEqual(['native', 'certain 501 true']);
  });

  it('are refreshed with a look at the processes', async () => {
    const world = new World();
    await world.at(0);
    world.asked.length = 0;
    world.use = useOf([FLOCK], { openers: [] });
    await world.locks.refresh([PATH, '/not/watched']);
    expect([world.asked, world.seen]).toEqual([['locksOn 1', 'usesOf 1'], 'certain notFound']);
    world.silent.add('locksOn');
    await world.locks.refresh([PATH]);
    expect([world.locks.source, world.lsof]).toEqual(['lsof', 1]);
  });
});

describe('the held locks of macOS', () => {
  const OTHER = '/Users/dana/bot/data/other.lock';
  const said = (locks: readonly HeldLock[]) =>
    locks.map(({ path, kind, holders, unknown, users }) =>
      [
        path,
        kind,
        ...holders.map(({ process }) => process.pid),
        unknown ?? '',
        ...(users ?? []).map(({ pid }) => pid),
      ]
        .join(' ')
        .trim(),
    );

  it('are those of the watched files, and of the locked files below the folders', async () => {
    const world = new World();
    world.lockedFiles = [
      { path: PATH, use: useOf([FLOCK]) },
      { path: OTHER, use: { ...useOf([{ ...FLOCK, end: '9' }, POSIX]), id: { dev: '1', ino: '3' } } },
    ];
    expect(await world.locks.heldLocks(['/Users/dana'])).toEqual([]);
    await world.at(0);
    expect(said(await world.locks.heldLocks(undefined))).toEqual([`${PATH} flock 501`]);
    expect(world.asked).not.toContain('lockedFiles 1');
    const all = await world.locks.heldLocks(['/Users/dana/bot']);
    expect(said(all)).toEqual([`${PATH} flock 501`, `${OTHER} ofd oneOfUsers 501`, `${OTHER} posix 501`]);
    expect(all.map(({ id }) => id)).toEqual([
      '1:2:flock:write::',
      '1:3:ofd:write:0:9',
      '1:3:posix:write:0:EOF',
    ]);
    expect(
      said(await world.locks.heldLocks(['/Users/dana/bot/data'])).map((text) => text.split(' ')[0]),
    ).toEqual([PATH, OTHER, OTHER]);
  });

  it('of watched files elsewhere are not listed for a folder', async () => {
    const world = new World();
    await world.at(0);
    expect(await world.locks.heldLocks(['/Users/dana/bo'])).toEqual([]);
    expect(await world.locks.heldLocks([])).toEqual([]);
    expect(said(await world.locks.heldLocks(['/Users/dana/bot/']))).toEqual([`${PATH} flock 501`]);
  });

  it('are kept for a while, for the same folders, and until something changes', async () => {
    const world = new World();
    await world.at(0);
    const list = await world.locks.heldLocks(['/Users/dana']);
    expect(await world.locks.unchangedHeldLocks(['/Users/dana'])).toBe(list);
    expect(await world.locks.unchangedHeldLocks(['/Users'])).toBeUndefined();
    expect(await world.locks.unchangedHeldLocks(undefined)).toBeUndefined();
    await world.at(4999);
    expect(await world.locks.unchangedHeldLocks(['/Users/dana'])).toBe(list);
    await world.at(5000);
    expect(await world.locks.unchangedHeldLocks(['/Users/dana'])).toBeUndefined();
    // The same locks are the same list.
    expect(await world.locks.heldLocks(['/Users/dana'])).toBe(list);
    expect(await world.locks.heldLocks(['/Users/dana/bot'])).not.toBe(list);
    await world.locks.heldLocks(['/Users/dana']);
    world.now = { locks: [] };
    await world.at(7000);
    expect(await world.locks.unchangedHeldLocks(['/Users/dana'])).toBeUndefined();
    expect(await world.locks.heldLocks(['/Users/dana'])).toEqual([]);
  });

  it('are not known where the helper gives no answer, which is not “none”', async () => {
    const world = new World();
    await world.at(0);
    world.silent.add('lockedFiles');
    await expect(world.locks.heldLocks(['/Users/dana'])).rejects.toThrow('it ended');
    // Those of the watched files need no such question.
    expect(said(await world.locks.heldLocks(undefined))).toEqual([`${PATH} flock 501`]);
    world.silent.add('locksOn');
    await world.at(1000);
    expect(await world.locks.heldLocks(['/Users/dana'])).toEqual([]);
  });
});

/** Who holds a lock on Windows, from what the native helper says of the users of a file. */
import { describe, expect, it } from 'vitest';
import type { FileFacts, ProcessFacts } from '../../../src/model/facts';
import type { Asked } from '../../../src/os/native/helper';
import type { FileLook, FileQuestion } from '../../../src/os/native/win32/calls';
import { WindowsLockReader } from '../../../src/os/win32/lockReader';
import type { Native } from '../../../src/os/win32/native';

const PATH = String.raw`C:\bot\bot.lock`;
const FILE: FileFacts = {
  path: PATH,
  status: 'file',
  id: { dev: '1', ino: '2' },
  size: 4,
  mtimeNs: 1n,
  ctimeNs: 1n,
};
const NO_CHANGE = { added: [], removed: [], changed: [] };

const proc = (pid: number, fileTime = `${pid}`): ProcessFacts => ({
  pid,
  comm: 'node.exe',
  argv: ['node.exe', 'bot.js'],
  fileTime,
});
const user = (pid: number, start = `${pid}`): { pid: number; start: string } => ({ pid, start });

class World {
  readonly questions: FileQuestion[] = [];
  readonly invalidated: number[] = [];
  readonly processes = new Map<number, ProcessFacts>();
  look: FileLook = { state: 'unused' };
  fails: { why: string; isLost: boolean } | undefined;
  looks = 0;
  now = 0;
  readonly locks = new WindowsLockReader(
    {
      get: (pid) => this.processes.get(pid),
      invalidate: (pids) => void this.invalidated.push(...pids),
    },
    {
      native: {
        pid: 1,
        ask: (_call: string, ...args: unknown[]) => {
          const [questions = []] = args as [FileQuestion[]?];
          this.questions.push(...questions);
          return Promise.resolve(this.fails ?? { answer: questions.map(() => this.look) });
        },
      } as { pid: number; ask: (...args: never[]) => Promise<Asked<unknown>> } as unknown as Native,
      look: () => {
        this.looks += 1;
        return 'held';
      },
      now: () => this.now,
    },
  );

  constructor(...known: ProcessFacts[]) {
    for (const one of known) this.processes.set(one.pid, one);
    this.locks.watch(PATH, FILE);
  }

  refused(isComplete: boolean, ...users: { pid: number; start?: string }[]): this {
    this.look = { state: 'refused', refusal: 'read', use: { users, isComplete } };
    return this;
  }

  async view() {
    await this.locks.refresh([PATH]);
    return this.locks.view(PATH);
  }
}

describe('a file that refuses others', () => {
  it('is held by the only process that uses it', async () => {
    const world = new World(proc(100)).refused(true, user(100));
    expect(world.locks.source).toBe('none');
    expect(await world.view()).toMatchObject({
      certainty: 'certain',
      locks: [{ kind: 'mandatory', access: 'write', holders: [{ process: { pid: 100 }, proven: true }] }],
    });
    expect(world.locks.source).toBe('native');
    expect(world.looks).toBe(0);
  });

  it.each<[string, (world: World) => void]>([
    ['several processes use it', (world) => world.refused(true, user(100), user(104))],
    ['its users may not be all', (world) => world.refused(false, user(100))],
    ['the start of its user is not known', (world) => world.refused(true, { pid: 100 })],
  ])('is held by one of its users, unproven, where %s', async (_, change) => {
    const world = new World(proc(100), proc(104));
    change(world);
    const [lock] = (await world.view()).locks;
    expect(lock).toMatchObject({ holders: [], unknown: 'oneOfUsers' });
    expect(lock?.users?.map(({ pid }) => pid)).toContain(100);
  });

  it('is not held by the process that has the pid of its user now', async () => {
    const world = new World(proc(100, 'another')).refused(true, user(100));
    expect((await world.view()).locks).toMatchObject([{ holders: [], unknown: 'pending' }]);
    // The next list of processes will say who it is.
    expect(world.invalidated).toContain(100);
  });

  it('is held by its user only, also where the list of processes has no exact start, unproven', async () => {
    const { fileTime, ...inexact } = proc(100);
    expect(fileTime).toBe('100');
    const world = new World(inexact).refused(true, user(100));
    expect((await world.view()).locks).toMatchObject([{ holders: [], unknown: 'oneOfUsers' }]);
  });

  it('is held by an unknown process where no user is known', async () => {
    const world = new World();
    world.look = { state: 'refused', refusal: 'read' };
    expect((await world.view()).locks).toMatchObject([{ holders: [], unknown: 'probeOnly' }]);
  });
});

describe('a file that refuses no process', () => {
  it.each<[FileLook, string, string | undefined]>([
    [{ state: 'unused' }, 'certain', undefined],
    [{ state: 'open', use: { users: [user(100)], isComplete: true } }, 'certain', undefined],
    [{ state: 'absent' }, 'certain', undefined],
    [{ state: 'unknown', error: 5 }, 'unknown', 'otherUser'],
    [{ state: 'empty' }, 'unknown', 'probeOnly'],
    [{ state: 'empty', use: { users: [user(100)], isComplete: true } }, 'unknown', 'oneOfUsers'],
  ])('%o is %s', async (look, certainty, because) => {
    const world = new World(proc(100));
    world.look = look;
    expect(await world.view()).toMatchObject({
      locks: [],
      certainty,
      ...(because === undefined ? {} : { because }),
      ...(because === 'oneOfUsers' ? { users: [{ pid: 100 }] } : {}),
    });
  });
});

describe('the questions', () => {
  it('keep the pace of the probe, until a user has ended', async () => {
    const world = new World(proc(100)).refused(true, user(100));
    await world.locks.update(NO_CHANGE);
    world.now = 1000;
    await world.locks.update(NO_CHANGE);
    expect(world.questions).toHaveLength(1);
    world.look = { state: 'unused' };
    const { paths } = await world.locks.update({ ...NO_CHANGE, removed: [100] });
    expect([...paths]).toEqual([PATH]);
    expect(world.questions).toHaveLength(2);
    expect(world.locks.view(PATH).locks).toEqual([]);
  });

  it('name the path when one of its users is news to the list of processes', async () => {
    const world = new World().refused(true, user(100));
    await world.locks.update(NO_CHANGE);
    expect(world.locks.view(PATH).locks).toMatchObject([{ unknown: 'pending' }]);
    world.processes.set(100, proc(100));
    expect([...(await world.locks.update({ ...NO_CHANGE, added: [100] })).paths]).toEqual([PATH]);
    expect([...(await world.locks.update({ ...NO_CHANGE, added: [104] })).paths]).toEqual([]);
    expect(world.locks.view(PATH).locks).toMatchObject([{ holders: [{ proven: true }] }]);
  });

  it('go to the Restart Manager once for a lock, and keep what it said', async () => {
    const world = new World(proc(100)).refused(false, user(100));
    await world.locks.update(NO_CHANGE);
    expect(world.questions.at(-1)?.mayRegister).toBe(true);
    world.look = { state: 'refused', refusal: 'read' };
    for (world.now = 3000; world.now < 12_000; world.now += 3000) await world.locks.update(NO_CHANGE);
    expect(world.questions.slice(1).map(({ mayRegister }) => mayRegister)).toEqual([false, false, false]);
    expect(world.locks.view(PATH).locks).toMatchObject([{ unknown: 'oneOfUsers', users: [{ pid: 100 }] }]);
    await world.locks.update({ ...NO_CHANGE, removed: [100] });
    expect(world.questions.at(-1)?.mayRegister).toBe(true);
  });

  it('are answered as before where there is no helper, and by nothing where it was lost over one', async () => {
    const world = new World();
    world.fails = { why: 'no koffi', isLost: false };
    expect((await world.view()).locks).toMatchObject([{ unknown: 'probeOnly' }]);
    expect(world.looks).toBe(1);
    world.fails = { why: 'late', isLost: true };
    expect(await world.view()).toEqual({ locks: [], certainty: 'unknown', because: 'probeOnly' });
    expect(world.looks).toBe(1);
  });

  it('end with the file', async () => {
    const world = new World(proc(100)).refused(true, user(100));
    await world.locks.update(NO_CHANGE);
    world.locks.watch(PATH, { path: PATH, status: 'absent' });
    expect([...(await world.locks.update(NO_CHANGE)).paths]).toEqual([PATH]);
    expect(world.locks.view(PATH)).toEqual({ locks: [], certainty: 'certain' });
  });
});

import { describe, expect, it } from 'vitest';
import type { HostFacts, Liveness, LockFacts, ProcessFacts } from '../../../src/model/facts';
import type { Service } from '../../../src/model/service';
import { FactsObserver } from '../../../src/os/observer/factsObserver';
import type {
  LockChange,
  LockReader,
  LockView,
  NamedLock,
  ProcessChange,
  ProcessReader,
} from '../../../src/os/readers';

const NOTHING: ProcessChange = { added: [], removed: [], changed: [] };

/** A system of a few processes that never change. */
class Processes implements ProcessReader {
  readonly host: HostFacts = {
    hostname: 'here',
    platform: 'linux',
    ownPids: [],
    nestedPidNamespace: false,
  };
  asked = 0;
  unavailable = new Set<number>();
  readonly #all: ReadonlyMap<number, ProcessFacts>;
  #isFirst = true;

  constructor(...all: ProcessFacts[]) {
    this.#all = new Map(all.map((one) => [one.pid, one]));
  }

  update(): ProcessChange {
    if (!this.#isFirst) return NOTHING;
    this.#isFirst = false;
    return { ...NOTHING, added: [...this.#all.keys()] };
  }

  get = (pid: number): ProcessFacts | undefined => this.#all.get(pid);
  glance = (pid: number): ProcessFacts | undefined => this.#all.get(pid);
  pids = (): Iterable<number> => this.#all.keys();
  parentOf = (pid: number): number | undefined => this.#all.get(pid)?.ppid;
  childrenOf = (pid: number): number[] =>
    [...this.#all.values()].filter(({ ppid }) => ppid === pid).map((one) => one.pid);
  takeDiscovered = (): readonly number[] => [];
  invalidate = (): void => undefined;

  liveness(pid: number): Liveness {
    this.asked += 1;
    if (this.unavailable.has(pid)) return { state: 'unavailable', reason: 'EMFILE' };
    const process = this.#all.get(pid);
    return process === undefined ? { state: 'dead', why: 'gone' } : { state: 'alive', process };
  }
}

/** One watched lock, and one elsewhere whose holder is named only by the update after the next. */
class Locks implements LockReader {
  readonly source = 'procfs';
  updates = 0;
  #isNews = false;
  #isAsked = false;
  constructor(
    readonly held: ReadonlyMap<string, LockFacts>,
    readonly elsewhere: ReadonlyMap<number, readonly NamedLock[]>,
  ) {}

  watch = (): void => undefined;
  unwatch = (): void => undefined;
  refresh = (): Promise<void> => Promise.resolve();
  heldLocks = (): Promise<readonly []> => Promise.resolve([]);
  close = (): void => undefined;

  view(path: string): LockView {
    const lock = this.held.get(path);
    return { locks: lock === undefined ? [] : [lock], certainty: 'certain' };
  }

  get isSettling(): boolean {
    return this.#isAsked && !this.#isNews;
  }

  update(): Promise<LockChange> {
    this.updates += 1;
    if (!this.isSettling) return Promise.resolve({ paths: new Set() });
    this.#isNews = true;
    return Promise.resolve({ paths: new Set(), pids: new Set(this.elsewhere.keys()) });
  }

  locksNamed(): ReadonlyMap<number, readonly NamedLock[]> {
    this.#isAsked = true;
    return this.#isNews ? this.elsewhere : new Map();
  }
}

const bot = (pid: number): ProcessFacts => ({
  pid,
  ppid: 1,
  comm: 'python3',
  argv: ['python3', '/srv/bot.py'],
  startTime: 1_000,
  startTicks: pid,
  state: 'S',
});
const service: Service = {
  id: 'a',
  name: 'a',
  lockFiles: ['/nowhere/a/bot.lock'],
  pidFiles: [],
  maxInstances: 1,
  process: { kind: 'substring', text: '/srv/bot.py' },
  origin: { kind: 'setting', index: 0, folder: undefined },
};
const held: LockFacts = {
  kind: 'flock',
  access: 'write',
  id: { dev: '1', ino: '2' },
  deletedInode: false,
  holders: [{ process: bot(5), inherited: false, proven: true }],
  waiters: [],
};

describe('the observer', () => {
  it('waits a moment for what a neighbour that has just taken its lock owns, and tells nothing before', async () => {
    const path = '/nowhere/b/bot.lock';
    const locks = new Locks(
      new Map([['/nowhere/a/bot.lock', held]]),
      new Map([[6, [{ path, id: { dev: '1', ino: '3' } }]]]),
    );
    const processes = new Processes(bot(5), bot(6));
    const readSmallFile = () => ({ code: 'ENOENT', syscall: 'open' });
    const observer = new FactsObserver({ processes, locks, readSmallFile }, undefined);
    observer.configure([service], { probe: undefined, probePolicy: 'never' });
    const { changed } = await observer.tick();
    expect(changed).toHaveLength(1);
    expect(changed[0]?.matched).toEqual([5, 6]);
    expect([...(changed[0]?.claims ?? [])]).toEqual([[6, { by: 'holds', path }]]);
    expect(locks.updates).toBe(2);
    expect((await observer.tick()).changed).toEqual([]);
    expect(locks.updates).toBe(3);
    observer.close();
  });

  it('waits for the same before an action rests on it', async () => {
    const path = '/nowhere/b/bot.lock';
    const locks = new Locks(new Map(), new Map([[6, [{ path, id: { dev: '1', ino: '3' } }]]]));
    const processes = new Processes(bot(6));
    const readSmallFile = () => ({ code: 'ENOENT', syscall: 'open' });
    const observer = new FactsObserver({ processes, locks, readSmallFile }, undefined);
    observer.configure([service], { probe: undefined, probePolicy: 'never' });
    const facts = await observer.inspect('a');
    expect([...(facts?.claims ?? [])]).toEqual([[6, { by: 'holds', path }]]);
    observer.close();
  });

  it('gives services of one holder the same map of processes, and what only one of them knows to that one', async () => {
    const parent = { ...bot(4), argv: ['bash'], comm: 'bash' };
    const child = (pid: number): ProcessFacts => ({ ...bot(pid), ppid: 4 });
    const heldBy = (pid: number): LockFacts => ({
      ...held,
      holders: [{ process: child(pid), inherited: false, proven: true }],
    });
    const serviceOf = (id: string, process: Service['process']): Service => ({
      ...service,
      id,
      lockFiles: [`/nowhere/${id}.lock`],
      ...(process === undefined ? {} : { process }),
    });
    const { process, ...rest } = service;
    const plain = (id: string): Service => ({ ...rest, id, lockFiles: [`/nowhere/${id}.lock`] });
    const locks = new Locks(
      new Map([
        ['/nowhere/one.lock', heldBy(5)],
        ['/nowhere/two.lock', heldBy(5)],
        ['/nowhere/three.lock', heldBy(6)],
        ['/nowhere/named.lock', heldBy(5)],
      ]),
      new Map(),
    );
    const readSmallFile = () => ({ code: 'ENOENT', syscall: 'open' });
    const processes = new Processes(parent, child(5), child(6));
    const observer = new FactsObserver({ processes, locks, readSmallFile }, undefined);
    const all = [plain('one'), plain('two'), plain('three'), serviceOf('named', process)];
    observer.configure(all, { probe: undefined, probePolicy: 'never' });
    const { changed } = await observer.tick();
    const [one, two, three, named] = all.map(
      ({ id }) => changed.find(({ service: { id: of } }) => of === id)?.processes ?? new Map(),
    );
    expect(one).toBe(two);
    expect([...(one?.keys() ?? [])].sort()).toEqual([4, 5]);
    expect([...(three?.keys() ?? [])].sort()).toEqual([4, 6]);
    expect([...(named?.keys() ?? [])].sort()).toEqual([4, 5, 6]);
    observer.close();
  });
});

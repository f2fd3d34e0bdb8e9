import { describe, expect, it } from 'vitest';
import type { HostFacts, Liveness, ProcessFacts } from '../../../src/model/facts';
import { parseLockText } from '../../../src/os/linux/procfs/lockLine';
import type { TableEntry } from '../../../src/os/linux/locks/lockTable';
import { isSameUnknown, whyUnknown, type UnknownHolder } from '../../../src/os/linux/locks/unknownHolder';

const ANN = 1000;
const process = (pid: number, uid: number, more: Partial<ProcessFacts> = {}): ProcessFacts => ({
  pid,
  uid,
  comm: 'bot',
  argv: ['bot'],
  startTicks: pid * 10,
  state: 'S',
  ...more,
});

/** Seen first 60 s ago. */
function entry(pid: number, type = 'FLOCK'): TableEntry {
  const line = parseLockText(`${type}  ADVISORY  WRITE ${pid} fe:00:4711 0 EOF`);
  if (line === undefined) throw new Error('no line of the table');
  return { line, since: performance.now() - 60_000, blocker: undefined };
}

interface World {
  /** Those that are listed. */
  listed?: readonly ProcessFacts[];
  /** Those that a look at their number alone finds, as where hidepid leaves them out of the list. */
  unlisted?: readonly ProcessFacts[];
  denied?: readonly number[];
  hidesProcesses?: boolean;
  isRemote?: boolean;
  uid?: number;
  isNested?: boolean;
  /** ms since the process started. */
  age?: number;
}

function why(lock: TableEntry, world: World): UnknownHolder {
  const { listed = [], unlisted = [], age = 3_600_000 } = world;
  const host: HostFacts = {
    hostname: 'tower',
    platform: 'linux',
    uid: world.uid ?? ANN,
    ownPids: [],
    nestedPidNamespace: world.isNested ?? false,
  };
  const find = (all: readonly ProcessFacts[], pid: number) => all.find((one) => one.pid === pid);
  return whyUnknown(lock, {
    processes: {
      host,
      get: (pid) => find(listed, pid),
      ageOf: (pid) => (find(listed, pid) === undefined ? undefined : age),
      liveness: (pid): Liveness => {
        const found = find(listed, pid) ?? find(unlisted, pid);
        return found === undefined ? { state: 'dead', why: 'gone' } : { state: 'alive', process: found };
      },
    },
    denied: new Set(world.denied),
    hidesProcesses: world.hidesProcesses ?? false,
    isRemote: world.isRemote ?? false,
  });
}

describe('who took a lock that nobody is known to hold', () => {
  const roots = process(5, 0);
  const own = process(5, ANN);

  it('is told although procfs hides it: the kernel’s table has its number', () => {
    const hidden = { unlisted: [roots], hidesProcesses: true };
    expect(why(entry(5), hidden)).toEqual({ reason: 'otherUser', takenBy: roots });
    // Near miss: it has ended.
    expect(why(entry(5), { hidesProcesses: true })).toEqual({ reason: 'otherUser' });
  });

  it('is told where it may not be looked into, with whose it is', () => {
    expect(why(entry(5), { listed: [roots], denied: [5] })).toEqual({ reason: 'otherUser', takenBy: roots });
    expect(why(entry(5), { listed: [own], denied: [5] })).toEqual({ reason: 'protected', takenBy: own });
  });

  it('is called silent where it was looked into and shows nothing', () => {
    expect(why(entry(5), { listed: [own] })).toEqual({ reason: 'takerSilent', takenBy: own });
  });

  it('is the holder of a POSIX lock, which ends with its owner', () => {
    const asked = (type: string) => why(entry(5, type), { listed: [roots], denied: [5] }).isTakersOwn;
    expect(['POSIX', 'FLOCK'].map(asked)).toEqual([true, undefined]);
  });

  it('is not whoever has its number since', () => {
    const later = { listed: [own], age: 59_000 };
    expect(why(entry(5), later)).toEqual({ reason: 'notFound' });
    // A start is told in ticks: 10 ms are no difference.
    expect(why(entry(5), { ...later, age: 59_995 })).toMatchObject({ reason: 'takerSilent' });
  });

  it.each(['Z', 'X'])('is not one that has ended: state %s', (state) => {
    expect(why(entry(5), { listed: [process(5, ANN, { state })] })).toEqual({ reason: 'notFound' });
  });

  it('is somewhere outside where the kernel has no number for it in this container', () => {
    expect(why(entry(0), { isNested: true })).toEqual({ reason: 'outsideNamespace' });
    expect(why(entry(0), {})).toEqual({ reason: 'notFound' });
  });
});

describe('without a taker, a lock', () => {
  const denied = [process(6, 0), process(7, ANN), process(8, ANN)];

  it('may be one of a protected process of this user’s own', () => {
    expect(why(entry(-1), { listed: denied, denied: [6, 8, 7] })).toEqual({
      reason: 'notFound',
      denied: [7, 8],
    });
  });

  it('is another user’s where only such may not be looked into', () => {
    expect(why(entry(-1), { listed: denied, denied: [6] })).toEqual({ reason: 'otherUser' });
    // Root is refused by a sandbox alone.
    expect(why(entry(-1), { uid: 0, listed: [process(6, ANN)], denied: [6] })).toEqual({
      reason: 'notFound',
    });
  });

  it('is another user’s where procfs hides them, else another machine’s where that may lock there', () => {
    expect(why(entry(-1), { hidesProcesses: true, isRemote: true })).toEqual({ reason: 'otherUser' });
    expect(why(entry(-1), { isRemote: true })).toEqual({ reason: 'otherHost' });
    expect(why(entry(-1), {})).toEqual({ reason: 'notFound' });
  });
});

it('is news when the reason, the taker or those that refuse are others', () => {
  const before: UnknownHolder = { reason: 'notFound', takenBy: process(5, ANN), denied: [7] };
  expect(isSameUnknown(before, { ...before, takenBy: process(5, ANN, { comm: 'x' }) })).toBe(true);
  for (const after of [
    { ...before, reason: 'otherUser' },
    { ...before, takenBy: process(5, ANN, { startTicks: 51 }) },
    { ...before, takenBy: process(6, ANN) },
    { ...before, denied: [7, 8] },
    { ...before, isTakersOwn: true },
  ] as const) {
    expect(isSameUnknown(before, after)).toBe(false);
  }
  expect(isSameUnknown(undefined, before)).toBe(false);
});

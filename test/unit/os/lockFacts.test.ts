import { describe, expect, it } from 'vitest';
import type { ProcessFacts } from '../../../src/model/facts';
import type { Claim, LockClaims } from '../../../src/os/linux/locks/claims';
import { lockFacts } from '../../../src/os/linux/locks/lockFacts';
import type { TableEntry } from '../../../src/os/linux/locks/lockTable';
import type { UnknownHolder } from '../../../src/os/linux/locks/unknownHolder';
import { parseLockText } from '../../../src/os/linux/procfs/lockLine';

const process = (pid: number, more: Partial<ProcessFacts> = {}): ProcessFacts => ({
  pid,
  comm: 'bot',
  argv: ['bot'],
  state: 'S',
  ...more,
});

function entry(text: string, blocker?: TableEntry): TableEntry {
  const line = parseLockText(text);
  if (line === undefined) throw new Error(`no line of the table: ${text}`);
  return { line, since: 0, blocker };
}
const locked = (pid: number, type = 'FLOCK'): TableEntry =>
  entry(`${type}  ADVISORY  WRITE ${pid} fe:00:4711 0 EOF`);
const waiting = (pid: number, blocker: TableEntry): TableEntry =>
  entry(`-> FLOCK  ADVISORY  WRITE ${pid} fe:00:4711 0 EOF`, blocker);
const claim = (pid: number): Claim => ({ pid, fd: 3, tid: undefined, link: '/x', file: undefined });

function facts(
  lock: TableEntry,
  holders: readonly number[],
  running: readonly ProcessFacts[],
  more: {
    lines?: readonly TableEntry[];
    unknown?: UnknownHolder;
    parents?: ReadonlyMap<number, number>;
  } = {},
) {
  const claims: LockClaims = {
    entry: lock,
    claims: new Map(),
    isHidden: false,
    bornAt: 0,
    isSearched: true,
    unknown: more.unknown,
    retryAt: 0,
    retries: 0,
  };
  return lockFacts(claims, holders.map(claim), more.lines ?? [lock], false, {
    get: (pid) => running.find((one) => one.pid === pid),
    parentOf: (pid) => more.parents?.get(pid),
  });
}

describe('a lock as facts', () => {
  it('has its taker alive only among its holders', () => {
    const both = [process(5), process(6)];
    expect(facts(locked(5), [5], both)).toMatchObject({ taker: 5 });
    expect(facts(locked(5), [6], both)).toMatchObject({ taker: 5 });
  });

  it('names whoever has its taker’s number, unless that has ended', () => {
    const takenBy = (taker: ProcessFacts | undefined) =>
      facts(locked(5), [6], [process(6), ...(taker === undefined ? [] : [taker])])?.takenBy?.pid;
    expect(takenBy(process(5))).toBe(5);
    for (const state of ['Z', 'X']) expect(takenBy(process(5, { state }))).toBeUndefined();
    expect(takenBy(undefined)).toBeUndefined();
    expect(facts(locked(5), [5, 6], [process(5), process(6)])?.takenBy).toBeUndefined();
  });

  it('is inherited by whoever did not take it, or, where no taker is told, descends from a holder', () => {
    const inherited = (lock: TableEntry, parents = new Map<number, number>()) =>
      facts(lock, [6, 5], [process(5), process(6)], { parents })?.holders.map((one) => [
        one.process.pid,
        one.inherited,
      ]);
    expect(inherited(locked(6))).toEqual([
      [6, false],
      [5, true],
    ]);
    expect(
      inherited(
        locked(-1, 'OFDLCK'),
        new Map([
          [6, 7],
          [7, 5],
        ]),
      ),
    ).toEqual([
      [5, false],
      [6, true],
    ]);
    // Near miss: two that have opened it for themselves, and parents in a ring.
    const ring = new Map([
      [5, 8],
      [8, 9],
      [9, 8],
      [6, 1],
    ]);
    expect(inherited(locked(-1, 'OFDLCK'), ring)?.map(([, is]) => is)).toEqual([false, false]);
  });

  it('is held, unproven, by the taker of a POSIX lock that may not be looked into', () => {
    const takenBy = process(5);
    const of = (isTakersOwn?: true) =>
      facts(locked(5, 'POSIX'), [], [takenBy], {
        unknown: { reason: 'otherUser', takenBy, ...(isTakersOwn === undefined ? {} : { isTakersOwn }) },
      });
    expect(of(true)?.holders).toEqual([{ process: takenBy, inherited: false, proven: false }]);
    expect(of(true)?.unknown).toBeUndefined();
    expect(of()).toMatchObject({ holders: [], unknown: 'otherUser', takenBy });
  });

  it('has nobody known yet before it was looked into', () => {
    expect(facts(locked(5), [], [process(5)])).toMatchObject({ holders: [], unknown: 'pending' });
  });

  it('is waited for by those alone who wait for it', () => {
    const [lock, other] = [locked(5), locked(6)];
    const lines = [lock, other, waiting(7, lock), waiting(8, other), waiting(0, lock)];
    const seen = facts(lock, [5], [process(5), process(7), process(8)], { lines });
    expect(seen?.waiters).toEqual([process(7), { pid: 0, comm: '', argv: [] }]);
  });

  it('has no range where it is on the whole file', () => {
    expect(facts(locked(5), [5], [process(5)])).not.toHaveProperty('start');
    expect(facts(locked(5, 'POSIX'), [5], [process(5)])).toMatchObject({ start: '0', end: 'EOF' });
  });
});

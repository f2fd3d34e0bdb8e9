import { describe, expect, it } from 'vitest';
import type { Conflict } from '../../../src/ui/text/words/conflict';
import {
  claim,
  isOthers,
  isTold,
  noteSeen,
  parseLedger,
  pauseOf,
  withdraw,
  type Told,
} from '../../../src/ui/text/words/conflictLedger';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = NOW - 24 * HOUR;

const between = (...pids: number[]): Conflict => ({
  host: 'tower',
  serviceId: 'bot',
  processes: pids.map((pid) => ({ pid, startTime: START + pid })),
});
const inLog = (line: string): Conflict => ({ host: 'tower', serviceId: 'bot', processes: [], line });
const told = (conflict: Conflict, ago = 0, by = 'a'): Told[] => claim([], [conflict], by, NOW - ago);

describe('a conflict that was told', () => {
  it('is the same after a reload, which reckons start times some ms otherwise', () => {
    const again = {
      ...between(5, 7),
      processes: between(5, 7).processes.map((each) => ({ ...each, startTime: (each.startTime ?? 0) + 5 })),
    };
    expect(isTold(told(between(5, 7), 30 * HOUR), again, NOW)).toBe(true);
  });

  it('is the same when one of them has ended', () => {
    expect(isTold(told(between(5, 7, 9)), between(5, 9), NOW)).toBe(true);
  });

  it.each<[string, Conflict]>([
    ['another process takes part', between(5, 7, 9)],
    ['another process has come for one', between(5, 9)],
    ['a pid was used again', { ...between(5), processes: [{ pid: 5, startTime: START + 60_000 }] }],
    ['the start of one is not known', { ...between(5), processes: [{ pid: 5 }] }],
    ['it is about another service', { ...between(5, 7), serviceId: 'web' }],
    ['it is on another machine', { ...between(5, 7), host: 'rack' }],
    ['only a log reports it', inLog('Conflict')],
    ['none of those in it can be seen', between()],
  ])('is another when %s', (_, conflict) => {
    expect(isTold(told(between(5, 7)), conflict, NOW)).toBe(false);
  });

  it('is the same without start times, where no system gives them', () => {
    const bare = { ...between(), processes: [{ pid: 5 }, { pid: 7 }] };
    expect(isTold(told(bare), bare, NOW)).toBe(true);
  });

  describe('of a log', () => {
    it('is the same while it goes on, also across a reload', () => {
      expect(isTold(told(inLog('Conflict'), 9 * MINUTE), inLog('Conflict'), NOW)).toBe(true);
      expect(isTold(told(inLog('Conflict')), inLog('other words'), NOW)).toBe(false);
      expect(isTold(told(inLog('Conflict'), 11 * MINUTE), inLog('Conflict'), NOW)).toBe(false);
    });

    it('goes on as long as it is seen', () => {
      const ledger = told(inLog('Conflict'), 9 * MINUTE);
      const noted = noteSeen(ledger, [inLog('Conflict')], NOW);
      expect(noted?.map(({ seen, at }) => [seen, at])).toEqual([[NOW, NOW - 9 * MINUTE]]);
      expect(isTold(noted ?? [], inLog('Conflict'), NOW + 9 * MINUTE)).toBe(true);
    });

    it('is not noted at every line, nor when it is another or long over', () => {
      expect(noteSeen(told(inLog('Conflict'), MINUTE), [inLog('Conflict')], NOW)).toBeUndefined();
      expect(noteSeen(told(inLog('Conflict'), 5 * MINUTE), [inLog('other')], NOW)).toBeUndefined();
      expect(noteSeen(told(inLog('Conflict'), 11 * MINUTE), [inLog('Conflict')], NOW)).toBeUndefined();
      expect(noteSeen(told(between(5, 7), 5 * MINUTE), [between(5, 7)], NOW)).toBeUndefined();
    });
  });
});

describe('a service that keeps coming into conflict', () => {
  /** When a respawner that is back in conflict at once is told of, s after the first time. */
  const times = (until: number): number[] => {
    let ledger: Told[] = [];
    const at: number[] = [];
    for (let pid = 1, now = 0; now <= until; pid++) {
      const conflict = between(1, 1000 + pid);
      now += pauseOf(ledger, conflict, NOW + now);
      ledger = claim(ledger, [conflict], 'a', NOW + now);
      at.push(now / 1000);
    }
    return at;
  };

  it('is told of after ten seconds, a minute, and then every ten minutes', () => {
    expect(times(HOUR)).toEqual([0, 10, 70, 670, 1270, 1870, 2470, 3070, 3670]);
  });

  it('is told of at once again after a quiet hour', () => {
    const ledger = [HOUR + 2, HOUR + 1, HOUR].flatMap((ago, index) => told(between(5, index), ago));
    expect(pauseOf(ledger, between(5), NOW)).toBe(0);
    expect(pauseOf([...ledger, ...told(between(5, 9), 4_000)], between(5), NOW)).toBe(6_000);
  });

  it('silences no other service, nor the same on another machine', () => {
    const ledger = told(between(5, 7));
    expect(pauseOf(ledger, { ...between(5), serviceId: 'web' }, NOW)).toBe(0);
    expect(pauseOf(ledger, { ...between(5), host: 'rack' }, NOW)).toBe(0);
  });

  it('is silenced for a pause at most by a clock that was set back', () => {
    expect(pauseOf(told(between(5, 7), -5 * HOUR), between(5), NOW)).toBe(10_000);
  });
});

describe('two windows that see one conflict', () => {
  const mine = { by: 'b', at: NOW };

  it('leave it to the one that claimed it first', () => {
    expect(isOthers(told(between(5, 7), 5, 'a'), between(5, 7), mine)).toBe(true);
    expect(isOthers(told(between(5, 7), -5, 'a'), between(5, 7), mine)).toBe(false);
    expect(isOthers(told(between(5, 7), 0, 'a'), between(5, 7), mine)).toBe(true);
    expect(isOthers(told(between(5, 7), 0, 'c'), between(5, 7), mine)).toBe(false);
    expect(isOthers(told(between(5, 7), 5, 'b'), between(5, 7), mine)).toBe(false);
    expect(isOthers(told(between(5, 9), 5, 'a'), between(5, 7), mine)).toBe(false);
  });

  it('do not both stay silent, whoever wrote the store last', () => {
    const a = claim([], [between(5, 7)], 'a', NOW);
    const b = claim([], [between(5, 7)], 'b', NOW + 3);
    for (const [seenByA, seenByB] of [
      [a, b],
      [b, a],
      [b, b],
      [a, a],
      [
        [...a, ...b],
        [...a, ...b],
      ],
    ] as const) {
      const silent = [
        isOthers(seenByA, between(5, 7), { by: 'a', at: NOW }),
        isOthers(seenByB, between(5, 7), { by: 'b', at: NOW + 3 }),
      ];
      expect(silent).not.toEqual([true, true]);
    }
  });

  it('count as one told, once the other has withdrawn', () => {
    const both = claim(told(between(5, 7), 3, 'a'), [between(5, 7)], 'b', NOW);
    const left = withdraw(both, [between(5, 7)], mine);
    expect(left.map(({ by }) => by)).toEqual(['a']);
    expect(withdraw(both, [{ ...between(5, 7), serviceId: 'web' }], mine)).toEqual(both);
    const earlier = claim(told(between(5, 6), 9, 'b'), [between(5, 7)], 'b', NOW);
    expect(withdraw(earlier, [between(5, 7)], mine)).toHaveLength(1);
  });
});

describe('the ledger', () => {
  it('is bounded', () => {
    const many = Array.from({ length: 500 }, (_, pid) => between(pid, pid + 1));
    const ledger = claim([], many, 'a', NOW);
    expect(ledger).toHaveLength(200);
    expect(isTold(ledger, between(499, 500), NOW)).toBe(true);
  });

  it('comes back from the store as it was', () => {
    const ledger = [
      ...told(between(5, 7)),
      ...told(inLog('Conflict')),
      ...told({ ...between(), processes: [{ pid: 5 }] }),
    ];
    expect(parseLedger(JSON.parse(JSON.stringify(ledger)))).toEqual(ledger);
  });

  it.each([
    undefined,
    null,
    'x',
    {},
    [7],
    [null],
    [{}],
    [{ ...told(between(5))[0], processes: [{}] }],
    [{ ...told(between(5))[0], at: 'x' }],
  ])('starts empty from %j', (value) => {
    expect(parseLedger(value)).toEqual([]);
  });
});

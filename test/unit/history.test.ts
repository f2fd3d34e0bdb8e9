import { describe, expect, it } from 'vitest';
import type { ServiceSnapshot, Snapshot } from '../../src/api';
import { HISTORY_LIMIT, remember, transitions } from '../../src/model/history';
import { History } from '../../src/monitor/history';

const free: ServiceSnapshot = {
  id: 'bot',
  name: 'bot',
  state: 'free',
  lockFiles: [{ path: '/w/bot.lock', exists: true, held: false, holders: [], waiters: [] }],
  pidFiles: [],
  instances: [],
  findings: [],
};
const heldBy = (pid: number): ServiceSnapshot => ({
  ...free,
  state: 'held',
  lockFiles: [
    {
      path: '/w/bot.lock',
      exists: true,
      held: true,
      holders: [
        { pid, process: { pid, command: 'bot', startTime: 1 }, inherited: false, deletedInode: false },
      ],
      waiters: [],
    },
  ],
});
const snapshot = (service: ServiceSnapshot, takenAt: number): Snapshot => ({
  takenAt,
  durationMs: 1,
  lockSource: 'procfs',
  services: [service],
});

describe('transitions', () => {
  it('says who holds, who released, and that both happened when the holder changes', () => {
    expect(transitions(undefined, heldBy(1), 5)).toEqual([
      { at: 5, kind: 'held', text: 'Held: pid 1 (bot), /w/bot.lock' },
    ]);
    expect(transitions(heldBy(1), heldBy(2), 6).map(({ kind, text }) => [kind, text])).toEqual([
      ['released', 'Released: pid 1 (bot), /w/bot.lock'],
      ['held', 'Held: pid 2 (bot), /w/bot.lock'],
    ]);
    expect(transitions(heldBy(1), heldBy(1), 7)).toEqual([]);
  });

  it('takes a start time that is reckoned a little otherwise after a reload for the same', () => {
    const startedAt = (startTime: number): ServiceSnapshot => {
      const service = structuredClone(heldBy(1));
      const process = service.lockFiles[0]?.holders[0]?.process;
      if (process !== undefined) process.startTime = startTime;
      return service;
    };
    expect(transitions(startedAt(5_000_000), startedAt(5_000_007), 6)).toEqual([]);
    expect(transitions(startedAt(5_000_000), startedAt(5_010_000), 6).map(({ kind }) => kind)).toEqual([
      'released',
      'held',
    ]);
  });

  it('records a conflict once and its end', () => {
    const conflict: ServiceSnapshot = {
      ...heldBy(1),
      state: 'conflict',
      findings: [{ kind: 'duplicateInstances', severity: 'conflict', message: '2 instances', evidence: [] }],
    };
    expect(transitions(heldBy(1), conflict, 1)).toEqual([{ at: 1, kind: 'conflict', text: '2 instances' }]);
    expect(transitions(conflict, conflict, 2)).toEqual([]);
    expect(transitions(conflict, heldBy(1), 3)).toMatchObject([{ kind: 'resolved' }]);
  });

  it('keeps a bounded list, the newest', () => {
    const many = Array.from({ length: HISTORY_LIMIT + 5 }, (_, at) => ({
      at,
      kind: 'held' as const,
      text: '',
    }));
    expect(remember(many, [{ at: -1, kind: 'held', text: '' }])).toHaveLength(HISTORY_LIMIT);
    expect(remember(many, [{ at: -1, kind: 'held', text: '' }]).at(-1)?.at).toBe(-1);
  });
});

describe('History', () => {
  const memory = (): { get(key: string): unknown; update(key: string, value: unknown): Promise<void> } => {
    const kept = new Map<string, string>();
    return {
      get: (key) => (kept.has(key) ? (JSON.parse(kept.get(key) ?? '') as unknown) : undefined),
      update: (key, value) => Promise.resolve(void kept.set(key, JSON.stringify(value))),
    };
  };
  const fail = (error: unknown): never => {
    throw error;
  };

  it('does not repeat after a reload what was known before it, and says what happened meanwhile', async () => {
    const store = memory();
    const first = new History(store, fail);
    first.update(snapshot(heldBy(1), 10), ['bot']);
    await first.dispose();
    const second = new History(store, fail);
    second.update(snapshot(heldBy(1), 20), ['bot']);
    expect(second.of('bot').map(({ at }) => at)).toEqual([10]);
    second.update(snapshot(free, 30), ['bot']);
    second.action('bot', 'Removed bot.pid', 31);
    expect(second.of('bot').map(({ kind }) => kind)).toEqual(['held', 'released', 'action']);
    await second.dispose();
  });

  it('starts empty from a store that holds something else', () => {
    const store = { get: () => ({ bot: 7, other: { events: 'x' } }), update: () => Promise.resolve() };
    expect(new History(store, fail).of('bot')).toEqual([]);
  });
});

/** What a history says of two looks at a service: what is new, what is over, and what only stays as it was. */
import { describe, expect, it } from 'vitest';
import type { Finding, Holder, ProcessInfo, ServiceSnapshot, Severity } from '../../../src/api';
import { diagnose } from '../../../src/model/diagnose';
import { HISTORY_LIMIT, knownOf, remember, transitions, type HistoryEvent } from '../../../src/model/history';
import { facts, gone, pidFile } from './build';

const recorded = (pid: number): ServiceSnapshot =>
  diagnose(facts({ pidFiles: [pidFile(String(pid), gone)] }));

const PATH = '/w/bot.lock';

const holder = (pid?: number, process?: Partial<ProcessInfo>): Holder => ({
  ...(pid === undefined ? {} : { pid }),
  ...(pid === undefined || process === undefined ? {} : { process: { pid, command: 'bot', ...process } }),
  inherited: false,
  deletedInode: false,
});
const bot = (pid: number, startTime = 1): Holder => holder(pid, { startTime });

const service = (more: Partial<ServiceSnapshot> = {}): ServiceSnapshot => ({
  id: 'bot',
  name: 'bot',
  state: 'free',
  lockFiles: [],
  pidFiles: [],
  instances: [],
  findings: [],
  ...more,
});
const heldBy = (...holders: Holder[]): ServiceSnapshot => heldAt({ [PATH]: holders });
const heldAt = (files: Record<string, Holder[]>): ServiceSnapshot =>
  service({
    state: 'held',
    lockFiles: Object.entries(files).map(([path, holders]) => ({
      path,
      exists: true,
      held: holders.length > 0,
      holders,
      waiters: [],
    })),
  });
/** Of a kind of its own for every sentence, unless it is given. */
const finding = (severity: Severity, message: string, more: Partial<Finding> = {}): Finding => ({
  kind: message,
  severity,
  message,
  evidence: [],
  ...more,
});

/** `kind: text` of what happened between two looks. */
const between = (before: ServiceSnapshot | undefined, after: ServiceSnapshot): string[] =>
  transitions(before === undefined ? undefined : knownOf(before), after, 5).map(
    ({ kind, text }) => `${kind}: ${text}`,
  );

describe('what happened between two looks', () => {
  it('is a stale record once, and another pid in it that is gone as well', () => {
    expect(between(recorded(4242), recorded(4242))).toEqual([]);
    expect(between(recorded(4242), recorded(4300))).toEqual([
      expect.stringMatching(/^stale: .* names pid 4300, which is gone/),
    ]);
  });

  it('is who holds, who released, and both where the holder changes', () => {
    expect(transitions(undefined, heldBy(bot(1)), 5)).toStrictEqual([
      { at: 5, kind: 'held', text: 'Held: pid 1 (bot), /w/bot.lock' },
    ]);
    expect(transitions(knownOf(heldBy(bot(1))), service(), 6)).toStrictEqual([
      { at: 6, kind: 'released', text: 'Released: pid 1 (bot), /w/bot.lock' },
    ]);
    expect(between(heldBy(bot(1)), heldBy(bot(2)))).toEqual([
      'released: Released: pid 1 (bot), /w/bot.lock',
      'held: Held: pid 2 (bot), /w/bot.lock',
    ]);
    expect(between(undefined, service())).toEqual([]);
  });

  it('is nothing while the same hold it, and one thing where one of several comes or goes', () => {
    const [one, two] = [bot(1), bot(2)];
    expect(between(heldBy(one, two), heldBy(two, one))).toEqual([]);
    expect(between(heldBy(one), heldBy(one, two))).toEqual(['held: Held: pid 2 (bot), /w/bot.lock']);
    expect(between(heldBy(one, two), heldBy(one))).toEqual(['released: Released: pid 2 (bot), /w/bot.lock']);
  });

  it('is a hold of its own on each file', () => {
    const [a, b] = [heldAt({ '/a': [bot(1)] }), heldAt({ '/b': [bot(1)] })];
    expect(between(a, b)).toEqual(['released: Released: pid 1 (bot), /a', 'held: Held: pid 1 (bot), /b']);
  });

  it('takes a start time that is reckoned a little otherwise after a reload for the same', () => {
    expect(between(heldBy(bot(1, 5_000_000)), heldBy(bot(1, 5_000_007)))).toEqual([]);
    expect(between(heldBy(bot(1, 5_000_000)), heldBy(bot(1, 5_010_000)))).toHaveLength(2);
  });

  it('knows a holder by what was read of it', () => {
    expect(between(undefined, heldBy(holder(), holder(2)))).toEqual([
      'held: Held: pid unknown, /w/bot.lock',
      'held: Held: pid 2 (?), /w/bot.lock',
    ]);
    expect(between(heldBy(holder()), heldBy(holder()))).toEqual([]);
    expect(between(heldBy(holder()), heldBy(bot(2)))).toHaveLength(2);
    expect(between(heldBy(holder(2)), heldBy(bot(2)))).toEqual([]);
    const command = 'x'.repeat(100);
    expect(between(undefined, heldBy(holder(1, { command })))).toEqual([
      `held: Held: pid 1 (${'x'.repeat(59)}…), /w/bot.lock`,
    ]);
  });

  it('is a finding once, of every severity but those that only inform', () => {
    const two = [finding('conflict', '2 instances'), finding('stale', 'left behind')];
    const all = service({
      findings: [
        ...two,
        finding('warning', 'odd'),
        finding('unverified', 'dark'),
        finding('information', 'so'),
      ],
    });
    expect(between(service(), all)).toEqual([
      'conflict: 2 instances',
      'stale: left behind',
      'finding: odd',
      'finding: dark',
    ]);
    expect(between(all, all)).toEqual([]);
    expect(between(service({ findings: two }), all)).toEqual(['finding: odd', 'finding: dark']);
    expect(between(undefined, all)).toHaveLength(4);
  });

  it('is a finding once, however its sentence is worded, and again where it is about something else', () => {
    const found = (message: string, more: Partial<Finding> = {}): ServiceSnapshot =>
      service({
        findings: [finding('conflict', message, { kind: 'twins', path: '/a', pids: [7, 12], ...more })],
      });
    const english = found('2 instances of bot are running');
    expect(between(english, found('2 Instanzen von bot laufen', { pids: [12, 7] }))).toEqual([]);
    expect(between(english, found('three', { pids: [7, 12, 13] }))).toEqual(['conflict: three']);
    expect(between(english, found('elsewhere', { path: '/b' }))).toEqual(['conflict: elsewhere']);
    expect(between(english, found('otherwise', { kind: 'triplets' }))).toEqual(['conflict: otherwise']);
  });

  it.each<[ServiceSnapshot['state'], ServiceSnapshot['state'], string[]]>([
    ['conflict', 'held', ['resolved: The conflict is over; the state is now held.']],
    ['stale', 'free', ['resolved: The stale record is gone; the state is now free.']],
    ['conflict', 'stale', []],
    ['stale', 'conflict', []],
    ['conflict', 'conflict', []],
    ['held', 'free', []],
    ['held', 'conflict', []],
    ['unverified', 'held', []],
  ])('is over where a state that is %s becomes %s', (was, is, events) => {
    expect(between(service({ state: was }), service({ state: is }))).toEqual(events);
  });

  it('is nothing over at first sight', () => {
    expect(between(undefined, service())).toEqual([]);
    expect(between(undefined, service({ state: 'conflict' }))).toEqual([]);
  });
});

describe('what is kept of a look', () => {
  it('is what the next is compared with, and no process trees', () => {
    const process = { pid: 1, command: 'bot', startTime: 1 };
    const seen = {
      ...heldBy(bot(1), holder(2), holder()),
      findings: [
        finding('information', 'one waits'),
        finding('warning', 'odd', { kind: 'odd' }),
        finding('conflict', 'twins', { path: '/a', pids: [12, 7] }),
      ],
      instances: [{ root: process, processes: [process], role: 'owner' as const }],
    };
    expect(knownOf(seen)).toStrictEqual({
      name: 'bot',
      state: 'held',
      holds: [
        { who: 'pid 1 (bot), /w/bot.lock', path: PATH, pid: 1, startTime: 1 },
        { who: 'pid 2 (?), /w/bot.lock', path: PATH, pid: 2 },
        { who: 'pid unknown, /w/bot.lock', path: PATH },
      ],
      findings: ['odd\0\0', 'twins\0/a\0\x007\x0012'],
    });
  });

  it('is no more than a thousand of each', () => {
    const pids = Array.from({ length: 1001 }, (_, index) => index + 1);
    const { holds, findings } = knownOf({
      ...heldBy(...pids.map((pid) => bot(pid))),
      findings: pids.map((pid) => finding('warning', `odd ${pid}`)),
    });
    expect([holds.length, holds.at(-1)?.pid, findings.length, findings.at(-1)]).toEqual([
      1000,
      1000,
      1000,
      'odd 1000\0\0',
    ]);
  });
});

describe('the list of what happened', () => {
  const event = (at: number, text = ''): HistoryEvent => ({ at, kind: 'held', text });

  it('keeps the newest of a bounded number', () => {
    expect(remember([event(1)], [event(2, 'a\nb')])).toStrictEqual([event(1), event(2, 'a b')]);
    const many = Array.from({ length: HISTORY_LIMIT + 5 }, (_, at) => event(at));
    const kept = remember(many, [event(-1)]);
    expect([kept.length, kept[0]?.at, kept.at(-1)?.at]).toEqual([HISTORY_LIMIT, 6, -1]);
  });

  it('keeps no sentence of any length', () => {
    const [kept] = remember([], [event(1, 'x'.repeat(10_000))]);
    expect(kept?.text).toBe(`${'x'.repeat(599)}…`);
  });
});

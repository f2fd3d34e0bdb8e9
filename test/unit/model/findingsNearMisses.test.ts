/** What is said of a service, where one fact less or more would say something else. */
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/api';
import { diagnose } from '../../../src/model/diagnose';
import type { LockFileFacts, ProcessFacts, ServiceFacts } from '../../../src/model/facts';
import { gitLockService } from '../../../src/model/presets/index';
import {
  alive,
  facts,
  file,
  gone,
  holder,
  host,
  lock,
  lockFile,
  NAMED,
  NOW,
  OLD,
  pidFile,
  port,
  proc,
  without,
  type Given,
} from './build';

const bot = proc(4242, 'python3 bot.py');
const twin = proc(4243, 'python3 bot.py');
const other = proc(4300, 'python3 other.py');
const held = lockFile([lock([bot])]);

const of = (kind: string, all: ServiceFacts): Finding | undefined =>
  diagnose(all).findings.find((finding) => finding.kind === kind);
const see = (kind: string, given: Given): Finding | undefined => of(kind, facts(given));

describe('a conflict in the log', () => {
  const fingerprint = (text: string): string | undefined =>
    see('conflictInLog', {
      processes: [bot],
      lockFiles: [held],
      log: { path: '/x.log', lines: [{ text, seenAt: NOW }] },
    })?.fingerprint;

  it.each([
    ['poll conflict 1', 'pull conflict 1'],
    ['1 conflict poll', '1 conflict pull'],
    ['conflict x', 'conflict y'],
    ['conflict 1', 'conflict '],
    ['conflict abc', 'conflict def'],
    ['conflict 1x', 'conflict 2x'],
    ['conflict x1', 'conflict x2'],
  ])('is another one where words differ: %s, %s', (a, b) => {
    expect(fingerprint(a)).not.toBe(fingerprint(b));
  });

  it.each([
    ['conflict 1', 'conflict 22'],
    ['conflict 1a-b', 'conflict 2a-cd'],
    ['conflict AB1', 'conflict cd2'],
    [`${'x'.repeat(299)} a`, `${'x'.repeat(299)} b`],
  ])('is the same where only numbers and ids do: %s, %s', (a, b) => {
    expect(fingerprint(a)).toBe(fingerprint(b));
  });
});

describe('a lock by existence that names no process', () => {
  const LOCK = '/home/ann/bot/.git/index.lock';
  const git = proc(4242, 'git commit -a');
  const left = (more: Partial<LockFileFacts> = {}): LockFileFacts =>
    lockFile([], {
      file: file(LOCK, { writtenAgo: 600 }),
      ownerless: { suspects: [], unread: [], quietMs: 180_000 },
      ...more,
    });
  const service = gitLockService('git', LOCK) ?? {};
  const lines = (finding: Finding | undefined): string[] =>
    (finding?.evidence ?? []).filter((line) => !line.startsWith('$'));

  it('tells of who may hold it once, with what else is missing', () => {
    const suspects = [{ process: git, why: 'open' } as const];
    const found = see('holderUnknown', {
      service,
      lockFiles: [left({ ownerless: { suspects, unread: [other], quietMs: 180_000 } })],
    });
    expect(lines(found)).toEqual([
      'Process 4242 (git commit -a) may hold it: it has the file open.',
      expect.stringMatching(/^Process 4300 \(python3 other\.py\) may hold it and does not show where/),
      expect.stringMatching(/^Process 4242 \(git commit -a\): parent 1, /),
    ]);
    expect(found?.pids).toEqual([4242]);
    const unread = see('holderUnknown', {
      service,
      lockFiles: [left({ ownerless: { suspects: [], unread: [other], quietMs: 180_000 } })],
    });
    expect(unread).not.toHaveProperty('pids');
  });

  it('is none that the kernel names the holder of, whatever else the service has', () => {
    const given = { lockFiles: [lockFile([lock([bot])], { existence: true })], processes: [bot] };
    const pidFiles = [pidFile('4242', alive(bot))];
    expect(see('holderUnknown', { ...given, pidFiles: [pidFile('')] })).toBeUndefined();
    expect(see('holderUnknown', given)).toBeUndefined();
    const unlocked = [lockFile([], { existence: true })];
    expect(see('holderUnknown', { ...given, lockFiles: unlocked, pidFiles: [pidFile('')] })).toBeDefined();
    expect(see('holderUnknown', { ...given, lockFiles: unlocked, pidFiles })).toBeUndefined();
  });

  it('is judged by its own evidence, not by that of the file beside it', () => {
    const plain = lockFile([], { file: file('/home/ann/bot/plain.lock') });
    const found = diagnose(facts({ service, lockFiles: [plain, left()] })).findings;
    expect(found.map(({ kind, path }) => [kind, path])).toEqual([
      ['leftOver', LOCK],
      ['holderUnknown', '/home/ann/bot/plain.lock'],
    ]);
  });

  it('is left over with no more evidence than there is', () => {
    const seen = facts({ service, lockFiles: [left()] });
    const evidence = [
      expect.stringMatching(/index\.lock was last written \d{4}-/),
      expect.stringMatching(/^Every process that could have made it was inspected\./),
    ] as string[];
    expect(lines(of('leftOver', seen))).toEqual(evidence);
    const unbooted = { ...seen, host: without(host(), 'bootTime') };
    expect(lines(of('leftOver', unbooted))).toEqual(evidence);
  });
});

describe('a record that names another process than the holder', () => {
  const script = proc(20, ['bash', '-c', 'python3 bot.py | rotate bot.py.log']);
  const inside = { ...bot, ppid: 20 };
  const rotate = proc(4244, 'rotate bot.py.log', { ppid: 20 });
  const family: Given = {
    service: NAMED,
    processes: [script, inside, rotate, other],
    matched: [20, 4242],
  };
  const names = (process: ProcessFacts): Given => ({
    pidFiles: [pidFile(String(process.pid), alive(process))],
  });

  it('is none where both are of one instance, though neither has started the other', () => {
    const given = { ...family, lockFiles: [lockFile([lock([inside])])] };
    expect(see('pidMismatch', { ...given, ...names(rotate) })).toBeUndefined();
    const zombie = { ...other, state: 'Z' };
    const shared = {
      ...family,
      lockFiles: [lockFile([lock([inside, holder(zombie, { inherited: true })])])],
    };
    expect(see('pidMismatch', { ...shared, ...names(rotate) })).toBeUndefined();
  });

  it('is one where they are of two', () => {
    const given = { service: NAMED, processes: [bot, twin], lockFiles: [held] };
    expect(see('pidMismatch', { ...given, ...names(twin) })).toMatchObject({ severity: 'warning' });
    // And where a third instance has both of something else.
    expect(
      see('pidMismatch', {
        ...family,
        processes: [script, inside, rotate, twin],
        matched: [20, 4242, 4243],
        lockFiles: [lockFile([lock([inside])])],
        ...names(rotate),
      }),
    ).toBeUndefined();
  });
});

describe('a record that cannot be verified', () => {
  const fingerprint = (text: string): string | undefined =>
    see('recordUnverifiable', { pidFiles: [pidFile(text, gone)] })?.fingerprint;

  it('is news where it names another process', () => {
    expect(fingerprint('{"pid":4242,"host":"elsewhere"}')).toBe('4242');
    expect(fingerprint('{"pid":4243,"host":"elsewhere"}')).toBe('4243');
    expect(fingerprint('hello')).toBe('');
  });
});

describe('a process that has the number of a record', () => {
  it('is called unrelated, unless it is an instance itself', () => {
    const recorded = JSON.stringify({ pid: 4242, startTicks: (bot.startTicks ?? 0) - 1 });
    const given: Given = { processes: [bot], pidFiles: [pidFile(recorded, alive(bot), OLD)] };
    const unrelated = 'Process 4242 is unrelated to this service; leave it alone.';
    expect(see('stalePidReused', given)?.evidence).toContain(unrelated);
    expect(see('stalePidReused', { ...given, service: NAMED })?.evidence).not.toContain(unrelated);
    const child = proc(4244, 'python3 worker.py', { ppid: 4242 });
    const family = { ...given, service: NAMED, processes: [bot, child] };
    expect(see('stalePidReused', family)?.evidence).not.toContain(unrelated);
    const beside = { processes: [bot, twin], service: NAMED, matched: [4243] };
    expect(see('stalePidReused', { ...given, ...beside })?.evidence).toContain(unrelated);
  });

  it('is judged by no clock that is not known', () => {
    const late = proc(4242, '/usr/bin/other', { startedAgo: 60, cwd: '/' });
    const given = facts({
      processes: [late],
      pidFiles: [pidFile('4242', alive(late))],
      host: { bootWitness: NOW },
    });
    const clock = (all: ServiceFacts): string[] | undefined =>
      of('stalePidReused', all)?.evidence.filter((line) => /clock and|clock has/.test(line));
    expect(clock(given)).toHaveLength(1);
    const ticks = JSON.stringify({ pid: 4242, startTicks: (late.startTicks ?? 0) - 4200 });
    const proven = { ...given, pidFiles: [pidFile(ticks, alive(late))] };
    expect(clock(proven)).toEqual([]);
    expect(clock({ ...given, host: without(given.host, 'bootTime') })).toEqual([]);
    expect(clock({ ...given, host: without(given.host, 'bootWitness') })).toEqual([]);
  });
});

describe('a port', () => {
  const at = (process: ProcessFacts, ...addresses: string[]) =>
    addresses.map((address) => ({ address, uid: 1000, processes: [process] }));
  const shell = proc(50, 'bash', { startedAgo: 9000 });
  const [inside, stranger] = [{ ...bot, ppid: 50 }, proc(4300, 'node server.js', { ppid: 50, cwd: '/srv' })];
  const orphan = proc(4301, 'node orphan.js', { cwd: '/srv' });
  const given: Given = {
    service: { pidFiles: [] },
    processes: [shell, inside, stranger, orphan],
    lockFiles: [lockFile([lock([inside])])],
  };
  const listening = (...listeners: ReturnType<typeof at>) =>
    see('portConflict', { ...given, ports: [port([], { listeners })] });

  it('is shared where one address is common', () => {
    expect(listening(...at(inside, '127.0.0.1', '::1'), ...at(stranger, '10.0.0.1', '::1'))).toMatchObject({
      severity: 'conflict',
      message: expect.stringMatching(/ both listen on port 3000: /) as string,
    });
    const apart = listening(...at(inside, '127.0.0.1', '::1'), ...at(stranger, '10.0.0.1'));
    expect(apart).toMatchObject({
      severity: 'warning',
      message:
        'Two processes listen on port 3000: 4242 (python3 bot.py) at 127.0.0.1, ::1, and 4300 (node server.js) at 10.0.0.1.',
    });
    const child = proc(4244, 'python3 worker.py', { ppid: 4242 });
    expect(
      see('portConflict', {
        ...given,
        processes: [shell, inside, child, stranger, orphan],
        ports: [
          port([], {
            listeners: [
              ...at(inside, '127.0.0.1'),
              ...at(child, '::1'),
              ...at(stranger, '::1'),
              ...at(orphan, '10.0.0.1'),
            ],
          }),
        ],
      }),
    ).toMatchObject({ severity: 'conflict', pids: [4300, 4301] });
  });

  it('is taken where one of those who listen is proven to be no instance', () => {
    const both = listening(...at(stranger, '::1'), ...at(orphan, '10.0.0.1'));
    expect(both?.severity).toBe('conflict');
    expect(listening(...at(orphan, '10.0.0.1'))?.severity).toBe('warning');
  });

  it('is claimed by one live record of several', () => {
    const json = '{"pid":4242,"port":3000}';
    const pidFiles = [
      pidFile('{"pid":77,"port":3000}', gone, { file: file('/old.pid') }),
      pidFile(json, alive(inside)),
    ];
    const ports = [port([], { isConfigured: false, listeners: at(stranger, '::1') })];
    const claimed = (which: typeof pidFiles) =>
      see('portConflict', { ...given, service: {}, pidFiles: which, ports });
    expect(claimed(pidFiles)).toBeDefined();
    expect(claimed(pidFiles.slice(0, 1))).toBeUndefined();
  });

  it('of a service that nothing else tells belongs to the first that listens, with all of its processes', () => {
    const child = proc(4310, 'node worker.js', { ppid: 4300, cwd: '/srv' });
    const only = (processes: ProcessFacts[], ...listeners: ProcessFacts[]) =>
      see('portConflict', {
        service: { lockFiles: [], pidFiles: [], ports: [3000] },
        lockFiles: [],
        processes: [shell, ...processes],
        ports: [port(listeners)],
      });
    expect(only([inside, stranger], inside, stranger)).toMatchObject({
      pids: [4300],
      message: expect.stringMatching(/^4242 \(python3 bot\.py\) and 4300 \(node server\.js\) both/) as string,
    });
    expect(only([stranger, child], stranger, child)).toBeUndefined();
    expect(only([inside, stranger, child], inside, stranger, child)).toMatchObject({ pids: [4300, 4310] });
    const late = { ...inside, startTime: NOW - 1000 };
    expect(only([stranger, child, late], child, late, stranger)).toMatchObject({ pids: [4242] });
  });
});

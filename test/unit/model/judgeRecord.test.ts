import { describe, expect, it } from 'vitest';
import { contextOf } from '../../../src/model/context';
import { diagnose } from '../../../src/model/diagnose';
import { RECORD_TOLERANCE_MS } from '../../../src/model/records/recordIdentity';
import { isThisHost } from '../../../src/model/records/recordOrigin';
import type { ProcessFacts } from '../../../src/model/facts';
import {
  absent,
  alive,
  BOOT,
  facts,
  file,
  gone,
  holder,
  host,
  lock,
  lockFile,
  NOW,
  OLD,
  pidFile,
  proc,
  record,
  type Given,
  startedAfter,
  PID_PATH,
  writtenAt,
} from './build';

const bot = proc(4242, 'python3 bot.py');

function verdict(given: Given) {
  const all = facts(given);
  const [judged] = contextOf(all).records;
  const snapshot = diagnose(all);
  return [
    judged?.verdict,
    judged?.reason,
    snapshot.state,
    snapshot.findings.map(({ kind }) => kind).join(' '),
  ];
}

/** As where neither procfs nor ps tells when a process started. */
function withoutStart(process: ProcessFacts): ProcessFacts {
  const { pid, comm, argv } = process;
  return { pid, comm, argv };
}

describe('a record of a live pid', () => {
  it('is live when the process started before the file was written', () => {
    expect(verdict(startedAfter(-5))).toEqual(['live', 'alive', 'held', '']);
  });

  it('is live within the accuracy of the clocks, and reused beyond it', () => {
    expect(verdict(startedAfter(RECORD_TOLERANCE_MS))).toEqual(['live', 'alive', 'held', '']);
    expect(verdict(startedAfter(RECORD_TOLERANCE_MS + 20))).toEqual([
      'reused',
      'startedAfterWrite',
      'stale',
      'stalePidReused',
    ]);
  });

  it('is given the time by which the wall clock was stepped', () => {
    expect(verdict(startedAfter(30_000, { host: { clockStepMs: 30_000 } }))[0]).toBe('live');
  });

  it('is reused when the machine booted after the file was written', () => {
    const process = proc(4242, 'python3 bot.py');
    const old = writtenAt(BOOT - 60_000);
    const given = { processes: [process], pidFiles: [pidFile('4242', alive(process), { file: old })] };
    expect(verdict(given)).toEqual(['reused', 'bootedSince', 'stale', 'stalePidReused']);
    const timeless = withoutStart(process);
    expect(verdict({ ...given, pidFiles: [pidFile('4242', alive(timeless), { file: old })] })[1]).toBe(
      'bootedSince',
    );
  });

  it('is not reused by the clock alone when the process is the service by its command line', () => {
    const given = startedAfter(60_000, { service: { process: { kind: 'substring', text: 'bot.py' } } });
    expect(verdict(given)).toEqual(['live', 'alive', 'held', '']);
  });

  it('is live when nothing is known of its start', () => {
    const timeless = withoutStart(bot);
    expect(verdict({ processes: [timeless], pidFiles: [pidFile('4242', alive(timeless))] })[0]).toBe('live');
  });

  const json = (fields: object) => JSON.stringify({ pid: 4242, ...fields });
  const ticks = bot.startTicks ?? 0;

  it('trusts recorded start ticks above all clocks', () => {
    expect(
      verdict({ processes: [bot], pidFiles: [pidFile(json({ startTicks: ticks }), alive(bot), OLD)] }),
    ).toEqual(['live', 'startTicksEqual', 'held', '']);
    expect(
      verdict({ processes: [bot], pidFiles: [pidFile(json({ startTicks: ticks - 1 }), alive(bot), OLD)] }),
    ).toEqual(['reused', 'startTicksDiffer', 'stale', 'stalePidReused']);
  });

  it('is no other process by a start that is later: no other can have had the number of one that runs', () => {
    expect(
      verdict({ processes: [bot], pidFiles: [pidFile(json({ startTicks: ticks + 1 }), alive(bot))] }),
    ).toEqual(['live', 'alive', 'held', '']);
  });

  it.each([
    ['its monotonic clock, s', Math.floor(ticks / 100)],
    ['ms to the boot', 853],
    ['a date', 20_261_127],
    ['a time of day', 82_814],
    ['one tick less', ticks - 1],
  ])('is no other process by a number under a key that does not say its unit: %s', (_, start) => {
    for (const key of ['start_time', 'startTime']) {
      const given = { processes: [bot], pidFiles: [pidFile(json({ [key]: start }), alive(bot))] };
      expect(verdict(given)).toEqual(['live', 'alive', 'held', '']);
    }
    // What the clock says of the file still counts, and is no proof.
    const copied = { processes: [bot], pidFiles: [pidFile(json({ start_time: start }), alive(bot), OLD)] };
    expect(verdict(copied)).toEqual(['reused', 'startedAfterWrite', 'stale', 'stalePidReused']);
  });

  it('is the very process by the number of its start ticks, whatever the key', () => {
    const given = { processes: [bot], pidFiles: [pidFile(json({ start_time: ticks }), alive(bot), OLD)] };
    expect(verdict(given)).toEqual(['live', 'startTicksEqual', 'held', '']);
  });

  it('is only probably another one by seconds under such a key', () => {
    const seconds = Math.round((bot.startTime ?? 0) / 1000) - 100;
    const found = diagnose(
      facts({ processes: [bot], pidFiles: [pidFile(json({ start_time: seconds }), alive(bot), OLD)] }),
    );
    expect(found.findings[0]?.message).toContain('probably belongs to another process');
    expect(found.pidFiles[0]).toMatchObject({ verdict: 'reused', proof: 'plausible' });
  });

  it('calls a process of the service reused when its start ticks differ', () => {
    const service = { process: { kind: 'substring', text: 'bot.py' } } as const;
    const pidFiles = [pidFile(json({ startTicks: ticks - 1 }), alive(bot), OLD)];
    expect(verdict({ service, processes: [bot], pidFiles })[1]).toBe('startTicksDiffer');
  });

  it('needs both readings of a number to fail that may be ticks or seconds', () => {
    const seconds = Math.round((bot.startTime ?? 0) / 1000);
    expect(seconds).toBeGreaterThan(1e9);
    const judge = (start: number) =>
      verdict({ processes: [bot], pidFiles: [pidFile(json({ startTicks: start }), alive(bot), OLD)] })[1];
    expect(judge(seconds)).toBe('startedAfterWrite');
    expect(judge(seconds - 100)).toBe('startedAfterRecord');
  });

  it('is reused when the process started after the time in the record', () => {
    const started = (ms: number) => json({ startedAt: new Date((bot.startTime ?? 0) + ms).toISOString() });
    const judge = (ms: number, more: object = {}) =>
      verdict({ processes: [bot], pidFiles: [pidFile(started(ms), alive(bot), more)] }).slice(0, 2);
    expect(judge(5000)).toEqual(['live', 'alive']);
    expect(judge(-2000)).toEqual(['live', 'alive']);
    expect(judge(-2000, OLD)).toEqual(['reused', 'startedAfterWrite']);
    expect(judge(-60_000, OLD)).toEqual(['reused', 'startedAfterRecord']);
  });

  it.each([
    ['of a job', json({ createdAt: '2026-01-01T00:00:00Z' })],
    ['of its supervisor', json({ started_at: Math.floor(NOW / 1000) - 86_400 })],
    ['of its supervisor, in lines', '4242\n8080\n2026-01-29T10:00:00Z\n'],
    ['of its supervisor, by ticks', json({ startTicks: 5000 })],
    ['ms to its first frame', json({ start_ticks: 412 })],
  ])('is no other one by an earlier start %s, where the file was written while it ran', (_, content) => {
    const judge = (process: ProcessFacts, more: object = {}) =>
      verdict({ processes: [process], pidFiles: [pidFile(content, alive(process), more)] });
    expect(judge(bot)).toEqual(['live', 'alive', 'held', '']);
    // Near misses: nothing but the number fits, and a file that is older.
    const stranger = proc(4242, '/usr/bin/other', { cwd: '/', startedAgo: 86_400 / 2 });
    expect(judge(stranger)).toEqual([
      'unverifiable',
      'writtenAfterStart',
      'unverified',
      'recordUnverifiable',
    ]);
    expect(judge(bot, OLD)[0]).toBe('reused');
  });
});

describe('a record of a dead pid', () => {
  it('is dead when the process is gone, a zombie or a thread', () => {
    const of = (liveness: Parameters<typeof pidFile>[1]) =>
      verdict({ pidFiles: [pidFile('4242', liveness)] });
    expect(of(gone)).toEqual(['dead', 'gone', 'stale', 'stalePidDead']);
    expect(of({ state: 'dead', why: 'zombie' })).toEqual(['dead', 'zombie', 'stale', 'stalePidDead']);
    expect(of({ state: 'dead', why: 'thread', threadOf: 4000 })).toEqual([
      'dead',
      'thread',
      'stale',
      'stalePidDead',
    ]);
  });

  it('may be meant by a thread that ran when it was written, and by none that started later', () => {
    const of = (startTime: number) =>
      verdict({ pidFiles: [pidFile('4242', { state: 'dead', why: 'thread', threadOf: 4000, startTime })] });
    expect(of(0).slice(0, 2)).toEqual(['unverifiable', 'olderThread']);
    expect(of(Date.now() * 2).slice(0, 2)).toEqual(['dead', 'thread']);
  });

  it('says of which process it is a thread', () => {
    const liveness = { state: 'dead', why: 'thread', threadOf: 4000 } as const;
    expect(diagnose(facts({ pidFiles: [pidFile('4242', liveness)] })).findings[0]?.message).toContain(
      'a thread of process 4000',
    );
  });

  it('is kept when whether it runs cannot be told', () => {
    expect(verdict({ pidFiles: [pidFile('4242', { state: 'unavailable', reason: 'EIO' })] })).toEqual([
      'unverifiable',
      'livenessUnavailable',
      'unverified',
      'recordUnverifiable',
    ]);
    expect(verdict({ pidFiles: [pidFile('4242')] })[1]).toBe('livenessUnavailable');
  });

  it('is kept when a lock that cannot be seen may protect it', () => {
    expect(verdict({ pidFiles: [pidFile('4242', gone, { certainty: 'unknown' })] })).toEqual([
      'unverifiable',
      'locksUncertain',
      'unverified',
      'recordUnverifiable',
    ]);
    const uncertain = lockFile([], { certainty: 'unknown', uncertainBecause: 'otherHost' });
    expect(verdict({ lockFiles: [uncertain], pidFiles: [pidFile('4242', gone)] })).toEqual([
      'unverifiable',
      'locksUncertain',
      'unverified',
      'holderUnknown recordUnverifiable',
    ]);
  });

  it('is stale although the lock file cannot be seen, when that file is absent', () => {
    const uncertain = lockFile([], { certainty: 'unknown', file: absent('/home/ann/bot/bot.lock') });
    expect(verdict({ lockFiles: [uncertain], pidFiles: [pidFile('4242', gone)] })[0]).toBe('dead');
  });

  it('is protected by any lock on the pid file itself', () => {
    const other = proc(4300, 'python3 bot.py');
    const held = pidFile('4242', gone, { locks: [lock([other])] });
    expect(verdict({ processes: [other], pidFiles: [held] })).toEqual([
      'live',
      'fileLocked',
      'held',
      'pidMismatch',
    ]);
    const unknown = pidFile('4242', gone, { locks: [lock([], { unknown: 'otherUser' })] });
    expect(verdict({ pidFiles: [unknown] })).toEqual(['live', 'fileLocked', 'unverified', 'holderUnknown']);
  });

  it('is protected by a descendant that holds the lock the dead process took', () => {
    const child = proc(4300, 'python3 worker.py');
    const inherited = lock([holder(child, { inherited: true })], { taker: 4242 });
    expect(
      verdict({ processes: [child], lockFiles: [lockFile([inherited])], pidFiles: [pidFile('4242', gone)] }),
    ).toEqual(['dead', 'lockInherited', 'held', 'inheritedLock']);
  });

  it('is protected by a holder that still carries its process group, where OFD locks name no taker', () => {
    const child = proc(4300, 'python3 worker.py', { pgid: 4242, sid: 4242 });
    const ofd = lock([holder(child, { inherited: true })], { kind: 'ofd' });
    const given = { processes: [child], lockFiles: [lockFile([ofd])], pidFiles: [pidFile('4242', gone)] };
    expect(verdict(given)).toEqual(['dead', 'lockInherited', 'held', 'inheritedLock']);
    expect(diagnose(facts(given)).findings[0]?.severity).toBe('warning');
  });

  it('is stale although a stranger holds the lock of the service', () => {
    const other = proc(4300, 'python3 bot.py');
    expect(
      verdict({
        processes: [other],
        lockFiles: [lockFile([lock([other])])],
        pidFiles: [pidFile('4242', gone)],
      }),
    ).toEqual(['dead', 'gone', 'stale', 'stalePidDead pidMismatch']);
  });

  it('is no proof when its pid was guessed from the file name', () => {
    const content = { record: { shape: 'fileName', pid: 4242 }, liveness: gone } as const;
    expect(verdict({ pidFiles: [pidFile(undefined, undefined, { content })] })[1]).toBe('guessedPid');
  });

  it('does not make the lock file of a kernel lock stale', () => {
    expect(verdict({ lockFiles: [lockFile([], { record: record('{"pid":4242}', gone) })] })).toEqual([
      'dead',
      'gone',
      'free',
      '',
    ]);
  });

  it('makes a lock by existence stale', () => {
    const token = lockFile([], { record: record('{"pid":4242}', gone) });
    expect(verdict({ service: { existence: true }, lockFiles: [token] })).toEqual([
      'dead',
      'gone',
      'stale',
      'stalePidDead',
    ]);
    expect(verdict({ lockFiles: [{ ...token, existence: true }] })[2]).toBe('stale');
  });
});

describe('a record that a stranger’s lock does not vouch for', () => {
  it('is protected by the inherited lock of its dead writer even when a stranger has its pid', () => {
    const stranger = proc(4242, 'vim notes.txt', { startedAgo: 10 });
    const child = proc(4300, 'python3 worker.py');
    const inherited = lock([holder(child, { inherited: true })], { taker: 4242 });
    const given = {
      processes: [stranger, child],
      lockFiles: [lockFile([inherited])],
      pidFiles: [pidFile('4242', alive(stranger))],
    };
    expect(verdict(given)).toEqual(['reused', 'lockInherited', 'held', 'inheritedLock']);
    const { instances } = diagnose(facts(given));
    expect(instances.flatMap(({ processes }) => processes.map(({ pid }) => pid))).toEqual([4300]);
  });

  it('belongs to the holder whatever the clocks say', () => {
    const held = { locks: [lock([bot])], file: file(PID_PATH, { writtenAgo: 86_400 }) };
    expect(verdict({ processes: [bot], pidFiles: [pidFile('4242', alive(bot), held)] })).toEqual([
      'live',
      'lockHeldByRelative',
      'held',
      '',
    ]);
  });
});

describe('a record of another place', () => {
  it('is unverifiable whether such a pid runs here or not', () => {
    for (const liveness of [gone, alive(bot)]) {
      expect(
        verdict({ processes: [bot], pidFiles: [pidFile('{"pid":4242,"host":"other"}', liveness)] }),
      ).toEqual(['unverifiable', 'otherHost', 'unverified', 'recordUnverifiable']);
    }
  });

  it('is live when the recorded process holds the lock here, under whatever name the host had', () => {
    const held = { locks: [lock([bot])] };
    expect(
      verdict({ processes: [bot], pidFiles: [pidFile('{"pid":4242,"host":"other"}', alive(bot), held)] })[0],
    ).toBe('live');
  });

  it.each([
    ['tower', true],
    ['TOWER', true],
    ['tower.example.org', true],
    ['localhost', true],
    ['127.0.1.1', true],
    ['0.0.0.0', true],
    ['192.168.0.7', true],
    ['192.168.0.8', false],
    ['other', false],
    ['tower2', false],
    ['', false],
  ])('takes the host %s for this one: %s', (name, same) => {
    expect(isThisHost(name, host({ addresses: ['192.168.0.7'] }))).toBe(same);
  });

  it('tells hosts of one name in two domains apart', () => {
    expect(isThisHost('tower.example.org', host({ hostname: 'tower.example.com' }))).toBe(false);
  });

  it('is unverifiable in another PID namespace', () => {
    const content = record('tower/f0000abc:4242', gone);
    const judge = (pidNamespace: string | undefined) =>
      verdict({
        host: pidNamespace === undefined ? {} : { pidNamespace },
        pidFiles: [pidFile(undefined, undefined, { content })],
      })[1];
    expect(judge('f0000abc')).toBe('gone');
    expect(judge('f0000abd')).toBe('otherNamespace');
    expect(judge(undefined)).toBe('otherNamespace');
  });

  it('is stale when it was written before this boot', () => {
    const process = proc(4242, 'emacs');
    const old = writtenAt(NOW - 3700_000);
    const judge = (boot: number) => {
      const content = record(`ann@tower.4242:${boot}`, alive(process));
      return verdict({
        processes: [process],
        pidFiles: [pidFile(undefined, undefined, { content, file: old })],
      })[1];
    };
    expect(judge(BOOT / 1000 - 86_400)).toBe('bootedSince');
    expect(judge(BOOT / 1000 - 5)).toBe('startedAfterWrite');
  });
});

describe('a record that is none', () => {
  it('is absent, empty or unreadable', () => {
    expect(verdict({ pidFiles: [pidFile(undefined, undefined, { file: absent(PID_PATH) })] })).toEqual([
      'absent',
      'absent',
      'absent',
      '',
    ]);
    expect(verdict({ pidFiles: [pidFile('')] })).toEqual(['empty', 'empty', 'free', '']);
    expect(verdict({ pidFiles: [pidFile('hello')] })).toEqual([
      'unverifiable',
      'notAPid',
      'unverified',
      'recordUnverifiable',
    ]);
    const unreadable = file(PID_PATH, { status: 'unreadable', problem: { code: 'EACCES', syscall: 'open' } });
    expect(verdict({ pidFiles: [pidFile(undefined, undefined, { file: unreadable })] })[1]).toBe(
      'unreadable',
    );
    expect(
      diagnose(facts({ pidFiles: [pidFile(undefined, undefined, { file: unreadable })] })).findings[0]
        ?.message,
    ).toBe(`${PID_PATH} cannot be read: open failed with EACCES.`);
    for (const status of ['directory', 'special'] as const) {
      expect(
        verdict({ pidFiles: [pidFile(undefined, undefined, { file: file(PID_PATH, { status }) })] })[1],
      ).toBe('notAFile');
    }
  });

  it('is missing, not stale, while the service is held', () => {
    for (const text of ['', 'hello']) {
      const given = { processes: [bot], lockFiles: [lockFile([lock([bot])])], pidFiles: [pidFile(text)] };
      expect(verdict(given).slice(2)).toEqual(['held', 'recordMissing']);
    }
  });

  it('is missing with an unknown holder as well', () => {
    const seen = diagnose(
      facts({ pidFiles: [pidFile('', undefined, { locks: [lock([], { unknown: 'otherUser' })] })] }),
    );
    expect(seen.state).toBe('unverified');
    expect(seen.findings.map(({ kind }) => kind)).toEqual(['holderUnknown', 'recordMissing']);
    expect(JSON.stringify(seen)).not.toMatch(/None|undefined|stale/);
  });

  it('is not missing when the file is absent', () => {
    const none = pidFile(undefined, undefined, { file: absent(PID_PATH) });
    expect(
      verdict({ processes: [bot], lockFiles: [lockFile([lock([bot])])], pidFiles: [none] }).slice(2),
    ).toEqual(['held', '']);
  });
});

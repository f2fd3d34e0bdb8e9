/** The verdict on one record as a whole, word by word: what it says of the process, why, and how sure that is. */
import { describe, expect, it } from 'vitest';
import type { ProcessFacts } from '../../../src/model/facts';
import { heldByFamilyOf, judgeRecord } from '../../../src/model/records/judgeRecord';
import { RECORD_TOLERANCE_MS } from '../../../src/model/records/recordIdentity';
import { isThisHost } from '../../../src/model/records/recordOrigin';
import type { PidRecord } from '../../../src/model/records/pidRecordTypes';
import { ProcessTree } from '../../../src/model/processes/processTree';
import {
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
  pidFile,
  proc,
  without,
  type Given,
  PID_PATH,
  NAMED,
  OLD,
  writtenAt,
} from './build';

const bot = proc(4242, 'python3 bot.py');
/** Of the recorded number, and of nothing else that the record's file tells. */
const stranger = proc(4242, '/usr/bin/other', { cwd: '/', startedAgo: 86_400 });

type Pid = NonNullable<Given['pidFiles']>[number];

/** The judgement on a record of pid 4242 with these fields; `judged`: of the file it is in. */
function judge(
  fields: Partial<PidRecord>,
  of: { process?: ProcessFacts; inner?: readonly ProcessFacts[]; judged?: Partial<Pid> } & Given = {},
) {
  const { process, inner, judged, ...given } = of;
  const all = facts({ ...given, processes: [...(process ? [process] : []), ...(given.processes ?? [])] });
  const content = {
    record: { shape: 'integer' as const, pid: 4242, ...fields },
    liveness: process ? alive(process) : gone,
    ...(inner ? { inner } : {}),
  };
  const tree = new ProcessTree(all.processes, all.host);
  return judgeRecord({ ...pidFile(undefined), content, ...judged }, all, tree);
}

const reason = (...args: Parameters<typeof judge>) => judge(...args).reason;
const live = (why: string, proof: string, more: object = {}) => ({
  verdict: 'live',
  reason: why,
  proof,
  ...more,
});
const kept = (why: string, more: object = {}) => ({
  verdict: 'unverifiable',
  reason: why,
  proof: 'guessed',
  ...more,
});

/** Written at that time. */
const at = (ms: number) => ({ file: writtenAt(ms) });
const untimed: Partial<Pid> = { file: { path: PID_PATH, status: 'file' } };
const timeless = (process: ProcessFacts): ProcessFacts => without(process, 'startTime', 'startTicks');

describe('the start of a live process', () => {
  const start = bot.startTime ?? 0;
  const ticks = bot.startTicks ?? 0;

  it.each<[string, Parameters<typeof judge>, string]>([
    ['a record of this boot', [{ bootId: 'b' }, { process: bot, host: { bootId: 'b' } }], 'alive'],
    ['of another boot', [{ bootId: 'a' }, { process: bot, host: { bootId: 'b' }, judged: OLD }], 'otherBoot'],
    ['of another boot, and copied', [{ bootId: 'a' }, { process: bot, host: { bootId: 'b' } }], 'alive'],
    [
      'of another boot, with its ticks',
      [
        { bootId: 'a', startTicks: ticks },
        { process: bot, host: { bootId: 'b' } },
      ],
      'alive',
    ],
    ['of a boot that cannot be compared', [{ bootId: 'a' }, { process: bot }], 'alive'],
    ['of no boot', [{}, { process: bot, host: { bootId: 'b' } }], 'alive'],
    ['its ticks', [{ startTicks: ticks }, { process: bot }], 'startTicksEqual'],
    ['earlier ticks', [{ startTicks: ticks - 1 }, { process: bot, judged: OLD }], 'startTicksDiffer'],
    ['earlier ticks, and written since', [{ startTicks: ticks - 1 }, { process: bot }], 'alive'],
    [
      'earlier ticks in a file without a time',
      [{ startTicks: ticks - 1 }, { process: bot, judged: untimed }],
      'alive',
    ],
    [
      'earlier ticks of one whose start is not shown',
      [{ startTicks: ticks - 1 }, { process: without(bot, 'startTime'), judged: OLD }],
      'alive',
    ],
    ['later ticks', [{ startTicks: ticks + 1 }, { process: bot }], 'alive'],
    ['its ticks, perhaps', [{ mayBeTicks: ticks }, { process: bot }], 'startTicksEqual'],
    ['earlier ticks, perhaps', [{ mayBeTicks: ticks - 1 }, { process: bot }], 'alive'],
    ['ticks of unknown unit', [{ startTicks: ticks - 1, startUnit: 'unknown' }, { process: bot }], 'alive'],
    ['ticks that nothing compares with', [{ startTicks: 1 }, { process: timeless(bot) }], 'alive'],
    ['ticks that may be a time', [{ startTicks: ticks - 1, startedAt: start }, { process: bot }], 'alive'],
    [
      'ticks that may be a time too early',
      [
        { startTicks: ticks - 1, startedAt: start - 60_000 },
        { process: bot, judged: OLD },
      ],
      'startTicksDiffer',
    ],
    [
      'a time too early',
      [{ startedAt: start - 60_000 }, { process: bot, judged: OLD }],
      'startedAfterRecord',
    ],
    ['a time too early, and written since', [{ startedAt: start - 60_000 }, { process: bot }], 'alive'],
    [
      'a time of unknown unit',
      [{ startedAt: start - 60_000, startUnit: 'unknown' }, { process: bot }],
      'alive',
    ],
    ['a time, where the start is not shown', [{ startedAt: 1 }, { process: timeless(bot) }], 'alive'],
    ['written before the start', [{}, { process: bot, judged: at(start - 60_000) }], 'startedAfterWrite'],
    ['a file without a time', [{}, { process: bot, judged: untimed }], 'alive'],
  ])('%s', (_, args, expected) => {
    const isWriter = expected === 'alive' || expected === 'startTicksEqual';
    expect(judge(...args)).toMatchObject({ verdict: isWriter ? 'live' : 'reused', reason: expected });
  });

  it.each([
    [RECORD_TOLERANCE_MS, 'alive'],
    [RECORD_TOLERANCE_MS + 1, 'bootedSince'],
  ])('a boot %i ms after the file was written: %s', (ms, expected) => {
    const process = timeless(bot);
    expect(reason({}, { process, judged: at(BOOT - ms) })).toBe(expected);
    const all = { ...facts({ processes: [process] }), host: without(host(), 'bootTime') };
    const content = { record: { shape: 'integer' as const, pid: 4242 }, liveness: alive(process) };
    const tree = new ProcessTree(all.processes, all.host);
    expect(judgeRecord({ ...pidFile(undefined), content, ...at(BOOT - ms) }, all, tree).reason).toBe('alive');
  });

  it('a recorded boot, with a minute and the tolerance between two ways to tell its time', () => {
    const recorded = (ms: number, more: object) =>
      reason({ bootTime: (BOOT - ms) / 1000 }, { process: bot, ...more });
    // A record that was copied since: its file is younger than the boot.
    const copied = { judged: at((bot.startTime ?? 0) - 60_000) };
    expect(recorded(60_000 + RECORD_TOLERANCE_MS, copied)).toBe('startedAfterWrite');
    expect(recorded(60_001 + RECORD_TOLERANCE_MS, copied)).toBe('bootedSince');
    expect(recorded(86_400_000, {})).toBe('alive');
    expect(recorded(86_400_000, { judged: untimed })).toBe('alive');
    expect(judge({ bootTime: BOOT / 1000 - 86_400 }, { process: bot, ...copied })).toEqual({
      verdict: 'reused',
      reason: 'bootedSince',
      proof: 'plausible',
    });
  });
});

describe('what a live number is judged to be', () => {
  it.each<[string, Parameters<typeof judge>, object]>([
    [
      'the writer by its ticks, whatever contradicts',
      [{ startTicks: stranger.startTicks ?? 0 }, { process: stranger, service: NAMED }],
      live('startTicksEqual', 'proven', { owner: stranger }),
    ],
    [
      'no kernel thread, whatever its ticks',
      [{ startTicks: bot.startTicks ?? 0 }, { process: { ...bot, kernelThread: true } }],
      kept('contradicted', { contradiction: 'kernelThread' }),
    ],
    [
      'contradicted',
      [{}, { process: stranger, service: NAMED }],
      kept('contradicted', { contradiction: 'process' }),
    ],
    ['a number and no more', [{}, { process: stranger }], kept('onlyNumber')],
    [
      'a number, of which an earlier start is told in a file that was written since',
      [{ startTicks: 1 }, { process: stranger }],
      kept('writtenAfterStart'),
    ],
    [
      'the same, where it may be from elsewhere',
      [{ startTicks: 1 }, { process: stranger, judged: { foreign: 'outsideNamespace' } }],
      kept('mayBeElsewhere'),
    ],
    [
      'a number that may be from elsewhere',
      [{}, { process: stranger, judged: { foreign: 'outsideNamespace' } }],
      kept('mayBeElsewhere'),
    ],
    [
      'a process that fits, where the record may be from elsewhere',
      [{}, { process: bot, judged: { foreign: 'outsideNamespace' } }],
      kept('mayBeElsewhere'),
    ],
    [
      'one that is named, wherever the record is from',
      [{}, { process: bot, service: NAMED, judged: { foreign: 'outsideNamespace' } }],
      live('alive', 'plausible', { owner: bot, fit: 'named' }),
    ],
    [
      'one that fits',
      [{}, { process: bot }],
      live('alive', 'plausible', { owner: bot, fit: 'writtenAtStart' }),
    ],
    [
      'one that is named, which the clock alone speaks against',
      [{}, { process: bot, service: NAMED, judged: at(NOW - 86_400_000) }],
      live('alive', 'plausible', { owner: bot, fit: 'named' }),
    ],
    [
      'another one, by the clock',
      [{}, { process: bot, judged: at(NOW - 86_400_000) }],
      { verdict: 'reused', reason: 'startedAfterWrite', proof: 'plausible' },
    ],
    [
      'another one, by its ticks, although it is named',
      [{ startTicks: 1 }, { process: bot, service: NAMED, judged: OLD }],
      { verdict: 'reused', reason: 'startTicksDiffer', proof: 'proven' },
    ],
    [
      'another one by ticks, which contradicts besides',
      [{ startTicks: 1 }, { process: stranger, service: NAMED, judged: OLD }],
      { verdict: 'reused', reason: 'startTicksDiffer', proof: 'proven' },
    ],
  ])('%s', (_, args, expected) => {
    expect(judge(...args)).toEqual(expected);
  });

  const ofNamespace = { foreign: 'outsideNamespace' } as const;
  const ofHost = { foreign: 'otherHost' } as const;
  it.each<[string, Parameters<typeof judge>, string]>([
    ['this namespace', [{ pidNamespace: 'f' }, { judged: ofNamespace, host: { pidNamespace: 'f' } }], 'gone'],
    ['no namespace', [{}, { judged: ofNamespace, host: { pidNamespace: 'f' } }], 'mayBeElsewhere'],
    ['another namespace', [{ pidNamespace: 'e' }, { host: { pidNamespace: 'f' } }], 'otherNamespace'],
    ['this boot', [{ bootId: 'b' }, { judged: ofHost, host: { bootId: 'b' } }], 'gone'],
    ['another boot', [{ bootId: 'a' }, { judged: ofHost, host: { bootId: 'b' } }], 'mayBeElsewhere'],
    [
      'this boot, which tells no namespace',
      [{ bootId: 'b' }, { judged: ofNamespace, host: { bootId: 'b' } }],
      'mayBeElsewhere',
    ],
    ['this host', [{ host: 'tower' }, { judged: ofHost }], 'gone'],
    ['this host, which tells no namespace', [{ host: 'tower' }, { judged: ofNamespace }], 'mayBeElsewhere'],
    ['a name that every host has', [{ host: 'localhost' }, { judged: ofHost }], 'mayBeElsewhere'],
    ['another host', [{ host: 'other' }, {}], 'otherHost'],
    ['nothing, and is here', [{}, {}], 'gone'],
  ])('gone, when the record shows %s', (_, args, expected) => {
    expect(reason(...args)).toBe(expected);
  });

  it.each<[string, Parameters<typeof judge>, object]>([
    ['gone', [{}], { verdict: 'dead', reason: 'gone', proof: 'proven' }],
    ['gone, where the number may be no pid', [{ mayBeOther: true }], kept('mayBeNoPid')],
    [
      'another one, where the number may be no pid',
      [{ mayBeOther: true }, { process: bot, judged: OLD }],
      kept('mayBeNoPid'),
    ],
    ['gone, where not all of the record was read', [{ isCut: true }], kept('partlyRead')],
    [
      'another one, where not all of the record was read',
      [{ isCut: true }, { process: bot, judged: OLD }],
      kept('partlyRead'),
    ],
    ['guessed from a name', [{ shape: 'fileName' }], kept('guessedPid')],
    ['gone, where locks cannot be seen', [{}, { judged: { certainty: 'unknown' } }], kept('locksUncertain')],
    ['no pid', [{ pid: undefined } as never], kept('notAPid')],
    [
      'no file there',
      [{}, { judged: { file: { path: PID_PATH, status: 'absent' } } }],
      { verdict: 'absent', reason: 'absent', proof: 'proven' },
    ],
    ['nothing in it', [{ shape: 'empty' }], { verdict: 'empty', reason: 'empty', proof: 'proven' }],
  ])('%s', (_, args, expected) => {
    expect(judge(...args)).toEqual(expected);
  });

  it('unknown, where nothing tells whether it lives', () => {
    const all = facts({});
    const tree = new ProcessTree(all.processes, all.host);
    const record = { shape: 'integer' as const, pid: 4242 };
    for (const content of [
      { record },
      { record, liveness: { state: 'unavailable' as const, reason: 'EIO' } },
    ]) {
      expect(judgeRecord({ ...pidFile(undefined), content }, all, tree)).toEqual(kept('livenessUnavailable'));
    }
  });
});

describe('a process of another user than the file', () => {
  it('may have been started by who wrote the file then, and by nobody who did not', () => {
    const started = proc(4242, '/usr/bin/other', { cwd: '/', uid: 1001 });
    expect(judge({}, { process: started })).toEqual(
      live('alive', 'plausible', { owner: started, fit: 'writtenAtStart' }),
    );
    // Near miss: written long after its start.
    const older = { ...started, startTime: NOW - 86_400_000 };
    expect(judge({}, { process: older })).toEqual(kept('contradicted', { contradiction: 'user' }));
  });
});

describe('a word in the place of a host', () => {
  const chrome = { judged: { file: file('/home/ann/chrome/SingletonLock') } };
  it.each<[string, Partial<PidRecord>, Parameters<typeof judge>[1], string, string, string]>([
    [
      'beside the pid',
      { shape: 'pidHost', host: 'running' },
      {},
      'alive',
      'mayBeOtherHost',
      'mayBeOtherHost',
    ],
    [
      'on the next line',
      { shape: 'lines', host: 'worker.py' },
      {},
      'alive',
      'mayBeOtherHost',
      'mayBeOtherHost',
    ],
    ['before the pid', { shape: 'hostPid', host: 'worker' }, {}, 'alive', 'mayBeOtherHost', 'mayBeOtherHost'],
    [
      'to listen on',
      { shape: 'json', host: 'shop', port: 80 },
      {},
      'alive',
      'mayBeOtherHost',
      'mayBeOtherHost',
    ],
    [
      'in a URL',
      { shape: 'json', host: 'shop', url: 'http://a/' },
      {},
      'alive',
      'mayBeOtherHost',
      'mayBeOtherHost',
    ],
    // Near misses: hosts that say so.
    ['by its key', { shape: 'json', host: 'other' }, {}, 'otherHost', 'otherHost', 'otherHost'],
    [
      'with its program',
      { shape: 'lines', host: 'other', program: 'x' },
      {},
      'otherHost',
      'otherHost',
      'otherHost',
    ],
    [
      'with its boot',
      { shape: 'lines', host: 'other', bootId: 'b' },
      {},
      'otherHost',
      'otherHost',
      'otherHost',
    ],
    [
      'with its namespace',
      { shape: 'hostPid', host: 'other', pidNamespace: 'f' },
      {},
      'otherHost',
      'otherHost',
      'otherHost',
    ],
    ['of Chrome', { shape: 'hostPid', host: 'other' }, chrome, 'otherHost', 'otherHost', 'otherHost'],
    ['an address', { shape: 'hostPid', host: '192.0.2.7' }, {}, 'otherHost', 'otherHost', 'otherHost'],
    ['this host', { shape: 'pidHost', host: 'tower' }, {}, 'alive', 'onlyNumber', 'gone'],
  ])('%s', (_, record, more, ofWriter, ofStranger, ofGone) => {
    expect(reason(record, { ...more, process: bot })).toBe(ofWriter);
    expect(reason(record, { ...more, process: stranger })).toBe(ofStranger);
    expect(reason(record, more)).toBe(ofGone);
    expect(judge(record, { process: bot, judged: OLD }).verdict).toBe(
      record.host === 'tower' ? 'reused' : 'unverifiable',
    );
  });

  it('is no proof that the record is from this host', () => {
    const judged = { foreign: 'otherHost' } as const;
    expect(reason({ shape: 'pidHost', host: 'running' }, { process: bot, judged })).toBe('mayBeOtherHost');
  });
});

describe('what a lock proves of the record', () => {
  const other = proc(4300, 'python3 other.py', { cwd: '/srv/other' });
  const nested = proc(5000, 'python3 bot.py', { nsPids: [5000, 77, 4242] });
  const locked = (...locks: ReturnType<typeof lock>[]) => ({ judged: { locks } });

  it.each([
    ['proven', true],
    ['plausible', false],
  ])('the recorded process holds it: %s', (proof, proven) => {
    const held = locked(lock([holder(bot, { proven })]));
    expect(judge({}, { process: bot, ...held })).toEqual(live('lockHeldByRelative', proof, { owner: bot }));
    // As the lock's source saw it, when it was gone a moment later.
    expect(judge({}, held)).toEqual(live('lockHeldByRelative', proof, { owner: bot }));
    const inner = locked(lock([holder(nested, { proven })]));
    expect(judge({}, { process: stranger, ...inner })).toEqual(live('innerHolder', proof, { owner: nested }));
  });

  it('the process as it is now is the owner, not as its lock shows it', () => {
    const now = { ...bot, state: 'R' };
    expect(judge({}, { process: now, ...locked(lock([bot])) }).owner).toBe(now);
  });

  it('who calls itself so comes before who is called so from outside, unless that one has no other name', () => {
    const outside = proc(4242, 'python3 bot.py', { nsPids: [4242, 7] });
    const [plain, both] = [lock([bot, nested]), lock([outside, nested])];
    expect(reason({}, { process: bot, ...locked(plain) })).toBe('lockHeldByRelative');
    expect(reason({}, { process: outside, ...locked(both) })).toBe('innerHolder');
    expect(reason({}, { process: outside, ...locked(lock([outside])) })).toBe('lockHeldByRelative');
    const after = locked(lock([outside]), lock([bot]), lock([nested]));
    expect(judge({}, after)).toMatchObject({ reason: 'lockHeldByRelative', owner: bot });
  });

  const child = proc(4300, 'python3 worker.py', { ppid: 4242 });
  it('a relative of the writer holds it', () => {
    const held = { lockFiles: [lockFile([lock([child])])], processes: [child] };
    expect(judge({}, { process: bot, ...held })).toEqual(
      live('lockHeldByRelative', 'proven', { owner: bot }),
    );
  });

  it('a child of one that is no writer does not vouch for it', () => {
    const held = { lockFiles: [lockFile([lock([child])])], processes: [child] };
    expect(reason({ startTicks: 1 }, { process: bot, ...held, judged: OLD })).toBe('startTicksDiffer');
    expect(reason({}, { process: bot, ...held, service: { programs: ['nothing'] } })).toBe('contradicted');
  });

  it.each<[string, object, Parameters<typeof lock>[1], boolean]>([
    ['took it', { inherited: true }, { taker: 4242 }, true],
    ['took it, and the holder did not inherit it', {}, { taker: 4242 }, false],
    ['did not take it', { inherited: true }, { taker: 7 }, false],
  ])('a dead process that %s', (_, how, more, protects) => {
    const heir = lock([holder(other, how)], more);
    const expected = protects ? 'lockInherited' : 'gone';
    expect(reason({}, { lockFiles: [lockFile([heir])], processes: [other] })).toBe(expected);
    const reused = reason(
      { startTicks: 1 },
      { process: bot, lockFiles: [lockFile([heir])], processes: [other], judged: OLD },
    );
    expect(reused).toBe(protects ? 'lockInherited' : 'startTicksDiffer');
  });

  it.each([
    ['group', { pgid: 4242, sid: 7 }],
    ['session', { pgid: 7, sid: 4242 }],
  ])('the %s of a dead process is its own, that of a live one is not', (_, more) => {
    const holds = lock([holder(proc(4300, 'python3 worker.py', more), { inherited: true })], { kind: 'ofd' });
    const all = facts({});
    const tree = new ProcessTree(all.processes, all.host);
    expect(heldByFamilyOf(4242, undefined, holds, tree)).toBe(true);
    expect(heldByFamilyOf(4242, bot, holds, tree)).toBe(false);
    expect(heldByFamilyOf(4243, undefined, holds, tree)).toBe(false);
    expect(heldByFamilyOf(4300, undefined, holds, tree)).toBe(true);
    expect(heldByFamilyOf(4300, bot, holds, tree)).toBe(true);
  });

  it('is said to be inherited with what became of the taker', () => {
    const heirs = { lockFiles: [lockFile([lock([holder(other, { inherited: true })], { taker: 4242 })])] };
    expect(judge({}, heirs)).toEqual({ verdict: 'dead', reason: 'lockInherited', proof: 'proven' });
    expect(judge({ startTicks: 1 }, { process: bot, ...heirs, judged: OLD })).toEqual({
      verdict: 'reused',
      reason: 'lockInherited',
      proof: 'proven',
    });
  });

  it('on the record’s own file protects it, and names the writer only where that is certain', () => {
    const held = locked(lock([other]));
    expect(judge({}, held)).toEqual(live('fileLocked', 'plausible'));
    expect(judge({}, { process: bot, ...held })).toEqual(live('fileLocked', 'plausible', { owner: bot }));
    expect(judge({ startTicks: 1 }, { process: bot, judged: { ...held.judged, ...OLD } })).toEqual(
      live('fileLocked', 'plausible'),
    );
    expect(judge({}, { process: stranger, service: NAMED, ...held })).toEqual(
      live('fileLocked', 'plausible'),
    );
  });
});

describe('a process of a nested namespace that calls itself so', () => {
  const named = proc(5000, 'python3 bot.py', { nsPids: [5000, 4242] });
  const unknown = proc(5001, '/usr/bin/other', { nsPids: [5001, 4242], cwd: '/', startedAgo: 86_400 });

  it.each<[string, Parameters<typeof judge>, object]>([
    [
      'is the writer where it is named',
      [{}, { inner: [unknown, named], service: NAMED, processes: [named, unknown] }],
      live('innerProcess', 'plausible', { owner: named, fit: 'named' }),
    ],
    ['keeps the record where nothing rules it out', [{}, { inner: [unknown] }], kept('innerCandidate')],
    [
      'says nothing where something rules it out',
      [{}, { inner: [unknown], service: NAMED }],
      { verdict: 'dead', reason: 'gone', proof: 'proven' },
    ],
    [
      'comes before a live one that is contradicted',
      [{}, { process: stranger, inner: [named], service: NAMED, processes: [named] }],
      live('innerProcess', 'plausible', { owner: named, fit: 'named' }),
    ],
    [
      'comes before one of which only the number fits',
      [{}, { process: stranger, inner: [unknown] }],
      kept('innerCandidate'),
    ],
    [
      'comes before one that the file fits, where it is named',
      [{}, { process: { ...stranger, argv: [] }, inner: [named], service: { programs: ['bot.py'] } }],
      live('innerProcess', 'plausible', { owner: named, fit: 'named' }),
    ],
    [
      'keeps the record where the other one is named as well',
      [{}, { process: bot, inner: [named], service: NAMED, processes: [named] }],
      kept('innerCandidate'),
    ],
    [
      'comes after one that fits',
      [{}, { process: bot, inner: [unknown] }],
      live('alive', 'plausible', { owner: bot, fit: 'writtenAtStart' }),
    ],
  ])('%s', (_, args, expected) => {
    expect(judge(...args)).toEqual(expected);
  });
});

describe('the name of this host', () => {
  it.each([
    ['tower', 'tower', true],
    ['192.168.0.7', '192.168.0.7', true],
    ['Tower.Example.org', 'tower.example.ORG', true],
    ['tower', 'TOWER.example.org', true],
    ['TOWER.example.org', 'tower', true],
    ['tower.example.com', 'tower.example.org', false],
    ['towers', 'tower', false],
    // An address is no name with a domain.
    ['10.0.0.1', '10', false],
    ['10', '10.0.0.1', false],
    ['10a', '10a.example.org', true],
    ['a10', 'a10.example.org', true],
    ['mylocalhost', 'tower', false],
    ['localhost.localdomain', 'tower', true],
    ['[::1]', 'tower', true],
    ['::1', 'tower', true],
    ['::2', 'tower', false],
    ['1127.0.0.1', 'tower', false],
  ])('recorded as %s, on %s: %s', (recorded, hostname, same) => {
    expect(isThisHost(recorded, host({ hostname }))).toBe(same);
  });
});

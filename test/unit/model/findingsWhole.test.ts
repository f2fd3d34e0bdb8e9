/**
 * Every finding as a whole: severity, sentence, evidence line by line, file and processes. What is expected stands in
 * findingsWhole.json: what a reader sees, to be read before it is committed. FINDINGS=write writes it again.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/model/diagnose';
import type { ProcessFacts } from '../../../src/model/facts';
import {
  absent,
  alive,
  BOOT,
  facts,
  file,
  gone,
  holder,
  lock,
  lockFile,
  NOW,
  OLD,
  pidFile,
  proc,
  record,
  without,
  type Given,
  PID_PATH,
  LOCK_PATH,
  NAMED,
  writtenAt,
} from './build';
import expected from './findingsWhole.json';

const bot = proc(4242, 'python3 bot.py');
const other = proc(4300, 'python3 other.py', { startedAgo: 60, cwd: '/srv' });
const stranger = proc(4242, '/usr/bin/other', { cwd: '/', startedAgo: 86_400 });
const named = (fields: object): string => JSON.stringify({ pid: 4242, ...fields });
const pids = (
  text: string,
  liveness?: Parameters<typeof pidFile>[1],
  more: Parameters<typeof pidFile>[2] = {},
): Given => ({
  pidFiles: [pidFile(text, liveness, more)],
});
const locked = (...locks: ReturnType<typeof lock>[]): Given => ({ lockFiles: [lockFile(locks)] });
const unknown = (reason: NonNullable<ReturnType<typeof lock>['unknown']>, more = {}): Given =>
  locked(lock([], { unknown: reason, ...more }));
const running = (given: Given, ...processes: ProcessFacts[]): Given => ({ processes, ...given });
const deleted = { deletedInode: true, id: { dev: '65024', ino: '7' } };
const unreadable = { status: 'unreadable', problem: { code: 'EACCES', syscall: 'open' } } as const;
const mount = { point: '/mnt/a', type: 'nfs4' } as never;
const twin = proc(4243, 'python3 bot.py', { startedAgo: 3500 });
const child = proc(4244, 'python3 worker.py', { ppid: 4242 });
const helper = holder(proc(4301, 'helper', { state: 'Z' }), { inherited: true });
const range = { kind: 'posix', start: '0', end: '9' } as const;
const twins = (count: number, line: string): ProcessFacts[] =>
  Array.from({ length: count }, (_, i) => proc(5000 + i, line));
const says = (...ages: number[]): NonNullable<Given['log']> => ({
  path: '/home/ann/bot/bot.log',
  lines: ages.map((age) => ({ text: `409 Conflict ${age}`, seenAt: NOW - age })),
});
const later = (ms: number): Given => pids('4242', alive(bot), { file: writtenAt(NOW - 3_600_000 - ms) });

const CASES: Record<string, Given> = {
  'a record of another host': pids(named({ host: 'other' }), gone),
  'a record of another namespace': {
    host: { pidNamespace: 'f' },
    pidFiles: [pidFile(undefined, undefined, { content: record('tower/e:4242', gone) })],
  },
  'a record of which nothing is known': pids('4242'),
  'a record that cannot be looked up': pids('4242', { state: 'unavailable', reason: 'EIO' }),
  'a record that an unseen lock may protect': pids('4242', gone, { certainty: 'unknown' }),
  'a live number of elsewhere': running(
    pids('4242', alive(stranger), { foreign: 'outsideNamespace' }),
    stranger,
  ),
  'a live number of another host': running(pids('4242', alive(stranger), { foreign: 'otherHost' }), stranger),
  'a gone number of elsewhere': pids('4242', gone, { foreign: 'outsideNamespace' }),
  'a number of a nested namespace': {
    pidFiles: [
      {
        ...pidFile('9', gone),
        content: { ...record('9', gone), inner: [{ ...stranger, nsPids: [4242, 9] }] },
      },
    ],
  },
  'nothing but a number': running(pids('4242', alive(stranger)), stranger),
  'a number that is contradicted': running({ ...pids('4242', alive(stranger)), service: NAMED }, stranger),
  'a guessed number': {
    pidFiles: [
      pidFile(undefined, undefined, {
        content: { record: { shape: 'fileName', pid: 4242 }, liveness: gone },
      }),
    ],
  },
  'a directory': {
    pidFiles: [pidFile(undefined, undefined, { file: file(PID_PATH, { status: 'directory' }) })],
  },
  'a socket': { pidFiles: [pidFile(undefined, undefined, { file: file(PID_PATH, { status: 'special' }) })] },
  'no pid': pids('hello'),
  'no pid, in a lock by existence': {
    lockFiles: [lockFile([], { existence: true, record: record('hello') })],
  },
  'an unreadable file': { pidFiles: [pidFile(undefined, undefined, { file: file(PID_PATH, unreadable) })] },
  'an unreadable file of no known problem': {
    pidFiles: [pidFile(undefined, undefined, { file: file(PID_PATH, { status: 'unreadable' }) })],
  },
  'a file on a silent mount': {
    pidFiles: [
      pidFile(undefined, undefined, {
        file: file(PID_PATH, { ...unreadable, problem: { code: 'E', syscall: 's', mount } }),
      }),
    ],
  },
  'another start tick': running(pids(named({ startTicks: (bot.startTicks ?? 0) - 1 }), alive(bot), OLD), bot),
  'a start after the record': running(
    pids(named({ startedAt: new Date(NOW - 7_200_000).toISOString() }), alive(bot), OLD),
    bot,
  ),
  'another boot': running(
    {
      ...pids('4242', alive(bot)),
      host: { bootId: 'b' },
      pidFiles: [
        {
          ...pidFile('4242', alive(bot), OLD),
          content: { record: { shape: 'integer', pid: 4242, bootId: 'a' }, liveness: alive(bot) },
        },
      ],
    },
    bot,
  ),
  'a boot after the file': running(
    {
      pidFiles: [
        pidFile('4242', alive(bot), {
          file: file(PID_PATH, { mtimeNs: BigInt(BOOT - 60_000) * 1_000_000n }),
        }),
      ],
      host: { bootWitness: BOOT + 1000 },
    },
    bot,
  ),
  'a start after the file': running(later(60_000), bot),
  'a start after the file, by a clock that was set': running(
    { ...later(60_000), host: { bootWitness: BOOT - 9000 } },
    bot,
  ),
  'a record without its zone': running(
    {
      pidFiles: [
        {
          ...pidFile('4242', alive(bot), OLD),
          content: {
            record: { shape: 'json', pid: 4242, startedAt: NOW - 7_200_000, zoneless: true },
            liveness: alive(bot),
          },
        },
      ],
    },
    bot,
  ),
  'a process that is gone': pids('4242', gone),
  'a process that is gone, in a container': { ...pids('4242', gone), host: { nestedPidNamespace: true } },
  'a command that is gone': {
    pidFiles: [
      {
        ...pidFile('4242', gone),
        content: { record: { shape: 'json', pid: 4242, command: 'bot --x' }, liveness: gone },
      },
    ],
  },
  'a process of this host that is gone': pids(named({ host: 'tower' }), gone),
  'a zombie': pids('4242', { state: 'dead', why: 'zombie' }),
  'a thread': pids('4242', { state: 'dead', why: 'thread', threadOf: 4000 }),
  'a thread of whom': pids('4242', { state: 'dead', why: 'thread' }),
  'a thread that ran when it was written': pids('4242', {
    state: 'dead',
    why: 'thread',
    threadOf: 4000,
    startTime: BOOT,
  }),
  'a process whose group runs': pids('4242', { state: 'dead', why: 'gone', groupRuns: [4300] }),
  'a process that was gone when it was written': pids('4242', {
    state: 'dead',
    why: 'gone',
    writtenSince: true,
  }),
  'two that run, one of them locked': running(
    { service: NAMED, ...locked(lock([bot])), ...pids('4242', alive(bot)) },
    bot,
    proc(4243, 'python3 bot.py', { startedAgo: 3500 }),
  ),
  'two that run, and neither stays': running(
    { service: NAMED },
    bot,
    proc(4243, 'python3 bot.py', { startedAgo: 3500 }),
  ),
  'three that may be two': running(
    { service: { ...NAMED, maxInstances: 2 } },
    bot,
    proc(4243, 'python3 bot.py', { startedAgo: 3500 }),
    proc(4244, 'python3 bot.py', { startedAgo: 3400 }),
  ),
  'two that may run': running(
    { service: { ...NAMED, maxInstances: 2 } },
    bot,
    proc(4243, 'python3 bot.py', { startedAgo: 3500 }),
  ),
  'one that may be another': running(
    locked(lock([bot])),
    bot,
    proc(4243, 'python3 bot.py', { startedAgo: 3500 }),
  ),
  'one that may be another, of other arguments': running(
    locked(lock([bot])),
    bot,
    proc(4243, 'python3 bot.py --queue=b'),
  ),
  'one that is starting': running(
    { service: NAMED, ...locked(lock([bot])) },
    bot,
    proc(4243, 'python3 bot.py', { startedAgo: 1 }),
  ),
  'a stopped holder': running(locked(lock([{ ...bot, state: 'T' }])), { ...bot, state: 'T' }),
  'a traced holder': running(locked(lock([{ ...bot, state: 't' }])), { ...bot, state: 't' }),
  'a frozen owner': running(pids('4242', alive({ ...bot, frozen: true })), { ...bot, frozen: true }),
  'a zombie that is listed': running(locked(lock([{ ...bot, state: 'Z' }])), { ...bot, state: 'Z' }),
  'an empty record of what runs': running({ service: NAMED, ...pids('') }, bot),
  'no pid in a record of what runs': running({ service: NAMED, ...pids('hello') }, bot),
  'an empty record, held': running({ ...locked(lock([bot])), ...pids('') }, bot),
  'no pid in a record, held': running({ ...locked(lock([bot])), ...pids('hello') }, bot),
  'an empty record, held by nobody known': { ...unknown('notFound'), ...pids('') },
  'no pid in a record, held by nobody known': { ...unknown('notFound'), ...pids('hello') },
  'one that waits': running(locked(lock([bot], { waiters: [other] })), bot, other),
  'two that wait, one of them outside': running(
    locked(lock([bot], { waiters: [other, { pid: 0, comm: '', argv: [] }] })),
    bot,
    other,
  ),
  'a holder outside': unknown('outsideNamespace'),
  'a holder elsewhere': unknown('otherHost'),
  'a silent taker': unknown('takerSilent', { takenBy: other }),
  'holders that show nothing': unknown('protected', { takenBy: other, denied: [7, 8] }),
  'holders that show nothing, for root': { ...unknown('protected', { denied: [7] }), host: { uid: 0 } },
  'a lock that is looked up': unknown('pending'),
  'a lock that is not seen': { lockFiles: [lockFile([], { certainty: 'unknown' })] },
  'a lock that is not seen in a container': {
    host: { nestedPidNamespace: true },
    lockFiles: [lockFile([], { certainty: 'unknown', uncertainBecause: 'outsideNamespace' })],
  },
  'a lock file that cannot be read': { lockFiles: [lockFile([], { file: file(LOCK_PATH, unreadable) })] },
  'a lock file on a silent mount': {
    lockFiles: [
      lockFile([], { file: file(LOCK_PATH, { ...unreadable, problem: { code: 'E', syscall: 's', mount } }) }),
    ],
  },
  'a lock by existence of nobody': { service: { existence: true }, lockFiles: [lockFile()] },
  'a lock directory of nobody': {
    lockFiles: [lockFile([], { existence: true, file: file(LOCK_PATH, { status: 'directory' }) })],
  },
  'a lock by existence that is absent': {
    service: { existence: true },
    lockFiles: [lockFile([], { file: absent(LOCK_PATH) })],
  },
  'two files of one path': running(locked(lock([bot]), lock([other], deleted)), bot, other),
  'two deleted files of one path': running(
    locked(lock([bot], deleted), lock([other], { ...deleted, id: { dev: '65024', ino: '8' } })),
    bot,
    other,
  ),
  'two files of one path, of one holder': running(locked(lock([bot]), lock([bot], deleted)), bot),
  'two files of one path, both read': running(
    locked(lock([bot], { access: 'read' }), lock([other], { ...deleted, access: 'read' })),
    bot,
    other,
  ),
  'two files of one path, of nobody known': locked(
    lock([], { taker: 7 }),
    lock([], { ...deleted, taker: 8 }),
  ),
  'two files of one path, of somebody': locked(lock([]), lock([], deleted)),
  'an inherited lock': running(locked(lock([holder(other, { inherited: true })], { taker: 4242 })), other),
  'an inherited lock that is recorded': running(
    { ...locked(lock([holder(other, { inherited: true })], { taker: 4242 })), ...pids('4242', gone) },
    other,
  ),
  'an inherited lock whose taker is there': running(
    locked(lock([holder(other, { inherited: true })], { taker: 4242, takenBy: stranger })),
    other,
    stranger,
  ),
  'an inherited lock of no taker': running(
    {
      ...locked(lock([holder({ ...other, pgid: 4242 }, { inherited: true })], { kind: 'ofd' })),
      ...pids('4242', gone),
    },
    other,
  ),
  'another holder than is recorded': running({ ...locked(lock([other])), ...pids('4242', gone) }, other),
  'another holder of the record itself': running(pids('4242', gone, { locks: [lock([other])] }), other),
  'another reader than is recorded': running(
    { ...locked(lock([other], { access: 'read' })), ...pids('4242', gone) },
    other,
  ),
  'two holders, one of them recorded': running(
    { ...locked(lock([bot, other])), ...pids('4242', alive(bot)) },
    bot,
    other,
  ),
  'a process of which little is known': running(
    { service: NAMED },
    without(bot, 'ppid', 'user', 'cwd'),
    without({ ...bot, pid: 4243 }, 'startTime', 'user'),
  ),
  'a conflict in the log, seven times': running(
    { ...locked(lock([bot])), log: says(...[7, 6, 5, 4, 3, 2, 1].map((ago) => ago * 1000)) },
    bot,
  ),
  'a conflict in the log, beside one that only reads': running(
    { ...locked(lock([other], { access: 'read' })), log: says(0) },
    other,
  ),
  'two that run, of which a record names one, and another record one that has ended': running(
    {
      service: NAMED,
      pidFiles: [
        pidFile(named({ startTicks: (bot.startTicks ?? 0) - 1 }), alive(bot), OLD),
        pidFile('4243', alive(twin), { file: file('/home/ann/bot/b.pid') }),
      ],
    },
    bot,
    twin,
  ),
  'two that run, and a helper that has the lock': running(
    { service: NAMED, ...locked(lock([holder(other, { inherited: true })], { taker: 4300 })) },
    bot,
    twin,
    other,
  ),
  'two that run, of which a child of one has one of two locks': running(
    {
      service: NAMED,
      ...locked(
        lock([holder(child, { inherited: true }), helper]),
        lock([holder(other, { proven: false })], range),
      ),
    },
    bot,
    child,
    twin,
    other,
  ),
  'a silent taker that is not shown': unknown('takerSilent'),
  'a lock file that cannot be read, of no known problem': {
    lockFiles: [lockFile([], { file: file(LOCK_PATH, { status: 'unreadable' }) })],
  },
  'a lock file that cannot be read, and may be locked unseen': {
    lockFiles: [
      lockFile([], {
        certainty: 'unknown',
        file: file(LOCK_PATH, { problem: { code: 'EACCES', syscall: 'open' } }),
      }),
    ],
  },
  'a lock by existence that is locked as well': running(
    { lockFiles: [lockFile([lock([bot])], { existence: true })] },
    bot,
  ),
  'an inherited lock, beside a stale record of something else': running(
    {
      ...locked(lock([holder(other, { inherited: true })], { taker: 4242 })),
      pidFiles: [pidFile('77', gone)],
    },
    other,
  ),
  'an inherited lock, whose taker is recorded and lives': running(
    {
      ...locked(lock([holder(other, { inherited: true })], { taker: 4242, takenBy: bot })),
      ...pids('4242', alive(bot)),
    },
    other,
    bot,
  ),
  'an inherited lock of no taker, beside one of an unknown process': running(
    {
      lockFiles: [
        lockFile([lock([holder({ ...other, pgid: 4242 }, { inherited: true })], { kind: 'ofd' })]),
        lockFile([lock([], { kind: 'ofd' })], { file: file('/home/ann/bot/b.lock') }),
      ],
      ...pids('4242', gone),
    },
    other,
  ),
  'a lock of no taker, beside a record of one that had nothing to do with it': running(
    { ...locked(lock([holder(other, { inherited: true })], { kind: 'ofd' })), ...pids('4242', gone) },
    other,
  ),
  'another holder of two files than is recorded': running(
    {
      lockFiles: [
        lockFile([lock([other])]),
        lockFile([lock([other])], { file: file('/home/ann/bot/b.lock') }),
      ],
      ...pids('4242', gone),
    },
    other,
  ),
  'holders of two files, one of them recorded': running(
    {
      lockFiles: [lockFile([lock([other])]), lockFile([lock([bot])], { file: file('/home/ann/bot/b.lock') })],
      ...pids('4242', alive(bot)),
    },
    bot,
    other,
  ),
  'twenty that may be others': running(locked(lock([bot])), bot, ...twins(20, 'python3 bot.py')),
  'twenty-one that may be others': running(locked(lock([bot])), bot, ...twins(21, 'python3 bot.py')),
  'two that may be others, one of other arguments': running(
    locked(lock([bot])),
    bot,
    twin,
    proc(4244, 'python3 bot.py --queue=b'),
  ),
  'an empty record of what runs, and another that is only starting': running(
    { service: NAMED, ...pids('') },
    bot,
    proc(4243, 'python3 bot.py', { startedAgo: 1 }),
  ),
  'an empty record of what runs here, and of its namesake elsewhere': running(
    { service: NAMED, ...pids('') },
    bot,
    proc(4243, 'python3 bot.py', { cwd: '/srv' }),
  ),
  'an empty lock by existence of what runs': running(
    { service: NAMED, lockFiles: [lockFile([], { existence: true, record: record('') })] },
    bot,
  ),
  'a number of a kernel thread': running(pids('4242', alive({ ...stranger, kernelThread: true })), {
    ...stranger,
    kernelThread: true,
  }),
  'a record of another host while the lock is held': running(
    { ...locked(lock([bot])), ...pids(named({ pid: 77, host: 'other' }), gone) },
    bot,
  ),
  'two files of one path, both inherited from one that took them': running(
    locked(
      lock([holder(other, { inherited: true })], { taker: 7 }),
      lock([holder(bot, { inherited: true })], { ...deleted, taker: 7 }),
    ),
    bot,
    other,
  ),
  'one deleted file, of an unknown process': locked(lock([], deleted)),
  'a number that may be no pid': {
    pidFiles: [
      pidFile(undefined, undefined, {
        file: file('/home/ann/bot/lastrun'),
        content: record('42', gone, 'lastrun'),
      }),
    ],
  },
  'a word that may be another host': pids('42 running', gone),
  'a record that is longer than what is read of it': pids(`42\n${' '.repeat(66_000)}17`, gone),
  'another start tick, in a file that was written since': running(
    pids(named({ startTicks: 100 }), alive(proc(4242, 'sleep 60', { cwd: '/', startedAgo: 7200 }))),
    proc(4242, 'sleep 60', { cwd: '/', startedAgo: 7200 }),
  ),
  'a start after the file, by a clock that is off': running(
    { ...later(60_000), host: { bootWitness: BOOT - 2000 } },
    bot,
  ),
  'a frozen owner in no known state': running(
    pids('4242', alive({ ...without(bot, 'state'), frozen: true })),
    { ...without(bot, 'state'), frozen: true },
  ),
  'two locks that are waited for': running(
    locked(
      lock([bot], { waiters: [other] }),
      lock([bot], { kind: 'posix', start: '0', end: '9', waiters: [twin] }),
    ),
    bot,
    other,
    twin,
  ),
};
/** Those whose commands are of the system. */
const ELSEWHERE = [
  'a process that is gone',
  'a start after the file',
  'a boot after the file',
  'another start tick',
  'two files of one path',
  'a holder outside',
  'an inherited lock',
  'a stopped holder',
  'a lock by existence of nobody',
  'a record of another host',
];

/** Times as seconds from now: the words have those of this machine’s zone. */
const plain = (text: string): string =>
  text.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, (time) => `<${(new Date(time).getTime() - NOW) / 1000}>`);

function whole(given: Given): string[] {
  return diagnose(facts(given)).findings.flatMap(({ kind, severity, message, evidence, path, pids: about }) =>
    [`${severity} ${kind}: ${message}`, ...evidence, `about ${path ?? '-'} ${about?.join(' ') ?? '-'}`].map(
      plain,
    ),
  );
}

const all = (): [string, Given][] => [
  ...Object.entries(CASES),
  ...ELSEWHERE.flatMap((title) =>
    (['darwin', 'win32'] as const).map((platform): [string, Given] => {
      const given = CASES[title] ?? {};
      return [`${title} on ${platform}`, { ...given, host: { ...given.host, platform } }];
    }),
  ),
];

if (process.env['FINDINGS'] === 'write') {
  const told = Object.fromEntries(all().map(([title, given]) => [title, whole(given)]));
  writeFileSync(join(import.meta.dirname, 'findingsWhole.json'), `${JSON.stringify(told, null, 2)}\n`);
}

describe('a finding as a whole', () => {
  it.each(all())('%s', (title, given) => {
    expect(whole(given)).toEqual((expected as Record<string, string[]>)[title]);
  });
});

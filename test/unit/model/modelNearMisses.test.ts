/** The public view of files, and the small parts that many rules are made of: each value with its near miss. */
import { describe, expect, it } from 'vitest';
import type { LockFileSnapshot, ServiceSnapshot } from '../../../src/api';
import { contextOf } from '../../../src/model/context';
import { diagnose } from '../../../src/model/diagnose';
import { sameService } from '../../../src/model/diff';
import { processLine, writtenLine } from '../../../src/model/evidence';
import { commandsFor } from '../../../src/model/commands/index';
import type { LockFacts, PlatformName } from '../../../src/model/facts';
import { isHeldAnywhere, locksProtecting } from '../../../src/model/held';
import { kindText, lockLine, unknownReasonText } from '../../../src/model/lockText';
import { isAtOrBelow, mountOf } from '../../../src/model/mounts';
import { instanceProofText } from '../../../src/model/proofText';
import { isToldByPort, presetOfId } from '../../../src/model/service';
import { shellQuote } from '../../../src/model/shell';
import { sqliteRole, sqliteRoleText, type SqliteRole } from '../../../src/model/sqlite';
import { lineOf, oneLine } from '../../../src/model/text';
import { questionOf } from '../../../src/model/useTarget';
import { compareUsers, compareUses, type Use, type UseKind, type User } from '../../../src/model/users';
import {
  absent,
  alive,
  facts,
  file,
  gone,
  holder,
  host,
  lock,
  lockFile,
  LOCK_PATH,
  NAMED,
  PID_PATH,
  pidFile,
  port,
  proc,
  record,
  service,
  without,
  type Given,
} from './build';

const bot = proc(4242, 'python3 bot.py');
const other = proc(4300, 'python3 other.py');
const see = (given: Given): ServiceSnapshot => diagnose(facts(given));

describe('the view of a lock file', () => {
  const view = (given: Given): Partial<LockFileSnapshot> | undefined => see(given).lockFiles[0];
  const existence = { kind: 'existence', access: 'write' };
  const none = { path: LOCK_PATH, exists: true, waiters: [], held: false, holders: [] };

  it('names its holders, and each whose name is not known', () => {
    const locks = [
      lock([holder(bot, { inherited: true })]),
      lock([], { unknown: 'otherUser', deletedInode: true }),
    ];
    expect(view({ processes: [bot], lockFiles: [lockFile(locks)] })).toMatchObject({
      exists: true,
      held: true,
      kind: 'flock',
      holders: [
        { pid: 4242, inherited: true, deletedInode: false },
        {
          inherited: false,
          deletedInode: true,
          unknownReason: 'the holder belongs to another user, whose descriptors cannot be read',
        },
      ],
    });
    expect(view({ lockFiles: [lockFile([], { file: absent(LOCK_PATH) })] })).toEqual({
      ...none,
      exists: false,
    });
  });

  it('that locks by being there: held by whom it names, or by one that is not known', () => {
    const named = (content: ReturnType<typeof record> | undefined, more: object = { existence: true }) =>
      view({
        processes: [bot],
        lockFiles: [lockFile([], { ...more, ...(content === undefined ? {} : { record: content }) })],
      });
    const unknown = (unknownReason: string) => ({
      ...none,
      ...existence,
      held: true,
      holders: [{ inherited: false, deletedInode: false, unknownReason }],
    });
    expect(named(record('4242', alive(bot)))).toMatchObject({
      held: true,
      ...existence,
      holders: [{ pid: 4242, inherited: false, deletedInode: false }],
    });
    expect(named(undefined)).toEqual(unknown('the file names no process'));
    expect(named(record('{"pid":4242,"host":"elsewhere"}', gone))).toEqual(
      unknown('the file names pid 4242, which cannot be checked from here'),
    );
    expect(named(record('4242', gone))).toEqual({ ...none, ...existence });
    const late = proc(4242, '/usr/bin/other', { startedAgo: 60, cwd: '/' });
    expect(named(record('4242', alive(late)))).toEqual({ ...none, ...existence });
    expect(named(undefined, { existence: true, file: absent(LOCK_PATH) })).toEqual({
      ...none,
      ...existence,
      exists: false,
    });
    expect(named(undefined, {})).toEqual(none);
    // A live record beside, without an owner that could be named.
    const held = pidFile('4242', gone, { locks: [lock([])], file: file(PID_PATH) });
    expect(view({ service: { existence: true }, lockFiles: [lockFile()], pidFiles: [held] })).toMatchObject({
      held: true,
      holders: [{ unknownReason: 'the file names pid 4242, which cannot be checked from here' }],
    });
  });

  it('and of a pid file has what it says, and whether it is there', () => {
    const pidFiles = (one: ReturnType<typeof pidFile>) => see({ pidFiles: [one] }).pidFiles;
    expect(pidFiles(pidFile('{"pid":4242,"port":80,"url":"http://a/"}', gone))).toEqual([
      {
        path: PID_PATH,
        exists: true,
        recordedPid: 4242,
        verdict: 'dead',
        proof: 'proven',
        port: 80,
        url: 'http://a/',
      },
    ]);
    const [missing] = pidFiles(pidFile(undefined, undefined, { file: absent(PID_PATH) }));
    expect(missing).toStrictEqual({ path: PID_PATH, exists: false, verdict: 'absent', proof: 'proven' });
  });
});

describe('the state of a service', () => {
  const free = lockFile();
  it.each<[string, Given, string]>([
    [
      'a pid file that is locked',
      { pidFiles: [pidFile('', undefined, { locks: [lock([], { unknown: 'pending' })] })] },
      'held',
    ],
    ['nothing of it', { lockFiles: [free] }, 'free'],
  ])('with %s', (_, given, state) => {
    expect(see(given).state).toBe(state);
  });

  it('of ports alone, where one of them is not seen', () => {
    const only = (...ports: Given['ports'] & object) =>
      see({ service: { lockFiles: [], pidFiles: [], ports: [3000] }, ports }).state;
    expect(only(port([]), port([[]], { port: 4000 }))).toBe('held');
    expect(only(port([]), port([], { port: 4000, unknown: 'system' }))).toBe('unverified');
    expect(only(port([]), port([], { port: 4000 }))).toBe('free');
  });

  it('has a file once that is a lock file and a pid file', () => {
    const both = { file: file('/both') };
    const given = {
      lockFiles: [lockFile([lock([bot])], both)],
      pidFiles: [pidFile('4242', alive(bot), { ...both, locks: [lock([bot])] })],
    };
    expect(see({ processes: [bot], ...given }).lockFiles).toHaveLength(1);
    expect(see({ lockFiles: [free] })).not.toHaveProperty('ports');
  });
});

describe('whether two views are one', () => {
  const one = see({ processes: [bot], lockFiles: [lockFile([lock([bot])])] });
  const change = (more: object): ServiceSnapshot => ({ ...one, ...more });
  it.each<[string, object, object, boolean]>([
    ['of the same', {}, structuredClone(one), true],
    ['of another state', {}, { state: 'free' }, false],
    ['of no state', {}, { state: null }, false],
    ['of no state either', { state: null }, {}, false],
    ['of text and a list', { ports: 'a' }, { ports: ['a'] }, false],
    ['of a list and its like', { ports: ['a'] }, { ports: { 0: 'a' } }, false],
    ['of a like and its list', { ports: { 0: 'a' } }, { ports: ['a'] }, false],
    ['of an empty list and nothing in it', { ports: [] }, { ports: {} }, false],
    ['of a longer list', { ports: [1] }, { ports: [1, 2] }, false],
    ['of a shorter list', { ports: [1, 2] }, { ports: [1] }, false],
    ['of a list that ends in nothing', { ports: [1] }, { ports: [1, undefined] }, false],
    ['of no value', { ports: undefined }, {}, true],
    ['of a number and nothing', { ports: 1 }, { ports: {} }, false],
    ['of nothing and a number', { ports: {} }, { ports: 1 }, false],
    ['of nothing and null', { ports: {} }, { ports: null }, false],
    ['of null and nothing', { ports: null }, { ports: {} }, false],
  ])('%s', (_, a, b, same) => {
    expect(sameService(change(a), change(b))).toBe(same);
  });
});

describe('locks in words', () => {
  it.each([
    ['flock', 'read', 'shared flock'],
    ['flock', 'write', 'exclusive flock'],
    ['posix', 'read', 'POSIX read lock'],
    ['posix', 'write', 'POSIX write lock'],
    ['ofd', 'read', 'OFD read lock'],
    ['ofd', 'write', 'OFD write lock'],
    ['mandatory', 'write', 'mandatory lock'],
    ['existence', 'write', 'existence lock'],
  ] as const)('%s, %s: %s', (kind, access, text) => {
    expect(kindText(kind, access)).toBe(text);
  });

  it('why no holder is known', () => {
    const silent = (takenBy: LockFacts['takenBy']) => unknownReasonText('takerSilent', { takenBy });
    expect(silent(without(bot, 'user'))).toMatch(/^taken by pid 4242 \(python3 bot\.py\), which is alive/);
    expect(silent({ ...bot, comm: '' })).toMatch(/^taken by pid 4242 \(python3 bot\.py\), user ann, /);
    expect(silent({ ...bot, argv: [] })).toMatch(/^taken by pid 4242 \(\[python3\]\), user ann, /);
    expect(silent({ pid: 7, comm: '', argv: [] })).toMatch(/^taken by pid 7, which/);
    const guarded = (kind: LockFacts['kind'], takenBy?: LockFacts['takenBy']) =>
      unknownReasonText('protected', { kind, takenBy });
    expect(guarded('posix', bot)).toBe(
      'your process 4242 (python3 bot.py) protects its descriptors (not dumpable)',
    );
    expect(guarded('posix')).toBe('your process ? protects its descriptors (not dumpable)');
    expect(guarded('flock', bot)).toMatch(
      /^your process 4242 \(python3 bot\.py\) took the lock, and protects/,
    );
    expect(guarded('flock')).toMatch(/^your process \? took the lock/);
    expect(unknownReasonText('oneOfUsers', { users: [bot, other] })).toBe(
      'the holder is one of the processes that use the file: 4242 (python3 bot.py) and 4300 (python3 other.py)',
    );
    expect(unknownReasonText('otherPath')).toBe(
      'the holder may have locked it by another path, in a folder that this file system shows',
    );
    expect(unknownReasonText('oneOfUsers')).toBe('the holder is one of the processes that use the file: ');
    expect(unknownReasonText('mayHold', { users: [bot] })).toBe(
      'these processes may hold it: 4242 (python3 bot.py); processes of other users do not show what they have open',
    );
  });

  it('nothing of a time that is not known', () => {
    expect(writtenLine(without(file('/a'), 'mtimeNs'))).toEqual([]);
    expect(writtenLine(file('/a'))).toEqual([expect.stringMatching(/^\/a was last written \d{4}-/)]);
  });

  it('a line of all that is known', () => {
    expect(lockLine(lock([bot, other]), '/a')).toBe(
      'exclusive flock on /a, inode 2294010: 4242 (python3 bot.py), 4300 (python3 other.py).',
    );
    const ofSqlite = lock([bot], { kind: 'posix', start: '1073741826', end: '1073742335', access: 'read' });
    expect(lockLine(ofSqlite, '/a.db')).toBe(
      'POSIX read lock (SQLite: reads) on /a.db, inode 2294010: 4242 (python3 bot.py).',
    );
    expect(lockLine(without(lock([]), 'unknown') as LockFacts, '/a')).toMatch(
      /no process whose descriptors can/,
    );
  });

  it('of SQLite', () => {
    const roles: Record<SqliteRole, string> = {
      writes: 'SQLite: writes',
      checkpoints: 'SQLite: moves the log into the database (checkpoint)',
      recovers: 'SQLite: recovers the log',
      waitsForReaders: 'SQLite: waits to write until no process reads',
      willWrite: 'SQLite: is going to write',
      reads: 'SQLite: reads',
      readsSnapshot: 'SQLite: reads, which holds back a checkpoint',
      connected: 'SQLite: is connected',
    };
    expect(Object.keys(roles).map((role) => sqliteRoleText(role as SqliteRole))).toEqual(
      Object.values(roles),
    );
    const at = (path: string, access: 'read' | 'write', start: number, end: number, kind = 'posix') =>
      sqliteRole(path, { kind, access, start: String(start), end: String(end) });
    expect(at('/a.db-shm', 'write', 120, 120, 'ofd')).toBe('writes');
    expect(at('/a.db-shm', 'write', 119, 120)).toBeUndefined();
    expect(at('/a.db-shm', 'write', 120, 129)).toBeUndefined();
    expect(at('/a.db-shm', 'read', 120, 120)).toBeUndefined();
    expect(at('/a.db', 'write', 1_073_741_825, 1_073_741_825)).toBe('willWrite');
  });

  it('are those that protect a record', () => {
    const locked = lockFile([lock([bot])]);
    const all = facts({ lockFiles: [locked, lockFile([], { file: file('/free') })] });
    const none = { path: '/x', locks: [] };
    expect(locksProtecting(none, all)).toEqual([{ path: LOCK_PATH, locks: locked.locks }]);
    expect(isHeldAnywhere(none, all)).toBe(true);
    expect(isHeldAnywhere(none, facts({ lockFiles: [lockFile()] }))).toBe(false);
    const own = [lock([other])];
    expect(locksProtecting({ path: '/x', locks: own }, all)).toEqual([{ path: '/x', locks: own }]);
  });

  it('and proofs', () => {
    const proven = (reason: 'listens' | 'onlyUser' | 'kernelNames' | 'onlyTaker') =>
      instanceProofText({ proof: 'proven', reason, differences: [] });
    expect(proven('listens')).toBe('proven: its own descriptor is the socket that listens on the port');
    expect(proven('onlyUser')).toBe('proven: the file refuses other programs, and no other process uses it');
    expect(proven('kernelNames')).toBe('proven: the kernel names it as the owner of the lock');
    expect(proven('onlyTaker')).toBe(
      'proven: the file is locked, and only this process took an flock on it through a descriptor that it still has open',
    );
    expect(processLine({ pid: 7, comm: 'a', argv: ['a'] })).toBe('Process 7 (a).');
    expect(processLine({ pid: 7, comm: 'a', argv: ['a'], ppid: 1 })).toBe('Process 7 (a): parent 1.');
  });
});

describe('who uses a file', () => {
  const kinds: UseKind[] = [
    'lock',
    'record',
    'listens',
    'mayHold',
    'instance',
    'waits',
    'open',
    'uses',
    'directory',
    'root',
    'program',
    'mapped',
    'named',
  ];
  const use = (kind: UseKind, role?: SqliteRole): Use => ({
    kind,
    proof: 'proven',
    ...(role === undefined ? {} : { lock: { kind: 'posix', access: 'write', role } }),
  });
  const user = (pid: number, ...uses: Use[]): User => ({
    process: { pid, command: 'x' },
    uses,
    ancestors: [],
  });

  it('is listed by the strongest use', () => {
    expect(
      kinds
        .map((kind) => use(kind))
        .reverse()
        .sort(compareUses)
        .map(({ kind }) => kind),
    ).toEqual(kinds);
    const roles = [use('lock', 'connected'), use('lock'), use('lock', 'writes')];
    expect(roles.sort(compareUses).map((one) => one.lock?.role)).toEqual(['writes', undefined, 'connected']);
  });

  it('and of two of one use by number', () => {
    const order = (...users: User[]) => users.sort(compareUsers).map(({ process }) => process.pid);
    expect(order(user(9, use('open')), user(7, use('open')), user(8, use('lock')))).toEqual([8, 7, 9]);
    expect(order(user(9), user(7), user(8))).toEqual([7, 8, 9]);
    expect(order(user(9, use('lock')), user(7))).toEqual([7, 9]);
    expect(order(user(9), user(7, use('lock')))).toEqual([7, 9]);
  });

  it.each([
    ["'/srv/my app'", { kind: 'path', path: '/srv/my app' }],
    [`"/srv/my app'`, { kind: 'path', path: `"/srv/my app'` }],
    ['a"b"', { kind: 'path', path: 'a"b"' }],
    ['"a"b', { kind: 'path', path: '"a"b' }],
    [':3000/x', { kind: 'path', path: ':3000/x' }],
    ['C:3000', { kind: 'path', path: 'C:3000' }],
    ['CC:3000', { kind: 'port', port: 3000 }],
    ['4242.log', { kind: 'path', path: '4242.log' }],
    ['x 4242', { kind: 'path', path: 'x 4242' }],
    ['PID 4242', { kind: 'pid', named: { pid: 4242 } }],
  ])('asked as %s', (typed, question) => {
    expect(questionOf(typed)).toEqual(question);
  });
});

describe('paths, words and names', () => {
  it('a mount is the deepest above, and the last of several at one point', () => {
    const mounts = ['/', '/srv', '/srv/a', '/srv'].map((point, i) => ({ point, type: `t${i}` }));
    const on = (path: string) => mountOf(path, mounts)?.type;
    expect(['/srv', '/srv/x', '/srv/a', '/srv/a/b', '/srv/ab', '/srvx', '/x'].map(on)).toEqual([
      't3',
      't3',
      't2',
      't2',
      't3',
      't0',
      't0',
    ]);
    expect(mountOf('/a', [{ point: '/b', type: 'x' }])).toBeUndefined();
    expect([isAtOrBelow('/a/b', '/a'), isAtOrBelow('/ab', '/a'), isAtOrBelow('/a', '/a/b')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('are quoted for a shell, controls by their number', () => {
    expect(shellQuote("a\nb'c\\d")).toBe("$'a\\x0ab\\'c\\\\d'");
    expect(shellQuote('a\u0001\u007f\0b')).toBe("$'a\\x01\\x7fb'");
    expect(shellQuote('a\0b')).toBe("$'ab'");
    expect(shellQuote("it's")).toBe("'it'\\''s'");
  });

  it('are commands of the system that they are run on', () => {
    const on = (platform: PlatformName) => commandsFor(host({ platform }));
    expect(on('win32').log('C:\\a b')).toEqual(["Get-Content -Tail 50 -LiteralPath 'C:\\a b'"]);
    expect(on('win32').listeners(80)).toEqual([
      'Get-NetTCPConnection -State Listen -LocalPort 80 | Format-List LocalAddress, OwningProcess',
    ]);
    expect(on('win32').signal('SIGKILL', 7)).toEqual(['taskkill /F /PID 7']);
    expect(on('win32').signal('SIGTERM', 7)).toEqual([]);
    expect(on('darwin').listeners(80)).toEqual(['sudo lsof -nP -iTCP:80 -sTCP:LISTEN']);
    expect(on('linux').locksOf(7)).toEqual(["sh -c 'grep -H lock: /proc/7/fdinfo/*'"]);
    expect(on('linux').locksOf(7, { sudo: true })).toEqual(["sudo sh -c 'grep -H lock: /proc/7/fdinfo/*'"]);
  });

  it('are one line, blanks for what moves on, and no longer than asked', () => {
    expect(oneLine('a\tb\nc\rd\u0001e')).toBe('a b c d\ufffde');
    expect([oneLine('abcd', 4), oneLine('abcde', 4)]).toEqual(['abcd', 'abc…']);
    expect([lineOf('a'), lineOf(undefined)]).toEqual([['a'], []]);
  });

  it('tell a preset, and a service of nothing but ports', () => {
    expect(
      ['preset:bot:/a', 'preset:b:', 'xpreset:bot:/a', 'preset::/a', 'setting:0:bot'].map(presetOfId),
    ).toEqual(['bot', 'b', undefined, undefined, undefined]);
    const only = { lockFiles: [], pidFiles: [], ports: [80] };
    const told = (more: object) => isToldByPort(service({ ...only, ...more }));
    expect(told({})).toBe(true);
    expect(told({ ports: [] })).toBe(false);
    expect(told({ lockFiles: ['/a'] })).toBe(false);
    expect(told({ lockFiles: ['/a'], pidFiles: ['/b'] })).toBe(false);
    expect(told(NAMED)).toBe(false);
    expect(contextOf(facts({})).ports).toEqual([]);
  });
});

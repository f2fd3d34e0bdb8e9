import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/api';
import { CONFLICT_LINE_FRESH_MS } from '../../../src/model/conflictPatterns';
import { diagnose } from '../../../src/model/diagnose';
import type { LockFacts, PlatformName, UnknownHolderReason } from '../../../src/model/facts';
import {
  alive,
  absent,
  facts,
  file,
  gone,
  holder,
  lock,
  lockFile,
  NOW,
  pidFile,
  proc,
  record,
  type Given,
  NAMED,
} from './build';

const bot = proc(4242, 'python3 bot.py');
const other = proc(4300, 'python3 other.py');
const held = lockFile([lock([bot])]);

function see(given: Given) {
  const { state, findings, lockFiles } = diagnose(facts(given));
  const of = (kind: string): Finding | undefined => findings.find((finding) => finding.kind === kind);
  return { state, kinds: findings.map(({ kind }) => kind), of, lockFile: lockFiles[0], lockFiles };
}

describe('findings', () => {
  it('are listed worst first, each of its own kind', () => {
    const second = proc(4400, 'python3 bot.py', { state: 'T' });
    const { kinds } = see({
      service: NAMED,
      processes: [bot, second],
      lockFiles: [
        lockFile([lock([bot]), lock([second], { deletedInode: true, id: { dev: '8:1', ino: '7' } })]),
        lockFile([lock([], { unknown: 'otherUser' })], { file: file('/x.lock') }),
      ],
      pidFiles: [pidFile('77', gone, { file: file('/old.pid') }), pidFile('', undefined)],
      log: { path: '/bot.log', lines: [{ text: '409 Conflict', seenAt: NOW }] },
    });
    expect(kinds).toEqual([
      'splitBrain',
      'duplicateInstances',
      'conflictInLog',
      'stalePidDead',
      'holderUnknown',
      'recordMissing',
      'pidMismatch',
      'stoppedHolder',
    ]);
  });
});

describe('states', () => {
  it('is free when the files are there and nobody holds them', () => {
    expect(see({ lockFiles: [lockFile()] }).state).toBe('free');
    expect(
      see({ lockFiles: [lockFile()], pidFiles: [pidFile(undefined, undefined, { file: absent('/a.pid') })] })
        .state,
    ).toBe('free');
  });

  it('is absent when nothing is there', () => {
    expect(see({ lockFiles: [lockFile([], { file: absent('/a.lock') })] }).state).toBe('absent');
    expect(see({}).state).toBe('absent');
  });

  it('is held by a running process alone, where nothing else is configured', () => {
    expect(see({ service: NAMED, processes: [bot] }).state).toBe('held');
  });

  it('is held on a deleted file', () => {
    const deleted = lockFile([lock([bot], { deletedInode: true })], {
      file: absent('/home/ann/bot/bot.lock'),
    });
    expect(see({ processes: [bot], lockFiles: [deleted] })).toMatchObject({
      state: 'held',
      kinds: [],
      lockFile: { exists: false, held: true, holders: [{ pid: 4242, deletedInode: true }] },
    });
  });

  it('names the worst: conflict before stale before unverified before held', () => {
    const stale = pidFile('77', gone);
    const unknown = lockFile([lock([], { unknown: 'otherUser' })], { file: file('/x.lock') });
    const service = NAMED;
    const second = proc(4400, 'python3 bot.py');
    expect(see({ processes: [bot], lockFiles: [held, unknown] }).state).toBe('unverified');
    expect(see({ processes: [bot], lockFiles: [held, unknown], pidFiles: [stale] }).state).toBe('stale');
    expect(
      see({ service, processes: [bot, second], lockFiles: [held, unknown], pidFiles: [stale] }).state,
    ).toBe('conflict');
  });

  it('lists a pid file that is locked among the lock files too', () => {
    const seen = see({ processes: [bot], pidFiles: [pidFile('4242', alive(bot), { locks: [lock([bot])] })] });
    expect(seen).toMatchObject({ state: 'held', lockFile: { path: '/home/ann/bot/bot.pid', held: true } });
    expect(seen.lockFiles).toHaveLength(1);
  });
});

describe('holderUnknown', () => {
  it.each([
    ['outsideNamespace', /outside this container/],
    ['otherUser', /belongs to another user/],
    ['otherHost', /on another machine/],
    ['probeOnly', /not by whom/],
    ['protected', /your process 4300 \(python3 other\.py\) took the lock, and protects/],
    ['takerSilent', /taken by pid 4300 \(python3 other\.py\), user ann, which is alive/],
    ['notFound', /no process whose descriptors can be read/],
  ] satisfies [UnknownHolderReason, RegExp][])('says why no holder can be named: %s', (unknown, reason) => {
    const seen = see({ lockFiles: [lockFile([lock([], { unknown, taker: 4300, takenBy: other })])] });
    expect(seen).toMatchObject({ state: 'unverified', kinds: ['holderUnknown'] });
    const finding = seen.of('holderUnknown');
    expect(finding?.message).toMatch(reason);
    expect(finding?.message).toMatch(/bot\.lock is locked \(exclusive flock\) by an unknown process: .*\.$/);
    expect(finding).toMatchObject({ path: '/home/ann/bot/bot.lock', pids: [4300] });
    expect(finding?.evidence.join('\n')).toMatch(/^\$ (sudo )?lsof \/home\/ann\/bot\/bot\.lock$/m);
    expect(seen.lockFile?.holders).toMatchObject([
      { unknownReason: expect.stringMatching(reason) as unknown },
    ]);
    expect(seen.lockFile?.holders[0]?.pid).toBeUndefined();
  });

  it('says of an flock who took it, of a POSIX lock whose it is, and who is gone', () => {
    const message = (more: Partial<LockFacts>) =>
      see({ lockFiles: [lockFile([lock([], { taker: 4300, ...more })])] }).of('holderUnknown')?.message;
    const root = { ...other, user: 'root' };
    expect(message({ unknown: 'otherUser', takenBy: root })).toMatch(
      /cannot be read \(taken by pid 4300 \(python3 other\.py\), user root\)\.$/,
    );
    expect(message({ unknown: 'otherUser', takenBy: root, kind: 'posix' })).toMatch(/\(pid 4300 .*root\)\.$/);
    // Hidden by hidepid: only its number is known.
    const hidden = { pid: 4300, comm: '', argv: [] };
    expect(message({ unknown: 'otherUser', takenBy: hidden })).toMatch(/\(taken by pid 4300\)\.$/);
    expect(message({ unknown: 'protected', takenBy: other, kind: 'posix' })).toMatch(/\(not dumpable\)\.$/);
    expect(message({ unknown: 'notFound' })).toMatch(/it was taken by pid 4300, which is gone\.$/);
    expect(message({ unknown: 'notFound', denied: [12, 15] })).toMatch(
      /pid 12 and 15, also yours, cannot be read/,
    );
  });

  it('says nothing of a lock that has just been seen: it is held, and its holder looked up', () => {
    const seen = see({ lockFiles: [lockFile([lock([], { unknown: 'pending' })])] });
    expect(seen).toMatchObject({ state: 'held', kinds: [], lockFile: { held: true } });
    expect(seen.lockFile?.holders).toMatchObject([{ unknownReason: 'its holder is being looked up' }]);
  });

  it('gives the commands that show it: as root for what is protected, the mappings of a silent taker', () => {
    const evidence = (unknown: UnknownHolderReason) =>
      see({ lockFiles: [lockFile([lock([], { unknown, taker: 4300, takenBy: other })])] }).of('holderUnknown')
        ?.evidence;
    expect(evidence('protected')).toContain("$ sudo sh -c 'grep -H lock: /proc/4300/fdinfo/*'");
    expect(evidence('takerSilent')).toContain("$ grep ' 2294010 ' /proc/4300/maps");
    expect(evidence('takerSilent')?.some((line) => line.startsWith('$ sudo sh'))).toBe(false);
  });

  it('offers sudo to those who are not root already', () => {
    const unknown = { lockFiles: [lockFile([lock([], { unknown: 'otherUser' })])] };
    expect(see(unknown).of('holderUnknown')?.evidence).toContain('$ sudo lsof /home/ann/bot/bot.lock');
    expect(see({ ...unknown, host: { uid: 0 } }).of('holderUnknown')?.evidence).toContain(
      '$ lsof /home/ann/bot/bot.lock',
    );
  });

  it('does not call a file free that may be locked from where nothing can be seen', () => {
    const uncertain = lockFile([], { certainty: 'unknown', uncertainBecause: 'outsideNamespace' });
    const seen = see({ host: { nestedPidNamespace: true }, lockFiles: [uncertain] });
    expect(seen).toMatchObject({ state: 'unverified', lockFile: { held: false } });
    expect(seen.of('holderUnknown')?.message).toMatch(
      /Could not determine from here whether .* is locked; if it is, .*outside this container/,
    );
  });

  it('does not call a file free that cannot be looked at', () => {
    const unreadable = file('/root/x.lock', {
      status: 'unreadable',
      problem: { code: 'EACCES', syscall: 'stat' },
    });
    const seen = see({ lockFiles: [lockFile([], { file: unreadable })] });
    expect(seen.state).toBe('unverified');
    expect(seen.of('holderUnknown')?.message).toMatch(/stat failed with EACCES/);
  });
});

describe('locks by existence', () => {
  it('are held by the live process they name', () => {
    const named = lockFile([], { record: record('{"pid":4242}', alive(bot)) });
    expect(see({ processes: [bot], lockFiles: [named] })).toMatchObject({
      state: 'held',
      lockFile: { held: true, kind: 'existence', holders: [{ pid: 4242 }] },
    });
  });

  it('are held by the process that a pid file beside them names', () => {
    const index = lockFile([], { file: file('/repo/.git/index.lock') });
    const owner = pidFile('pid 4242', alive(bot), { file: file('/repo/.git/index~pid.lock') });
    const given = { processes: [bot], lockFiles: [index], pidFiles: [owner] };
    expect(see({ ...given, service: { existence: true } })).toMatchObject({
      state: 'held',
      kinds: [],
      lockFile: { held: true, kind: 'existence', holders: [{ pid: 4242 }] },
    });
    // A kernel lock that is free is free, whoever is recorded beside it.
    expect(see(given)).toMatchObject({ state: 'held', lockFile: { held: false, holders: [] } });
  });

  it('are held by somebody unknown when they name nobody', () => {
    const index = lockFile([], { file: file('/repo/.git/index.lock') });
    const seen = see({ service: { existence: true }, lockFiles: [index] });
    expect(seen).toMatchObject({
      state: 'unverified',
      kinds: ['holderUnknown'],
      lockFile: { held: true, kind: 'existence' },
    });
    expect(seen.of('holderUnknown')?.message).toMatch(
      /its existence is the lock, but it does not say which process made it/,
    );
    expect(
      see({ service: { existence: true }, lockFiles: [lockFile([], { file: absent('/x') })] }).state,
    ).toBe('absent');
  });
});

describe('the record in a file that a kernel lock is taken on', () => {
  const stranger = proc(4242, 'vim notes.txt', { startedAgo: 60 });
  it.each([
    ['recordUnverifiable', record('{"pid":4242,"host":"elsewhere"}', gone), []],
    ['stalePidReused', record('{"pid":4242}', alive(stranger)), [stranger]],
    ['stalePidDead', record('{"pid":4242}', gone), []],
  ])('is left there when the lock is released and says nothing: no %s', (kind, carried, processes) => {
    const free = lockFile([], { record: carried });
    expect(see({ processes, lockFiles: [free] })).toMatchObject({ state: 'free', kinds: [] });
    // Near miss: where the file itself is the lock, its record is what counts.
    expect(see({ processes, lockFiles: [{ ...free, existence: true }] }).kinds).toEqual([kind]);
  });
});

describe('pidMismatch', () => {
  it('tells of a holder that is neither the recorded process nor its relative', () => {
    const seen = see({
      processes: [bot, other],
      lockFiles: [held],
      pidFiles: [pidFile('4300', alive(other))],
    });
    const finding = seen.of('pidMismatch');
    expect(finding?.severity).toBe('warning');
    expect(finding?.message).toBe(
      '/home/ann/bot/bot.pid names pid 4300, but /home/ann/bot/bot.lock is locked by pid 4242 (python3 bot.py).',
    );
  });

  it.each([
    ['a child', proc(4300, 'node worker.js', { ppid: 4242 })],
    ['a grandchild', proc(4300, 'node worker.js', { ppid: 4250 })],
  ])('does not when the record names %s of the holder', (_, recorded) => {
    const middle = proc(4250, 'sh -c worker', { ppid: 4242 });
    const given = {
      processes: [bot, middle, recorded],
      lockFiles: [held],
      pidFiles: [pidFile('4300', alive(recorded))],
    };
    expect(see(given).kinds).toEqual([]);
  });

  it('does not when the record names the parent of the holder', () => {
    const parent = proc(4241, 'keeper bot');
    const child = proc(4242, 'python3 bot.py', { ppid: 4241 });
    expect(
      see({
        processes: [parent, child],
        lockFiles: [lockFile([lock([child])])],
        pidFiles: [pidFile('4241', alive(parent))],
      }).kinds,
    ).toEqual([]);
  });

  it('does when only the terminal is common', () => {
    const shell = proc(10, ['-bash']);
    const [one, two] = [proc(4242, 'python3 bot.py', { ppid: 10 }), proc(4300, 'python3 x.py', { ppid: 10 })];
    expect(
      see({
        processes: [shell, one, two],
        lockFiles: [lockFile([lock([one])])],
        pidFiles: [pidFile('4300', alive(two))],
      }).kinds,
    ).toContain('pidMismatch');
  });

  it('compares the record in a lock file with its own lock', () => {
    const named = lockFile([lock([bot])], { record: record('{"pid":77}', gone) });
    const seen = see({ processes: [bot], lockFiles: [named] });
    expect(seen).toMatchObject({ state: 'held', kinds: ['pidMismatch'] });
    expect(seen.of('pidMismatch')?.message).toBe(
      '/home/ann/bot/bot.lock names pid 77, but it is locked by pid 4242 (python3 bot.py).',
    );
  });

  it('says nothing of a record of another host, whose numbers are not comparable', () => {
    const named = (name: string) =>
      see({
        processes: [bot, other],
        lockFiles: [held],
        pidFiles: [pidFile(JSON.stringify({ pid: 4300, host: name }), alive(other))],
      }).kinds;
    expect(named('elsewhere')).not.toContain('pidMismatch');
    expect(named('tower')).toContain('pidMismatch');
  });

  it('passes over shared locks', () => {
    const shared = lockFile([lock([bot], { access: 'read' })]);
    expect(
      see({ processes: [bot, other], lockFiles: [shared], pidFiles: [pidFile('4300', alive(other))] }).kinds,
    ).toEqual([]);
  });
});

describe('splitBrain', () => {
  const deleted = lock([bot], { deletedInode: true, id: { dev: '65024', ino: '7' } });

  it('is told even when both holders are of one tree', () => {
    const child = proc(4300, 'python3 bot.py', { ppid: 4242 });
    expect(see({ processes: [bot, child], lockFiles: [lockFile([deleted, lock([child])])] })).toMatchObject({
      state: 'conflict',
      kinds: ['splitBrain', 'duplicateInstances'],
    });
  });

  it('is none with one inode, or among readers', () => {
    expect(see({ processes: [bot], lockFiles: [lockFile([deleted])] }).kinds).toEqual([]);
    const readers = [{ ...deleted, access: 'read' } as const, lock([other], { access: 'read' })];
    expect(see({ processes: [bot, other], lockFiles: [lockFile(readers)] }).kinds).toEqual([]);
  });

  it('is told when there is a writer on one of the inodes, whoever reads the other', () => {
    const old = { deletedInode: true, id: { dev: '65024', ino: '7' } };
    for (const [first, second] of [
      ['write', 'read'],
      ['read', 'write'],
    ] as const) {
      const locks = [lock([bot], { ...old, access: first }), lock([other], { access: second })];
      expect(see({ processes: [bot, other], lockFiles: [lockFile(locks)] }).kinds).toContain('splitBrain');
    }
  });

  it('is none of one process with itself: a daemon that made its lock file again', () => {
    const child = proc(4300, 'python3 bot.py', { ppid: 4242 });
    const old = { deletedInode: true, id: { dev: '65024', ino: '7' } };
    const both = [lock([bot, holder(child, { inherited: true })], old), lock([bot])];
    expect(see({ processes: [bot, child], lockFiles: [lockFile(both)] })).toMatchObject({
      state: 'held',
      kinds: [],
    });
    // Near miss: a third one holds the inode in between.
    const third = lock([other], { deletedInode: true, id: { dev: '65024', ino: '8' } });
    const seen = see({ processes: [bot, child, other], lockFiles: [lockFile([...both, third])] });
    expect(seen.kinds).toContain('splitBrain');
    // Not to be named, but taken by the same process.
    const unknown = lock([], { taker: 4242, unknown: 'takerSilent', takenBy: bot });
    expect(see({ processes: [bot], lockFiles: [lockFile([deleted, unknown])] }).kinds).toEqual([
      'holderUnknown',
    ]);
  });

  it('names the holders of both inodes, whoever their parents are', () => {
    const [one, two] = [
      proc(4301, 'python3 bot.py', { ppid: 4242 }),
      proc(4302, 'python3 bot.py', { ppid: 4242 }),
    ];
    const locks = [lock([one], { deletedInode: true, id: { dev: '65024', ino: '7' } }), lock([two])];
    const seen = see({ processes: [bot, one, two], lockFiles: [lockFile(locks)] });
    expect(seen.of('splitBrain')).toMatchObject({ path: '/home/ann/bot/bot.lock', pids: [4301, 4302] });
  });

  it('is told with an unknown holder on the new inode', () => {
    const seen = see({ processes: [bot], lockFiles: [lockFile([deleted, lock([])])] });
    expect(seen.kinds).toEqual(['splitBrain', 'holderUnknown']);
    expect(seen.of('splitBrain')?.message).toMatch(/pid unknown holds the current one, pid 4242/);
  });
});

describe('inheritedLock', () => {
  const inherited = (more = {}) => lock([holder(bot, { inherited: true })], { taker: 50, ...more });

  it('is information where no record names the acquirer', () => {
    const seen = see({
      processes: [bot],
      lockFiles: [lockFile([inherited()])],
      pidFiles: [pidFile('4242', alive(bot))],
    });
    expect(seen).toMatchObject({ state: 'held', kinds: ['inheritedLock'] });
    expect(seen.of('inheritedLock')?.severity).toBe('information');
  });

  it('says that the acquirer’s number belongs to somebody else now', () => {
    const stranger = proc(50, 'vim notes.txt');
    const seen = see({ processes: [bot, stranger], lockFiles: [lockFile([inherited()])] });
    expect(seen.of('inheritedLock')?.evidence).toContain('Process 50 no longer has the lock.');
  });

  it('does not call the taker gone while a process has its number', () => {
    const taker = proc(50, 'sh start.sh');
    const seen = see({
      processes: [bot, taker],
      lockFiles: [lockFile([inherited({ takenBy: taker })])],
    });
    expect(seen.of('inheritedLock')?.message).toMatch(
      /locked by pid 50, which no longer has the lock; the lock was inherited, and is held, by pid 4242/,
    );
    expect(seen.of('inheritedLock')).toMatchObject({ path: '/home/ann/bot/bot.lock', pids: [4242] });
  });

  it('is none while the acquirer itself shares the lock', () => {
    const child = proc(51, 'node worker.js', { ppid: 4242 });
    const shared = lock([bot, holder(child, { inherited: true })]);
    expect(see({ processes: [bot, child], lockFiles: [lockFile([shared])] }).kinds).toEqual([]);
  });

  it('is told once for a file that is both lock and pid file', () => {
    const both = { file: file('/home/ann/bot/bot.pid') };
    const seen = see({
      processes: [bot],
      lockFiles: [lockFile([inherited()], both)],
      pidFiles: [pidFile('50', gone, { ...both, locks: [inherited()] })],
    });
    expect(seen.kinds).toEqual(['inheritedLock']);
    expect(seen.of('inheritedLock')?.severity).toBe('warning');
  });
});

describe('stoppedHolder and waiters', () => {
  it.each([
    ['T', /is stopped: it keeps the lock/],
    ['t', /stopped by a debugger/],
    ['Z', /zombie/],
  ])('tells of a holder in state %s', (state, words) => {
    const stopped = { ...bot, state };
    const seen = see({ processes: [stopped], lockFiles: [lockFile([lock([stopped])])] });
    expect(seen).toMatchObject({ state: 'held', kinds: ['stoppedHolder'] });
    expect(seen.of('stoppedHolder')?.severity).toBe('warning');
    expect(seen.of('stoppedHolder')?.message).toMatch(words);
  });

  it.each(['R', 'S', 'D', 'I'])('says nothing of state %s', (state) => {
    const running = { ...bot, state };
    expect(see({ processes: [running], lockFiles: [lockFile([lock([running])])] }).kinds).toEqual([]);
  });

  it('tells of an owner that is stopped, of several records', () => {
    const stopped = { ...other, state: 'T' };
    const seen = see({
      service: { maxInstances: 2 },
      processes: [bot, stopped],
      pidFiles: [
        pidFile('4242', alive(bot)),
        pidFile('4300', alive(stopped), { file: file('/home/ann/bot/other.pid') }),
      ],
    });
    expect(seen.kinds).toEqual(['stoppedHolder']);
    expect(seen.of('stoppedHolder')?.message).toContain('4300');
  });

  it('names those who wait for the second of two locks of a file', () => {
    const locks = [lock([bot]), lock([bot], { start: '9', end: '9', waiters: [other] })];
    const seen = see({ processes: [bot, other], lockFiles: [lockFile(locks)] });
    expect(seen.lockFile?.waiters).toEqual([{ pid: 4300, command: 'python3 other.py' }]);
  });

  it('names those who wait, also one without a number here', () => {
    const waiting = lock([bot], { waiters: [other, { pid: 0, comm: '', argv: [] }] });
    const seen = see({ processes: [bot, other], lockFiles: [lockFile([waiting])] });
    expect(seen).toMatchObject({ state: 'held', kinds: ['waiters'] });
    expect(seen.of('waiters')).toMatchObject({
      severity: 'information',
      message:
        '2 processes are waiting for /home/ann/bot/bot.lock: 4300 (python3 other.py) and a process outside this container.',
    });
    expect(seen.lockFile?.waiters).toEqual([{ pid: 4300, command: 'python3 other.py' }, { pid: 0 }]);
  });
});

describe('filesLeftOut', () => {
  it('says how many files of a pattern are not watched, and what to do', () => {
    const leftOut = [{ pattern: '/run/*.pid', watched: 2000, more: 1000 }];
    const seen = diagnose({ ...facts({ lockFiles: [lockFile()] }), leftOut });
    expect(seen.findings.filter(({ kind }) => kind === 'filesLeftOut')).toMatchObject([
      {
        severity: 'warning',
        message:
          '3000 files match /run/*.pid; the first 2000 by name are watched. Narrow the pattern to watch the others.',
      },
    ]);
    expect(seen.state).toBe('free');
    expect(diagnose(facts({ lockFiles: [lockFile()] })).findings).toEqual([]);
  });
});

describe('conflictInLog', () => {
  const log = (...ages: number[]) => ({
    path: '/home/ann/bot/bot.log',
    lines: ages.map((age) => ({
      text: 'Conflict: terminated by other getUpdates request',
      seenAt: NOW - age,
    })),
  });

  it('clears by itself', () => {
    expect(see({ processes: [bot], lockFiles: [held], log: log(CONFLICT_LINE_FRESH_MS) }).kinds).toEqual([
      'conflictInLog',
    ]);
    expect(see({ processes: [bot], lockFiles: [held], log: log(CONFLICT_LINE_FRESH_MS + 1) }).kinds).toEqual(
      [],
    );
    expect(see({ processes: [bot], lockFiles: [held], log: log() }).kinds).toEqual([]);
  });

  it('counts a line from its own time, where it carries one', () => {
    const line = { text: 'Conflict', seenAt: NOW - 1000 };
    const kinds = (ownTime: number) =>
      see({
        processes: [bot],
        lockFiles: [held],
        log: { path: '/x.log', lines: [{ ...line, ownTime }] },
      }).kinds;
    expect(kinds(NOW - CONFLICT_LINE_FRESH_MS)).toEqual(['conflictInLog']);
    expect(kinds(NOW - CONFLICT_LINE_FRESH_MS - 1)).toEqual([]);
    // A clock that is ahead makes no line fresher than its sight.
    expect(kinds(NOW + CONFLICT_LINE_FRESH_MS)).toEqual(['conflictInLog']);
  });

  describe('and an instance that ended', () => {
    const started = NOW - 3_600_000;
    const after = (lineAgo: number, ended: Given['ended'], ownAgo?: number) =>
      see({
        processes: [bot],
        lockFiles: [held],
        ended,
        log: {
          path: '/x.log',
          lines: [
            {
              text: 'Conflict',
              seenAt: NOW - lineAgo,
              ...(ownAgo === undefined ? {} : { ownTime: NOW - ownAgo }),
            },
          ],
        },
      });

    it('settles the lines that it may have written', () => {
      const ended = [{ pid: 4300, startTime: started, endedAt: NOW - 5_000 }];
      expect(after(10_000, ended)).toMatchObject({ state: 'held', kinds: [] });
      expect(after(5_000, ended).kinds).toEqual([]);
      expect(after(1_000, ended, 10_000).kinds).toEqual([]);
      expect(after(10_000, [{ pid: 4300, endedAt: NOW - 5_000 }]).kinds).toEqual([]);
    });

    it('settles no line that came after it, or from before its time', () => {
      expect(after(3_000, [{ pid: 4300, startTime: started, endedAt: NOW - 5_000 }]).kinds).toEqual([
        'conflictInLog',
      ]);
      expect(after(10_000, [{ pid: 4300, startTime: NOW - 8_000, endedAt: NOW - 5_000 }]).kinds).toEqual([
        'conflictInLog',
      ]);
      // Its first second, in a log of whole seconds.
      expect(after(8_000, [{ pid: 4300, startTime: NOW - 7_500, endedAt: NOW - 5_000 }]).kinds).toEqual([]);
    });

    it('is named, and nothing is said to be elsewhere, as long as its lines would count', () => {
      const ended = [{ pid: 4300, startTime: started, endedAt: NOW - 5_000 }];
      const message = after(1_000, ended).of('conflictInLog')?.message ?? '';
      expect(message).toMatch(
        /4242 \(python3 bot\.py\) is the only instance here now, and pid 4300 exited \d{4}/,
      );
      expect(message).not.toContain('elsewhere');
      expect(after(1_000, ended).of('conflictInLog')?.evidence.join('\n')).toMatch(
        /Process 4300 exited \d{4}-/,
      );
      const long = [{ pid: 4300, startTime: started, endedAt: NOW - CONFLICT_LINE_FRESH_MS - 1 }];
      expect(after(1_000, long).of('conflictInLog')?.message).toContain('elsewhere');
    });
  });

  it('says who the two are, by what runs here, and claims no more than that', () => {
    const service = NAMED;
    const twin = proc(4300, 'python3 bot.py');
    const message = (given: Given) => see({ ...given, log: log(0) }).of('conflictInLog')?.message;
    expect(message({})).toMatch(/no instance of bot was found here\.$/);
    expect(message({ ended: [{ pid: 7, endedAt: NOW - 5_000 }] })).toMatch(
      /no instance of bot is running here now, and pid 7 exited/,
    );
    expect(message({ service, processes: [bot] })).toMatch(
      /4242 \(python3 bot\.py\) is the only instance here\. The other one is elsewhere, .*, unless pid 4242 itself does the work twice\.$/,
    );
    expect(message({ service, processes: [bot, twin] })).toMatch(/2 instances are running here/);
    const possible = message({ processes: [bot, twin], lockFiles: [held] });
    expect(possible).toMatch(/a second instance besides pid \d+ .* may be running here/);
    expect(possible).not.toContain('elsewhere');
    // Holds a lock that is made to be shared: not counted, and still one that may have written the line.
    const reader = lockFile([lock([other], { access: 'read' })], { file: file('/home/ann/bot/shared') });
    expect(message({ processes: [bot, other], lockFiles: [held, reader] })).not.toContain('elsewhere');
  });

  it('has one fingerprint for what only differs in times, counters and ids', () => {
    const fingerprint = (text: string) =>
      see({
        processes: [bot],
        lockFiles: [held],
        log: { path: '/x.log', lines: [{ text, seenAt: NOW }] },
      }).of('conflictInLog')?.fingerprint;
    const one = fingerprint('2026-01-31 12:00:00,123 [Telegram] polling conflict (1/3), retry 9f2c-41aa');
    expect(one).toBe(
      fingerprint('2026-02-01 07:30:59,007 [Telegram] polling conflict (2/3), retry 0b7e-99c1'),
    );
    expect(one).toMatch(/^[\da-f]{1,8}$/);
    expect(one).not.toBe(
      fingerprint('2026-01-31 12:00:00,123 Conflict: terminated by other getUpdates request'),
    );
  });

  it('names the log and the processes that it is about', () => {
    expect(see({ processes: [bot], lockFiles: [held], log: log(0) }).of('conflictInLog')).toMatchObject({
      path: '/home/ann/bot/bot.log',
      pids: [4242],
    });
  });

  it('hides the token in a line', () => {
    const token = `123456789:${'A'.repeat(35)}`;
    const line = { text: `409 https://api.telegram.org/bot${token}/getUpdates Conflict`, seenAt: NOW };
    const seen = diagnose(
      facts({ lockFiles: [held], processes: [bot], log: { path: '/x.log', lines: [line] } }),
    );
    expect(JSON.stringify(seen)).toContain('getUpdates Conflict');
    expect(JSON.stringify(seen)).not.toContain(token);
  });
});

describe('what is said', () => {
  const nasty = "/home/ann/it's $(me)/bot.pid";

  it('quotes paths in commands', () => {
    const seen = see({ pidFiles: [pidFile('77', gone, { file: file(nasty) })] });
    expect(seen.of('stalePidDead')?.evidence).toContain("$ head -c 4096 '/home/ann/it'\\''s $(me)/bot.pid'");
  });

  it('names commands of the system it runs on', () => {
    const evidence = (platform: PlatformName) =>
      see({ host: { platform }, pidFiles: [pidFile('77', gone)] })
        .of('stalePidDead')
        ?.evidence.join('\n') ?? '';
    expect(evidence('linux')).toContain('$ ps -o pid,ppid,user,stat,lstart,args -p 77');
    expect(evidence('darwin')).toContain('$ ps -o pid,ppid,user,stat,lstart,command -p 77');
    expect(evidence('win32')).toContain('$ Get-Process -Id 77 |');
    expect(evidence('darwin') + evidence('win32')).not.toContain('/proc/');
  });

  it('hides secrets of command lines and keeps everything on one line', () => {
    const leaky = proc(4242, ['python3', 'bot.py', '--token', 'T0PSECRET', 'a\nb\u202e']);
    const seen = diagnose(facts({ processes: [leaky], lockFiles: [lockFile([lock([leaky])])] }));
    expect(seen.instances[0]?.root.command).toBe('python3 bot.py --token *** a b\ufffd');
    expect(JSON.stringify(seen)).not.toContain('T0PSECRET');
  });

  it('does not depend on the time of the look', () => {
    const given = { processes: [bot], lockFiles: [held], pidFiles: [pidFile('77', gone)] };
    const later = { ...facts(given), takenAt: NOW + 60_000 };
    expect(diagnose(later)).toEqual(diagnose(facts(given)));
  });

  it('is plain data', () => {
    const seen = diagnose(
      facts({ processes: [bot, other], lockFiles: [held], pidFiles: [pidFile('4300', alive(other))] }),
    );
    expect(structuredClone(seen)).toEqual(seen);
    expect(JSON.parse(JSON.stringify(seen))).toEqual(seen);
  });
});

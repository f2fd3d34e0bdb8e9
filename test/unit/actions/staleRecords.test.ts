import { describe, expect, test } from 'vitest';
import type { StaleRecord } from '../../../src/actions/cleanUp/records';
import { proofToOffer, staleRecords } from '../../../src/actions/cleanUp/stale';
import { diagnose } from '../../../src/model/diagnose';
import { commandsIn, factsIn } from '../../../src/model/evidenceLine';
import type { FileFacts, LockFileFacts, PortFacts } from '../../../src/model/facts';
import { PRESETS } from '../../../src/model/presets/index';
import {
  alive,
  BOOT,
  facts,
  file,
  gone,
  lock,
  lockFile,
  NAMED,
  pidFile,
  port,
  proc,
  record,
  type Given,
} from '../model/build';

const found = (given: Given) => {
  const seen = facts(given);
  return staleRecords({ facts: seen, snapshot: diagnose(seen) });
};
const offered = (given: Given): string[] => found(given).stale.map(({ path }) => path);

/** The facts among the evidence, one a line. */
const factsOf = (record: StaleRecord | undefined): string => factsIn(record?.evidence ?? []).join('\n');

const PID = '/home/ann/bot/bot.pid';
const dead = pidFile('4242', gone);

describe('a stale record', () => {
  test('of a process that is gone is proven, with the finding’s own sentence', () => {
    const { stale, kept } = found({ pidFiles: [dead] });
    expect(kept).toEqual([]);
    expect(stale).toMatchObject([{ path: PID, verdict: 'dead', proof: 'proven', recordedPid: 4242 }]);
    expect(stale[0]?.why).toBe(`${PID} names pid 4242, which is gone.`);
    expect(factsOf(stale[0])).not.toContain(stale[0]?.why);
    expect(commandsIn(stale[0]?.evidence ?? [])).toContain(`head -c 4096 ${PID}`);
    expect(factsOf(stale[0])).not.toContain('wall clock');
  });

  test('of a process that is gone is told with the finding, then when it was written and what is free', () => {
    const [only] = found({ pidFiles: [dead] }).stale;
    const [written, free] = factsIn(only?.evidence ?? []).slice(-2);
    expect(written).toMatch(/^Last written /);
    expect(free).toMatch(/^No lock on it or its service is held/);
  });

  test('is not preselected where what would show its service is hidden, in a pid file and in a lock file', () => {
    const hidden = { ...record('4242', gone), signs: { naming: [], served: [], unseen: true } } as const;
    const seenAs = (given: Given) =>
      found(given).stale.map((one) => [one.proof, factsOf(one).includes('hidden here (hidepid)')]);
    expect(seenAs({ pidFiles: [{ ...dead, content: hidden }] })).toEqual([['plausible', true]]);
    expect(seenAs({ lockFiles: [lockFile([], { record: hidden, existence: true })] })).toEqual([
      ['plausible', true],
    ]);
    expect(seenAs({ lockFiles: [lockFile([], { record: record('4242', gone), existence: true })] })).toEqual([
      ['proven', false],
    ]);
  });

  test('is not preselected where it is not known who listens on a port, and says on which', () => {
    const of = (more: Partial<PortFacts>) => {
      const [only] = found({ pidFiles: [dead], ports: [port([], { isConfigured: false, ...more })] }).stale;
      return [only?.proof, factsOf(only).match(/not known whether a process listens on port \d+/)?.[0]];
    };
    expect(of({ unknown: 'system' })).toEqual([
      'plausible',
      'not known whether a process listens on port 3000',
    ]);
    expect(of({})).toEqual(['proven', undefined]);
  });

  test('gets the sentence of its own finding, not of another kind on the same file', () => {
    const seen = facts({ pidFiles: [dead] });
    const snapshot = diagnose(seen);
    const other = { ...snapshot.findings[0], kind: 'pidMismatch', path: PID, message: 'x', evidence: [] };
    const findings = [other, ...snapshot.findings] as typeof snapshot.findings;
    expect(staleRecords({ facts: seen, snapshot: { ...snapshot, findings } }).stale).toMatchObject([
      { why: `${PID} names pid 4242, which is gone.` },
    ]);
  });

  test('of a process that runs is none, nor kept', () => {
    const running = proc(4242, 'python3 bot.py', { startedAgo: 7200 });
    const seen = facts({ processes: [running], pidFiles: [pidFile('4242', alive(running))] });
    const snapshot = { ...diagnose(seen), instances: [] };
    expect(staleRecords({ facts: seen, snapshot })).toEqual({ stale: [], kept: [] });
  });

  test('gets the sentence of its own finding, not of one whose path begins like it', () => {
    const backup = pidFile('5555', gone, { file: file(`${PID}.bak`) });
    const { stale } = found({ pidFiles: [backup, dead] });
    expect(stale.map(({ path, why }) => [path, why])).toEqual([
      [`${PID}.bak`, `${PID}.bak names pid 5555, which is gone.`],
      [PID, `${PID} names pid 4242, which is gone.`],
    ]);
  });

  test('that cannot be verified is kept with its own sentence, not that of a neighbour', () => {
    const elsewhere = (pid: number): string => JSON.stringify({ pid, host: `host-of-${pid}` });
    const { kept } = found({
      pidFiles: [
        pidFile(elsewhere(5555), gone, { file: file(`${PID}.bak`) }),
        pidFile(elsewhere(4242), gone),
      ],
    });
    expect(kept.map(({ path, reason }) => [path, /host-of-\d+/.exec(reason)?.[0]])).toEqual([
      [`${PID}.bak`, 'host-of-5555'],
      [PID, 'host-of-4242'],
    ]);
  });
});

describe('what may start the service', () => {
  const loop = proc(10, ['sh', '-c', 'while true; do sleep 60; python3 bot.py; done']);
  const waiting: Given = { service: NAMED, processes: [loop], pidFiles: [dead] };

  test('leaves no record proven, and is named', () => {
    const [only] = found(waiting).stale;
    expect(only).toMatchObject({ path: PID, proof: 'plausible' });
    const [plain] = found({ pidFiles: [dead] }).stale;
    expect(factsIn(only?.evidence ?? [])).toEqual([
      ...factsIn(plain?.evidence ?? []),
      expect.stringMatching(/^Process 10 \(sh -c .*\) may start the service at any moment\.$/),
    ]);
  });

  test('is nobody who has ended since, or is another program', () => {
    const seen = facts({ ...waiting, processes: [] });
    const since = { ...seen, matched: [10], wrapping: [10] };
    expect(staleRecords({ facts: since, snapshot: diagnose(since) }).stale).toMatchObject([
      { proof: 'proven' },
    ]);
    const other = proc(10, ['sh', '-c', 'while true; do sleep 60; python3 other.py; done']);
    expect(found({ ...waiting, processes: [other] }).stale).toMatchObject([{ proof: 'proven' }]);
  });
});

describe('a verdict of the clock', () => {
  const stranger = proc(4242, 'vim notes.txt', { startedAgo: 60 });
  const reused = { pidFiles: [pidFile('4242', alive(stranger))], processes: [stranger] };

  test('is plausible, never proven, and says so', () => {
    const [only] = found(reused).stale;
    expect(only).toMatchObject({ verdict: 'reused', proof: 'plausible' });
    expect(factsOf(only)).toContain('This rests on the wall clock alone and is not proven.');
  });

  test('has the sentence of its own finding', () => {
    const message = diagnose(facts(reused)).findings.find(({ kind }) => kind === 'stalePidReused')?.message;
    expect(message).toBeDefined();
    expect(found(reused).stale.map(({ why }) => why)).toEqual([message]);
  });

  test('of start ticks is none: they are proof', () => {
    const content = JSON.stringify({ pid: 4242, startTicks: (stranger.startTicks ?? 0) - 4200 });
    const [only] = found({ ...reused, pidFiles: [pidFile(content, alive(stranger))] }).stale;
    expect(only).toMatchObject({ verdict: 'reused', proof: 'proven' });
    expect(factsOf(only)).not.toContain('wall clock');
  });

  test('that is only guessed is never offered', () => {
    expect((['proven', 'plausible', 'guessed'] as const).map(proofToOffer)).toEqual([
      'proven',
      'plausible',
      undefined,
    ]);
  });

  test('has the clock’s witness beside it', () => {
    const witness = (bootWitness: number): string =>
      factsOf(found({ ...reused, host: { bootWitness } }).stale[0]);
    expect(witness(BOOT + 400)).toContain('the clock has not been set since');
    expect(witness(BOOT - 7200_000)).toContain('the clock was set, or stood still, by 7200 s');
  });
});

describe('nothing is offered', () => {
  const running = proc(100, 'python3 bot.py');
  const matcher = { kind: 'substring', text: 'bot.py' } as const;

  test('while an instance of the service runs, whatever its record says', () => {
    const given = { service: { process: matcher }, processes: [running], pidFiles: [dead] };
    expect(found(given)).toEqual({
      stale: [],
      kept: [
        { path: PID, reason: 'Process 100 of this service is running; nothing is removed from under it.' },
      ],
    });
    expect(offered({ ...given, processes: [] })).toEqual([PID]);
  });

  test('only for instances that count: a possible duplicate is none', () => {
    const seen = facts({ pidFiles: [dead] });
    const snapshot = diagnose(seen);
    const instance = { root: { pid: 100, command: 'x' }, processes: [] };
    const offers = (more: object): number =>
      staleRecords({
        facts: seen,
        snapshot: { ...snapshot, instances: [{ ...instance, role: 'owner', ...more }] },
      }).stale.length;
    expect(offers({})).toBe(0);
    expect(offers({ role: 'possibleDuplicate' })).toBe(1);
    expect(offers({ counted: false })).toBe(1);
    expect(offers({ role: 'possibleDuplicate', counted: true })).toBe(0);
  });

  test('while any lock of the service is held', () => {
    expect(offered({ pidFiles: [dead], lockFiles: [lockFile([lock([running])])] })).toEqual([]);
    expect(offered({ pidFiles: [dead], lockFiles: [lockFile([lock([])])] })).toEqual([]);
    expect(offered({ pidFiles: [dead], lockFiles: [lockFile()] })).toEqual([PID]);
  });

  test('while it is uncertain whether a lock is held', () => {
    const directory = lockDirectory({ writtenAgo: 3600, renewals: { count: 3, longestMs: 5000 } });
    expect(offered({ lockFiles: [directory] })).toEqual([DIRECTORY]);
    const unseen = {
      ...lockFile([], { certainty: 'unknown' }),
      uncertainBecause: 'outsideNamespace',
    } as const;
    const { stale, kept } = found({ lockFiles: [directory, unseen] });
    expect(stale).toEqual([]);
    expect(kept[0]?.reason).toContain(
      'It cannot be determined from here whether /home/ann/bot/bot.lock is locked',
    );
    // The record itself: an unseen lock may be on it.
    expect(offered({ pidFiles: [{ ...dead, certainty: 'unknown' }] })).toEqual([]);
    expect(offered({ pidFiles: [dead], lockFiles: [unseen] })).toEqual([]);
  });
});

const DIRECTORY = '/home/ann/bot/job.lock';

function lockDirectory(more: Partial<FileFacts> & { writtenAgo: number }): LockFileFacts {
  return lockFile([], {
    file: file(DIRECTORY, { status: 'directory', mode: 0o40755, nlink: 2, ...more }),
    existence: true,
  });
}

describe('a lock directory', () => {
  const beating = { renewals: { count: 2, longestMs: 5000 } };
  const outcome = (directory: LockFileFacts, more: Given = {}) => {
    const { stale, kept } = found({ ...more, lockFiles: [directory] });
    return { offered: stale.length, kept: kept.map(({ reason }) => reason) };
  };

  test('of mkdir, that nobody renews, is kept however old it is', () => {
    const old = outcome(lockDirectory({ writtenAgo: 86_400 }));
    expect(old.offered).toBe(0);
    expect(old.kept).toEqual([expect.stringContaining('its age says nothing')]);
    // One renewal is an accident: something was made and removed in it.
    const once = lockDirectory({ writtenAgo: 86_400, renewals: { count: 1, longestMs: 5000 } });
    expect(outcome(once).offered).toBe(0);
    // A young one is simply held.
    expect(outcome(lockDirectory({ writtenAgo: 5 }))).toEqual({ offered: 0, kept: [] });
  });

  test('with a heartbeat that has stopped is offered, never as proven', () => {
    const { stale } = found({ lockFiles: [lockDirectory({ writtenAgo: 120, ...beating })] });
    expect(stale).toMatchObject([{ path: DIRECTORY, verdict: 'heartbeat', proof: 'plausible' }]);
    expect(stale[0]?.why).toBe(`${DIRECTORY}: Its owner has not renewed it for 120 s.`);
    expect(factsOf(stale[0])).toContain('renewed it 2 times while the monitor watched, at most 5 s');
  });

  test('is not given up before a minute, nor before six of its own intervals', () => {
    expect(outcome(lockDirectory({ writtenAgo: 59, ...beating }))).toEqual({ offered: 0, kept: [] });
    expect(outcome(lockDirectory({ writtenAgo: 61, ...beating })).offered).toBe(1);
    const slow = { renewals: { count: 9, longestMs: 60_000 } };
    expect(outcome(lockDirectory({ writtenAgo: 359, ...slow })).offered).toBe(0);
    expect(outcome(lockDirectory({ writtenAgo: 361, ...slow })).offered).toBe(1);
  });

  test('is one only where its existence is the lock: a kernel lock may be taken on any directory', () => {
    const locked = lockDirectory({ writtenAgo: 120, ...beating });
    delete locked.existence;
    expect(outcome(locked)).toEqual({ offered: 0, kept: [] });
    expect(outcome(locked, { service: { existence: true } }).offered).toBe(1);
  });

  test('whose time is not known is not old', () => {
    const directory = lockDirectory({ writtenAgo: 120, ...beating });
    expect(outcome(directory).offered).toBe(1);
    delete directory.file.mtimeNs;
    expect(outcome(directory)).toEqual({ offered: 0, kept: [] });
  });

  test('in the place of a pid file is no record that is kept, and a FIFO there is one', () => {
    const at = (status: 'directory' | 'special') =>
      found({ pidFiles: [pidFile(undefined, undefined, { file: file(PID, { status }) })] });
    expect(at('directory')).toEqual({ stale: [], kept: [] });
    expect(at('special')).toMatchObject({ stale: [], kept: [{ path: PID }] });
  });

  test('is not given up because the clock was set', () => {
    const stepped = { host: { clockStepMs: 300_000 } };
    expect(outcome(lockDirectory({ writtenAgo: 330, ...beating }), stepped).offered).toBe(0);
    expect(outcome(lockDirectory({ writtenAgo: 361, ...beating }), stepped).offered).toBe(1);
  });

  test('of a tool that is known to renew it needs no watching', () => {
    const of = (preset: string): Given => ({ service: { origin: { kind: 'preset', preset } } });
    const offeredBy = PRESETS.filter(
      ({ id }) => outcome(lockDirectory({ writtenAgo: 120 }), of(id)).offered > 0,
    );
    expect(offeredBy.map(({ id }) => id)).toEqual(['playwright']);
  });

  test('stays while an instance of its service runs', () => {
    const running = proc(100, 'python3 bot.py');
    const given: Given = {
      service: { process: { kind: 'substring', text: 'bot.py' } },
      processes: [running],
      lockFiles: [lockDirectory({ writtenAgo: 120, ...beating })],
    };
    expect(offered(given)).toEqual([]);
    expect(offered({ ...given, processes: [] })).toEqual([DIRECTORY]);
  });
});

test('a record in a lock file proves nothing: kernel locks leave their file behind', () => {
  const carrying = lockFile([], { record: record('4242', gone, 'bot.lock') });
  expect(offered({ lockFiles: [carrying] })).toEqual([]);
  expect(offered({ lockFiles: [{ ...carrying, existence: true }] })).toEqual(['/home/ann/bot/bot.lock']);
});

describe('a lock of git that names no process', () => {
  const LOCK = '/home/ann/bot/.git/index.lock';
  const RECORD = '/home/ann/bot/.git/index~pid.lock';
  const git = (suspects: readonly number[], more: Given = {}): Given => ({
    service: {
      lockFiles: [LOCK],
      pidFiles: [RECORD],
      existence: true,
      origin: { kind: 'preset', preset: 'git' },
    },
    lockFiles: [
      lockFile([], {
        file: file(LOCK),
        ownerless: {
          suspects: suspects.map((pid) => ({
            process: proc(pid, 'git commit'),
            why: 'works',
            folder: '/home/ann/bot',
          })),
          unread: [],
          quietMs: 180_000,
        },
      }),
    ],
    ...more,
  });

  test('is offered with all of its evidence, though its vendor has another way, and never ticked', () => {
    const { stale, kept } = found(git([]));
    expect(kept).toEqual([]);
    expect(stale).toMatchObject([{ path: LOCK, verdict: 'leftOver', proof: 'plausible' }]);
    expect(factsOf(stale[0])).toContain('this is not proven');
  });

  test('goes with the record of a process that is gone, and that one not without it', () => {
    const dead = { pidFiles: [pidFile('pid 4242', gone, { file: file(RECORD) })] };
    expect(offered(git([], dead)).sort()).toEqual([LOCK, RECORD]);
    expect(offered(git([77], dead))).toEqual([]);
    expect(
      found(git([77], dead))
        .kept.map(({ path }) => path)
        .sort(),
    ).toEqual([LOCK, RECORD]);
  });

  test('is kept with the process that may hold it', () => {
    const { stale, kept } = found(git([77]));
    expect(stale).toEqual([]);
    expect(kept).toEqual([{ path: LOCK, reason: 'A process that may hold it is running: 77 (git commit).' }]);
  });

  test('is kept where nothing could be found out, and a record that names its process is another matter', () => {
    const unread = (more: Given = {}): Given => ({
      ...git([]),
      lockFiles: [lockFile([], { file: file(LOCK) })],
      ...more,
    });
    expect(found(unread())).toEqual({
      stale: [],
      kept: [{ path: LOCK, reason: expect.stringContaining('cannot be found out here') as string }],
    });
    const dead = { pidFiles: [pidFile('pid 4242', gone, { file: file(RECORD) })] };
    expect(found(unread(dead)).kept.map(({ path }) => path)).toEqual([RECORD]);
  });

  test('has the evidence of its own finding, and without one the time of its last change', () => {
    const seen = facts(git([]));
    const snapshot = diagnose(seen);
    const told = (...findings: { kind: string; path: string; evidence: string[] }[]) =>
      staleRecords({
        facts: seen,
        snapshot: { ...snapshot, findings: findings as unknown as typeof snapshot.findings },
      }).stale.map(({ evidence }) => factsIn(evidence));
    const own = { kind: 'leftOver', path: LOCK, evidence: ['Own.'] };
    const others = [
      { kind: 'recordUnverifiable', path: LOCK, evidence: ['Of another kind.'] },
      { kind: 'leftOver', path: `${LOCK}.lock`, evidence: ['Of another file.'] },
    ];
    expect(told(...others, own)).toEqual([['Own.']]);
    expect(told(...others)).toEqual([[expect.stringMatching(/^Last written /)]]);
  });

  test('is no lock while it is not there, nor as a directory, and its record may be missing', () => {
    const kept = (status: FileFacts['status']) =>
      found({
        ...git([]),
        lockFiles: [lockFile([], { file: file(LOCK, { status }) })],
        pidFiles: [pidFile(undefined, undefined, { file: { path: RECORD, status: 'absent' } })],
      })
        .kept.filter(({ reason }) => reason.includes('cannot be found out here'))
        .map(({ path }) => path);
    expect(kept('file')).toEqual([LOCK]);
    expect(kept('absent')).toEqual([]);
    expect(kept('directory')).toEqual([]);
  });

  test('is kept while another file of its service is locked', () => {
    const { service, lockFiles = [] } = git([]);
    const locked = lockFile([lock([proc(5, 'python3 bot.py')])]);
    expect(
      offered({ ...(service === undefined ? {} : { service }), lockFiles: [...lockFiles, locked] }),
    ).toEqual([]);
  });
});

/** Small questions about locks, records and grades of proof, each with its near miss. */
import { describe, expect, it } from 'vitest';
import type { HolderFacts, LockFacts } from '../../../src/model/facts';
import type { Difference } from '../../../src/model/instances/proof';
import type { Judgement } from '../../../src/model/records/judgeRecord';
import {
  byWeight,
  holdersOf,
  isUncertain,
  lockedPaths,
  overlap,
  takerIsGone,
} from '../../../src/model/locks';
import {
  contradictionText,
  differencesText,
  fitText,
  instanceProofText,
  recordProofText,
} from '../../../src/model/proofText';
import { ProcessTree } from '../../../src/model/processes/processTree';
import {
  countsAsRecord,
  isStale,
  judgeRecords,
  recordedPid,
  existenceRecord,
} from '../../../src/model/records/records';
import { absent, facts, file, gone, holder, lock, lockFile, pidFile, proc, record } from './build';

const [a, b] = [proc(1, 'a'), proc(2, 'b')];

describe('locks', () => {
  const range = (start: string | undefined, end: string | undefined): LockFacts =>
    ({ ...lock([a]), start, end }) as LockFacts;
  it.each([
    ['0', '9', '9', '20', true],
    ['0', '9', '10', '20', false],
    ['10', '20', '0', '9', false],
    ['9', '20', '0', '9', true],
    ['5', '5', '0', 'EOF', true],
    [undefined, undefined, '7', '7', true],
    ['0', 'EOF', '18446744073709551615', 'EOF', true],
    // What is no number stands for the whole file.
    ['5x', '9', '0', '4', true],
    ['x5', '9', '0', '4', true],
    ['5', '9x', '20', '30', true],
    ['5', 'x9', '20', '30', true],
  ])('%s–%s and %s–%s meet: %s', (from, to, start, end, meet) => {
    expect(overlap(range(from, to), range(start, end))).toBe(meet);
    expect(overlap(range(start, end), range(from, to))).toBe(meet);
  });

  it('are listed by what they weigh: writers before readers, the path’s own file before a deleted one', () => {
    const all = [
      lock([a], { deletedInode: true, access: 'read' }),
      lock([a], { deletedInode: true }),
      lock([a], { access: 'read' }),
      lock([a]),
    ];
    expect(byWeight(all)).toEqual([...all].reverse());
    expect(holdersOf(all).map(({ lock: of }) => all.indexOf(of))).toEqual([3, 1]);
    const both: HolderFacts = holder(b);
    expect(holdersOf([lock([a, both, a])]).map(({ holder: of }) => of.process.pid)).toEqual([1, 2]);
  });

  it('of a path in two lists are those of the longer', () => {
    const locks = (first: LockFacts[], second: LockFacts[]) =>
      lockedPaths(
        facts({
          lockFiles: [lockFile(first, { file: file('/a') })],
          pidFiles: [pidFile('1', undefined, { file: file('/a'), locks: second })],
        }),
      );
    const [one, two] = [lock([a]), lock([b])];
    expect(locks([one], [one, two])).toEqual([{ path: '/a', locks: [one, two] }]);
    expect(locks([one, two], [one])).toEqual([{ path: '/a', locks: [one, two] }]);
    expect(locks([one], [two])).toEqual([{ path: '/a', locks: [one] }]);
    const [a1, a2] = [[one], [one, two]].map((of) => lockFile(of, { file: file('/a') }));
    if (a1 === undefined || a2 === undefined) throw new Error('no lock file');
    expect(lockedPaths(facts({ lockFiles: [a1, a2] }))).toEqual([{ path: '/a', locks: [one, two] }]);
  });

  it('may be there unseen only where nothing is seen, and something could be', () => {
    expect(isUncertain(lockFile([], { certainty: 'unknown' }))).toBe(true);
    expect(isUncertain(lockFile([lock([a])], { certainty: 'unknown' }))).toBe(false);
    expect(isUncertain(lockFile([]))).toBe(false);
    expect(isUncertain(lockFile([], { certainty: 'unknown', file: absent('/a') }))).toBe(false);
    expect(isUncertain(lockFile([], { file: file('/a', { status: 'unreadable' }) }))).toBe(true);
  });

  it('have lost their taker where others hold them', () => {
    expect(takerIsGone(lock([a], { taker: 7 }))).toBe(true);
    expect(takerIsGone(lock([a, b], { taker: 2 }))).toBe(false);
    expect(takerIsGone(lock([], { taker: 7 }))).toBe(false);
    expect(takerIsGone(lock([holder(a, { inherited: true })]))).toBe(false);
  });
});

describe('records', () => {
  const judged = (given: Parameters<typeof facts>[0]) => {
    const all = facts(given);
    return judgeRecords(all, new ProcessTree(all.processes, all.host));
  };
  const inLock = (where: string, more = {}) =>
    lockFile([], { file: file(where), record: record('7', gone), ...more });
  const inPid = (where: string, text = '8', more = {}) => pidFile(text, gone, { file: file(where), ...more });

  it('of pid files come first; a path in both lists once; a lock file counts only as a lock by existence', () => {
    const found = judged({
      lockFiles: [inLock('/a'), inLock('/b'), lockFile()],
      pidFiles: [inPid('/b'), inPid('/c')],
    });
    expect(
      found.map((one) => [
        one.path,
        one.source,
        one.existence,
        recordedPid(one),
        countsAsRecord(one),
        isStale(one),
      ]),
    ).toEqual([
      ['/b', 'pidFile', false, 8, true, true],
      ['/c', 'pidFile', false, 8, true, true],
      ['/a', 'lockFile', false, 7, false, false],
    ]);
    const second = judged({ lockFiles: [lockFile([], { file: file('/b') }), inLock('/a')] });
    expect(second.map(({ path }) => path)).toEqual(['/a']);
    const byExistence = [
      judged({ lockFiles: [inLock('/a', { existence: true })] }),
      judged({ service: { existence: true }, lockFiles: [inLock('/a')] }),
    ];
    for (const [one] of byExistence) {
      expect(one).toMatchObject({ existence: true, verdict: 'dead', source: 'lockFile' });
    }
  });

  it('say where they may be from', () => {
    const [one, two] = judged({ pidFiles: [inPid('/a', '8', { foreign: 'otherHost' }), inPid('/b')] });
    expect(one?.foreign).toBe('otherHost');
    expect(Object.keys(two ?? {})).not.toContain('foreign');
  });

  it('are stale when dead or reused, unless a lock was inherited', () => {
    const [one] = judged({ pidFiles: [inPid('/a')] });
    if (one === undefined) throw new Error('no record');
    expect(isStale(one)).toBe(true);
    expect(isStale({ ...one, verdict: 'reused' })).toBe(true);
    for (const verdict of ['live', 'unverifiable', 'empty', 'absent'] as const) {
      expect(isStale({ ...one, verdict })).toBe(false);
    }
    expect(isStale({ ...one, reason: 'lockInherited' })).toBe(false);
    expect(isStale({ ...one, source: 'lockFile' })).toBe(false);
  });

  it('of a lock by existence are its own, else the one pid file beside it', () => {
    const of = (given: Parameters<typeof facts>[0], where = '/a') =>
      existenceRecord(where, judged(given))?.path;
    const empty = lockFile([], { file: file('/a'), record: record('') });
    expect(of({ lockFiles: [inLock('/a')], pidFiles: [inPid('/p')] })).toBe('/a');
    expect(of({ lockFiles: [empty], pidFiles: [inPid('/p')] })).toBe('/p');
    expect(of({ lockFiles: [empty], pidFiles: [inPid('/p'), inPid('/q')] })).toBe('/a');
    expect(of({ lockFiles: [empty] })).toBe('/a');
    expect(of({ lockFiles: [inLock('/b')], pidFiles: [inPid('/p')] })).toBe('/p');
    expect(of({ lockFiles: [empty, inLock('/b')] }, '/c')).toBeUndefined();
  });
});

describe('in words', () => {
  const distinct = (texts: (string | undefined)[]) => {
    for (const text of texts) expect(text).toMatch(/\w/);
    expect(new Set(texts).size).toBe(texts.length);
  };
  it('each grade, difference, fit and contradiction has a sentence of its own', () => {
    const differences: Record<Difference, string> = {
      program: 'another program file',
      script: 'another script',
      directory: 'another directory',
      arguments: 'other arguments',
      user: 'another user',
      namespace: 'a PID namespace of its own',
      title: 'a title in place of its arguments',
      waits: 'to wait for the lock',
      ownsElsewhere: 'a process of another watched service in it',
      ownRecord: 'a record of its own beside that of the service',
      shell: 'a shell below it',
      waitsElsewhere: 'to wait for another lock',
      startFolder: 'another directory in which it was started, or one that is not known',
      ownFile: 'a file open that the owner has not',
      ownUse: 'a socket, a device, memory or a wait that the owner has not',
      feeds: 'a pipe to or from another program',
      input: 'an input of its own',
      connected: 'a pipe, a file or a connection in common with the owner',
      terminal: 'a terminal from which it reads, where someone may type',
      below: 'a program below it that the owner has not',
      listens: 'a port or socket on which it listens',
      inRecord: 'its pid in a record of the service',
      startedBy: 'a program above it that started it and still runs',
      ownerLeft: 'an owner that may be left over: what took the lock for it is gone',
      ownerEnds: 'an owner that was asked to end',
      traced: 'a debugger or tracer on it',
      job: 'the same process group as the owner',
      opensLock: 'the lock file open without its lock',
      heldBefore: 'held the lock or the record before, and may be about to end',
      older: 'an earlier start than the owner, who holds the lock',
      forked: 'no start of its own: it was forked from the owner',
      ownLock: 'a lock of its own on another file',
      environment: 'other settings in its environment',
      world: 'a network, a view of the files, a group or CPUs of its own',
      unit: 'a unit or name of its own under its supervisor',
      batch: 'a launcher that starts several at a time, or a start in the same moment as the owner',
      unread: 'a program or directory that cannot be read',
      cut: 'more open, or more records beside it, than is read',
    };
    expect(
      Object.keys(differences).map((one) => differencesText({ differences: [one as Difference] })),
    ).toEqual(Object.values(differences));
    expect(differencesText({ differences: ['program', 'user'] })).toBe(
      'another program file and another user',
    );
    const inEnvironment = (variables: string[]): string =>
      differencesText({ differences: ['environment'], variables });
    expect(inEnvironment(['A', 'B'])).toBe('other settings in its environment (A, B)');
    expect(inEnvironment(['A', 'B', 'C', 'D'])).toBe('other settings in its environment (A, B, C, D)');
    expect(differencesText({ differences: ['environment', 'user'], variables: ['A'] })).toBe(
      'other settings in its environment (A) and another user',
    );
    expect(fitText('command')).toBe(fitText('named'));
    expect(inEnvironment(['A', 'B', 'C', 'D', 'E'])).toBe(
      'other settings in its environment (A, B, C, D, …)',
    );
    const reasons = [
      'holdsLock',
      'recordedStart',
      'recordedAndNamed',
      'recorded',
      'named',
      'sameAsOwner',
      'noProvenOwner',
      'ownerStopped',
      'differs',
      'inheritedLock',
      'sharedLock',
      'listedOnly',
    ] as const;
    const said = (reason: (typeof reasons)[number], differs: readonly 'user'[] = []) =>
      instanceProofText({ proof: 'proven', reason, differences: differs });
    distinct([...reasons.map((reason) => said(reason)), said('differs', ['user'])]);
    expect(said('differs', ['user'])).toBe('not proven: it has another user');
    for (const reason of [
      'holdsLock',
      'recordedStart',
      'recordedAndNamed',
      'sameAsOwner',
      'inheritedLock',
    ] as const) {
      expect(said(reason)).toMatch(/^proven: /);
    }
    for (const reason of [
      'recorded',
      'named',
      'noProvenOwner',
      'differs',
      'sharedLock',
      'listedOnly',
    ] as const) {
      expect(said(reason)).toMatch(/^not /);
    }
    distinct(
      (['named', 'recordedProgram', 'recordedStart', 'writtenAtStart', 'directory', 'fileName'] as const).map(
        fitText,
      ),
    );
    distinct(
      (
        [
          'kernelThread',
          'init',
          'ownAncestor',
          'launcher',
          'process',
          'folder',
          'preset',
          'program',
          'recordedProgram',
          'user',
          'namespace',
        ] as const
      ).map(contradictionText),
    );
  });

  const owner = proc(5000, 'bot', { nsPids: [5000, 77, 7] });
  const live = (reason: Judgement['reason'], more: Partial<Judgement> = {}): Judgement => ({
    verdict: 'live',
    reason,
    proof: 'plausible',
    owner,
    ...more,
  });
  it.each<[Judgement, string | undefined]>([
    [live('startTicksEqual'), 'Proven: the recorded start is the start of pid 5000.'],
    [live('innerHolder'), 'Proven: pid 5000 holds the lock, and is pid 7 in its own PID namespace.'],
    [
      live('innerHolder', { owner: a }),
      'Proven: pid 1 holds the lock, and is pid 1 in its own PID namespace.',
    ],
    [
      live('innerProcess'),
      'Not proven by the record alone: pid 5000 is pid 7 in its own PID namespace and runs the expected program.',
    ],
    [
      live('innerProcess', { owner: a }),
      'Not proven by the record alone: pid 1 is pid 1 in its own PID namespace and runs the expected program.',
    ],
    [live('lockHeldByRelative'), 'Proven: pid 5000 or a process of its family holds the lock.'],
    [live('alive'), 'Not proven: nothing contradicts that pid 5000 wrote it.'],
    [
      live('alive', { fit: 'directory' }),
      'Not proven by the record alone, but nothing contradicts it: it works in the folder of the file.',
    ],
    [{ verdict: 'live', reason: 'fileLocked', proof: 'plausible' }, undefined],
    [{ verdict: 'dead', reason: 'gone', proof: 'proven' }, 'Proven: the kernel knows no such process.'],
    [
      { verdict: 'dead', reason: 'gone', proof: 'proven', owner },
      'Proven: the kernel knows no such process.',
    ],
    [
      { verdict: 'reused', reason: 'startTicksDiffer', proof: 'proven' },
      'Proven: the record names the start of another process.',
    ],
    [
      { verdict: 'reused', reason: 'startedAfterWrite', proof: 'plausible' },
      'Not proven: only the clock says so, and a clock can be set.',
    ],
    [{ verdict: 'empty', reason: 'empty', proof: 'proven' }, undefined],
  ])('%#', (judgement, expected) => {
    expect(recordProofText(judgement)).toBe(expected);
  });
});

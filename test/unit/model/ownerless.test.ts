import { describe, expect, it } from 'vitest';
import type { OwnerlessFacts, OwnerlessSuspect, ServiceFacts } from '../../../src/model/facts';
import { contextOf } from '../../../src/model/context';
import { diagnose } from '../../../src/model/diagnose';
import {
  gitLockPath,
  gitOwnerPath,
  gitSubcommand,
  isEditedForGit,
  isGitLock,
  writesRepositories,
} from '../../../src/model/ownerless/gitLock';
import { missingText, ownerlessLocks, suspectText, type Missing } from '../../../src/model/ownerless/judge';
import { gitLockService } from '../../../src/model/presets/index';
import {
  absent,
  BOOT,
  facts,
  file,
  gone,
  alive,
  lock,
  lockFile,
  pidFile,
  proc,
  record,
  NOW,
  without,
  type Given,
} from './build';

const LOCK = '/home/ann/bot/.git/index.lock';
const RECORD = '/home/ann/bot/.git/index~pid.lock';
const commit = proc(4242, 'git commit -a');

interface World {
  ownerless?: Partial<OwnerlessFacts>;
  lockFile?: Parameters<typeof lockFile>[1];
  writtenAgo?: number;
  locks?: Parameters<typeof lockFile>[0];
  given?: Given;
}

function world({ ownerless, lockFile: more, writtenAgo = 600, locks = [], given }: World = {}): ServiceFacts {
  const service = gitLockService('git', LOCK) ?? {};
  const evidence: OwnerlessFacts = { suspects: [], unread: [], quietMs: 180_000, ...ownerless };
  const left = lockFile(locks, { file: file(LOCK, { writtenAgo }), ownerless: evidence, ...more });
  return facts({ service, lockFiles: [left], ...given });
}

const missing = (seen: ServiceFacts): readonly Missing[] =>
  ownerlessLocks(seen, contextOf(seen).records).flatMap((one) => one.missing);

const suspect = (why: OwnerlessSuspect['why'], folder?: string): OwnerlessSuspect => ({
  process: commit,
  why,
  ...(folder === undefined ? {} : { folder }),
});

describe('a lock of git', () => {
  it.each([
    LOCK,
    '/r/.git/refs/heads/feature/x.lock',
    '/r/.git/worktrees/w/index.lock',
    '/r/.git/modules/sub/HEAD.lock',
    '/srv/bot.git/packed-refs.lock',
    'C:\\r\\.git\\config.lock',
  ])('is known by its place: %s', (path) => expect(isGitLock(path)).toBe(true));

  it.each(['/r/yarn.lock', '/r/.git/index', RECORD, '/r/.github/x.lock', '/r/git/index.lock'])(
    'is not %s',
    (path) => expect(isGitLock(path)).toBe(false),
  );

  it('has its record beside it', () => {
    expect(gitOwnerPath(LOCK)).toBe(RECORD);
    expect([gitLockPath(RECORD), gitLockPath(LOCK)]).toEqual([LOCK, LOCK]);
    expect(gitLockService('id', LOCK)).toMatchObject({ id: 'id', existence: true, pidFiles: [RECORD] });
    expect(gitLockService('id', '/r/bot.lock')).toBeUndefined();
    expect(gitOwnerPath('/r/a.lock/.git/index.lock')).toBe('/r/a.lock/.git/index~pid.lock');
  });
});

describe('a process of git', () => {
  it.each([
    ['git commit -a', 'commit'],
    ['git -C /r -c a=b --git-dir /r/.git --no-pager add .', 'add'],
    ['/usr/lib/git-core/git-remote-https origin', 'remote-https'],
    ['git --version', undefined],
    ['vim commit', undefined],
    ['git.exe commit', 'commit'],
    ['gi.exet commit', undefined],
  ])('%s runs %s', (command, expected) => {
    expect(gitSubcommand(proc(1, command))).toBe(expected);
  });

  it.each([
    'git commit',
    'git status',
    '/usr/lib/git-core/git-add x',
    'scalar run',
    'git.exe fetch',
    'jj new',
    'git',
  ])('may make a lock: %s', (command) => expect(writesRepositories(proc(1, command))).toBe(true));

  it('may be a script, which only its short name shows', () => {
    expect(
      writesRepositories(
        proc(1, '/bin/sh /usr/lib/git-core/git-filter-branch', { comm: 'git-filter-branch'.slice(0, 15) }),
      ),
    ).toBe(true);
  });

  it('may have another short name', () => {
    expect(writesRepositories(proc(1, '/usr/bin/git gc', { comm: 'main' }))).toBe(true);
    expect(writesRepositories(proc(1, '/usr/bin/vim gc', { comm: 'main' }))).toBe(false);
  });

  it.each([
    'git fsmonitor--daemon run',
    'git cat-file --batch',
    'git -C /r log -p',
    'git show HEAD',
    'vim .git/COMMIT_EDITMSG',
    'python3 git.py',
    'gitea web',
    'digit',
  ])('makes none: %s', (command) => expect(writesRepositories(proc(1, command))).toBe(false));

  it('gives some files to an editor', () => {
    expect(
      ['/r/.git/COMMIT_EDITMSG', '/r/.git/rebase-merge/git-rebase-todo', 'MERGE_MSG'].map(isEditedForGit),
    ).toEqual([true, true, true]);
    expect(['/r/.git/config', '/r/COMMIT_EDITMSG.txt'].map(isEditedForGit)).toEqual([false, false]);
  });
});

/** Started after the record was written. */
const reused = (path: string) =>
  pidFile('pid 4242', alive(proc(4242, '/usr/bin/other', { startedAgo: 60, cwd: '/' })), {
    file: file(path),
  });
const living = (path: string) => pidFile('4242', alive(commit), { file: file(path) });

describe('is left over', () => {
  it('with all of the evidence: stale, never more than plausible, and no longer held by an unknown process', () => {
    const seen = diagnose(world());
    expect(seen.state).toBe('stale');
    expect(seen.findings.map(({ kind, severity, path }) => [kind, severity, path])).toEqual([
      ['leftOver', 'stale', LOCK],
    ]);
    expect(seen.findings[0]?.message).toMatch(/^\S+ is probably left over: /);
    expect(seen.findings[0]?.evidence.join()).not.toContain('The machine was started');
  });

  it('where the machine was started since, which is said', () => {
    const writtenAgo = (NOW - BOOT) / 1000 + 60;
    expect(diagnose(world({ writtenAgo })).findings[0]?.evidence.join()).toContain('The machine was started');
  });

  it('also where the process that git has named beside it is gone', () => {
    const given = { pidFiles: [pidFile('pid 4242', gone, { file: file(RECORD) })] };
    expect(missing(world({ given }))).toEqual([]);
    expect(diagnose(world({ given })).findings.map(({ kind }) => kind)).toEqual(['stalePidDead', 'leftOver']);
  });

  it.each<[string, Given]>([
    ['the number has another process now', { pidFiles: [reused(RECORD)] }],
    ['it names no process', { pidFiles: [pidFile('hello', undefined, { file: file(RECORD) })] }],
    ['it is not there', { pidFiles: [pidFile(undefined, undefined, { file: absent(RECORD) })] }],
    ['another record names a process that lives', { pidFiles: [living('/home/ann/bot/bot.pid')] }],
  ])('also where of the record beside it %s', (_, given) => {
    expect(missing(world({ given }))).toEqual([]);
  });

  it('not where the lock itself names a process that lives, nor where the record cannot be read', () => {
    const itself = world({
      lockFile: { record: record('4242', alive(commit)) },
      given: { processes: [commit] },
    });
    expect(missing(itself)).toEqual(['recordGone']);
    for (const status of ['unreadable', 'special', 'directory'] as const) {
      const given = { pidFiles: [pidFile(undefined, undefined, { file: file(RECORD, { status }) })] };
      expect(missing(world({ given }))).toEqual(['recordGone']);
    }
  });

  it('is said with what is missing, and when it was last changed', () => {
    const two = [suspect('open'), { ...suspect('works', '/r'), process: proc(7, 'git gc') }];
    const seen = world({ ownerless: { suspects: two, unread: [commit] } });
    const [found] = ownerlessLocks(seen, []);
    const text = (what: Missing): string | undefined => found && missingText(what, found);
    expect(
      (['free', 'quiet', 'readable', 'listed', 'local', 'recordGone', 'plain'] as const).map(text),
    ).toEqual([
      'A process that may hold it is running: 4242 (git commit -a), 7 (git gc).',
      'It was changed less than 180 s ago, so a process may still be writing it.',
      'Process 4242 (git commit -a) may hold it and does not show where it works: it belongs to another user, or protects itself.',
      'Processes of other users are hidden here (hidepid), and one of them may hold it.',
      `Processes in another container or on another machine can create ${LOCK}, and they cannot be seen from here.`,
      'The record beside it cannot be read, or names a process that is not known to have ended.',
      `${LOCK} is not a plain lock file of git, or it is locked.`,
    ]);
    expect(diagnose(world()).findings[0]?.message).toMatch(/has not changed since \d{4}-\d\d-\d\d \d\d:/);
  });

  const recorded = (comm: string): Given => {
    const process = proc(4242, comm);
    return { processes: [process], pidFiles: [pidFile('pid 4242', alive(process), { file: file(RECORD) })] };
  };
  const cases: [Missing, World][] = [
    ['free', { ownerless: { suspects: [suspect('works', '/home/ann/bot')] } }],
    ['quiet', { writtenAgo: 179 }],
    ['quiet', { writtenAgo: -600 }],
    ['quiet', { lockFile: { file: { path: LOCK, status: 'file' } } }],
    ['readable', { ownerless: { unread: [commit] } }],
    ['listed', { ownerless: { hidesProcesses: true } }],
    ['local', { lockFile: { foreign: 'outsideNamespace' } }],
    ['local', { lockFile: { foreign: 'otherHost' } }],
    ['recordGone', { given: recorded('git commit') }],
    ['recordGone', { given: recorded('sleep 1000') }],
    ['plain', { locks: [lock([commit])] }],
    ['plain', { lockFile: { file: file(LOCK, { status: 'symlink', writtenAgo: 600 }) } }],
  ];
  it.each(cases)('not without this: %s %#', (what, one) => {
    const seen = world(one);
    expect(missing(seen)).toEqual([what]);
    expect(diagnose(seen).findings.map(({ kind }) => kind)).not.toContain('leftOver');
    const [found] = ownerlessLocks(seen, contextOf(seen).records);
    expect(found && missingText(what, found)).toMatch(/^\S.*\.$/);
  });

  it('at the very end of the quiet time', () => {
    expect([missing(world({ writtenAgo: 180 })), missing(world({ writtenAgo: 179.9 }))]).toEqual([
      [],
      ['quiet'],
    ]);
  });

  it('not where nothing was collected: a tick says what it said before', () => {
    const seen = world();
    const plain = { ...seen, lockFiles: seen.lockFiles.map((one) => without(one, 'ownerless')) };
    expect(diagnose(plain).findings.map(({ kind, pids }) => [kind, pids])).toEqual([
      ['holderUnknown', undefined],
    ]);
  });
});

describe('who may hold it', () => {
  it.each([
    [suspect('open'), 'it has the file open'],
    [suspect('works', '/r'), 'it is git and works in /r'],
    [suspect('arguments', '/r'), 'it is git and its arguments name /r'],
    [suspect('environment', '/r'), 'it is git and its environment names /r'],
    [suspect('editor', '/r/.git/COMMIT_EDITMSG'), 'git has given it /r/.git/COMMIT_EDITMSG to edit'],
  ])('is named with its reason %#', (one, reason) => {
    expect(suspectText(one)).toBe(`Process 4242 (git commit -a) may hold it: ${reason}.`);
    const [found] = diagnose(world({ ownerless: { suspects: [one] } })).findings;
    expect(found).toMatchObject({
      ...{ kind: 'holderUnknown', severity: 'unverified', pids: [4242] },
      message: `${LOCK} is probably held by process 4242 (git commit -a): ${reason}.`,
    });
  });

  it('is unknown where only evidence is missing, and what is missing is said', () => {
    const [found] = diagnose(world({ ownerless: { unread: [commit] } })).findings;
    expect(found?.message).toContain('does not say which process made it');
    expect(found?.evidence[0]).toContain('does not show where it works');
  });
});

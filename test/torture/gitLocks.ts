/**
 * Locks of git that name no process, while real git processes race for them: commits with an open editor, many `git add` at
 * once, and git killed in mid-work, which leaves its lock behind. Removed by evidence, or by `rm` as one is told to.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { GitRepository, type GitOptions } from '../fixtures/gitRepository';
import { Rig } from '../integration/actionsRig';
import { gitLockService } from '../../src/model/presets/index';
import { ownerlessFacts } from '../../src/os/linux/ownerless/index';

export type GitWay = 'evidence' | 'rm';

export interface GitLockCounts {
  rounds: number;
  /** A lock was taken from a commit whose editor was open. */
  liveRemoved: number;
  /** What `git add` reported as done is not in the index, or git could not write it. */
  updatesLost: number;
  /** A lock that was left behind and was not removed once it had been quiet. */
  leftOverKept: number;
  /** It was removed before that. */
  removedEarly: number;
  /** Live and left-over locks that were met. */
  live: number;
  leftOver: number;
  /** How many times a removal was tried while `git add` raced. */
  tries: number;
  seconds: number;
}

const SLOTS = 3;
/** As in the product, where nothing but the time of the file says that it is quiet. */
const QUIET_MS = 180_000;
/** Of each of them, at least. */
const ADDS = 1;
const ADDERS = 6;
/** Removals in one race: those by name are over at once. */
const TRIES: Record<GitWay, number> = { evidence: 1, rm: 10 };
/** So that an index takes some time to be written. */
const ENTRIES = 2000;

type Remove = (lock: string) => Promise<void>;

/** Where a commit is started from, and how it is told of its repository. */
const STARTS: readonly ((repository: GitRepository) => GitOptions & { before?: readonly string[] })[] = [
  () => ({}),
  ({ tree }) => ({ cwd: path.join(tree, 'sub') }),
  ({ tree }) => ({ cwd: '/', before: ['-C', tree] }),
  ({ tree }) => ({ cwd: '/', before: [`--git-dir=${tree}/.git`, `--work-tree=${tree}`] }),
  ({ tree }) => ({ cwd: '/', env: { GIT_DIR: `${tree}/.git`, GIT_WORK_TREE: tree } }),
];

/** As if it had last been changed so long ago. */
function age(lock: string, ms: number): void {
  const then = new Date(Date.now() - ms);
  fs.utimesSync(lock, then, then);
}

/** A commit with an open editor; every fourth time an update in the middle of its work. */
function begin(repository: GitRepository, round: number): Promise<ChildProcess> {
  const start = STARTS[round % STARTS.length]?.(repository);
  return round % 4 === 0 ? repository.openUpdate(start) : repository.openCommit(start);
}

async function openEditor(
  repository: GitRepository,
  round: number,
  remove: Remove,
  counts: GitLockCounts,
): Promise<void> {
  repository.write('tracked', `editor ${round}`);
  const commit = await begin(repository, round);
  age(repository.indexLock, QUIET_MS);
  counts.live += 1;
  await remove(repository.indexLock);
  if (!fs.existsSync(repository.indexLock)) counts.liveRemoved += 1;
  await repository.finish(commit);
  fs.rmSync(repository.indexLock, { force: true });
}

/** As a script would, until it is done. Returns whether git says that it was. */
async function add(repository: GitRepository, name: string): Promise<boolean> {
  for (;;) {
    const child = repository.start(['add', '--', name]);
    let said = '';
    child.stderr?.on('data', (text: Buffer) => (said += text.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    if (code === 0) return true;
    if (!said.includes('File exists')) return false;
  }
}

/** Several add one file after the other, until a removal was tried in the middle of that. */
async function race(
  repository: GitRepository,
  round: number,
  remove: Remove,
  counts: GitLockCounts,
  tries: number,
): Promise<void> {
  const said = new Map<string, boolean>();
  const ended = new AbortController();
  const adder = async (own: number): Promise<void> => {
    for (let index = 0; index < ADDS || !ended.signal.aborted; index += 1) {
      const name = `add-${round}-${own}-${index}`;
      repository.write(name, name);
      said.set(name, await add(repository, name));
    }
  };
  const remover = async (): Promise<void> => {
    for (let done = 0; done < tries;) {
      if (fs.existsSync(repository.indexLock)) {
        done += 1;
        await remove(repository.indexLock);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    counts.tries += tries;
    ended.abort();
  };
  await Promise.all([remover(), ...Array.from({ length: ADDERS }, (_, own) => adder(own))]);
  const known = repository.indexed('add-*');
  counts.updatesLost += [...said].filter(([name, isDone]) => !isDone || !known.has(name)).length;
}

async function leaveBehind(
  repository: GitRepository,
  round: number,
  remove: Remove,
  counts: GitLockCounts,
): Promise<void> {
  repository.write('tracked', `killed ${round}`);
  await repository.kill(await begin(repository, round));
  if (!fs.existsSync(repository.indexLock)) throw new Error('git has left no lock behind');
  counts.leftOver += 1;
  // However long this machine takes for it: it is not quiet yet.
  age(repository.indexLock, -QUIET_MS);
  await remove(repository.indexLock);
  if (!fs.existsSync(repository.indexLock)) {
    counts.removedEarly += 1;
    return;
  }
  age(repository.indexLock, QUIET_MS);
  await remove(repository.indexLock);
  if (fs.existsSync(repository.indexLock)) counts.leftOverKept += 1;
  fs.rmSync(repository.indexLock, { force: true });
}

/** The extension's own evidence, plan and removal, with another quiet time. `quietMs` 0: only processes speak for a lock. */
function byEvidence(repositories: readonly GitRepository[], quietMs: number): Remove {
  const services = repositories.flatMap(({ indexLock }) => gitLockService(indexLock, indexLock) ?? []);
  const { actions } = new Rig(services, {
    young: true,
    ownerless: (file) => Promise.resolve(ownerlessFacts(file, quietMs)),
  });
  return async (lock) => {
    const plan = await actions.planCleanUp([lock]);
    const ids = plan.items.map(({ id }) => id);
    if (ids.length > 0) await actions.cleanUp(plan.id, ids);
  };
}

const byName: Remove = (lock) => {
  fs.rmSync(lock, { force: true });
  return Promise.resolve();
};

/** A third of the rounds each. `folder`: is filled. */
export async function gitLockRounds(way: GitWay, rounds: number, folder: string): Promise<GitLockCounts> {
  const counts: GitLockCounts = {
    ...{ rounds, liveRemoved: 0, updatesLost: 0, leftOverKept: 0, removedEarly: 0 },
    ...{ live: 0, leftOver: 0, tries: 0, seconds: 0 },
  };
  const repositories = Array.from({ length: SLOTS }, (_, slot) => {
    const repository = new GitRepository(
      path.join(folder, String(slot)),
      path.join(folder, `editor-${slot}`),
    );
    repository.write('sub/file', 'x');
    repository.fill(ENTRIES);
    repository.run('add', 'sub/file');
    return repository;
  });
  const quiet = way === 'rm' ? byName : byEvidence(repositories, QUIET_MS);
  const restless = way === 'rm' ? byName : byEvidence(repositories, 0);
  const began = performance.now();
  let next = 0;
  const run = async (repository: GitRepository): Promise<void> => {
    while (next < rounds) {
      const round = next++;
      // So that no two scenes go hand in hand with one way to start.
      const scene = (round + Math.floor(round / 3)) % 3;
      if (scene === 0) await openEditor(repository, round, quiet, counts);
      else if (scene === 1) await race(repository, round, restless, counts, TRIES[way]);
      else await leaveBehind(repository, round, quiet, counts);
    }
  };
  try {
    await Promise.all(repositories.map(run));
  } finally {
    for (const repository of repositories) repository.close();
  }
  counts.seconds = (performance.now() - began) / 1000;
  return counts;
}

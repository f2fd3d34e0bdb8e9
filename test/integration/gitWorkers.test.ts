/** Processes that may hold a lock of git: each way to be told as one, and what lies beside it. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownerlessFacts } from '../../src/os/linux/ownerless/index';
import { gitPlaceOf, type GitPlace } from '../../src/os/linux/ownerless/place';
import { findWorkers, type Workers } from '../../src/os/linux/ownerless/workers';
import { withFaults, type Rule } from '../faults/inject';
import type { Actor } from '../fixtures/actors';
import { isRunning, readStat } from '../fixtures/proc';
import { Stage, until, type StartOptions } from '../fixtures/stage';
import { startNegligentParent } from '../fixtures/supervisor';
import { whyNot } from './osOutside';

const UID = process.getuid?.() ?? 0;
const OTHER_UID = UID + 1;
const WAITS = `echo '{"ready":true}'; read line`;
const MOUNTS = ['--user', '--map-root-user', '--mount'];

/** Opens another file than is asked for where `instead` names one. */
function withOpens<T>(instead: (path: string) => string | undefined, act: () => T): T {
  const { openSync } = fs;
  const opens: typeof openSync = (at, ...rest) => openSync(instead(String(at)) ?? at, ...rest);
  Object.assign(fs, { openSync: opens });
  syncBuiltinESMExports();
  try {
    return act();
  } finally {
    Object.assign(fs, { openSync });
    syncBuiltinESMExports();
  }
}

describe.runIf(process.platform === 'linux')('who may hold a lock of git', () => {
  let stage: Stage;
  let tree: string;
  beforeEach(() => {
    stage = Stage.open();
    tree = repository('tree');
  });
  afterEach(() => stage.close());

  function repository(name: string): string {
    stage.file(`${name}/.git/HEAD`, 'ref: refs/heads/main\n');
    stage.subfolder(`${name}/.git/objects`);
    return stage.path(name);
  }
  function place(name = 'tree'): GitPlace {
    const found = gitPlaceOf(stage.file(`${name}/.git/index.lock`));
    if (found === undefined) throw new Error(`${name} is no repository`);
    return found;
  }
  /** Waits, and is told that its name is this; `words` are further arguments. */
  const run = (name: string, options: StartOptions, ...words: string[]): Promise<Actor> =>
    stage.startCommand('/bin/sh', ['-c', WAITS, 'sh', ...words], { argv0: name, ...options });
  /** Another program whose file is called git, as the kernel names it then. */
  function programNamedGit(): string {
    const program = stage.path('bin/git');
    stage.subfolder('bin');
    fs.copyFileSync('/bin/sleep', program);
    fs.chmodSync(program, 0o755);
    return program;
  }

  function workersOf(where: GitPlace, uid: number, openers: readonly number[] = []): Workers {
    const workers = findWorkers(where, uid, new Set(openers));
    if (workers === undefined) throw new Error('the repository is not known');
    return workers;
  }
  type Found = [pid: number, why: string, folder: string | undefined];
  /** Of this stage: git may run anywhere on this machine. */
  const found = (where = place(), openers: readonly number[] = []): Found[] =>
    workersOf(where, UID, openers)
      .suspects.map(({ process, why, folder }): Found => [process.pid, why, folder])
      .filter(([pid]) => stage.owns(pid));
  const unread = async (rule: Rule, uid = UID): Promise<number[]> => {
    let pids: number[] = [];
    await withFaults(rule, () => {
      pids = workersOf(place(), uid).unread.map(({ pid }) => pid);
      return Promise.resolve();
    });
    return pids;
  };

  it('is git that works in the work tree or the repository, by either of its names, and no neighbour', async () => {
    const below = await run('git', { cwd: 'tree/src' });
    const inside = await run('/usr/lib/git-core/git-gc', { cwd: 'tree/.git' });
    const program = programNamedGit();
    const renamed = await stage.startCommand(program, ['1000'], { cwd: 'tree', argv0: 'hook', roles: [] });
    await run('git', { cwd: 'tree2' });
    await run('digit', { cwd: 'tree' });
    expect(found().sort()).toEqual(
      [
        [below.pid, 'works', `${tree}/src`],
        [inside.pid, 'works', `${tree}/.git`],
        [renamed.pid, 'works', tree],
      ].sort(),
    );
  });

  it('is no git that has ended and was not waited for', async () => {
    const say = `process.title = 'git'; console.log(JSON.stringify({ ready: true, role: 'bot', pid: process.pid }));`;
    const child = [process.execPath, '-e', `${say} setInterval(() => {}, 1e9);`];
    const parent = await startNegligentParent(stage, child, 'tree');
    const git = parent.pidOf('bot');
    expect(found()).toEqual([[git, 'works', tree]]);
    await stage.killHard(git);
    expect(fs.existsSync(`/proc/${git}`)).toBe(true);
    expect([found(), await unread(() => undefined)]).toEqual([[], expect.not.arrayContaining([git])]);
  });

  it('is who has it open, whatever it is', async () => {
    const opener = await run('tail', { cwd: 'elsewhere' });
    const git = await run('git', { cwd: 'tree' });
    expect(found(place(), [opener.pid, git.pid]).sort()).toEqual(
      [
        [opener.pid, 'open', undefined],
        [git.pid, 'open', undefined],
      ].sort(),
    );
  });

  it('is git whose arguments name the repository, in any way, and no other program of such arguments', async () => {
    fs.symlinkSync(tree, stage.path('link'));
    const cwd = 'elsewhere';
    const named = [
      [await run('git', { cwd }, `--git-dir=${tree}/.git`), `${tree}/.git`],
      [await run('git', { cwd }, '-C', tree), tree],
      [await run('git', { cwd }, '-C', '../tree'), tree],
      [await run('git', { cwd }, '-C', stage.path('link')), tree],
    ] as const;
    await run('git', { cwd }, '-C', `${tree}2`);
    await run('node', { cwd }, tree);
    expect(found().sort()).toEqual(named.map(([{ pid }, folder]) => [pid, 'arguments', folder]).sort());
  });

  it('is git whose environment names it, by the variables that tell git where to work', async () => {
    const cwd = 'elsewhere';
    const told = [
      await run('git', { cwd, env: { GIT_DIR: `${tree}/.git` } }),
      await run('git', { cwd, env: { GIT_WORK_TREE: tree } }),
      await run('git', { cwd, env: { GIT_COMMON_DIR: `${tree}/.git` } }),
      await run('git', { cwd, env: { GIT_INDEX_FILE: `${tree}/.git/index` } }),
      await run('git', { cwd, env: { GIT_OBJECT_DIRECTORY: `${tree}/.git/objects` } }),
    ];
    await run('git', { cwd, env: { GIT_EDITOR: `${tree}/edit`, MY_GIT_DIR: `${tree}/.git`, PWD: tree } });
    await run('node', { cwd, env: { GIT_DIR: `${tree}/.git` } });
    expect(found().map(([pid, why]) => [pid, why])).toEqual(
      told.map(({ pid }) => [pid, 'environment']).sort(([a = 0], [b = 0]) => Number(a) - Number(b)),
    );
  });

  it('is an editor with a file that git gives to one, of this repository, and of no other and no work tree', async () => {
    repository('other');
    const editor = await run('vi', { cwd: 'tree' }, '.git/COMMIT_EDITMSG');
    await run('vi', { cwd: 'tree' }, '.git/config');
    await run('vi', { cwd: 'tree' }, 'COMMIT_EDITMSG');
    await run('vi', { cwd: 'tree' }, stage.path('other/.git/COMMIT_EDITMSG'));
    expect(found()).toEqual([[editor.pid, 'editor', `${tree}/.git/COMMIT_EDITMSG`]]);
    // What another work tree of the repository is edited for is not this one's.
    stage.file('tree/.git/worktrees/linked/HEAD');
    stage.file('tree/.git/worktrees/linked/commondir', '../..\n');
    await run('vi', { cwd: 'tree' }, '.git/worktrees/linked/COMMIT_EDITMSG');
    expect(found().map(([pid]) => pid)).toEqual([editor.pid]);
  });

  it('is none of another repository that lies in the work tree, a clone or a submodule', async () => {
    repository('tree/clone');
    stage.file('tree/sub/.git', 'gitdir: ../.git/modules/sub\n');
    await run('git', { cwd: 'tree/clone' });
    await run('git', { cwd: 'tree/sub/src' });
    await run('git', { cwd: 'elsewhere' }, '-C', `${tree}/sub`);
    const beside = await run('git', { cwd: 'tree/lib' });
    expect(found()).toEqual([[beside.pid, 'works', `${tree}/lib`]]);
  });

  it.skipIf(whyNot(...MOUNTS) !== undefined)(
    'is git in another mount namespace where the same files have another name, and none where others have this one',
    async () => {
      const args = [tree, stage.subfolder('there'), programNamedGit()];
      const start = (script: string): Promise<Actor> =>
        stage.startCommand('unshare', [
          ...MOUNTS,
          ...['sh', '-c', `${script} && echo '{"ready":true}' && exec "$3" 1000`, 'sh', ...args],
        ]);
      const same = await start('mount --bind "$1" "$2" && cd "$2"');
      await start('mount -t tmpfs t "$1" && cd "$1"');
      await until(() => found().length > 0, 'git does not run there');
      expect(found()).toEqual([[same.pid, 'works', tree]]);
      // Neither shows which namespace it is in: what one sees is not what the other sees.
      const hides: Rule = ({ path }) => (path.endsWith('/ns/mnt') ? 'EACCES' : undefined);
      expect(await withFaults(hides, () => Promise.resolve(found()))).toEqual([[same.pid, 'works', tree]]);
    },
  );

  it('is none that ends while it is read', async () => {
    const git = await run('git', { cwd: 'tree' });
    let reads = 0;
    const endsAfterOne: Rule = ({ operation, path }) =>
      operation === 'openSync' && path === `/proc/${git.pid}/stat` && ++reads > 1 ? 'ENOENT' : undefined;
    expect(await unread(endsAfterOne)).not.toContain(git.pid);
    expect(reads).toBeGreaterThan(1);
    expect(isRunning(git.pid)).toBe(true);
  });

  it('is none that has got the number of one that ended while it was read', async () => {
    const git = await run('git', { cwd: 'tree' });
    let later = git;
    for (; readStat(later.pid)?.startTicks === readStat(git.pid)?.startTicks;) {
      later = await run('bot', { cwd: 'tree' });
    }
    const stat = (pid: number): string => `/proc/${pid}/stat`;
    let reads = 0;
    const seen = withOpens(
      (path) => (path === stat(git.pid) && ++reads > 1 ? stat(later.pid) : undefined),
      () => workersOf(place(), UID),
    );
    expect(reads).toBeGreaterThan(1);
    expect([
      ...seen.suspects.map(({ process }) => process.pid),
      ...seen.unread.map(({ pid }) => pid),
    ]).not.toContain(git.pid);
    expect(found()).toEqual([[git.pid, 'works', tree]]);
  });

  it.each([
    ['of the kernel', 6, String(0x0020_0000)],
    ['that is dead', 0, 'X'],
  ])('is no process %s, whatever it is called', async (_, at, value) => {
    const git = await run('git', { cwd: 'tree' });
    const own = `/proc/${git.pid}/stat`;
    const [before, after = ''] = fs.readFileSync(own, 'utf8').split(') ');
    const fields = after.split(' ');
    expect([fields[at] !== value, found().map(([pid]) => pid)]).toEqual([true, [git.pid]]);
    const stat = stage.file('stat', `${before}) ${fields.with(at, value).join(' ')}`);
    expect(
      withOpens(
        (path) => (path === own ? stat : undefined),
        () => found(),
      ),
    ).toEqual([]);
  });

  it('is not known of git that does not show where it works, nor of others that may have made the file', async () => {
    const git = await run('git', { cwd: 'tree' });
    const other = await run('agent', { cwd: 'tree' });
    const hidesFolders: Rule = ({ operation, path }) =>
      operation === 'readlinkSync' && path.endsWith('/cwd') ? 'EACCES' : undefined;
    // What is mounted is read of one process for all in its namespace.
    const elsewhere = await run('git', { cwd: 'tree2' });
    for (const path of [/^\/proc\/\d+\/mountinfo$/, new RegExp(`^/proc/${elsewhere.pid}/environ$`)]) {
      const hides: Rule = (call) =>
        call.operation === 'openSync' && path.test(call.path) ? 'EACCES' : undefined;
      expect([String(path), (await unread(hides)).includes(elsewhere.pid)]).toEqual([String(path), true]);
    }
    // ... unless it was one that did not show it: the next one is asked.
    const next = await run('git', { cwd: 'tree' });
    const hidesOne: Rule = ({ operation, path }) =>
      operation === 'openSync' && path === `/proc/${git.pid}/mountinfo` ? 'EACCES' : undefined;
    expect(await unread(hidesOne)).not.toContain(next.pid);
    // One of this user's own that hides, as ssh-agent does, has made no lock.
    const own = await unread(hidesFolders);
    expect([own.includes(git.pid), own.includes(other.pid)]).toEqual([true, false]);
    // Root makes files of anyone; another user none of this one's. And init none at all.
    const foreign = await unread(hidesFolders, OTHER_UID);
    expect([foreign.includes(git.pid), foreign.includes(other.pid), foreign.includes(1)]).toEqual([
      true,
      UID === 0,
      false,
    ]);
  });

  describe('as evidence', () => {
    const evidence = (file: string, uid: number | undefined = UID) => ownerlessFacts({ path: file, uid }, 7);

    it('is only collected of a file that is there, in a repository, and has an owner', async () => {
      const lock = stage.file('tree/.git/index.lock');
      const git = await run('git', { cwd: 'tree' });
      const seen = evidence(lock);
      expect([seen?.quietMs, seen?.suspects.map(({ process, why }) => [process.pid, why])]).toEqual([
        7,
        [[git.pid, 'works']],
      ]);
      expect(evidence(stage.file('plain/.git/index.lock'))).toBeUndefined();
      expect(ownerlessFacts({ path: lock })).toBeUndefined();
      // Its user may not look into the repository itself: then who works there is not seen.
      const hides: Rule = ({ operation, path }) =>
        operation === 'openSync' && path === `${tree}/.git` ? 'EACCES' : undefined;
      expect(await withFaults(hides, () => Promise.resolve(evidence(lock)))).toBeUndefined();
      const goes: Rule = ({ path }) => {
        if (path.endsWith('/.git/HEAD')) fs.rmSync(lock, { force: true });
        return undefined;
      };
      expect(await withFaults(goes, () => Promise.resolve(evidence(lock)))).toBeUndefined();
    });

    it('says where processes of others are not listed, or that cannot be read', () => {
      const lock = stage.file('tree/.git/index.lock');
      const own = '/proc/self/mountinfo';
      let last = 0;
      const hides = (instead: string): unknown => {
        let opened = 0;
        // Before, it is read for other questions.
        const at = (path: string): string | undefined =>
          path === own && ++opened === last ? instead : undefined;
        return withOpens(at, () => evidence(lock))?.hidesProcesses;
      };
      withOpens(
        (path) => void (last += Number(path === own)),
        () => evidence(lock),
      );
      const proc = (options: string): string =>
        stage.file('mounts', `22 1 0:21 / /proc rw,nosuid - proc proc ${options}\n`);
      expect([hides(proc('rw')), hides(proc('rw,hidepid=2')), hides(stage.path('none'))]).toEqual([
        undefined,
        true,
        true,
      ]);
    });
  });
});

/** Locks of git, which name no process, against real git processes. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CleanUpPlan, CleanUpResult } from '../../src/actions/index';
import type { UseAnswer } from '../../src/model/users';
import { lockSubject } from '../../src/monitor/protocol';
import { programAlone } from '../fixtures/aloneProgram';
import type { Actor } from '../fixtures/actors';
import { askedMonitor, whoUsesFile } from '../fixtures/client';
import { GitRepository, hasGit } from '../fixtures/gitRepository';
import { eventually } from '../harness/eventually';
import { Stage } from '../fixtures/stage';
import { gitLocks } from '../torture/suite';

const QUIET_S = 200;
const READY = 'console.log(JSON.stringify({ready:true}));setInterval(()=>{},1e9);';

const age = (file: string): void => {
  const then = new Date(Date.now() - QUIET_S * 1000);
  fs.utimesSync(file, then, then);
};

describe.runIf(process.platform === 'linux' && hasGit)('locks of git (need git)', () => {
  const monitor = askedMonitor();
  let stage: Stage;
  const repositories: GitRepository[] = [];
  beforeEach(() => (stage = Stage.open()));
  afterEach(() => {
    for (const repository of repositories.splice(0)) repository.close();
    return stage.close();
  });

  const repositoryAt = (name: string): GitRepository => {
    const made = new GitRepository(
      stage.subfolder(name),
      stage.path(`editor-of-${name.replaceAll('/', '-')}`),
    );
    repositories.push(made);
    return made;
  };
  const ask = (file: string): Promise<UseAnswer> => whoUsesFile(monitor(), file);
  const suspects = ({ users }: UseAnswer): unknown =>
    users.flatMap(({ process, uses }) =>
      uses
        .filter(({ kind }) => kind === 'mayHold')
        .map(({ proof, suspect }) => [process.pid, proof, suspect?.why]),
    );
  const plan = (file: string): Promise<CleanUpPlan> => monitor().actions.planCleanUp([lockSubject(file)]);
  const cleanUp = ({ id, items }: CleanUpPlan): Promise<CleanUpResult> => {
    const ids = items.map((item) => item.id);
    return monitor().actions.cleanUp(id, ids, () => undefined, new AbortController().signal);
  };

  it('name the commit whose editor is open as the probable holder, and are left over once it was killed', async () => {
    const repository = repositoryAt('tree');
    repository.write('tracked', 'second');
    const lock = repository.indexLock;
    const commit = await repository.openCommit();
    age(lock);
    const live = await ask(lock);
    expect(suspects(live)).toContainEqual([commit.pid, 'plausible', 'works']);
    expect([live.locksByExistence, live.isLeftOver]).toEqual([true, undefined]);
    expect(await plan(lock)).toMatchObject({
      items: [],
      refused: [{ path: lock, reason: expect.stringContaining(`${commit.pid} (git commit -a)`) as string }],
    });
    const report = await monitor().inspect(lockSubject(lock));
    expect(report?.snapshot.findings.map(({ kind, pids }) => [kind, pids?.[0]])).toEqual([
      ['holderUnknown', commit.pid],
    ]);

    const index = fs.readFileSync(lock);
    await repository.kill(commit);
    age(lock);
    // An editor that outlives its git, and one that has another repository's message.
    const edits = (file: string): Promise<Actor> =>
      stage.startCommand(process.execPath, ['-e', READY, file], { cwd: 'tree' });
    await edits(path.join(repositoryAt('other').tree, '.git/COMMIT_EDITMSG'));
    const editor = await edits('.git/COMMIT_EDITMSG');
    const edited = await ask(lock);
    expect([suspects(edited), edited.isLeftOver]).toEqual([[[editor.pid, 'plausible', 'editor']], undefined]);
    await stage.killHard(editor.pid);
    const left = await ask(lock);
    expect([left.users, left.isLeftOver]).toEqual([[], true]);
    const offered = await plan(lock);
    expect(offered.items).toMatchObject([
      { path: lock, verdict: 'leftOver', proof: 'plausible', preselected: false },
    ]);
    const result = await cleanUp(offered);
    expect([result.undoable, fs.existsSync(lock)]).toEqual([true, false]);
    repository.run('add', 'tracked');
    await monitor().actions.undoCleanUp(offered.id);
    expect(fs.readFileSync(lock).equals(index)).toBe(true);
  });

  it('are kept where a commit begins between the question and the answer', async () => {
    const repository = repositoryAt('tree');
    const lock = repository.indexLock;
    fs.writeFileSync(lock, '');
    age(lock);
    const offered = await plan(lock);
    expect(offered.items).toHaveLength(1);
    fs.rmSync(lock);
    repository.write('tracked', 'second');
    const commit = await repository.openCommit();
    age(lock);
    const result = await cleanUp(offered);
    expect(result.outcomes).toMatchObject([
      { removed: false, sentence: expect.stringContaining('git commit') as string },
    ]);
    expect(await repository.finish(commit)).toBe(0);
    expect(repository.run('status', '--porcelain')).toBe('');
  });

  it('of one repository are not held by git in another, nor in one inside of it, nor by what only reads', async () => {
    const repository = repositoryAt('tree');
    const inner = repositoryAt('tree/inner');
    const other = repositoryAt('other');
    for (const each of [inner, other]) each.write('tracked', 'second');
    await inner.openCommit();
    await other.openCommit();
    repository.start(['cat-file', '--batch']);
    await stage.startCommand(process.execPath, ['-e', READY], { cwd: 'tree' });
    const lock = repository.indexLock;
    fs.writeFileSync(lock, 'half');
    const fresh = await ask(lock);
    expect([fresh.isLeftOver, fresh.notes.join()]).toEqual([
      undefined,
      expect.stringContaining('less than 180 s'),
    ]);
    age(lock);
    expect((await ask(lock)).isLeftOver).toBe(true);
    // Where another repository lies inside, its own lock is still that of the commit there.
    age(inner.indexLock);
    expect((await ask(inner.indexLock)).isLeftOver).toBeUndefined();
  });

  it('may be held by git that works elsewhere, where its arguments or its environment name the repository', async () => {
    const repository = repositoryAt('tree');
    const lock = repository.indexLock;
    fs.writeFileSync(lock, '');
    age(lock);
    const gitDir = path.join(repository.tree, '.git');
    // It reads what to store from its input, and stays where it was started.
    const waits = ['hash-object', '-w', '--stdin'];
    const started = [
      repository.start([`--git-dir=${gitDir}`, ...waits], { cwd: '/' }),
      repository.start(waits, { cwd: '/', env: { GIT_DIR: gitDir } }),
      repository.start(waits, { cwd: repositoryAt('other').tree }),
    ];
    await Promise.all(started.map((child) => once(child, 'spawn')));
    const [named, told] = started;
    expect(suspects(await ask(lock))).toEqual([
      [named?.pid, 'plausible', 'arguments'],
      [told?.pid, 'plausible', 'environment'],
    ]);
  });

  it('of one work tree are not held by git in another; those of the repository are', async () => {
    const repository = repositoryAt('tree');
    const linked = stage.path('linked');
    repository.run('worktree', 'add', '-q', linked);
    fs.writeFileSync(path.join(linked, 'tracked'), 'second');
    const commit = await repository.openCommit({ cwd: linked });
    const at = (name: string): string => path.join(repository.tree, '.git', name);
    const [main, shared, own] = [at('index.lock'), at('packed-refs.lock'), at('worktrees/linked/index.lock')];
    for (const lock of [main, shared]) fs.writeFileSync(lock, '');
    for (const lock of [main, shared, own]) age(lock);
    expect((await ask(main)).isLeftOver).toBe(true);
    for (const lock of [shared, own]) {
      const held = await ask(lock);
      expect(held.isLeftOver).toBeUndefined();
      expect(suspects(held)).toContainEqual([commit.pid, 'plausible', 'works']);
    }
    await repository.kill(commit);
    for (const lock of [shared, own]) expect((await ask(lock)).isLeftOver).toBe(true);
  });

  it('of a submodule are held by git in its folder, which its configuration names', async () => {
    const library = repositoryAt('library');
    const main = repositoryAt('tree');
    main.run('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', library.tree, 'sub');
    const lock = path.join(main.tree, '.git/modules/sub/index.lock');
    fs.writeFileSync(path.join(main.tree, 'sub/tracked'), 'second');
    const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.org'];
    const commit = await main.openCommit({ cwd: path.join(main.tree, 'sub'), before: identity });
    age(lock);
    expect(suspects(await ask(lock))).toContainEqual([commit.pid, 'plausible', 'works']);
    await main.kill(commit);
    age(lock);
    expect((await ask(lock)).isLeftOver).toBe(true);
  });

  it.runIf(process.getuid?.() === 0)(
    'are not judged by a user who may not see where git works (needs root)',
    async () => {
      const { folder, program } = await programAlone('ownerless', {
        contents: `import { ownerlessFacts } from './src/os/linux/ownerless/index';
          const path = process.argv[2];
          const { suspects, unread } = ownerlessFacts({ path, uid: Number(process.argv[3]) });
          console.log(JSON.stringify({ suspects: suspects.length, unread: unread.map(({ pid }) => pid) }));`,
        resolveDir: path.join(import.meta.dirname, '../..'),
        loader: 'ts',
      });
      fs.chmodSync(stage.folder, 0o755);
      const repository = repositoryAt('tree');
      const other = repositoryAt('other');
      fs.writeFileSync(repository.indexLock, '');
      const seenBy = (uid: number, madeBy: number): { suspects: number; unread: number[] } => {
        const args = [program, repository.indexLock, String(madeBy)];
        const { stdout, stderr } = spawnSync(process.execPath, args, {
          uid,
          gid: uid,
          cwd: '/',
          encoding: 'utf8',
        });
        expect(stderr).toBe('');
        return JSON.parse(stdout) as { suspects: number; unread: number[] };
      };
      const elsewhere = await other.openUpdate();
      // Root sees that it works in another repository; who may not see that does not know.
      // Another program's git that ends while it is read is unread, once.
      await eventually(
        'what root sees',
        () => seenBy(0, 65534),
        ({ suspects, unread }) => suspects === 0 && unread.length === 0,
      );
      expect(seenBy(65534, 65534)).toMatchObject({
        suspects: 0,
        unread: expect.arrayContaining([elsewhere.pid]) as number[],
      });
      expect(seenBy(65534, 65534).unread).not.toContain(process.pid);
      await other.kill(elsewhere);
      expect(seenBy(65534, 65534).unread).not.toContain(elsewhere.pid);
      // A file of root can be of any process of root.
      expect(seenBy(65534, 0).unread).toContain(process.pid);
      fs.rmSync(folder, { recursive: true });
    },
  );

  it('survive the torture in small, where rm loses', { timeout: 180_000 }, async () => {
    const ours = await gitLocks('evidence', 6);
    expect(ours.map(({ harm, harmed }) => [harm, harmed]).filter(([, harmed]) => harmed !== 0)).toEqual([]);
    expect(ours.map(({ detail }) => detail).join()).not.toMatch(/\b0 (?:live|removals|left)/);
    const naive = await gitLocks('rm', 6);
    expect(naive.filter(({ harmed }) => harmed === 0)).toEqual([]);
  });
});

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gitPlaceOf } from '../../../src/os/linux/ownerless/place';

/** Locks that a work tree has for itself, and of the same shape those that all of them share. */
const OWN = [
  'index.lock',
  'next-index-4242.lock',
  'HEAD.lock',
  'ORIG_HEAD.lock',
  'config.worktree.lock',
  'logs/HEAD.lock',
  'refs/bisect/bad.lock',
  'logs/refs/worktree/a.lock',
  'refs/rewritten/onto.lock',
];
const SHARED = [
  'packed-refs.lock',
  'config.lock',
  'shallow.lock',
  'next-index-.lock',
  'refs/heads/main.lock',
  'logs/refs/heads/main.lock',
  'refs/heads/bisect/bad.lock',
  'refs/bisects.lock',
  'objects/info/commit-graph.lock',
];

describe.runIf(process.platform === 'linux')('the repository of a lock', () => {
  let base = '';
  beforeEach(() => {
    base = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'git-place-')));
  });
  afterEach(() => fs.rmSync(base, { recursive: true, force: true }));

  const at = (name: string): string => path.join(base, name);
  function file(name: string, text = ''): string {
    fs.mkdirSync(path.dirname(at(name)), { recursive: true });
    fs.writeFileSync(at(name), text);
    return at(name);
  }
  /** What makes a folder a repository (gitrepository-layout(5)). */
  function repository(gitDir: string): string {
    file(`${gitDir}/HEAD`, 'ref: refs/heads/main\n');
    fs.mkdirSync(at(`${gitDir}/objects`));
    return at(gitDir);
  }
  /** A further work tree at `linked`, of the repository at `tree/.git`. */
  function linkedTree(): { main: string; own: string } {
    const main = repository('tree/.git');
    file('tree/.git/worktrees/linked/HEAD', 'ref: refs/heads/b\n');
    file('tree/.git/worktrees/linked/commondir', '../..\n');
    file('tree/.git/worktrees/linked/gitdir', `${at('linked/.git')}\n`);
    return { main, own: `${main}/worktrees/linked` };
  }

  it('is the folder above that has a HEAD and objects, however deep the lock lies', () => {
    const found = { gitDirs: [repository('tree/.git')], workTrees: [at('tree')] };
    expect(gitPlaceOf(file('tree/.git/index.lock'))).toEqual(found);
    expect(gitPlaceOf(file('tree/.git/refs/heads/a/b/c.lock'))).toEqual(found);
    fs.symlinkSync(at('tree/.git'), at('link'));
    expect(gitPlaceOf(at('link/index.lock'))).toEqual(found);
  });

  it('is none where there is only half of one, the lock has gone, or lies too deep to be git’s', () => {
    repository('tree/.git');
    file('headless/.git/objects/x');
    file('empty/.git/HEAD');
    expect(gitPlaceOf(file('headless/.git/index.lock'))).toBeUndefined();
    expect(gitPlaceOf(file('empty/.git/index.lock'))).toBeUndefined();
    expect(gitPlaceOf(at('tree/.git/index.lock'))).toBeUndefined();
    expect(gitPlaceOf(file(`tree/.git/refs/${'d/'.repeat(31)}x.lock`))).toBeUndefined();
  });

  it.each(OWN)('of %s is that of its own work tree alone', (name) => {
    const { main, own } = linkedTree();
    expect(gitPlaceOf(file(`tree/.git/${name}`))).toEqual({ gitDirs: [main], workTrees: [at('tree')] });
    expect(gitPlaceOf(file(`tree/.git/worktrees/linked/${name}`))).toEqual({
      gitDirs: [own],
      workTrees: [at('linked')],
    });
  });

  it.each(SHARED)('of %s is that of all its work trees', (name) => {
    const { main, own } = linkedTree();
    const all = { gitDirs: [main, own], workTrees: [at('tree'), at('linked')] };
    expect(gitPlaceOf(file(`tree/.git/${name}`))).toEqual(all);
    expect(gitPlaceOf(file(`tree/.git/worktrees/linked/${name}`))).toEqual(all);
  });

  it('has the work tree that a further one’s file names, relative too, and none where it names none', () => {
    const { main, own } = linkedTree();
    const lock = file('tree/.git/worktrees/linked/index.lock');
    file('tree/.git/worktrees/linked/gitdir', '../../../../linked/.git\n');
    expect(gitPlaceOf(lock)?.workTrees).toEqual([at('linked')]);
    fs.rmSync(`${own}/gitdir`);
    expect(gitPlaceOf(lock)).toEqual({ gitDirs: [own], workTrees: [] });
    // Where what is shared is not found, the folder stands for itself.
    file('tree/.git/worktrees/linked/commondir', 'nowhere\n');
    expect(gitPlaceOf(file('tree/.git/worktrees/linked/config.lock'))?.gitDirs).toEqual([own]);
    expect(gitPlaceOf(file('tree/.git/config.lock'))?.gitDirs).toEqual([main, own]);
  });

  it.each([
    ['relative', () => '[core]\n\tworktree = ../../../sub\n'],
    ['absolute, in quotes', (tree: string) => `[core]\n\tworktree = "${tree}"\n`],
  ])('of a submodule has the work tree that its configuration names: %s', (_, config) => {
    const gitDir = repository('super/.git/modules/sub');
    const lock = file('super/.git/modules/sub/index.lock');
    file('super/.git/modules/sub/config', config(at('super/sub')));
    expect(gitPlaceOf(lock)).toEqual({ gitDirs: [gitDir], workTrees: [at('super/sub')] });
    // Another setting whose name ends alike.
    file('super/.git/modules/sub/config', '[extensions]\n\tworktreeConfig = true\n# worktree = /x\n');
    expect(gitPlaceOf(lock)).toEqual({ gitDirs: [gitDir], workTrees: [] });
  });

  it('without a work tree is the repository alone', () => {
    const gitDir = repository('shop.git');
    expect(gitPlaceOf(file('shop.git/HEAD.lock'))).toEqual({ gitDirs: [gitDir], workTrees: [] });
  });
});

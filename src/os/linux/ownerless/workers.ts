/**
 * Processes that may hold a lock of git: those of git that work in its repository, or name it, and editors that git has given
 * a file of it. A lock's maker has the user id that owns the file, so other users' processes matter only where they are git.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { OwnerlessSuspect, ProcessFacts } from '../../../model/facts';
import { isEditedForGit, writesRepositories } from '../../../model/ownerless/gitLock';
import { touching } from '../../heartbeat';
import { readArgv, readStat } from '../processes/processDetails';
import { ProcessTable } from '../processes/processTable';
import { parseMountInfo } from '../procfs/mountinfo';
import { readLink, readText, readUtf8 } from '../procfs/read';
import { linkOf } from '../procfs/threads';
import { targetOf, View, type Target } from '../users/target';
import { gitDirAbove, type GitPlace } from './place';

/** How git is told of another repository than that of its working directory (git(1)). */
const VARIABLES = /^GIT_(?:DIR|WORK_TREE|COMMON_DIR|INDEX_FILE|OBJECT_DIRECTORY)=/;
const MOUNTINFO_LIMIT = 16 << 20;

export interface Workers {
  suspects: OwnerlessSuspect[];
  unread: ProcessFacts[];
}

/**
 * `uid`: who owns the lock. `openers`: pids of processes that have it open. undefined: whether a process works in the
 * repository cannot be seen, since its own folder cannot be inspected.
 */
export function findWorkers(place: GitPlace, uid: number, openers: ReadonlySet<number>): Workers | undefined {
  const scan = new Scan(place, uid);
  if (!scan.knowsRepository) return undefined;
  for (const name of fs.readdirSync('/proc')) {
    const pid = Number(name);
    if (Number.isInteger(pid)) scan.lookAt(pid, openers.has(pid));
  }
  return scan.found;
}

type Why = Pick<OwnerlessSuspect, 'why' | 'folder'>;

class Scan {
  readonly found: Workers = { suspects: [], unread: [] };
  readonly #table = new ProcessTable();
  readonly knowsRepository: boolean;
  readonly #targets: readonly Target[];
  readonly #gitDirs: readonly string[];
  readonly #uid: number;
  /** By the link that names the mount namespace. */
  readonly #views = new Map<string, readonly View[]>();

  constructor({ gitDirs, workTrees }: GitPlace, uid: number) {
    this.#gitDirs = gitDirs;
    this.#uid = uid;
    // The first is where the lock lies; a further work tree may have gone.
    const [own, ...others] = [...gitDirs, ...workTrees].map(targetOf);
    this.knowsRepository = own !== undefined;
    this.#targets = [own, ...others].filter((target) => target !== undefined);
  }

  lookAt(pid: number, isOpener: boolean): void {
    const stat = readStat(pid);
    if (typeof stat === 'string' || stat.isKernelThread || stat.state === 'Z' || stat.state === 'X') return;
    const words = { comm: stat.comm, argv: readArgv(pid) };
    const isGit = writesRepositories(words);
    const cwd = linkOf(pid, 'cwd')?.link;
    if (cwd === undefined) {
      if (isGit || this.#mayHaveMade(pid)) this.#add(pid, stat.startTicks, undefined);
      return;
    }
    const why: Why | 'unread' | undefined = isOpener
      ? { why: 'open' }
      : isGit
        ? this.#whyGit(pid, cwd, words.argv)
        : this.#whyEditor(pid, cwd, words.argv);
    if (why !== undefined) this.#add(pid, stat.startTicks, why === 'unread' ? undefined : why);
  }

  #add(pid: number, startTicks: number, why: Why | undefined): void {
    const process = this.#table.get(pid);
    if (process?.startTicks !== startTicks) return; // it has ended
    if (why === undefined) this.found.unread.push(process);
    else this.found.suspects.push({ process, ...why });
  }

  /** One of this user's own that does not show itself (ssh-agent), and init, are no git, and so have made no lock of it. */
  #mayHaveMade(pid: number): boolean {
    const own = process.geteuid?.();
    if (this.#uid === own || pid === 1) return false;
    const text = readText(`/proc/${pid}/status`);
    const uids = typeof text === 'string' ? /^Uid:\s*(.+)$/m.exec(text)?.[1] : undefined;
    return uids === undefined || uids.split(/\s+/).some((id) => Number(id) === this.#uid || id === '0');
  }

  /** `unread`: it does not show where its paths lead, or what it was told by variables. */
  #whyGit(pid: number, cwd: string, argv: readonly string[]): Why | 'unread' | undefined {
    const views = this.#viewsOf(pid);
    if (views.length === 0) return 'unread';
    const works = this.#placeOf(views, cwd);
    if (works !== undefined) return { why: 'works', folder: works };
    const named = (texts: readonly string[]): string | undefined =>
      first(pathsIn(texts, cwd), (one) => this.#placeOf(views, one));
    const byArguments = named(argv.slice(1));
    if (byArguments !== undefined) return { why: 'arguments', folder: byArguments };
    const environment = readUtf8(`/proc/${pid}/environ`, 1 << 20);
    if (typeof environment !== 'string') return 'unread';
    const byEnvironment = named(environment.split('\0').filter((one) => VARIABLES.test(one)));
    return byEnvironment === undefined ? undefined : { why: 'environment', folder: byEnvironment };
  }

  #whyEditor(pid: number, cwd: string, argv: readonly string[]): Why | undefined {
    const edited = argv.filter(isEditedForGit);
    if (edited.length === 0) return undefined;
    const views = this.#viewsOf(pid);
    const file = first(pathsIn(edited, cwd), (one) => this.#placeOf(views, one));
    const gitDir = file === undefined ? undefined : gitDirAbove(file);
    const isHere = file !== undefined && gitDir !== undefined && this.#gitDirs.includes(gitDir);
    return isHere ? { why: 'editor', folder: file } : undefined;
  }

  /** As it is called here; undefined: it is outside of the repository, or in another one that lies in its work tree. */
  #placeOf(views: readonly View[], link: string): string | undefined {
    const found = first(views, (view) => (view.mayBe(link) ? view.find(link) : undefined));
    return found === undefined || this.#isOtherRepository(found) ? undefined : found;
  }

  /** A submodule, a clone. */
  #isOtherRepository(place: string): boolean {
    for (let folder = place; !this.#targets.some(({ path: top }) => top === folder);) {
      const dotGit = path.join(folder, '.git');
      touching(dotGit);
      if (fs.existsSync(dotGit)) return true;
      const above = path.dirname(folder);
      if (above === folder) return false;
      folder = above;
    }
    return false;
  }

  #viewsOf(pid: number): readonly View[] {
    const namespace = readLink(`/proc/${pid}/ns/mnt`);
    let views = namespace === undefined ? undefined : this.#views.get(namespace);
    if (views === undefined) {
      const text = readUtf8(`/proc/${pid}/mountinfo`, MOUNTINFO_LIMIT);
      const mounts = typeof text === 'string' ? parseMountInfo(text) : undefined;
      views = mounts === undefined ? [] : this.#targets.map((target) => new View(target, mounts));
      if (mounts !== undefined && namespace !== undefined) this.#views.set(namespace, views);
    }
    return views;
  }
}

function first<T, R>(things: Iterable<T>, find: (thing: T) => R | undefined): R | undefined {
  for (const thing of things) {
    const found = find(thing);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What could be a path in these words or assignments, absolute, as written and without symbolic links. */
function* pathsIn(texts: readonly string[], cwd: string): Generator<string> {
  for (const text of texts) {
    for (const word of new Set([text, text.slice(text.indexOf('=') + 1)])) {
      const written = path.resolve(cwd, word);
      yield written;
      touching(written);
      try {
        yield fs.realpathSync(written);
      } catch {
        // it is no path, or of another mount namespace
      }
    }
  }
}

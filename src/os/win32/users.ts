/** Who uses a file on Windows, and what a process is: asked of the native helper when a user asks. */
import type { Liveness, ProcessFacts } from '../../model/facts';
import { isYounger } from '../../model/processes/processIdentity';
import { ancestorsOf } from '../../model/processes/treeWalk';
import { livenessOf } from '../ps/processTable';
import { NO_LIST, type Holdings, type PathUsers, type UserFinder } from '../users';
import { ERROR } from '../native/win32/layouts';
import { factsOf, type Native } from './native';

/** undefined: nothing native can be asked here. */
export async function windowsUsers(native: Native): Promise<UserFinder | undefined> {
  const processes = await listOf(native);
  return processes && new WindowsUsers(native, processes);
}

/** By pid. undefined: no answer. */
export async function listOf(native: Native): Promise<Map<number, ProcessFacts> | undefined> {
  const asked = await native.ask('processes');
  return 'answer' in asked ? new Map(asked.answer.map((listed) => [listed.pid, factsOf(listed)])) : undefined;
}

class WindowsUsers implements UserFinder {
  readonly #native: Native;
  #processes: ReadonlyMap<number, ProcessFacts>;

  constructor(native: Native, processes: ReadonlyMap<number, ProcessFacts>) {
    this.#native = native;
    this.#processes = processes;
  }

  /** In the memory of that process only. */
  workingDirectoryOf(): undefined {
    return undefined;
  }

  async ofPath(path: string): Promise<PathUsers | { problem: string } | undefined> {
    const asked = await this.#native.ask('usersOf', path);
    if (!('answer' in asked)) return { problem: asked.why };
    if ('error' in asked.answer) {
      const { error } = asked.answer;
      const isAbsent = error === ERROR.fileNotFound || error === ERROR.pathNotFound;
      return isAbsent ? undefined : { problem: `error ${error} of Windows` };
    }
    const { users, isComplete } = asked.answer;
    if (users.length === 0 && !isComplete) return { problem: 'only the Restart Manager gives an answer' };
    // After the question: they are in it, unless they have ended.
    const list = await listOf(this.#native);
    this.#processes = list ?? this.#processes;
    const known = users.flatMap(({ pid, start }) => {
      const process = this.#processes.get(pid);
      return process === undefined || (start !== undefined && process.fileTime !== start)
        ? []
        : [{ process, uses: [{ kind: 'uses' as const, path }] }];
    });
    if (list === undefined && known.length < users.length) return { problem: NO_LIST };
    const all = this.#processes.size;
    return { users: known, done: all, all, hidden: 0 };
  }

  livenessOf(pid: number): Liveness {
    return livenessOf(pid, this.#processes.get(pid));
  }

  /** Nothing lists them. */
  holdingsOf(): Holdings {
    return { locks: [], ports: [] };
  }

  ancestorsOf(pid: number): readonly number[] {
    return [...ancestorsOf(pid, (child) => this.#parentOf(child))];
  }

  /** A parent may have ended, and its pid be another's, which started later. */
  #parentOf(pid: number): number | undefined {
    const child = this.#processes.get(pid);
    const parent = this.#processes.get(child?.ppid ?? 0);
    return parent === undefined || child === undefined || isYounger(parent, child) ? undefined : parent.pid;
  }
}

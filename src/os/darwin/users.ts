/** Who uses a path on macOS, and what a process is: asked of the native helper when a user asks. */
import type { Liveness, ProcessFacts } from '../../model/facts';
import { ancestorsOf, parentIn } from '../../model/processes/treeWalk';
import { livenessOf } from '../ps/processTable';
import { NO_LIST, type Holdings, type PathUsers, type UserFinder } from '../users';
import { factsOf, type Native } from './native';

/** undefined: nothing native can be asked here. */
export async function darwinUsers(native: Native): Promise<UserFinder | undefined> {
  const processes = await listOf(native);
  const folders = processes && (await native.ask('workingFolders', [...processes.keys()]));
  if (processes === undefined || folders === undefined) return undefined;
  return new DarwinUsers(native, processes, new Map('answer' in folders ? folders.answer : []));
}

async function listOf(native: Native): Promise<Map<number, ProcessFacts> | undefined> {
  const asked = await native.ask('processes');
  return 'answer' in asked ? new Map(asked.answer.map((listed) => [listed.pid, factsOf(listed)])) : undefined;
}

class DarwinUsers implements UserFinder {
  readonly #native: Native;
  readonly #folders: ReadonlyMap<number, string>;
  #processes: ReadonlyMap<number, ProcessFacts>;

  constructor(
    native: Native,
    processes: ReadonlyMap<number, ProcessFacts>,
    folders: ReadonlyMap<number, string>,
  ) {
    this.#native = native;
    this.#processes = processes;
    this.#folders = folders;
  }

  workingDirectoryOf(pid: number): string | undefined {
    return this.#folders.get(pid);
  }

  async ofPath(path: string, untouched: boolean): Promise<PathUsers | { problem: string } | undefined> {
    if (untouched) return undefined;
    const asked = await this.#native.ask('pathUsers', path);
    if (!('answer' in asked)) return { problem: asked.why };
    if ('code' in asked.answer) {
      return asked.answer.code === 'ENOENT' ? undefined : { problem: asked.answer.code };
    }
    const { users, all, hidden } = asked.answer;
    // After the question: they are in it, unless they have ended.
    const list = await listOf(this.#native);
    this.#processes = list ?? this.#processes;
    const known = users.flatMap(({ pid, uniqueId, uses }) => {
      const process = this.#processes.get(pid);
      return process?.uniqueId === uniqueId ? [{ process, uses }] : [];
    });
    if (list === undefined && known.length < users.length) return { problem: NO_LIST };
    return { users: known, done: all, all, hidden };
  }

  livenessOf(pid: number): Liveness {
    return livenessOf(pid, this.#processes.get(pid));
  }

  /** Nothing lists them. */
  holdingsOf(): Holdings {
    return { locks: [], ports: [] };
  }

  ancestorsOf(pid: number): readonly number[] {
    return [...ancestorsOf(pid, parentIn(this.#processes))];
  }
}

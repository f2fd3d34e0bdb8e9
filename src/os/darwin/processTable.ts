/**
 * The processes of macOS, from the native helper: all at once, each with its own number, its start in microseconds and
 * its arguments as they are. The kernel does not give start and arguments of other users' processes, nor arguments that a
 * process has written over: of those ps(1) is asked, once for each program. Without the helper, ps(1) and lsof(8) tell
 * everything.
 */
import type { ProcessFacts } from '../../model/facts';
import type { ListedProcess } from '../native/darwin/calls';
import { outputOf } from '../ps/command';
import { listProcesses } from '../ps/list';
import type { ProcessListing } from '../ps/processTable';
import { parsePs, PS_COLUMNS } from '../ps/psOutput';
import { cwdsOf } from './lsof';
import { factsOf, type Native } from './native';

export interface Programs {
  list: () => Promise<readonly ProcessFacts[]>;
  /** What ps(1) says of these. */
  details: (pids: readonly number[]) => Promise<readonly ProcessFacts[]>;
  cwds: (pids: readonly number[]) => Promise<ReadonlyMap<number, string>>;
}

const PROGRAMS: Programs = {
  list: listProcesses,
  details: async (pids) => parsePs(await outputOf('ps', ['-wwo', PS_COLUMNS, '-p', pids.join(',')])),
  cwds: cwdsOf,
};

export class DarwinProcessListing implements ProcessListing {
  readonly #native: Native | undefined;
  readonly #programs: Programs;
  /** What ps(1) said, by the process and the program that it runs. */
  #details = new Map<string, ProcessFacts>();

  constructor(native: Native | undefined, programs: Programs = PROGRAMS) {
    this.#native = native;
    this.#programs = programs;
  }

  async list(): Promise<readonly ProcessFacts[]> {
    const asked = await this.#native?.ask('processes');
    if (asked === undefined || !('answer' in asked)) return this.#programs.list();
    const listed = asked.answer;
    const keys = new Set(listed.map(keyOf));
    this.#details = new Map([...this.#details].filter(([key]) => keys.has(key)));
    await this.#complete(listed.filter((process) => this.#isLacking(process)));
    return listed.map((process) => factsOf(process, this.#details.get(keyOf(process))));
  }

  async cwds(pids: readonly number[]): Promise<ReadonlyMap<number, string>> {
    const asked = await this.#native?.ask('workingFolders', pids);
    return asked !== undefined && 'answer' in asked ? new Map(asked.answer) : this.#programs.cwds(pids);
  }

  #isLacking(process: ListedProcess): boolean {
    const isWhole = process.argv !== undefined && process.startTime !== undefined;
    return !isWhole && process.state !== 'Z' && !this.#details.has(keyOf(process));
  }

  async #complete(processes: readonly ListedProcess[]): Promise<void> {
    if (processes.length === 0) return;
    // Where ps cannot be run, they are shown without arguments, and it is tried again.
    const found = await this.#programs.details(processes.map(({ pid }) => pid)).catch(() => []);
    const details = new Map(found.map((process) => [process.pid, process]));
    for (const process of processes) {
      const more = details.get(process.pid);
      // Another parent: the number has passed on meanwhile.
      if (more?.ppid === process.ppid) this.#details.set(keyOf(process), more);
    }
  }
}

/** Another one after execve(2). */
const keyOf = ({ uniqueId, idVersion }: ListedProcess): string => `${uniqueId}:${idVersion}`;

import { spawnSync } from 'node:child_process';
import { childrenCpu, median } from './cpu';

export interface Competitor {
  name: string;
  /** CPU of one run, µs; undefined when the program is not on this machine. */
  cpu: number | undefined;
  why?: string;
}

const ROUNDS = 5;

/** CPU of a program that answers for all files at once, median of a few runs. */
export function measure(name: string, command: string, args: readonly string[]): Competitor {
  const runs: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = childrenCpu();
    const { error, stdout } = spawnSync(command, args, { maxBuffer: 1 << 28 });
    if (error !== undefined) {
      return { name, cpu: undefined, why: error.message };
    }
    if (stdout.length === 0) {
      return { name, cpu: undefined, why: `${command} printed nothing` };
    }
    runs.push(childrenCpu() - before);
  }
  return { name, cpu: median(runs) };
}

/** The programs people use today, doing the same job on the same files. */
export function competitors(files: readonly string[]): Competitor[] {
  return [
    measure('lslocks', 'lslocks', ['--noheadings', '--notruncate', '-o', 'COMMAND,PID,TYPE,MODE,PATH']),
    measure('lsof', 'lsof', ['-w', '-t', ...files]),
    measure('fuser', 'fuser', [...files]),
  ];
}

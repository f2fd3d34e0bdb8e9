/** Every process, by ps-list, with what it leaves out from one more ps(1). For systems without procfs. */
import type { ProcessFacts } from '../../model/facts';
import { outputOf } from './command';
import { baseName, parsePs, PS_COLUMNS, splitCommandLine } from './psOutput';

/** Rejects when ps cannot be run. */
export async function listProcesses(): Promise<ProcessFacts[]> {
  // Loaded when first needed: on Linux it never is.
  const { default: psList } = await import('ps-list');
  const [listed, output] = await Promise.all([psList(), outputOf('ps', ['-axwwo', PS_COLUMNS])]);
  const more = new Map(parsePs(output).map((process) => [process.pid, process]));
  const processes: ProcessFacts[] = [];
  for (const { pid, ppid, uid, name, path, cmd } of listed) {
    const rest = more.get(pid);
    // Seen by one and not by the other: it came or went between the two, or it is one of the two.
    if (rest?.ppid !== ppid || (ppid === process.pid && baseName(name) === 'ps')) {
      continue;
    }
    const exe = path === undefined || path === '' ? undefined : path;
    processes.push({
      ...rest,
      ...(uid === undefined ? {} : { uid }),
      comm: name === '' ? rest.comm : baseName(name),
      ...(rest.argv.length === 0 || cmd === undefined ? {} : { argv: splitCommandLine(cmd, exe) }),
      ...(exe === undefined ? {} : { exe }),
    });
  }
  return processes;
}

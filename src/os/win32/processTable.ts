/**
 * The processes of Windows, from the native helper: all at once, each with its exact start and its command line. Without
 * it: pid, parent and name from ps-list's executable, cheap; command line, path and start from
 * Win32_Process, half a second, so only now and then. ps-list has no executable for arm64.
 */
import type { ProcessFacts } from '../../model/facts';
import { fileTimeToMs, splitWindowsCommandLine } from './commandLine';
import { factsOf, type Native } from './native';
import { powershell } from './powershell';

/** One process a line, fields with tabs between, tabs and line ends inside a field turned into spaces. */
export const CIM_SCRIPT = [
  'Get-CimInstance Win32_Process -Property ProcessId,ParentProcessId,Name,CreationDate,ExecutablePath,CommandLine',
  "ForEach-Object{$t=if($_.CreationDate){$_.CreationDate.ToFileTimeUtc()}else{''}" +
    ';(@($_.ProcessId,$_.ParentProcessId,$_.Name,$t,$_.ExecutablePath,$_.CommandLine)|' +
    String.raw`ForEach-Object{"$_" -replace '[\t\r\n]',' '}) -join [char]9}`,
].join('|');

export function parseCim(output: string): ProcessFacts[] {
  const processes: ProcessFacts[] = [];
  for (const line of output.split(/\r?\n/)) {
    const [pid = '', ppid = '', name = '', created = '', exe = '', command = ''] = line.split('\t');
    // 0 is the idle "process".
    if (!/^[1-9]\d*$/.test(pid)) {
      continue;
    }
    const startTime = fileTimeToMs(created);
    processes.push({
      pid: Number(pid),
      ppid: Number(ppid),
      comm: name,
      argv: splitWindowsCommandLine(command, exe),
      ...(exe === '' ? {} : { exe }),
      // Not `fileTime`: CIM knows microseconds only, so that it would be another process's.
      ...(startTime === undefined ? {} : { startTime }),
    });
  }
  return processes;
}

/** Details are fetched for processes not met before, at most this often. */
const DETAILS_EVERY_MS = 15_000;

export class WindowsProcessListing {
  readonly #native: Native | undefined;
  readonly #details = new Map<number, ProcessFacts>();
  readonly #now: () => number;
  #detailedAt = -Infinity;

  constructor(native?: Native, now: () => number = () => performance.now()) {
    this.#native = native;
    this.#now = now;
  }

  async list(): Promise<ProcessFacts[]> {
    const asked = await this.#native?.ask('processes');
    return asked !== undefined && 'answer' in asked ? asked.answer.map(factsOf) : this.#withoutNative();
  }

  async #withoutNative(): Promise<ProcessFacts[]> {
    const listed = await briefList();
    if (listed === undefined) {
      return parseCim(await powershell(CIM_SCRIPT));
    }
    const known = (process: ProcessFacts): ProcessFacts | undefined => {
      const details = this.#details.get(process.pid);
      return details?.ppid === process.ppid && details?.comm === process.comm ? details : undefined;
    };
    if (
      listed.some((process) => known(process) === undefined) &&
      this.#now() - this.#detailedAt >= DETAILS_EVERY_MS
    ) {
      this.#detailedAt = this.#now();
      this.#details.clear();
      for (const process of parseCim(await powershell(CIM_SCRIPT))) {
        this.#details.set(process.pid, process);
      }
    }
    return listed.map((process) => known(process) ?? process);
  }
}

/** undefined: not on this architecture, or not in this package. */
async function briefList(): Promise<ProcessFacts[] | undefined> {
  try {
    const { default: psList } = await import('ps-list');
    return (await psList())
      .filter(({ pid }) => pid > 0)
      .map(({ pid, ppid, name }) => ({ pid, ppid, comm: name, argv: [] }));
  } catch {
    return undefined;
  }
}

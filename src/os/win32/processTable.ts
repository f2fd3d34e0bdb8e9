/**
 * The processes of Windows: pid, parent and name from ps-list's executable, cheap; command line, path and start from
 * Win32_Process, half a second, so only now and then. ps-list has no executable for arm64.
 */
import type { ProcessFacts } from '../../model/facts';
import { splitCommandLine } from '../ps/psOutput';
import { powershell } from './powershell';

/** One process a line, fields with tabs between, tabs and line ends inside a field turned into spaces. */
export const CIM_SCRIPT = [
  'Get-CimInstance Win32_Process -Property ProcessId,ParentProcessId,Name,CreationDate,ExecutablePath,CommandLine',
  "ForEach-Object{$t=if($_.CreationDate){$_.CreationDate.ToFileTimeUtc()}else{''}" +
    ';(@($_.ProcessId,$_.ParentProcessId,$_.Name,$t,$_.ExecutablePath,$_.CommandLine)|' +
    String.raw`ForEach-Object{"$_" -replace '[\t\r\n]',' '}) -join [char]9}`,
].join('|');

/** ms from 1601-01-01, where FILETIME begins, to 1970-01-01. */
const FILETIME_EPOCH_MS = 11_644_473_600_000;

/** FILETIME: units of 100 ns, more than a double holds exactly; ms since the epoch. */
export function fileTimeToMs(fileTime: string): number | undefined {
  return /^\d+$/.test(fileTime) ? Number(BigInt(fileTime) / 10_000n) - FILETIME_EPOCH_MS : undefined;
}

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
      ...(startTime === undefined ? {} : { startTime }),
    });
  }
  return processes;
}

/** Quotes group words; anything finer (backslashes before quotes) does not matter for matching and naming. */
function splitWindowsCommandLine(command: string, exe: string): string[] {
  if (!command.includes('"')) {
    return splitCommandLine(command.trim(), exe);
  }
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');
}

/** Details are fetched for processes not met before, at most this often. */
const DETAILS_EVERY_MS = 15_000;

export class WindowsProcessListing {
  readonly #details = new Map<number, ProcessFacts>();
  readonly #now: () => number;
  #detailedAt = -Infinity;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  async list(): Promise<ProcessFacts[]> {
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

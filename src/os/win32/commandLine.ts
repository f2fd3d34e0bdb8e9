/** Command lines and times as Windows keeps them. */
import { splitCommandLine } from '../ps/psOutput';

/** ms from 1601-01-01, where FILETIME begins, to 1970-01-01. */
const FILETIME_EPOCH_MS = 11_644_473_600_000;

/** FILETIME: units of 100 ns, more than a double holds exactly; ms since the epoch. */
export function fileTimeToMs(fileTime: string): number | undefined {
  return /^\d+$/.test(fileTime) ? Number(BigInt(fileTime) / 10_000n) - FILETIME_EPOCH_MS : undefined;
}

/** Quotes group words; anything finer (backslashes before quotes) does not matter for matching and naming. */
export function splitWindowsCommandLine(command: string, exe: string): string[] {
  if (!command.includes('"')) {
    return splitCommandLine(command.trim(), exe);
  }
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');
}

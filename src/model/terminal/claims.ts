/** Reads what a line of a terminal says of what is in the way: pure, and in proportion to the line's length. */
import { defined } from '../../common/defined';
import { validPid, validPort } from '../records/pidRecordValues';
import { ANY_LINES } from './anyTool';
import { PORT_LINES } from './ports';
import type { LineClaim, TerminalLine } from './terminalLine';
import { TOOL_LINES } from './tools';

/** A tool's own words first: what they claim, no looser entry claims again. */
export const TERMINAL_LINES: readonly TerminalLine[] = [...TOOL_LINES, ...PORT_LINES, ...ANY_LINES];

/** A line of a megabyte was made by no tool that names a lock: nothing of it is read. */
const LONGEST_LINE = 4096;

/** Control characters and marks that hide or reorder text. */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

/**
 * Returns what the line claims, at most one claim of each kind of line, none overlapping another; nothing where a name
 * hides what it is.
 */
export function claimsOf(line: string, longest = LONGEST_LINE): LineClaim[] {
  if (line.length > longest) return [];
  const lower = line.toLowerCase();
  const claims: LineClaim[] = [];
  for (const entry of TERMINAL_LINES) {
    const match = lower.includes(entry.word) ? entry.pattern.exec(line) : null;
    if (match === null) continue;
    const said: Groups = { ...match.groups };
    // Nor is it claimed by a looser entry, which would take the pid of another host for one of this.
    if (UNPRINTABLE.test(`${said.path ?? ''}${said.host ?? ''}`)) return [];
    const claim = claimOf(entry, match, said);
    if (claim !== undefined && !claims.some((other) => isSame(other, claim))) claims.push(claim);
  }
  return claims;
}

/** The same words, or the same thing in other words. */
function isSame(a: LineClaim, b: LineClaim): boolean {
  const overlaps = a.start < b.start + b.length && b.start < a.start + a.length;
  const named = [a.pid, a.path, a.port];
  return (
    overlaps ||
    (named.some((one) => one !== undefined) && a.pid === b.pid && a.path === b.path && a.port === b.port)
  );
}

type Groups = Partial<Record<'pid' | 'path' | 'port' | 'host', string>>;

/** undefined: a number that no process or port can have. */
function claimOf(entry: TerminalLine, match: RegExpExecArray, said: Groups): LineClaim | undefined {
  const pid = validPid(Number(said.pid));
  const port = validPort(said.port);
  if ((said.pid !== undefined && pid === undefined) || (said.port !== undefined && port === undefined)) {
    return undefined;
  }
  const whole: [number, number] = [match.index, match.index + match[0].length];
  const [start, end] = match.indices?.groups?.['link'] ?? whole;
  const { id, fileIn, programs, held, isPoller } = entry;
  const path = said.path === undefined || fileIn === undefined ? said.path : `${said.path}/${fileIn}`;
  return {
    start,
    length: end - start,
    tool: id,
    ...defined({ pid, path, port, host: said.host, programs, held, isPoller }),
  };
}

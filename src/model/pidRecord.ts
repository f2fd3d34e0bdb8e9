/** The shapes of pid records, and the parser that reads them all. */
import { parseJsonRecord } from './pidRecordJson';
import { parseLines } from './pidRecordLines';
import { parseSymlinkTarget } from './pidRecordSymlink';
import { pidInFileName } from './pidRecordFileName';

export type RecordShape =
  | 'integer'
  | 'lines'
  /** Nothing but several pids. */
  | 'pids'
  | 'json'
  | 'hostPid'
  | 'userHostPid'
  | 'pidHost'
  | 'labelled'
  | 'fileName'
  | 'empty'
  | 'none';

export interface PidRecord {
  shape: RecordShape;
  /** The process named; absent when empty, binary or unreadable as a pid. Always > 0. */
  pid?: number;
  /** PostgreSQL's single-user mode writes the pid negated. */
  negative?: boolean;
  host?: string;
  /** Field 22 of /proc/<pid>/stat, clock ticks since boot, as the writer recorded it. */
  startTicks?: number;
  /**
   * ms since the epoch, as the writer recorded it (`startedAt`, `createdAt`, an ISO line, an epoch number); of several
   * readings the latest. Set together with `startTicks` when one number could be either: after 115 days of uptime,
   * ticks look like seconds.
   */
  startedAt?: number;
  /** `startedAt` was recorded without a time zone, and is the latest moment that it can mean. */
  zoneless?: true;
  /** The boot that `startTicks` belongs to, or in which the record was written: /proc/sys/kernel/random/boot_id. */
  bootId?: string;
  /** The pids of all processes that the record names, `pid` first; absent where it names one. */
  pids?: readonly number[];
  /** The program that the writer calls itself (QLockFile line 2, hermes `kind`). */
  program?: string;
  /** The folder that the writer serves (`hermes_home`): a record in another one is misplaced. */
  home?: string;
  /** The name of the writer's profile (hermes). */
  profile?: string;
  /** The arguments that the writer recorded, secret values hidden. */
  argv?: readonly string[];
  /** A recorded start whose unit is not known: it proves nothing, whatever it is compared with. */
  startUnit?: 'unknown';
  /** Emacs records the boot time, s since the epoch. */
  bootTime?: number;
  /** Secret values in it are already hidden. */
  command?: string;
  port?: number;
  /** Mercurial's PID namespace inode, hex. */
  pidNamespace?: string;
}

export interface RecordInput {
  fileName: string;
  /** Absent for a symlink that leads nowhere, and for what was not read: a directory's name tells no pid. */
  content?: Uint8Array | string;
  symlinkTarget?: string;
}

/** More than any record needs; the reader caps at 4 KiB already. */
const MAX_LENGTH = 65_536;

const withoutTrailingNuls = (text: string): string => {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0) {
    end--;
  }
  return text.slice(0, end);
};

/** undefined: bytes that are no text. Half of a name or a number is no record either. */
function textOf(content: Uint8Array | string): string | undefined {
  if (typeof content === 'string') {
    const text = content.slice(0, MAX_LENGTH);
    return text.startsWith('\ufeff') ? text.slice(1) : text;
  }
  const bytes = content.subarray(0, MAX_LENGTH);
  // Windows PowerShell's `>` writes UTF-16 with a byte order mark.
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  try {
    return new TextDecoder(utf16 ? 'utf-16le' : 'utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

interface Decoded {
  text: string;
  /** Its last line has its end: the number on it was not cut. */
  isComplete: boolean;
}

/** undefined: binary. A file of nothing but NULs is one that a crash left unwritten: no record either. */
function decode(content: Uint8Array | string): Decoded | undefined {
  const text = textOf(content);
  const written = text === undefined ? undefined : withoutTrailingNuls(text);
  if (written === undefined || written.includes('\0') || (written === '' && text !== '')) {
    return undefined;
  }
  return { text: written.trim(), isComplete: /[\r\n]$/.test(written) };
}

/**
 * Reads a pid record of any shape. Never throws, takes linear time, and keeps no value but the fields of `PidRecord`:
 * tokens and passwords in a record are dropped here.
 */
export function parsePidRecord(input: RecordInput): PidRecord {
  if (input.content === undefined) {
    return input.symlinkTarget === undefined ? { shape: 'none' } : parseSymlinkTarget(input.symlinkTarget);
  }
  const decoded = decode(input.content);
  if (decoded === undefined) {
    return { shape: 'none' };
  }
  const { text, isComplete } = decoded;
  if (text === '') {
    return pidInFileName(input.fileName) ?? { shape: 'empty' };
  }
  if (text.startsWith('{')) {
    return parseJsonRecord(text);
  }
  return parseLines(text, input.fileName, isComplete);
}

/** The shapes of pid records, and the parser that reads them all. */
import { parseJsonRecord } from './pidRecordJson';
import { parseLines } from './pidRecordLines';
import { parseSymlinkTarget } from './pidRecordSymlink';
import { pidInFileName } from './pidRecordFileName';
import type { PidRecord, RecordInput } from './pidRecordTypes';

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

const NOTHING: Decoded = { text: '', isComplete: false };

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
  // Nearly every lock file: nothing to decode.
  const decoded = input.content.length === 0 ? NOTHING : decode(input.content);
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

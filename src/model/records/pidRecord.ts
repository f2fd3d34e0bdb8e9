/** The shapes of pid records, and the parser that reads them all. */
import { RECORD_BYTES } from './recordBytes';
import { parseJsonRecord } from './pidRecordJson';
import { parseLines } from './pidRecordLines';
import { parseSymlinkTarget } from './pidRecordSymlink';
import { pidInFileName } from './pidRecordFileName';
import type { PidRecord, RecordInput } from './pidRecordTypes';
import { withDoubt } from './pidRecordUnsure';

/** Of a text that comes whole. */
const MAX_LENGTH = 65_536;

const withoutTrailingNuls = (text: string): string => {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0) {
    end--;
  }
  return text.slice(0, end);
};

/** undefined: bytes that are no text. Half of a name or a number is no record either. */
function textOf(content: Uint8Array | string, isCut: boolean): string | undefined {
  if (typeof content === 'string') {
    const text = content.slice(0, MAX_LENGTH);
    return text.startsWith('\ufeff') ? text.slice(1) : text;
  }
  const bytes = content.subarray(0, MAX_LENGTH);
  // Windows PowerShell's `>` writes UTF-16 with a byte order mark.
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  try {
    return new TextDecoder(utf16 ? 'utf-16le' : 'utf-8', { fatal: true }).decode(bytes, { stream: isCut });
  } catch {
    return undefined;
  }
}

interface Decoded {
  text: string;
  /** Its last line has its end: the number on it was not cut. */
  isComplete: boolean;
  /** There may be more of it than was read. */
  isCut: boolean;
}

const NOTHING: Decoded = { text: '', isComplete: false, isCut: false };

/** Without the word that the end of the reading may have cut. */
const upToLastBlank = (text: string): string =>
  text.slice(0, Math.max(...[' ', '\t', '\n', '\r'].map((blank) => text.lastIndexOf(blank))) + 1);

/** undefined: binary. A file of nothing but NULs is one that a crash left unwritten: no record either. */
function decode(content: Uint8Array | string): Decoded | undefined {
  const isCut = typeof content === 'string' ? content.length > MAX_LENGTH : content.length >= RECORD_BYTES;
  const text = textOf(content, isCut);
  const all = text === undefined ? undefined : withoutTrailingNuls(text);
  if (all === undefined || all.includes('\0') || (all === '' && text !== '')) {
    return undefined;
  }
  // The bytes of a small number may be digits: `72` is 12,855 as well.
  if (all.length < 4 && all !== text && (text?.length ?? 0) % 4 === 0) {
    return undefined;
  }
  const written = isCut ? upToLastBlank(all) : all;
  return written.trim() === '' && isCut
    ? undefined
    : { text: written.trim(), isComplete: /[\r\n]$/.test(written), isCut };
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
  const { text, isComplete, isCut } = decoded;
  if (text === '') {
    return pidInFileName(input.fileName) ?? { shape: 'empty' };
  }
  const record = text.startsWith('{')
    ? parseJsonRecord(text)
    : withDoubt(parseLines(text, input.fileName, isComplete), input.fileName);
  return isCut && record.pid !== undefined ? { ...record, isCut: true } : record;
}

/** Whether a number that stands without a label is a pid, as far as its file's name tells. */
import { wordsOf } from './pidRecordNumbers';
import type { PidRecord } from './pidRecordTypes';

/** Last words of names of files that hold one number, and no pid. A pattern may bring them along (`run/*`). */
const OTHER_NUMBERS: ReadonlySet<string> = new Set(
  `port version number count counter tally code exit rc status seq serial epoch timestamp generation size uid gid fd`.split(
    ' ',
  ),
);

/** Says nothing of what is in it. */
const EXTENSION = /\.(?:txt|dat|tmp|lock|lck)$/i;
const LOCK = /(?:^|[^a-z])(?:lock|lck)|(?<![bc])lock(?:file)?s?$/i;

/** Returns what a file's name says of a number that stands in it alone; undefined: nothing. */
export function saidByName(fileName: string): 'pid' | 'lock' | 'other' | undefined {
  const name = fileName.slice(-255);
  if (wordsOf(name).some((word) => /^(?:pids?|pidfile)$/.test(word))) {
    return 'pid';
  }
  const isLock = LOCK.test(name);
  if (OTHER_NUMBERS.has(wordsOf(name.replace(EXTENSION, '')).at(-1) ?? '')) {
    return isLock ? undefined : 'other';
  }
  return isLock ? 'lock' : undefined;
}

/** A port has no more than 65535, and Mercurial names the namespace with its pid. */
const mayBeAddress = ({ shape, pid = 0, pidNamespace }: PidRecord): boolean =>
  shape === 'hostPid' && pidNamespace === undefined && pid <= 65_535;

const NUMBERS: ReadonlySet<PidRecord['shape']> = new Set(['integer', 'lines', 'pids', 'pidHost', 'hostPid']);

/** Returns the record of lines with what is not certain of it, or none where the file's name says something else. */
export function withDoubt(record: PidRecord, fileName: string): PidRecord {
  if (record.pid === undefined || !NUMBERS.has(record.shape)) {
    return record;
  }
  const said = saidByName(fileName);
  if (said === 'other') {
    return { shape: 'none' };
  }
  const isSaid = said === 'pid' || (said === 'lock' && !mayBeAddress(record)) || record.bootId !== undefined;
  return isSaid ? record : { ...record, mayBeOther: true };
}

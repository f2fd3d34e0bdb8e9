/**
 * Whole numbers in a record that may be pids, whatever they stand under: a worker, a master, a supervisor. A record is
 * not left behind while one of them is the pid of a live program, so the names of such keys need not be known.
 */
import type { PidRecord } from './pidRecordTypes';
import { parsePid, validPid } from './pidRecordValues';

/** `childPid`, `server_pid`, `pids`. */
const PIDS = /pids?$/i;

/** Whoever started it, or was before it: it may live on without the service. */
const OTHERS = /^(?:p_?pid|(?:parent|launcher|starter|shell|terminal|editor|previous|old|last)[\w-]*)$/i;

/** Words of keys that say what their number is, when it is no pid. */
const SAYS_ELSE: ReadonlySet<string> = new Set(
  `port ports
  time times date year at since start started created updated modified expires expiry expire ttl timeout interval duration
  delay uptime epoch timestamp ts ms sec secs second seconds minutes hours days tick ticks
  version ver build revision schema protocol
  size bytes length count total max limit retries attempts memory rss kb mb gb percent
  uid gid euid egid user umask mode exit code status signal seq serial fd inode ino line column nice priority level
  argv args arguments command cmdline cmd host hostname
  token secret password passwd auth key`.split(/\s+/),
);

/** What is known of a number by the keys above it. `other`: they say that it is no pid of the service. */
type Under = 'anything' | 'else' | 'other';

function below(key: string, under: Under): Under {
  if (under === 'other' || OTHERS.test(key)) {
    return 'other';
  }
  if (PIDS.test(key)) {
    return 'anything';
  }
  const words = key
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/);
  return words.some((word) => SAYS_ELSE.has(word)) ? 'else' : under;
}

/** Words of a value: `4243`, `w1=4243`, `{w1: 4243}`. A time of day, an address, a version and a path are others. */
function numbersInText(text: string, under: Under): number[] {
  return text.split(/[\s,;|()[\]{}"']+/).flatMap((word) => {
    const [, key, digits = ''] = /^(?:([A-Za-z_][\w-]*)[=:])?(\d{1,7})$/.exec(word) ?? [];
    const isOne = (key === undefined ? under : below(key, under)) === 'anything';
    return isOne ? (parsePid(digits) ?? []) : [];
  });
}

/** Returns those of a JSON value. Without recursion: a record may be nested as deeply as it is long. */
export function numbersInJson(json: unknown): number[] {
  const numbers: number[] = [];
  const left: [unknown, Under][] = [[json, 'anything']];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [value, under] = next;
    if (typeof value === 'number') {
      numbers.push(...(under === 'anything' ? [validPid(value) ?? []].flat() : []));
    } else if (typeof value === 'string') {
      numbers.push(...numbersInText(value, under));
    } else if (Array.isArray(value)) {
      for (const item of value) left.push([item, under]);
    } else {
      for (const [key, item] of Object.entries((value ?? {}) as Record<string, unknown>)) {
        numbers.push(...numbersInText(key, under));
        left.push([item, below(key, under)]);
      }
    }
  }
  return numbers;
}

const KEY = /^((?:-\s+)*)([A-Za-z_][\w .-]{0,63}?)\s{0,16}[:=](?:\s|(?=[^:=\s]))(.*)$/;

/** Returns those of lines; what is indented, or an item of a list, belongs to the key above it. */
export function numbersInLines(lines: readonly string[]): number[] {
  const numbers: number[] = [];
  const above: { indent: number; under: Under }[] = [];
  for (const line of lines) {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) {
      continue;
    }
    const indent = line.search(/\S/);
    const isItem = text.startsWith('-');
    const isOver = (of: number): boolean => of < indent || (isItem && of === indent);
    while (above.length > 0 && !isOver(above.at(-1)?.indent ?? 0)) above.pop();
    const under = above.at(-1)?.under ?? 'anything';
    const [, dashes = '', key, value = ''] = KEY.exec(`${text} `) ?? [];
    if (key === undefined) {
      numbers.push(...numbersInText(text, under));
      continue;
    }
    const own = below(key, under);
    above.push({ indent: indent + dashes.length, under: own });
    numbers.push(...numbersInText(value, own));
  }
  return numbers;
}

/** Returns the record with the numbers beside its pids that may be pids too. */
export function withNumbers(record: PidRecord, numbers: readonly number[]): PidRecord {
  const { pid, pids = [], startTicks, mayBeTicks } = record;
  const known = [pid, startTicks, mayBeTicks, ...pids];
  const others = [...new Set(numbers)].filter((one) => one > 1 && !known.includes(one));
  return pid === undefined || others.length === 0 ? record : { ...record, others };
}

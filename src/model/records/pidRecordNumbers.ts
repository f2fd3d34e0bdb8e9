/**
 * Whole numbers in a record that may be pids, whatever they stand under: a worker, a master, a supervisor. A record is
 * not left behind while one of them is the pid of a live program, so the names of such keys need not be known.
 */
import type { PidRecord } from './pidRecordTypes';
import { parsePid, validPid } from './pidRecordValues';

/** `childPid`, `server_pid`, `pids`. */
const PIDS = /pids?$/i;

const BEFORE = '(?:parent|launcher|starter|shell|terminal|editor|previous|old|last)(?:[_-]?process)?';
/** The pid of whoever started it, or was before it: it may live on without the service. A `lastWorkerPid` is another. */
const PID_BEFORE = new RegExp(`^(?:p_?pid|${BEFORE}[_-]?(?:pids?|id))$`, 'i');
/** The same, where the key does not say that it is a pid. */
const ONE_BEFORE = new RegExp(`^${BEFORE}$`, 'i');

/** Last words of keys below which each number is a process, whatever its own key says: `workers: {build: 4243}`. */
const PROCESSES: ReadonlySet<string> = new Set(
  `pid pids workers children childs procs processes subprocesses threads forks servers daemons backends gateways services
  jobs tasks apps programs instances replicas members agents bots runners executors`.split(/\s+/),
);

/** Words of keys that say what their number is, when it is no pid. */
const SAYS_ELSE: ReadonlySet<string> = new Set(
  `port ports
  time times date year at since start started created updated modified expires expiry expire ttl timeout interval duration
  delay uptime epoch timestamp ts ms sec secs second seconds minutes hours days tick ticks
  version versions ver build revision schema protocol
  size sizes bytes length count total max limit retries attempts memory rss kb mb gb percent
  uid gid euid egid user umask mode exit code status signal seq serial fd inode ino line column nice priority level
  argv args arguments command cmdline cmd host hostname
  token secret password passwd auth key`.split(/\s+/),
);

/** Those of them that say nothing of what is listed below: `started: [4243]`, `mode: {proc: 4243}`. */
const SAYS_NOTHING_BELOW: ReadonlySet<string> = new Set(
  `at since start started created updated modified build max total limit user mode exit status signal nice priority
  level command host auth key`.split(/\s+/),
);

/** What is known of a number by the keys above it. `other`: they say that it is no pid of the service. */
type Under = 'anything' | 'processes' | 'else' | 'other';

interface Meaning {
  /** Of the number or the text that stands right under the key. */
  own: Under;
  /** Of what is listed below it: items, and entries with keys of their own. */
  inner: Under;
}

/** Returns the words of a name, in lower case: `lastWorkerPid` has three. */
export const wordsOf = (key: string): string[] =>
  key
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');

const both = (under: Under): Meaning => ({ own: under, inner: under });

/** What stands under a key, by itself, unless a key above it says that these are processes. */
function meaningOf(key: string, above: Under): Meaning {
  if (above === 'other' || PID_BEFORE.test(key)) {
    return both('other');
  }
  if (above === 'processes') {
    return both('processes');
  }
  if (ONE_BEFORE.test(key)) {
    return both('other');
  }
  const words = wordsOf(key);
  const says = words.filter((word) => SAYS_ELSE.has(word));
  if (PIDS.test(key)) {
    return both('processes');
  }
  // What is listed by the number of its port is no port.
  if (above === 'else' && words.length > 0) {
    return both('else');
  }
  if (words.includes('pids') || words.includes('pid') || PROCESSES.has(words.at(-1) ?? '')) {
    return { own: says.length === 0 ? 'anything' : 'else', inner: 'processes' };
  }
  return {
    own: says.length === 0 ? 'anything' : 'else',
    inner: says.every((word) => SAYS_NOTHING_BELOW.has(word)) ? 'anything' : 'else',
  };
}

const mayBePid = (under: Under): boolean => under === 'anything' || under === 'processes';

/** `4243@host` (the name of a Java machine), `4243.pts-0.host`, `4243/python3` (of netstat): a number before a name. */
const BEFORE_NAME = /^(\d{1,7})[@._/-][A-Za-z]/;
/** `worker-4243`, `host.example.org:4243`: one behind a name, which `1.17`, `v1.2.17` and an address with `//` are not. */
const BEHIND_NAME = /[-_.:@](\d{1,7})$/;
/** Places where a number is a process, whatever the key says. */
const PROC = /\/proc\/(\d{1,7})(?!\d)|<\w*pid>\s*(\d{1,7})\s*<\//gi;
const HEX = /^0x([0-9a-f]{1,6})$/i;

function numberInWord(word: string): number | undefined {
  if (/^\d{1,7}$/.test(word)) {
    return parsePid(word);
  }
  const hex = HEX.exec(word)?.[1];
  if (hex !== undefined) {
    return validPid(Number.parseInt(hex, 16));
  }
  const behind = BEHIND_NAME.exec(word);
  const name = word.slice(0, behind?.index ?? 0);
  const last = name.split(/[-_.:@]/).at(-1) ?? '';
  const isNamed = /^[A-Za-z][^/]*$/.test(name) && /[A-Za-z]/.test(last);
  return parsePid(BEFORE_NAME.exec(word)?.[1] ?? (isNamed ? (behind?.[1] ?? '') : ''));
}

/** Words of a value: `4243`, `w1=4243`, `{w1: 4243}`, `worker-4243`. A time of day, a version and a path are others. */
function numbersInText(text: string, under: Under): number[] {
  let key: string | undefined;
  const placed = [...text.matchAll(PROC)].map(([, path, tag]) => parsePid(path ?? tag ?? ''));
  const words = text
    .replace(/["']\s{0,16}(?=:)/g, '')
    .split(/[\s,;|()[\]{}"'#]+/)
    // `job[1]=4243`, `"worker"=>4243`, and the group -4243 of kill(2).
    .map((word) => word.replace(/^[-=>]+(?=\w)/, ''))
    .flatMap((word) => {
      const [, before, own = word] = /^([A-Za-z_][\w-]*)[=:](\w+)$/.exec(word) ?? [];
      const named = before ?? key;
      key = /^([\w-]+):$/.exec(word)?.[1];
      const meant = named === undefined ? under : meaningOf(named, under).own;
      return mayBePid(meant) ? (numberInWord(own) ?? []) : [];
    });
  return [...placed.filter((pid) => pid !== undefined), ...words];
}

/** One process with its pid: its other keys say what they are. */
const isOneProcess = (value: object): boolean => 'pid' in value;

/** Returns those of a JSON value. Without recursion: a record may be nested as deeply as it is long. */
export function numbersInJson(json: unknown): number[] {
  const numbers: number[] = [];
  const left: [unknown, Meaning][] = [[json, both('anything')]];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [value, { own, inner }] = next;
    if (typeof value === 'number') {
      numbers.push(...(mayBePid(own) ? [validPid(value) ?? []].flat() : []));
    } else if (typeof value === 'string') {
      numbers.push(...numbersInText(value, own));
    } else if (Array.isArray(value)) {
      for (const item of value) left.push([item, both(inner)]);
    } else if (typeof value === 'object' && value !== null) {
      const above = inner === 'processes' && isOneProcess(value) ? 'anything' : inner;
      for (const [key, item] of Object.entries(value)) {
        numbers.push(...numbersInText(key, inner));
        left.push([item, meaningOf(key, above)]);
      }
    }
  }
  return numbers;
}

const KEY =
  /^((?:-\s+)*)(?:["']?([A-Za-z_][\w .-]{0,63}?)["']?\s{0,16}[:=](?:\s|(?=[^:=\s]))|["']?(\d{1,7})["']?:\s)(.*)$/;

/** Returns those of lines; what is indented, or an item of a list, belongs to the key above it. */
export function numbersInLines(lines: readonly string[]): number[] {
  const numbers: number[] = [];
  const above: { indent: number; under: Under }[] = [];
  for (const line of lines) {
    const trimmed = line.trim();
    // A comment may tell of a process too, and belongs to no key.
    const isComment = trimmed.startsWith('#');
    const text = isComment ? trimmed.replace(/^[#\s]+/, '') : trimmed;
    if (text === '') {
      continue;
    }
    const indent = line.search(/\S/);
    const isItem = text.startsWith('-');
    const isOver = (of: number): boolean => of < indent || (isItem && of === indent);
    while (!isComment && above.length > 0 && !isOver(above.at(-1)?.indent ?? 0)) above.pop();
    const under = isComment ? 'anything' : (above.at(-1)?.under ?? 'anything');
    const [, dashes = '', name, digits, value = ''] = KEY.exec(`${text} `) ?? [];
    const key = name ?? digits;
    if (key === undefined) {
      numbers.push(...numbersInText(text, under));
      continue;
    }
    const { own, inner } = meaningOf(key, under);
    // Nothing is listed below a key that has its value.
    const isAbove = /^\s*(?:#|$)/.test(value);
    if (!isComment) above.push({ indent: indent + dashes.length, under: isAbove ? inner : under });
    numbers.push(...numbersInText(key, under), ...numbersInText(value, /^[[{]/.test(value) ? inner : own));
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

/** The addresses that a record's text may name, whatever it calls them: those that are served show that it lives. */
import { pidPlaceIn, type PidPlace } from './pidPlace';
import { saidByName } from './pidRecordUnsure';

/** A number by itself or behind letters (`port8080`); not a part of an address or a version, nor one with a unit (`30s`). */
const NUMBER = /(?<![\d.])\d{1,5}(?![\dA-Za-z_]|\.\d)/g;
const MAX_PORT = 65_535;

/** Their numbers are small ones, at which most machines listen: the 22nd of a month is no port of `sshd`. */
const NO_PORTS = [
  /\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[+-]\d{2}:?\d{2})?)?/g,
  /(?<![\w.:])\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?![\d:])/g,
  /\b\d{1,4}([/.-])\d{1,2}\1\d{1,4}\b/g,
  /\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.? {1,2}\d{1,2}\b/gi,
  /\b\d{1,2}\.? (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w*/gi,
  /\[[\dA-Fa-f.]*:[\dA-Fa-f.]*:[\dA-Fa-f:.]*\]/g,
];

const LABEL = /(?:pids?|process_?id)["']?[ \t]{0,16}[:=]?\s{0,16}["'[]?$/i;

/** Where the pid stands, if the file's name or its label says that it is one. */
function saidPidIn(text: string, fileName: string): Pick<PidPlace, 'start' | 'end'> | undefined {
  const place = pidPlaceIn(text, fileName);
  if (saidByName(fileName) === 'pid') {
    // Some files of two numbers are no record that is understood.
    const [first] = /^\s*\d+(?=\s|$)/.exec(text) ?? [];
    return place ?? (first === undefined ? undefined : { start: 0, end: first.length });
  }
  return place !== undefined && LABEL.test(text.slice(0, place.start)) ? place : undefined;
}

/**
 * Returns the numbers of the text that may be ports: all but the pid, since no list knows what programs call a port, nor
 * which names of hosts lead here. `fileName`: of its file, without the folder.
 */
export function portsIn(text: string, fileName: string): ReadonlySet<number> {
  const pid = saidPidIn(text, fileName);
  const blank = (part: string): string => ' '.repeat(part.length);
  const others =
    pid === undefined
      ? text
      : `${text.slice(0, pid.start)}${' '.repeat(pid.end - pid.start)}${text.slice(pid.end)}`;
  const plain = NO_PORTS.reduce((rest, pattern) => rest.replace(pattern, blank), others);
  const numbers = (plain.match(NUMBER) ?? []).map(Number);
  return new Set(numbers.filter((number) => number > 0 && number <= MAX_PORT));
}

const WORD = /[^\s"'`,;=<>()[\]{}]+/g;

/** Returns the words of the text that may be paths, or names, of sockets. */
export const pathsIn = (text: string): string[] =>
  // PHP writes JSON with `\/`.
  [...text.replaceAll('\\/', '/').matchAll(WORD)]
    .map(([word]) => word.replace(/^\w+:(?:\/\/)?(?=[/.@\w])/, '').replace(/^\.\//, ''))
    .filter((word) => /[/@]|\.sock/.test(word));

/** Returns those of the sockets' names, as they were bound, that the text names; some bind a relative one. */
export function socketsIn(text: string, bound: readonly string[]): string[] {
  const plain = text.replaceAll('\\/', '/');
  const words = pathsIn(text);
  return bound.filter(
    (name) =>
      (name.startsWith('/') && plain.includes(name)) ||
      words.some((word) => word === name || word.endsWith(`/${name}`) || name.endsWith(`/${word}`)),
  );
}

/**
 * Values that look secret are never shown, logged or exported. Command lines and log lines are where they leak: a secret
 * is known by its shape (`shapes.ts`), by the name that it is given (`names.ts`, `assignments.ts`) or by the
 * option or operand of a program that it stands behind (`words.ts`, `programs.ts`). Whatever is shown of a process or a
 * record passes through here.
 */
import { hideAssigned, hideWhole } from './assignments';
import { secrecyOf } from './names';
import { HIDDEN, hidePem, hideShapes } from './shapes';
import { isHarmless } from './values';
import { shellWords, type ShellWord } from './shellWords';
import { WordReader } from './words';

/** A command in a command in a command: `ssh host "sh -c 'mysql -psecret'"`. */
const DEPTH = 4;

/** `echo hunter2 | sudo -S …`: what is piped to a program that asks for a password. */
const PIPED =
  /\b((?:echo|printf)\s{1,4}(?:-\w{1,3}\s{1,4}){0,3})([^|\n]{1,400}?)(\s{0,4}\|(?=[^|\n]{0,200}(?:-stdin\b|\s-S\b|\bchpasswd\b|--passphrase-fd\b|--with-token\b)))/g;

const piece = (text: string, length: number): string => text.slice(0, length) + HIDDEN;

/** How much of a word is brackets and punctuation, before and behind what it says. */
function wrapping(word: string): { lead: number; trail: number } {
  // `${TOKEN}`, which a shell fills in, is all one.
  const variable = /^\$\{\w{1,100}\}/.exec(word)?.[0].length;
  if (variable !== undefined) return { lead: 0, trail: trailOf(word, variable) };
  let lead = 0;
  while (/[$([{<"'`]/.test(word[lead] ?? '')) lead++;
  if (lead === 1 && word.startsWith('$')) lead = 0;
  return { lead, trail: trailOf(word, lead) };
}

function trailOf(word: string, from: number): number {
  let trail = word.length;
  while (trail > from && /[)\]}>,;"'`]/.test(word[trail - 1] ?? '')) trail--;
  return trail;
}

/** Hides in the words of a text; `depth`: how many commands in commands are still taken apart. */
function hideInWords(text: string, depth: number): string {
  const reader = new WordReader({ hasLabels: false });
  let shown = '';
  let done = 0;
  for (const word of shellWords(text)) {
    if (word.begins) reader.separate();
    shown += text.slice(done, word.start) + shownWord(word, text.slice(word.start, word.end), reader, depth);
    done = word.end;
  }
  return shown + text.slice(done);
}

function shownWord(word: ShellWord, raw: string, reader: WordReader, depth: number): string {
  const { value, isQuoted } = word;
  const { lead, trail } = isQuoted ? { lead: 0, trail: value.length } : wrapping(value);
  const body = value.slice(lead, trail);
  const verdict = body === '' ? 'all' : reader.read(body);
  const hidden =
    value.slice(0, lead) +
    (verdict === 'all' ? hideInArgument(body, false, depth - 1) : piece(body, verdict)) +
    value.slice(trail);
  if (hidden === value) return raw;
  if (!isQuoted) return hidden;
  // As it was written, if no more than that has to be hidden: JSON stays JSON.
  const asWritten = hideAssigned(raw);
  const [again] = shellWords(asWritten);
  return verdict === 'all' &&
    again?.end === asWritten.length &&
    again.value === hideInArgument(again.value, false, depth - 1)
    ? asWritten
    : `'${hidden}'`;
}

/** The quoted texts of a list, as JSON and Python write the arguments of a command. */
const LIST =
  /\[\s{0,8}(?:"(?:[^"\\]|\\[^]){0,4096}"(?:\s{0,8},\s{0,8}"(?:[^"\\]|\\[^]){0,4096}"){1,255}|'(?:[^'\\]|\\[^]){0,4096}'(?:\s{0,8},\s{0,8}'(?:[^'\\]|\\[^]){0,4096}'){1,255})\s{0,8}\]/g;
const LIST_TEXT = /"((?:[^"\\]|\\[^])*)"|'((?:[^'\\]|\\[^])*)'/g;

/** Of private use: stands for a list that has been seen to. */
const PLACE = '\ue000';
const PLACES = /\["\ue000(\d{1,6})"\]/g;

/** The arguments of the lists, and a name in front of one hides all of it. */
function besideLists(text: string, hide: (text: string) => string): string {
  if (!text.includes('[')) return hide(text);
  const lists: string[] = [];
  const rest = text.replace(LIST, (list) => `["${PLACE}${lists.push(hideInList(list)) - 1}"]`);
  const shown = hide(rest);
  return shown.replace(PLACES, (place, at: string) => lists[Number(at)] ?? place);
}

function hideInList(list: string): string {
  const quote = /["']/.exec(list)?.[0] ?? '"';
  const words = [...list.matchAll(LIST_TEXT)].map(([, double, single]) => double ?? single ?? '');
  const plain = words.map((word) =>
    word.replace(/\\([^])/g, (_, char: string) => (char === 'n' ? '\n' : char)),
  );
  const shown = hideSecretsInArgv(plain);
  return shown.every((word, at) => word === plain[at])
    ? list
    : `[${shown.map((word) => `${quote}${escaped(word, quote)}${quote}`).join(', ')}]`;
}

const escaped = (word: string, quote: string): string =>
  word.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`).replaceAll('\n', '\\n');

function hidePiped(text: string): string {
  return text.includes('|')
    ? text.replace(PIPED, (whole, command: string, words: string, pipe: string) =>
        /^\\{0,4}["']?\$\{?\w+\}?\\{0,4}["']?$/.test(words.trim()) ? whole : `${command}${HIDDEN}${pipe}`,
      )
    : text;
}

function hideNamed(text: string, depth: number): string {
  const hide = (part: string): string => hideAssigned(hideInWords(hidePiped(part), depth));
  return depth === DEPTH ? besideLists(text, hide) : hide(text);
}

/** A line of text, secret values replaced by `***`. */
export function hideSecrets(text: string): string {
  return hideNamed(hideShapes(text), DEPTH);
}

/** A title that a process has given itself, and the text of `sh -c`, are not one value up to their end. */
const isText = (argv: readonly string[], at: number): boolean =>
  argv.length === 1 || /^-[a-z]{0,4}c$/.test(argv[at - 1] ?? '');

/** `isLine`: words of their own, not one value up to its end. */
function hideInArgument(argument: string, isLine: boolean, depth: number): string {
  const whole = isLine ? undefined : hideWhole(argument);
  if (whole !== undefined) return whole;
  return /\s/.test(argument) && depth > 0 ? hideNamed(argument, depth) : hideAssigned(argument);
}

/**
 * The arguments of a process, secret values replaced by `***`. An argument with spaces may be a whole shell command; a
 * PEM block that a shell has split into words becomes one.
 */
export function hideSecretsInArgv(argv: readonly string[]): string[] {
  const joined = argv.some((argument) => argument.startsWith('-----BEGIN'))
    ? hidePem(argv.join('\0'))
    : undefined;
  const reader = new WordReader({ hasLabels: true });
  return (joined?.split('\0') ?? argv).map((argument, at, all) => {
    const shown = reader.read(argument);
    return shown === 'all'
      ? hideInArgument(hideShapes(argument), isText(all, at), DEPTH)
      : piece(argument, shown);
  });
}

/** A JSON value with the values of secret names, and what looks secret in its texts, replaced by `***`. */
export function hideSecretsInJson(value: unknown, depth = 64): unknown {
  if (typeof value === 'string') return hideSecrets(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return '…';
  if (Array.isArray(value)) {
    const texts = value.filter((one): one is string => typeof one === 'string');
    return texts.length === value.length
      ? hideSecretsInArgv(texts)
      : value.map((one: unknown) => hideSecretsInJson(one, depth - 1));
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, one]: [string, unknown]) => [name, ofName(name, one, depth)]),
  );
}

function ofName(name: string, value: unknown, depth: number): unknown {
  const secrecy = secrecyOf(name);
  if (secrecy === undefined || value === null || typeof value === 'boolean') {
    return hideSecretsInJson(value, depth - 1);
  }
  const isPlain = typeof value === 'string' || typeof value === 'number';
  if (secrecy === 'perhaps' && !isPlain) return hideSecretsInJson(value, depth - 1);
  return isPlain && isHarmless(String(value), secrecy) ? hideSecretsInJson(value) : HIDDEN;
}

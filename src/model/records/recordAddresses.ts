/** The addresses that a record's text names, whatever it calls them: those at which something listens show that it lives. */
import type { HostFacts } from '../facts';
import { saidByName } from './pidRecordUnsure';
import { isThisHost } from './recordOrigin';

/** `http://127.0.0.1:9293/`, `tcp://[::1]:80`, `localhost:3000`. */
const HOST_AND_PORT = /(\[[0-9A-Fa-f:.]{2,45}\]|[\w.-]{1,253}|\*):(\d{1,5})(?!\d)/g;
/** `"debugPort": 9229`, `SERVER_PORT=80`, `ports: [3000, 3001]`. */
const BY_KEY =
  /port\w{0,16}["']?\s{0,4}[:=]\s{0,4}["'[]?\s{0,4}((?:\d{1,5}["']?\s{0,4},\s{0,4}["']?)*\d{1,5})(?!\d)/gi;

/** A number in a line that has nothing but numbers. */
const ALONE = /(?<=^[\d \t]{0,64})\b\d{1,5}\b(?=[\d \t]*\r?$)/gm;

/** Returns the ports of this machine that the text names. `fileName`: of its file, without the folder. */
export function portsIn(text: string, fileName: string, host: HostFacts): ReadonlySet<number> {
  const ports = new Set<number>();
  for (const [, name = '', port] of text.matchAll(HOST_AND_PORT)) {
    if (name === '*' || isThisHost(name, host)) ports.add(Number(port));
  }
  for (const [, list = ''] of text.matchAll(BY_KEY)) {
    for (const port of list.match(/\d+/g) ?? []) ports.add(Number(port));
  }
  for (const { 0: port, index } of text.matchAll(ALONE)) {
    // What stands first is the pid where the file is called so.
    const isFirst = text.slice(0, index).trim() === '';
    if (!isFirst || saidByName(fileName) !== 'pid') ports.add(Number(port));
  }
  return ports;
}

const WORD = /[^\s"'`,;=<>()[\]{}]+/g;

/** Returns those of the sockets' names, as they were bound, that the text names; some bind a relative one. */
export function socketsIn(text: string, bound: readonly string[]): string[] {
  // PHP writes JSON with `\/`.
  const plain = text.replaceAll('\\/', '/');
  const words = [...plain.matchAll(WORD)]
    .map(([word]) => word.replace(/^\w+:(?:\/\/)?(?=[/.@\w])/, '').replace(/^\.\//, ''))
    .filter((word) => /[/@]|\.sock/.test(word));
  return bound.filter(
    (name) =>
      (name.startsWith('/') && plain.includes(name)) ||
      words.some((word) => word === name || word.endsWith(`/${name}`) || name.endsWith(`/${word}`)),
  );
}

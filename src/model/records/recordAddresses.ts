/** The addresses that a record's text names, whatever it calls them: those at which something listens show that it lives. */
import type { HostFacts } from '../facts';
import { isThisHost } from './recordOrigin';

/** `http://127.0.0.1:9293/`, `tcp://[::1]:80`, `localhost:3000`. */
const HOST_AND_PORT = /(\[[0-9A-Fa-f:.]{2,45}\]|[\w.-]{1,253}|\*):(\d{1,5})(?!\d)/g;
/** `"debugPort": 9229`, `SERVER_PORT=80`, `ports: [3000, 3001]`. */
const BY_KEY =
  /port\w{0,16}["']?\s{0,4}[:=]\s{0,4}["'[]?\s{0,4}((?:\d{1,5}["']?\s{0,4},\s{0,4}["']?)*\d{1,5})(?!\d)/gi;

/** Returns the ports of this machine that the text names. */
export function portsIn(text: string, host: HostFacts): ReadonlySet<number> {
  const ports = new Set<number>();
  for (const [, name = '', port] of text.matchAll(HOST_AND_PORT)) {
    if (name === '*' || isThisHost(name, host)) ports.add(Number(port));
  }
  for (const [, list = ''] of text.matchAll(BY_KEY)) {
    for (const port of list.match(/\d+/g) ?? []) ports.add(Number(port));
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

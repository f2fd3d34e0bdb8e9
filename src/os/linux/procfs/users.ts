/** User names from /etc/passwd, passwd(5): `name:password:uid:gid:gecos:home:shell`. */
import { readUtf8 } from './read';

export function parsePasswd(text: string): Map<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [name = '', , uid = ''] = line.split(':', 3);
    // The first line of a uid is the one that getpwuid(3) answers.
    if (name !== '' && /^\d+$/.test(uid) && !names.has(Number(uid))) names.set(Number(uid), name);
  }
  return names;
}

/** An unknown user is looked up again at most this often, in ms. */
const RETRY_MS = 60_000;

let names = new Map<number, string>();
let readAt = -Infinity;

export function userName(uid: number): string | undefined {
  const known = names.get(uid);
  if (known !== undefined || performance.now() - readAt < RETRY_MS) return known;
  readAt = performance.now();
  const text = readUtf8('/etc/passwd', 4 << 20);
  if (typeof text === 'string') names = parsePasswd(text);
  return names.get(uid);
}

/** Users from /etc/passwd, passwd(5): `name:password:uid:gid:gecos:home:shell`. */
import { readUtf8 } from './read';

export interface User {
  name: string;
  home: string;
}

/** Returns them by their uid. */
export function parsePasswd(text: string): Map<number, User> {
  const users = new Map<number, User>();
  for (const line of text.split('\n')) {
    const [name = '', , uid = '', , , home = ''] = line.split(':', 6);
    // The first line of a uid is the one that getpwuid(3) answers.
    if (name !== '' && /^\d+$/.test(uid) && !users.has(Number(uid))) users.set(Number(uid), { name, home });
  }
  return users;
}

/** An unknown user is looked up again at most this often, in ms. */
const RETRY_MS = 60_000;

let users = new Map<number, User>();
let readAt = -Infinity;

function userOf(uid: number): User | undefined {
  const known = users.get(uid);
  if (known !== undefined || performance.now() - readAt < RETRY_MS) return known;
  readAt = performance.now();
  const text = readUtf8('/etc/passwd', 4 << 20);
  if (typeof text === 'string') users = parsePasswd(text);
  return users.get(uid);
}

/** Returns what the user is called. */
export const userName = (uid: number): string | undefined => userOf(uid)?.name;

/** Returns the folder in which the user's files are. */
export const homeOf = (uid: number): string | undefined => userOf(uid)?.home;

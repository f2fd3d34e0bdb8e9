/**
 * Of what kind a descriptor is, but for pipes and sockets: of some it is known that each start of a program has one of
 * its own. Whatever is not known is told by its name, and another run has the same or has not.
 */
import type { OpenLink } from './links';

const DEVICES_OF_ALL = /^\/dev\/(?:null|zero|full|u?random|tty)$/;
/** Where a session is at work: a window of a terminal, a console. A serial line is none. */
const TERMINAL = /^\/dev\/(?:pts\/\d+|tty\d+|console)$/;
const PTY_MASTER = /^\/dev\/(?:pts\/)?ptmx$/;
const ANONYMOUS_OF_ALL = /^anon_inode:\[?(?:eventpoll|eventfd|timerfd|signalfd|io_uring)\]?$/;
/** Where all programs of the machine read: fonts, locales, libraries, certificates. */
const READ_BY_ALL = /^\/(?:usr\/(?!local\/)|lib\w*\/|etc\/|snap\/)/;
const NOTIFY = /^anon_inode:\[?(?:inotify|fanotify)\]?$/;
const PIDFD = /^(?:anon_inode:\[pidfd\]|pidfd:)/;

/** Of more watched files or folders it is not said which they are. */
const MAX_WATCHES = 1024;

/** By what the kernel calls it: its kind. */
export type Uses = [identity: string, kind: string][];

export const isTerminal = (link: string): boolean => TERMINAL.test(link);

const NONE: Uses = [];

/** Returns what the path is called in every run: memory that has lost its name has another one in each. */
export function nameOf(path: string): string {
  return path.replace(/^\/dev\/shm\/.+ \(deleted\)$/, '/dev/shm (deleted)');
}

/** `inotify wd:1 ino:2a sdev:fd00000 mask:…`: what is watched, by its file system and inode (proc_pid_fdinfo(5)). */
function watchesOf(where: string, link: string, info: string): Uses {
  const watches = info.split('\n').flatMap((line) => {
    const [, kind, rest = ''] = /^((?:i|fa)notify) (?!flags)(.+)$/.exec(line) ?? [];
    if (kind === undefined) return [];
    const told = /\bino:\S+|\bsdev:\S+|\bmnt_id:\S+/g;
    return [`${kind} ${(rest.match(told) ?? []).join(' ')}`];
  });
  if (watches.length > MAX_WATCHES) return [[`${link} ${where}`, `${link} ${where}`]];
  return watches.length === 0 ? NONE : watches.map((watch) => [watch, watch]);
}

/** Returns the kinds of what is no pipe and no socket; none where each start has one of its own. */
export function kindsOf(
  { fd, link, writes }: OpenLink,
  { pid, terminals, infoOf }: { pid: number; terminals: ReadonlySet<string>; infoOf: (fd: number) => string },
): Uses {
  if (DEVICES_OF_ALL.test(link) || ANONYMOUS_OF_ALL.test(link) || terminals.has(link)) return NONE;
  if (!writes && (READ_BY_ALL.test(link) || link.startsWith(`/proc/${pid}/`))) return NONE;
  const where = `${pid}/${fd}`;
  if (NOTIFY.test(link)) return watchesOf(where, link, infoOf(fd));
  if (PIDFD.test(link)) {
    const [, other] = /^Pid:\s*(\d+)/m.exec(infoOf(fd)) ?? [];
    // It has ended, or is not of this namespace.
    return other === undefined ? NONE : [[`pid:${other}`, `pid:${other}`]];
  }
  if (PTY_MASTER.test(link)) return [[`${link} ${where}`, '/dev/ptmx']];
  return link.startsWith('/') ? [[link, nameOf(link)]] : [[`${link} ${where}`, link.replace(/\[\d+\]$/, '')]];
}

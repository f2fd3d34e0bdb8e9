/** The calls of the C library that Node itself is linked with, declared as in their manual pages. */
import { errnoName } from '../errno';
import type { Koffi } from '../koffi';

/** arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h: the same on x64 and arm64. */
const SYS_PIDFD_SEND_SIGNAL = 424;
const SYS_PIDFD_OPEN = 434;

/** struct pollfd of poll(2): `int fd; short events; short revents`. */
export const POLLFD = { size: 8, fd: 0, events: 4, revents: 6 } as const;
export const POLLIN = 1;

export interface Libc {
  /** pidfd_open(2): a descriptor, -1 on failure. */
  pidfdOpen(pid: number): number;
  /** pidfd_send_signal(2): 0, -1 on failure. */
  pidfdSendSignal(fd: number, signal: number): number;
  /** poll(2), on a thread of its own; `fds`: `count` times `POLLFD`. */
  poll(fds: Buffer, count: number, timeoutMs: number): Promise<number>;
  /** Of the last call of this thread: `ESRCH`. */
  errnoName(): string;
}

export function loadLibc(koffi: Koffi): Libc {
  const libc = koffi.load(null);
  // Both are without a wrapper before glibc 2.36, and in musl.
  const syscall = libc.func('long syscall(long number, ...)') as (...args: unknown[]) => number;
  const poll = libc.func('int poll(void *fds, unsigned long nfds, int timeout)');
  return {
    pidfdOpen: (pid) => syscall(SYS_PIDFD_OPEN, 'int', pid, 'unsigned int', 0),
    pidfdSendSignal: (fd, signal) =>
      syscall(SYS_PIDFD_SEND_SIGNAL, 'int', fd, 'int', signal, 'void *', null, 'unsigned int', 0),
    poll: (fds, count, timeoutMs) =>
      new Promise((resolve, reject) => {
        poll.async(fds, count, timeoutMs, (error: unknown, result: number) => {
          if (error === null || error === undefined) resolve(result);
          else reject(error instanceof Error ? error : new Error('poll failed'));
        });
      }),
    errnoName: () => errnoName(koffi),
  };
}

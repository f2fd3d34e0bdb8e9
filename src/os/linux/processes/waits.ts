/** For what the threads of a process wait, as far as the kernel tells: /proc/<pid>/task/<tid>/{wchan,syscall} (proc(5)). */
import * as fs from 'node:fs';
import { readText } from '../procfs/read';

const MAX_THREADS = 128;

/** Functions in which one waits for a semaphore, a message queue, or the other end of a FIFO. */
const QUEUE = /semtimedop|msgrcv|msgsnd|mq_timed|wq_sleep|wait_for_partner|fifo_open/;
/** One waits there for what is typed. In the second for what comes by TCP as well. */
const TYPING = /^(?:n_tty_read|wait_woken)$/;

/** read(2) and readv(2), whose first argument is the descriptor; select(2) and pselect(2): one more than the highest. */
const READS: Partial<Record<NodeJS.Architecture, { read: number[]; select: number[] }>> = {
  x64: { read: [0, 19], select: [23, 270] },
  arm64: { read: [63, 65], select: [72] },
};

const trimmed = (path: string): string => {
  const text = readText(path);
  return typeof text === 'string' ? text.trim() : '';
};

function threadsOf(pid: number): string[] {
  try {
    return fs.readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // gone
  }
}

/** Does it read one of these descriptors? undefined: what it calls may not be read. */
function callsFor(call: string, fds: ReadonlySet<number>): boolean | undefined {
  const [, number, first = '0'] = /^(\d+) (0x[0-9a-f]+)/.exec(call) ?? [];
  const { read, select } = READS[process.arch] ?? {};
  if (number === undefined || read === undefined || select === undefined) return undefined;
  if (read.includes(Number(number))) return fds.has(Number(first));
  return select.includes(Number(number)) && fds.has(Number(first) - 1);
}

/** Returns in what of the kernel’s queues it waits, and whether it reads one of these terminals. `isCut`: of more threads it is not known. */
export function readWaits(
  pid: number,
  terminals: ReadonlySet<number>,
): { queues: readonly string[]; readsTerminal: boolean; isCut: boolean } {
  const queues: string[] = [];
  let readsTerminal = false;
  const threads = threadsOf(pid);
  for (const tid of threads.slice(0, MAX_THREADS)) {
    const at = trimmed(`/proc/${pid}/task/${tid}/wchan`);
    if (QUEUE.test(at)) queues.push(at);
    if (terminals.size === 0 || readsTerminal) continue;
    const calls = callsFor(trimmed(`/proc/${pid}/task/${tid}/syscall`), terminals);
    readsTerminal = calls ?? TYPING.test(at);
  }
  return { queues, readsTerminal, isCut: threads.length > MAX_THREADS };
}

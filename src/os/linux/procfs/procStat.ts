/** `/proc/<pid>/stat`, proc_pid_stat(5). */

export interface ProcStat {
  pid: number;
  /** At most 15 bytes; may contain anything but NUL, `)` and newline included. */
  comm: string;
  state: string;
  ppid: number;
  pgid: number;
  sid: number;
  /** PF_KTHREAD among `flags`. */
  isKernelThread: boolean;
  /** Field 10, minor page faults: no program starts without some, so while it stands no execve(2) has happened. */
  minorFaults: number;
  /** Field 20: above 1 in a zombie, only its first thread has ended and the others run on. */
  threads: number;
  /** Field 22: clock ticks since boot. */
  startTicks: number;
  /**
   * Field 28, the bottom of the stack: random for each execve(2) and kept by fork(2), so a new value is a new program.
   * 0 where it may not be seen.
   */
  startStack: number;
}

const PF_KTHREAD = 0x0020_0000;

/** The name is written by the process itself (`a) R 1 (x`), so the fields start after the last `)`. */
export function parseProcStat(text: string): ProcStat | undefined {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 2 || close < open) return undefined;
  const pid = Number(text.slice(0, open - 1));
  // state ppid pgrp session tty_nr tpgid flags … (7 to 21) … starttime
  const fields = text.slice(close + 2).split(' ', 26);
  const [state = '', ppid, pgid, sid, , , flags, minorFaults] = fields;
  const startTicks = Number(fields[19]);
  if (!Number.isSafeInteger(pid) || pid <= 0 || !/^[A-Za-z]$/.test(state) || fields.length < 20) {
    return undefined;
  }
  if (!Number.isSafeInteger(startTicks) || startTicks < 0) return undefined;
  const startStack = Number(fields[25] ?? 0);
  const numbers = [Number(ppid), Number(pgid), Number(sid), Number(flags), Number(fields[17])] as const;
  if (!numbers.every(Number.isSafeInteger)) return undefined;
  return {
    pid,
    comm: text.slice(open + 1, close),
    state,
    ppid: numbers[0],
    pgid: numbers[1],
    sid: numbers[2],
    // Not `&`: the flags are unsigned 32 bits.
    isKernelThread: Math.floor(numbers[3] / PF_KTHREAD) % 2 === 1,
    minorFaults: Number(minorFaults),
    threads: numbers[4],
    startTicks,
    startStack: Number.isSafeInteger(startStack) ? startStack : 0,
  };
}

export interface ProcStatus {
  tgid?: number;
  /** Real user id. */
  uid?: number;
  /** This procfs's namespace first, the process's own last. */
  nsPids: readonly number[];
}

/**
 * `/proc/<pid>/status`. The name line is escaped by the kernel (`\n`), so no line can be forged. Of some sixty lines three
 * are of interest, and they are looked for.
 */
export function parseProcStatus(text: string): ProcStatus {
  const status: ProcStatus = { nsPids: numbersOf('NSpid', text).filter(Number.isInteger) };
  const [tgid] = numbersOf('Tgid', text);
  if (tgid !== undefined && Number.isInteger(tgid)) status.tgid = tgid;
  const [uid] = numbersOf('Uid', text);
  if (uid !== undefined && Number.isInteger(uid)) status.uid = uid;
  return status;
}

/** Returns what stands on the line of that name; nothing where there is no such line. */
function numbersOf(name: string, text: string): number[] {
  const key = `${name}:`;
  const before = text.startsWith(key) ? 0 : text.indexOf(`\n${key}`) + 1;
  if (before === 0 && !text.startsWith(key)) return [];
  const from = before + key.length;
  const end = text.indexOf('\n', from);
  const words = text.slice(from, end < 0 ? undefined : end).trim();
  return words.split(/\s+/, 64).map(Number);
}

/** `/proc/<pid>/cmdline`: NUL after each argument; a process may have overwritten it (setproctitle) without. */
export function parseCmdline(text: string): string[] {
  if (text === '') return [];
  const argv = (text.endsWith('\0') ? text.slice(0, -1) : text).split('\0');
  // setproctitle pads with NULs. Of one word they say that it was put over the arguments: one stays.
  const [first = ''] = argv;
  const isOneWord = !first.includes(' ') && argv.slice(1).every((argument) => argument === '');
  while (argv.length > (isOneWord ? 2 : 1) && argv.at(-1) === '') argv.pop();
  return argv;
}

/**
 * Asks a program to end in its own way: Ctrl+C in its console, or a closed window. The event goes to every process of the
 * console, so that it is sent only where the program is alone in there; a program that was started in a terminal shares
 * that with the shell. A process that joins the console meanwhile is one that the program starts.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Console } from './libraries';

const CTRL_C = 0;
const IGNORE = 1;
/** A console with more processes than this is not the program's alone. */
const ROOM = 16;
/** ms that taskkill may take. */
const CLOSE_MS = 5000;

/** Reports whether the event was sent. The caller keeps the process open, so that the pid is its own. */
export function interruptAlone(console: Console, pid: number): boolean {
  // A process has one console at most; the helper needs none.
  console.FreeConsole();
  if (console.AttachConsole(pid) === 0) return false;
  try {
    const list = Buffer.alloc(ROOM * 4);
    const count = console.GetConsoleProcessList(list, ROOM);
    const attached = Array.from({ length: Math.min(count, ROOM) }, (_, index) =>
      list.readUInt32LE(index * 4),
    ).filter((one) => one !== process.pid);
    if (count === 0 || count > ROOM || attached.length !== 1 || attached[0] !== pid) return false;
    // The helper is in the console too.
    if (console.SetConsoleCtrlHandler(null, IGNORE) === 0) return false;
    return console.GenerateConsoleCtrlEvent(CTRL_C, 0) !== 0;
  } finally {
    console.FreeConsole();
  }
}

/** Without /F taskkill sends WM_CLOSE, which a program without a window never gets: then it fails. */
export function closeWindows(pid: number): Promise<boolean> {
  const program = join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'taskkill.exe');
  return new Promise((resolve) => {
    const options = { windowsHide: true, stdio: 'ignore', timeout: CLOSE_MS } as const;
    spawn(program, ['/PID', String(pid)], options)
      .on('error', () => resolve(false))
      .on('exit', (code) => resolve(code === 0));
  });
}

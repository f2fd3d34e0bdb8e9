/** Processes with a chosen pid, started and reaped without Node's help: fast enough to reuse a pid within a tick. */
import * as fs from 'node:fs';
import koffi from 'koffi';

const libc = koffi.load(null);
const posixSpawn = libc.func(
  'int posix_spawn(_Out_ int *pid, const char *path, void *actions, void *attributes, const char **argv, const char **env)',
) as (
  pid: number[],
  path: string,
  actions: null,
  attributes: null,
  argv: unknown[],
  env: unknown[],
) => number;
const waitpid = libc.func('int waitpid(int pid, _Out_ int *status, int options)') as (
  pid: number,
  status: number[],
  options: number,
) => number;

const counter = fs.openSync('/proc/sys/kernel/ns_last_pid', 'w');

/** Starts `sleep` as exactly this pid, which has to be free. */
export function startAs(pid: number): void {
  const got = [0];
  // Another process of the namespace may have taken the number in between; then it is tried again.
  for (let attempt = 0; attempt < 50; attempt += 1) {
    fs.writeSync(counter, String(pid - 1), 0);
    const error = posixSpawn(got, '/bin/sleep', null, null, ['sleep', '1000', null], [null]);
    if (error !== 0) throw new Error(`posix_spawn: errno ${error}`);
    if (got[0] === pid) return;
    end(got[0] ?? 0);
  }
  throw new Error(`pid ${pid} is not to be had`);
}

/** SIGKILL and reap. Answers the signal that the process died of: the first fatal one that was sent. */
export function end(pid: number): number {
  process.kill(pid, 'SIGKILL');
  const status = [0];
  if (waitpid(pid, status, 0) !== pid) throw new Error(`waitpid ${pid}: errno ${koffi.errno()}`);
  return (status[0] ?? 0) & 0x7f; // WTERMSIG, wait(2)
}

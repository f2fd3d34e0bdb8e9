/**
 * The same without any package, on Linux: run-once.sh (or `flock -n -F`) takes the lock and becomes this process,
 * and this file makes sure that nobody starts the program without it.
 *
 *   run-once.sh /var/lib/bot/bot.lock node bot.mjs
 *   import { requireLock } from './require-lock.mjs';
 *   requireLock('/var/lib/bot/bot.lock'); // throws unless this very process holds the lock
 *
 * Try it: ./run-once.sh /tmp/demo.lock node require-lock.mjs /tmp/demo.lock
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { pathToFileURL } from 'node:url';

/** Returns the descriptor through which this process holds an exclusive flock on the file that `path` names now. */
export function requireLock(path) {
  const named = fs.statSync(path, { bigint: true });
  for (const fd of fs.readdirSync('/proc/self/fd').map(Number)) {
    let open;
    try {
      open = fs.fstatSync(fd, { bigint: true });
    } catch {
      continue; // the descriptor that listed the directory, closed by now
    }
    // fdinfo lists the locks held through a descriptor: "lock:  1: FLOCK  ADVISORY  WRITE 4242 fe:00:1234 0 EOF".
    const isThisFile = open.ino === named.ino && open.dev === named.dev;
    if (
      isThisFile &&
      /^lock:.* FLOCK +ADVISORY +WRITE /m.test(fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))
    ) {
      return fd;
    }
  }
  throw new Error(`not started under the lock; start it with: run-once.sh ${path} node ${process.argv[1]} …`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  requireLock(process.argv[2]);
  // Node marks what it inherited close-on-exec when it starts: its children do not get the lock.
  const helper = spawn('sleep', ['600']);
  console.log(`running as pid ${process.pid}, helper ${helper.pid}`);
}

'use strict';
/**
 * Stands in for VS Code's native watchdog, which would have to be compiled: ends this process, with the same exit
 * code 87, within seconds of the end of the process it was told to watch.
 */
let started = false;

exports.start = (pid) => {
  if (!Number.isInteger(pid)) throw new Error('Expected integer pid!');
  if (started) throw new Error('Can only monitor a single process!');
  started = true;
  setInterval(() => {
    try {
      process.kill(pid, 0);
    } catch (error) {
      if (error.code === 'ESRCH') process.exit(87);
    }
  }, 1000).unref();
};

exports.exit = (code) => process.exit(code || 0);

/** Programs that were told another's number by an option: `strace -p 17`, `perf record --pid=17`, `tail --pid 17`. */

/** Returns whether the words tell the number behind an option that means a process. */
export const isToldPid = (argv: readonly string[], pid: number): boolean =>
  argv.some(
    (word, index) =>
      word === `--pid=${pid}` ||
      word === `-p${pid}` ||
      (word === String(pid) && /^(?:-p|--pid)$/.test(argv[index - 1] ?? '')),
  );

/** Processes named in one command; more would be no line any more. */
const PROCESSES_NAMED = 20;

/** Returns the command for a list of distinct pids, or none for an empty one. */
export function listed(pids: readonly number[], command: (list: string) => string): string[] {
  const list = [...new Set(pids)].slice(0, PROCESSES_NAMED).join(',');
  return list === '' ? [] : [command(list)];
}

/** Values inside pid records: pids, ports, host names, boot ids. */

/**
 * No process has a larger number. Linux: `pid_max` is at most 2^22 (PID_MAX_LIMIT, include/linux/threads.h) and one more
 * than the largest pid (proc_sys_kernel(5)). macOS and the BSDs stop at 99,999 (PID_MAX, sys/proc.h). Windows takes the
 * lowest free multiples of four, and had to run a million processes at once to get there. Seconds since the epoch, which
 * shell scripts write into lock files, are far above.
 */
export const MAX_PID = 4_194_303;

/** Digits only (leading zeros allowed); undefined for anything else, 0 included. */
export function parsePid(text: string): number | undefined {
  if (!/^\d{1,20}$/.test(text)) {
    return undefined;
  }
  return validPid(Number(text));
}

export const validPid = (value: number): number | undefined =>
  Number.isInteger(value) && value > 0 && value <= MAX_PID ? value : undefined;

export function validPort(value: unknown): number | undefined {
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value;
  return typeof port === 'number' && Number.isInteger(port) && port > 0 && port <= 65_535 ? port : undefined;
}

/** Letters, digits, dots, dashes, underscores; at least one character that no number has. */
export const looksLikeHost = (text: string): boolean =>
  text.length <= 255 && /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(text) && /[A-Za-z]/.test(text);

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A boot id as Linux and macOS write it, in the lower case of Linux. */
export const parseBootId = (text: string): string | undefined =>
  UUID.test(text) ? text.toLowerCase() : undefined;

/** /etc/machine-id has 32 hex digits, the machine GUID of Windows and macOS is a UUID. */
export const looksLikeMachineId = (text: string): boolean => UUID.test(text) || /^[0-9a-f]{32}$/i.test(text);

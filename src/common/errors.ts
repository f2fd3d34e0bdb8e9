/** What was thrown, as data: the system's code for it, the call that failed, and its text. */

/** The code of an error that carries none. */
const UNKNOWN = 'UNKNOWN';

export interface SystemFailure {
  /** `ENOENT`. */
  code: string;
  /** `open`. */
  syscall: string;
}

const fieldsOf = (error: unknown): { code?: unknown; syscall?: unknown } =>
  typeof error === 'object' && error !== null ? error : {};

/** Returns the system's code and the call that failed; `syscall`: the call, where the error does not name it. */
export function failureOf(error: unknown, syscall = ''): SystemFailure {
  const fields = fieldsOf(error);
  return {
    code: codeOf(error),
    syscall: typeof fields.syscall === 'string' ? fields.syscall : syscall,
  };
}

/** Returns the system's code (`ENOENT`), `UNKNOWN` for an error that did not come from the system. */
export function codeOf(error: unknown): string {
  const { code } = fieldsOf(error);
  return typeof code === 'string' ? code : UNKNOWN;
}

/** Reports whether the system refused with this code. */
export const hasCode = (error: unknown, code: string): boolean => codeOf(error) === code;

/** Returns the code, or the whole text of an error that has none. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error);
  return code === UNKNOWN ? String(error) : code;
}

/** Returns the message, for the user. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Returns the message with the stack, for a log. */
export const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

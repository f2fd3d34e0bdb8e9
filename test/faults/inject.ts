import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/**
 * Makes calls of node:fs fail, or be followed by something, in this process: at the boundary between the real code
 * and the real operating system. Only synchronous calls, which is all that the observer and a removal make.
 */

export type FaultCode =
  | 'ENOENT'
  | 'EACCES'
  | 'EIO'
  | 'ESTALE'
  | 'EMFILE'
  | 'ELOOP'
  | 'ENOSPC'
  | 'ESRCH'
  | 'EROFS'
  | 'EPERM'
  | 'EMLINK';

const OPERATIONS = [
  'openSync',
  'readSync',
  'closeSync',
  'fstatSync',
  'statSync',
  'lstatSync',
  'readlinkSync',
  'readdirSync',
  'readFileSync',
  'realpathSync',
  'accessSync',
  'existsSync',
  'opendirSync',
  'renameSync',
  'linkSync',
  'unlinkSync',
  'rmdirSync',
  'mkdirSync',
  'symlinkSync',
  'writeFileSync',
  'chmodSync',
  'fchmodSync',
  'lchownSync',
  'fchownSync',
  'lutimesSync',
] as const;
export type Operation = (typeof OPERATIONS)[number];

export interface Call {
  readonly operation: Operation;
  /** Of a call on a descriptor: the path it was opened with. */
  readonly path: string;
}

/** Before each call: a code makes it fail; anything may be done to the world meanwhile. */
export type Rule = (call: Call) => FaultCode | undefined;

type AnyFunction = (...args: unknown[]) => unknown;

const paths = new Map<number, string>();
let isInside = false;

function fail(code: FaultCode, { operation, path }: Call): never {
  const syscall = operation.replace(/Sync$/, '');
  throw Object.assign(new Error(`${code}: injected, ${syscall} '${path}'`), { code, syscall, path });
}

/** Runs `act` under the rule and takes the rule away again. */
export async function withFaults<T>(rule: Rule, act: () => Promise<T>): Promise<T> {
  const real = Object.fromEntries(OPERATIONS.map((name) => [name, fs[name]])) as Record<
    Operation,
    AnyFunction
  >;
  for (const operation of OPERATIONS) {
    const wrapped: AnyFunction = (...args) => {
      // What the rule itself reads, and what a call makes of others (readFileSync opens), are not counted.
      if (isInside) return real[operation](...args);
      const [first] = args;
      const path = typeof first === 'number' ? (paths.get(first) ?? `descriptor ${first}`) : String(first);
      isInside = true;
      try {
        const code = rule({ operation, path });
        // A descriptor is closed even when close(2) reports an error.
        if (code !== undefined && operation === 'closeSync') real.closeSync(...args);
        if (code !== undefined) fail(code, { operation, path });
        const result = real[operation](...args);
        if (operation === 'openSync' && typeof result === 'number') paths.set(result, path);
        return result;
      } finally {
        isInside = false;
      }
    };
    Object.assign(fs, { [operation]: wrapped });
  }
  syncBuiltinESMExports();
  try {
    return await act();
  } finally {
    Object.assign(fs, real);
    syncBuiltinESMExports();
  }
}

/** The same kind of call on the same kind of path: one pid is as good as another, one descriptor too. */
export function kindOf({ operation, path }: Call, folder: string): string {
  const general = path
    .replace(folder, '<folder>')
    .replace(/^\/proc\/\d+/, '/proc/<pid>')
    .replace(/^\/proc\/self\/(fd|fdinfo)\/\d+/, '/proc/self/$1/<n>')
    .replace(/^(\/proc\/<pid>\/(?:fd|fdinfo))\/\d+/, '$1/<n>');
  return `${operation.replace(/Sync$/, '')} ${general}`;
}

/** For a rule: waits, blocking this thread, until something is so. Anything that it reads is not counted. */
export function blockUntil(isSo: () => boolean, otherwise: string): void {
  const deadline = Date.now() + 10_000;
  const cell = new Int32Array(new SharedArrayBuffer(4));
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(otherwise);
    Atomics.wait(cell, 0, 0, 1);
  }
}

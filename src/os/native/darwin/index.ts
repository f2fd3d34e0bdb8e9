import { getSystemErrorName } from 'node:util';
import { errnoName } from '../errno';
import type { Koffi } from '../koffi';
import type { DarwinCalls } from './calls';
import { AUDIT_TOKEN, UNIQUE_IDENTIFIER } from './layouts';

type Signaller = (token: Buffer, signal: number) => number;

/** Makes what the native helper answers with on macOS: libproc.h, which libSystem has. `library`: a stand-in for it. */
export function darwinCalls(koffi: Koffi, library: string | null = null): DarwinCalls {
  const libproc = koffi.load(library);
  const info = libproc.func(
    'int proc_pidinfo(int pid, int flavor, uint64_t arg, void *buffer, int size)',
  ) as (pid: number, flavor: number, arg: number, buffer: Buffer, size: number) => number;
  let signaller: Signaller | undefined;
  try {
    signaller = libproc.func('int proc_signal_with_audittoken(void *token, int signal)') as Signaller;
  } catch {
    // Not in this version of macOS.
  }
  return {
    identify(pid) {
      const { flavor, arg, size, uniqueId, idVersion } = UNIQUE_IDENTIFIER;
      const buffer = Buffer.alloc(size);
      if (info(pid, flavor, arg, buffer, size) !== size) return { code: errnoName(koffi) };
      return {
        uniqueId: String(buffer.readBigUInt64LE(uniqueId)),
        idVersion: buffer.readInt32LE(idVersion),
      };
    },
    signalVersion(pid, idVersion, signal) {
      if (signaller === undefined) return { code: 'ENOSYS' };
      const token = Buffer.alloc(AUDIT_TOKEN.size);
      token.writeUInt32LE(pid, AUDIT_TOKEN.pid);
      token.writeInt32LE(idVersion, AUDIT_TOKEN.idVersion);
      // The error is what it returns, not errno.
      const error = signaller(token, signal);
      return error === 0 ? 'sent' : { code: getSystemErrorName(-error) };
    },
  };
}

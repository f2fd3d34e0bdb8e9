import { getSystemErrorName } from 'node:util';
import type { Koffi } from '../koffi';
import type { DarwinCalls } from './calls';
import { FileLockQuestions } from './fileLocks';
import { FileUses } from './fileUse';
import { AUDIT_TOKEN } from './layouts';
import { Libproc } from './libproc';
import { listenersOn } from './listeners';
import { pathUsers } from './pathUse';
import { SocketList } from './socketList';

type Signaller = (token: Buffer, signal: number) => number;

/** Makes what the native helper answers with on macOS: libproc.h, which libSystem has. `library`: a stand-in for it. */
export function darwinCalls(koffi: Koffi, library: string | null = null): DarwinCalls {
  const libproc = new Libproc(koffi, library);
  const uses = new FileUses(libproc, new FileLockQuestions(koffi, library));
  const sockets = new SocketList(koffi, library);
  let signaller: Signaller | undefined;
  try {
    const libSystem = koffi.load(library);
    signaller = libSystem.func('int proc_signal_with_audittoken(void *token, int signal)') as Signaller;
  } catch {
    // Not in this version of macOS.
  }
  return {
    identify: (pid) => libproc.identityOf(pid),
    signalVersion(pid, idVersion, signal) {
      if (signaller === undefined) return { code: 'ENOSYS' };
      const token = Buffer.alloc(AUDIT_TOKEN.size);
      token.writeUInt32LE(pid, AUDIT_TOKEN.pid);
      token.writeInt32LE(idVersion, AUDIT_TOKEN.idVersion);
      // The error is what it returns, not errno.
      const error = signaller(token, signal);
      return error === 0 ? 'sent' : { code: getSystemErrorName(-error) };
    },
    processes: () =>
      libproc.pids().flatMap((pid) => {
        const process = libproc.describe(pid);
        return process === undefined ? [] : [process];
      }),
    workingFolders: (pids) =>
      pids.flatMap((pid) => {
        const path = libproc.workingFolderOf(pid);
        return path === undefined ? [] : [[pid, path] as const];
      }),
    locksOn: (paths) => paths.map((path) => uses.locksOn(path)),
    usesOf: (paths) => uses.usesOf(paths),
    lockedFiles: (folders) => uses.lockedFiles(folders),
    pathUsers: (path) => pathUsers(path, libproc),
    listeners: (ports) => listenersOn(new Set(ports), libproc, sockets),
  };
}

/**
 * Who uses a file, by the Restart Manager: documented, and needs no administrator. It writes to the registry, and there
 * are 64 sessions for a user at most: never each tick.
 */
import type { FileUser } from './calls';
import { ERROR, RESTART_MANAGER } from './layouts';
import type { Libraries } from './libraries';

/** Processes come and go between its two questions. */
const ROUNDS = 5;

/** undefined: it cannot be asked, or gives no answer. */
export function restartManagerUsers(libraries: Libraries, path: string): FileUser[] | undefined {
  const { restartManager } = libraries;
  const session = Buffer.alloc(4);
  // It is to be zero before.
  const key = Buffer.alloc(RESTART_MANAGER.key);
  if (restartManager.RmStartSession(session, 0, key) !== ERROR.success) return undefined;
  const id = session.readUInt32LE();
  try {
    const name = Buffer.from(`${path}\0`, 'utf16le');
    const names = Buffer.alloc(8);
    names.writeBigUInt64LE(libraries.addressOf(name));
    const registered = restartManager.RmRegisterResources(id, 1, names, 0, null, 0, null);
    return registered === ERROR.success ? listOf(libraries, id) : undefined;
  } finally {
    restartManager.RmEndSession(id);
  }
}

function listOf({ restartManager }: Libraries, session: number): FileUser[] | undefined {
  const { size, pid, start } = RESTART_MANAGER;
  const [needed, count, reasons] = [Buffer.alloc(4), Buffer.alloc(4), Buffer.alloc(4)] as const;
  for (let round = 0, room = 8; round < ROUNDS; round += 1) {
    const processes = Buffer.alloc(room * size);
    count.writeUInt32LE(room);
    const error = restartManager.RmGetList(session, needed, count, processes, reasons);
    if (error === ERROR.success) {
      return Array.from({ length: Math.min(count.readUInt32LE(), room) }, (_, index) => ({
        pid: processes.readUInt32LE(index * size + pid),
        // Two words, and not at a multiple of eight.
        start: String(processes.readBigUInt64LE(index * size + start)),
      }));
    }
    if (error !== ERROR.moreData) return undefined;
    room = needed.readUInt32LE() + 8;
  }
  return undefined;
}

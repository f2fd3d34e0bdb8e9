import type { Koffi } from '../koffi';
import type { WindowsCalls } from './calls';
import { FileUse } from './fileUsers';
import { Libraries } from './libraries';
import { listenersOn } from './listeners';
import { PinnedProcesses } from './pinned';
import { Processes } from './processes';

/** Makes what the native helper answers with on Windows. `standIn`: one library in the place of all of Windows. */
export function windowsCalls(koffi: Koffi, standIn?: string): WindowsCalls {
  const libraries = new Libraries(koffi, standIn);
  const processes = new Processes(libraries);
  const use = new FileUse(libraries, processes);
  const pinned = new PinnedProcesses(libraries, processes);
  return {
    lookAt: (questions) => questions.map((question) => use.lookAt(question)),
    usersOf: (path) => use.usersOf(path),
    processes: () => processes.list(),
    pin: (pid, token) => pinned.pin(pid, token),
    end: (token, start) => pinned.end(token, start),
    requestEnd: (token, start) => pinned.requestEnd(token, start),
    ended: (token) => pinned.ended(token),
    unpin: (token) => pinned.unpin(token),
    listeners: (port) => listenersOn(port, libraries, processes),
  };
}

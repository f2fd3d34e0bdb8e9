/** What the native helper can be asked on Windows; its answers are plain data. */

/** `start`: when it was made, as FILETIME in decimal: with the pid it is the process's identity. */
export interface FileUser {
  pid: number;
  /** Absent: it may not be inspected. */
  start?: string;
}

export interface FileUsers {
  users: FileUser[];
  /**
   * The kernel's own list, in which no user is missing; else the Restart Manager's, which does not say that it is
   * complete.
   */
  isComplete: boolean;
}

/** An error of Windows by its number: ERROR_ACCESS_DENIED is 5. */
export interface WindowsError {
  error: number;
}

/** How an open, or a read of the first bytes, was refused: opened without sharing, or a region is locked. */
export type Refusal = 'read' | 'region' | 'write';

export type FileLook =
  | { state: 'absent' }
  /** No process uses it: no lock on it can be held on this machine. It was not opened for reading. */
  | { state: 'unused' }
  | {
      /** `empty`: the read found no byte, so that a locked region would not have been met. */
      state: 'refused' | 'open' | 'empty';
      refusal?: Refusal;
      /** As it was before and after; absent: not asked this time, or there is no answer. */
      use?: FileUsers;
    }
  | ({ state: 'unknown' } & WindowsError);

export interface FileQuestion {
  path: string;
  /** The Restart Manager may be asked, which writes to the registry: on a change, or when the user asks. */
  mayRegister: boolean;
}

export interface ListedProcess {
  pid: number;
  ppid: number;
  name: string;
  start: string;
  exe?: string;
  commandLine?: string;
}

export interface Listener {
  pid: number;
  /** When the process was made that has this pid after the table was read, and is in the table once more. */
  start?: string;
  address: string;
  port: number;
}

export type Requested = 'sent' | 'unasked' | 'ended' | 'other' | 'unpinned' | WindowsError;

export interface WindowsCalls {
  /** Reports who uses each file and whether that refuses others. The helper itself is never among the users. */
  lookAt(questions: readonly FileQuestion[]): FileLook[];
  /** Who has the file or the directory open, without opening it for anything. */
  usersOf(path: string): FileUsers | WindowsError;
  processes(): ListedProcess[];
  /**
   * Opens the process that has this pid now and keeps the handle, so that the pid stays its own; `token`: what an
   * earlier call gave, which is given again while it is kept.
   */
  pin(pid: number, token: string | undefined): { token: string; process: ListedProcess } | WindowsError;
  /**
   * Ends the process by its own handle, once that handle shows this start; `other`: it shows another one.
   */
  end(token: string, start: string): 'sent' | 'ended' | 'other' | 'unpinned' | WindowsError;
  /**
   * Asks it to end in its own way, once its handle shows this start. `unasked`: nothing was sent, since Windows has no
   * way to ask it alone.
   */
  requestEnd(token: string, start: string): Promise<Requested>;
  /** Resolves when that process has ended. */
  ended(token: string): Promise<'ended' | 'unpinned'>;
  unpin(token: string): undefined;
  /** Who listens on this TCP port. */
  listeners(port: number): Listener[] | WindowsError;
}

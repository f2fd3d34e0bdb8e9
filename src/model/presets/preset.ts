/** What a preset is: a tool that is known to leave lock or pid files, where it leaves them, and what its makers say. */
import type { RecordShape } from '../pidRecord';

/** Where a pattern starts: how far a search for it has to go, and when. */
export type PresetBase = 'workspace' | 'home' | 'runtimeDir' | 'tmp' | 'system';

export type PresetPlatform = 'linux' | 'darwin' | 'win32';

/** What a file of the tool is to the service: `both` for a pid file that is itself locked. */
export type PresetRole = 'lock' | 'pid' | 'both';

export interface PresetFile {
  /**
   * In the notation of `instanceMonitor.services`: relative to the workspace folder, `~`, variables, globs. A leading
   * `**` part means: anywhere in the folder, as deep as the search goes. `${env:UID:-*}` is the user's numeric id.
   */
  path: string;
  role: PresetRole;
  /** Absent: on every platform. */
  on?: readonly PresetPlatform[];
}

/**
 * `kernelLock`: the file alone proves nothing and is never stale. `lockedPidFile`: likewise, but it names its owner.
 * `existence`: the file locks by being there. `pidFile`: the file only records.
 */
export type PresetMechanism = 'kernelLock' | 'lockedPidFile' | 'existence' | 'pidFile';

export interface Preset {
  /** Key in `instanceMonitor.presets`. */
  id: string;
  /** Shown as the service's name. */
  tool: string;
  files: readonly PresetFile[];
  mechanism: PresetMechanism;
  /** Shapes the record is known to have; none for files that are always empty or hold the tool's own data. */
  records: readonly RecordShape[];
  /** What the tool's makers say instead of "delete it". Absent: a record whose owner is proven dead may be removed. */
  advice?: () => string;
  /** Files that belong together are one service of their folder. Absent: each file is a service. */
  group?: { lockFiles: readonly string[]; pidFiles: readonly string[] };
  /** What tells several services of the tool apart. */
  label: 'none' | 'file' | 'folder';
  /** Locks by directories that it renews every few seconds (proper-lockfile): one that is no longer renewed is stale. */
  heartbeat?: true;
  /** Recognises the tool's files where a setting names them: the advice holds there too. Matched against `/` paths. */
  known?: RegExp;
}

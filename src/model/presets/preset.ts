/** What a preset is: a tool that is known to leave lock or pid files, where it leaves them, and what its vendor says. */
import type { CONFLICT_PATTERNS } from '../conflictPatterns';
import type { PlatformName } from '../facts';
import type { RecordShape } from '../records/pidRecordTypes';
import type { CommandMatcher } from '../service';

/** Where a pattern starts: how far a search for it has to go, and when. */
export type PresetBase = 'workspace' | 'home' | 'runtimeDir' | 'tmp' | 'system';

/** What a file of the tool is to the service: `both` for a pid file that is itself locked. */
export type PresetRole = 'lock' | 'pid' | 'both';

/**
 * Names of the programs and scripts that write the records, in every way such a process can appear. `noRecord`: its
 * files name no process. `anyone`: a library, or many programs, write them, so no list of names could be whole.
 */
export type PresetPrograms = readonly string[] | 'noRecord' | 'anyone';

/** How the instances of a service are recognised. */
export interface PresetProcess {
  /** `{folder}` and `{name}` stand for the service's folder and for that folder's name. */
  command: CommandMatcher;
  /** Instances work in one project folder, this many above the service's folder. Absent: anywhere. */
  workingFolder?: number;
  /** Instances work in a folder that this regular expression matches; `{folder}` and `{name}` as in `command`. */
  workingIn?: string;
}

/** The tool's own log. */
export interface PresetLog {
  /** From the service's folder: a path, or a glob of which the newest match is watched. */
  path: string;
  /** Whose conflict lines can stand in it. */
  conflicts: readonly (keyof typeof CONFLICT_PATTERNS)[];
}

export interface PresetFile {
  /**
   * In the notation of `instanceMonitor.services`: relative to the workspace folder, `~`, variables, globs. A leading
   * `**` part means: anywhere in the folder, as deep as the search goes. `${env:UID:-*}` is the user's numeric id.
   */
  path: string;
  role: PresetRole;
  /** Absent: on every platform. */
  on?: readonly PlatformName[];
  /** The service's folder is this many above the file's own. Absent: it is the file's own. */
  above?: number;
  /** For this file instead of what the preset says; `none`: its holders are not the instances, nor is the log theirs. */
  process?: PresetProcess | 'none';
  /** For this file instead of what the preset says. */
  programs?: PresetPrograms;
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
  /** Kind of the kernel lock, where the tool's documentation or source says it. */
  lockKind?: 'flock' | 'posix';
  /** Locks by directories that it renews every few seconds (proper-lockfile): one that is no longer renewed is stale. */
  heartbeat?: true;
  /** Shapes the record is known to have; none for files that are always empty or hold the tool's own data. */
  records: readonly RecordShape[];
  programs: PresetPrograms;
  /** Absent: holders and recorded owners are the instances. */
  process?: PresetProcess;
  /** Instead, for a service whose folder lies in one called `profiles`: it is the profile's. */
  ofProfile?: PresetProcess;
  log?: PresetLog;
  /** What the tool's vendor says instead of "delete it". Absent: a record whose owner is proven dead may be removed. */
  advice?: () => string;
  /** Files that belong together are one service of their folder; names may be globs. Absent: each file is a service. */
  group?: { lockFiles: readonly string[]; pidFiles: readonly string[] };
  /** What tells several services of the tool apart. */
  label: 'none' | 'file' | 'folder';
  /** What the service's folder is usually called; one of another name (a profile, a second home) is told by it. */
  home?: readonly string[];
  /** Recognises the tool's files where a setting names them: the advice holds there too. Matched against `/` paths. */
  known?: RegExp;
}

export interface PresetPattern {
  preset: Preset;
  file: PresetFile;
  /** Absolute; may be a glob. */
  glob: string;
  base: PresetBase;
}

export interface PresetMatch {
  preset: Preset;
  file: PresetFile;
  /** Absolute path of a file that is there. */
  path: string;
}

/**
 * A service: something that must run once, as the settings or a preset describe it. Paths here are absolute
 * (variables expanded) and patterns (`globText.ts`).
 */

/** What a process must run. */
export type CommandMatcher =
  | { kind: 'substring'; text: string }
  /** Matched by a linear-time engine: a pattern must never be able to hang the monitor. */
  | { kind: 'regex'; source: string; flags: string };

/** How the instances of a service are recognised among the processes. */
export type ProcessMatcher =
  | CommandMatcher
  | {
      kind: 'commandAndCwd';
      command: CommandMatcher;
      cwd: string | undefined;
      /** A regular expression for the folder instead, where its name is not known as a whole. */
      cwdPattern?: string;
    };

/** Returns what the instances must run, wherever they work. */
export const commandOf = (matcher: ProcessMatcher): CommandMatcher =>
  matcher.kind === 'commandAndCwd' ? matcher.command : matcher;

export interface LogWatch {
  /** Of several matches the newest is watched. */
  path: string;
  /** Texts or `/regex/`; a line that matches any of them is a conflict line. */
  patterns: readonly string[];
}

export type ServiceOrigin =
  | { kind: 'setting'; index: number; folder: string | undefined }
  | { kind: 'preset'; preset: string };

/** Returns the preset that found a service of this id; undefined: a setting names it. */
export const presetOfId = (id: string): string | undefined => /^preset:([^:]+):/.exec(id)?.[1];

export interface Service {
  id: string;
  name: string;
  lockFiles: readonly string[];
  pidFiles: readonly string[];
  /** The lock files lock by being there (O_EXCL, symlink, directory): no kernel lock is to be expected on them. */
  existence?: boolean;
  /** Kind of the kernel lock, where it is known: a test for one kind says nothing of the other. */
  lockKind?: 'flock' | 'posix';
  process?: ProcessMatcher;
  /** Names that the program or script of a writer of its records has (a preset knows them); a number that is another's is no owner. */
  programs?: readonly string[];
  log?: LogWatch;
  /** TCP ports that its instances listen on. Absent: those that its records name. */
  ports?: readonly number[];
  maxInstances: number;
  origin: ServiceOrigin;
}

/** Reports whether nothing but a port tells its instances: whoever listens there is one. */
export const isToldByPort = ({ lockFiles, pidFiles, process, ports = [] }: Service): boolean =>
  ports.length > 0 && process === undefined && lockFiles.length + pidFiles.length === 0;

/**
 * What a language model is told: plain data, not translated. Of a process it gets program and script only; arguments it
 * gets when it asked for them and the user has agreed (`languageModelTool.ts`).
 */
import { homedir } from 'node:os';
import { isAbsolute, join, normalize } from 'node:path';
import type { ServiceSnapshot, Snapshot } from '../api';
import { diagnose } from '../model/diagnose';
import type { LockFacts, LockFileFacts, ProcessFacts } from '../model/facts';
import { isUncertain } from '../model/locks';
import { unknownReasonText, whyUnknownText } from '../model/lockText';
import { commandLine, withoutArguments } from '../model/processes/process';
import type { UseAnswer } from '../model/users';
import type { Monitor } from '../monitor/monitor';
import type { ServiceReport } from '../monitor/report';
import { programName, ROOMY_NAME_LIMIT } from './text/rows/processText';

export interface ToolInput {
  path?: string;
  service?: string;
  /** A TCP port. */
  port?: number;
  includeArguments?: boolean;
}

type Asked = Pick<Monitor, 'refresh' | 'inspect' | 'locksOf' | 'whoUses'>;

/** `folders`: paths of the workspace folders. */
export async function languageModelAnswer(
  monitor: Asked,
  asked: ToolInput,
  folders: readonly string[],
): Promise<unknown> {
  const path = asked.path === undefined ? undefined : absolutePath(asked.path, folders, homedir());
  if (path === undefined && asked.path !== undefined) {
    return {
      error: `${JSON.stringify(asked.path)} is relative and no folder is open. Give an absolute path.`,
    };
  }
  const { service, port } = asked;
  const input = path === undefined ? asked : { ...asked, path };
  const snapshot = await monitor.refresh();
  if (path === undefined && service === undefined && port === undefined) {
    return overview(snapshot, folders);
  }
  const found = snapshot.services.filter((one) => isAbout(one, input));
  if (found.length > 0) {
    const reports = await Promise.all(found.map(({ id }) => monitor.inspect(id)));
    return watched(
      snapshot,
      reports.filter((report) => report !== undefined),
      input,
    );
  }
  if (port !== undefined && path === undefined && service === undefined) {
    const question = { kind: 'port', port } as const;
    const signal = new AbortController().signal;
    return unwatchedPort(
      snapshot,
      await monitor.whoUses(question, { signal, onProgress: () => undefined }),
      input,
    );
  }
  if (path !== undefined) {
    return unwatched(snapshot, await monitor.locksOf(path), input);
  }
  return {
    error: `No watched service is called ${JSON.stringify(service)}.`,
    services: listed(snapshot, folders).map(({ name }) => name),
  };
}

function isAbout(
  { name, lockFiles, pidFiles, ports = [] }: ServiceSnapshot,
  { path, service, port }: ToolInput,
): boolean {
  return (
    (port === undefined || ports.some((one) => one.port === port)) &&
    (service === undefined || name === service) &&
    (path === undefined || [...lockFiles, ...pidFiles].some((file) => file.path === path))
  );
}

/** Services with a file below a workspace folder; what else this person runs is no one's business unasked. */
function listed({ services }: Snapshot, folders: readonly string[]): ServiceSnapshot[] {
  return services.filter(({ lockFiles, pidFiles }) =>
    [...lockFiles, ...pidFiles].some(({ path }) => folders.some((folder) => isBelow(path, folder))),
  );
}

function isBelow(path: string, folder: string): boolean {
  const separator = folder.includes('\\') ? '\\' : '/';
  return path.startsWith(folder.endsWith(separator) ? folder : `${folder}${separator}`);
}

/** Names and states, for who asks about nothing in particular. */
export function overview(snapshot: Snapshot, folders: readonly string[]): object {
  return {
    ...taken(snapshot),
    services: listed(snapshot, folders).map(({ name, state }) => ({ name, state })),
    note: 'Only services with files below the workspace folders. Ask with "service" or "path" for holders and evidence, and with "path" for any other file.',
  };
}

/** Diagnosed again from the same facts: sentences and evidence too name programs only. */
export function watched(
  snapshot: Snapshot,
  reports: readonly Pick<ServiceReport, 'facts' | 'snapshot'>[],
  { includeArguments }: ToolInput,
): object {
  return {
    ...taken(snapshot),
    services:
      includeArguments === true
        ? reports.map((report) => report.snapshot)
        : withoutArguments(() => reports.map(({ facts }) => diagnose(facts))),
  };
}

/** A file that no service watches: what the kernel lists on it, or why that would not be all. */
export function unwatched(snapshot: Snapshot, asked: LockFileFacts, { includeArguments }: ToolInput): object {
  const { file, locks, uncertainBecause } = asked;
  const write = (): object[] => locks.map(lockAnswer);
  return {
    ...taken(snapshot),
    path: file.path,
    watched: false,
    exists: file.status !== 'absent',
    state: locks.length > 0 ? 'held' : isUncertain(asked) ? 'unknown' : 'no visible lock',
    ...(locks.length > 0 || uncertainBecause === undefined
      ? {}
      : { ifHeld: unknownReasonText(uncertainBecause) }),
    ...(file.problem === undefined ? {} : { problem: `${file.problem.syscall}: ${file.problem.code}` }),
    locks: includeArguments === true ? write() : withoutArguments(write),
  };
}

/** A port that no watched service names: who listens there. */
export function unwatchedPort(
  snapshot: Snapshot,
  { users, unknown, notes }: UseAnswer,
  { port, includeArguments }: ToolInput,
): object {
  return {
    ...taken(snapshot),
    port,
    watched: false,
    listeners: users.map(({ process: { pid, startTime, command, user } }) => ({
      pid,
      startTime,
      command: includeArguments === true ? command : programName(command, ROOMY_NAME_LIMIT),
      user,
    })),
    // Why a listener is not known, or that there is none.
    notes: [...unknown, ...notes],
  };
}

/** undefined: it is relative, and there is no folder. */
export function absolutePath(asked: string, folders: readonly string[], home: string): string | undefined {
  if (asked === '~' || /^~[/\\]/.test(asked)) {
    return join(home, asked.slice(1));
  }
  if (isAbsolute(asked)) {
    return normalize(asked);
  }
  const [folder] = folders;
  return folder === undefined ? undefined : join(folder, asked);
}

const taken = ({ takenAt, lockSource }: Snapshot): object => ({
  takenAt: new Date(takenAt).toISOString(),
  lockSource,
});

function lockAnswer(lock: LockFacts): object {
  const { kind, access, deletedInode, holders, unknown, waiters } = lock;
  return {
    kind,
    access,
    deletedInode,
    holders: holders.map(({ process, inherited }) => ({ ...processAnswer(process), inherited })),
    ...(unknown === undefined ? {} : { holderUnknown: whyUnknownText(lock) }),
    waiters: waiters.map(({ pid }) => pid),
  };
}

const processAnswer = (process: ProcessFacts): object => ({
  pid: process.pid,
  startTime: process.startTime,
  command: commandLine(process),
  cwd: process.cwd,
  user: process.user,
});

/** Facts for the rules to judge, built from the few that a test is about. */
import type {
  FileFacts,
  HolderFacts,
  HostFacts,
  Liveness,
  LockFacts,
  LockFileFacts,
  PidFileFacts,
  PortFacts,
  ProcessFacts,
  RecordFacts,
  ServiceFacts,
} from '../../../src/model/facts';
import { groupOf, type Group } from '../../../src/model/instances/groups';
import { parsePidRecord } from '../../../src/model/records/pidRecord';
import type { ProcessMatcher, Service } from '../../../src/model/service';
import { isNamed, matcherOf, placesOf, wrapperTestOf } from '../../../src/os/observer/matching';
import { regexEngine } from '../../../src/os/regex';

/** 2026-01-31 12:00:00 UTC. */
export const NOW = Date.UTC(2026, 0, 31, 12);
export const BOOT = NOW - 10 * 86_400_000;

/** Of the service that `service` makes. */
export const PID_PATH = '/home/ann/bot/bot.pid';
export const LOCK_PATH = '/home/ann/bot/bot.lock';
/** A service whose `process` names `bot.py`. */
export const NAMED = { process: { kind: 'substring', text: 'bot.py' } } as const;

/** `startedAgo` in s before NOW. */
export function proc(
  pid: number,
  command: string | readonly string[],
  more: Partial<ProcessFacts> & { startedAgo?: number } = {},
): ProcessFacts {
  const { startedAgo = 3600, ...rest } = more;
  const argv = typeof command === 'string' ? command.split(' ') : command;
  const startTime = NOW - startedAgo * 1000;
  return {
    pid,
    ppid: 1,
    pgid: pid,
    sid: pid,
    uid: 1000,
    user: 'ann',
    comm: (argv[0] ?? '').split('/').at(-1)?.slice(0, 15) ?? '',
    argv,
    ...(argv[0] === undefined || argv[0].includes(' ')
      ? {}
      : { exe: argv[0].startsWith('/') ? argv[0] : `/usr/bin/${argv[0].replace(/^-/, '')}` }),
    cwd: '/home/ann/bot',
    state: 'S',
    tgid: pid,
    startTime,
    startTicks: Math.round((startTime - BOOT) / 10),
    ...rest,
  };
}

export const INIT = proc(1, '/sbin/init', { ppid: 0, uid: 0, cwd: '/', startedAgo: 864_000 });

export function host(more: Partial<HostFacts> = {}): HostFacts {
  return {
    hostname: 'tower',
    platform: 'linux',
    bootTime: BOOT,
    uid: 1000,
    ownPids: [900, 901],
    nestedPidNamespace: false,
    ...more,
  };
}

export function file(path: string, more: Partial<FileFacts> & { writtenAgo?: number } = {}): FileFacts {
  const { writtenAgo = 3600, ...rest } = more;
  return {
    path,
    status: 'file',
    id: { dev: '65024', ino: '2294010' },
    size: 0,
    mtimeNs: BigInt(NOW - writtenAgo * 1000) * 1_000_000n,
    mode: 0o100644,
    uid: 1000,
    nlink: 1,
    ...rest,
  };
}

/** The file, last written at this time (ms). */
export const writtenAt = (ms: number, path = PID_PATH): FileFacts =>
  file(path, { mtimeNs: BigInt(ms) * 1_000_000n });

/** The pid file, written a day before anything that `proc` makes had started. */
export const OLD: { file: FileFacts } = { file: file(PID_PATH, { writtenAgo: 86_400 + 3600 }) };

export const absent = (path: string): FileFacts => ({ path, status: 'absent' });

export function holder(process: ProcessFacts, more: Partial<HolderFacts> = {}): HolderFacts {
  return { process, inherited: false, proven: true, ...more };
}

/** An exclusive flock whose taker is its first holder. */
export function lock(
  holders: readonly (ProcessFacts | HolderFacts)[],
  more: Partial<LockFacts> = {},
): LockFacts {
  const all = holders.map((one) => ('process' in one ? one : holder(one)));
  const taker = all.find(({ inherited }) => !inherited)?.process.pid;
  return {
    kind: 'flock',
    access: 'write',
    start: '0',
    end: 'EOF',
    id: { dev: '65024', ino: '2294010' },
    deletedInode: false,
    ...(taker === undefined ? {} : { taker }),
    holders: all,
    ...(all.length === 0 ? { unknown: 'notFound' as const } : {}),
    waiters: [],
    ...more,
  };
}

export function lockFile(locks: readonly LockFacts[] = [], more: Partial<LockFileFacts> = {}): LockFileFacts {
  return { file: file(LOCK_PATH), locks, certainty: 'certain', ...more };
}

export const alive = (process: ProcessFacts): Liveness => ({ state: 'alive', process });
export const gone: Liveness = { state: 'dead', why: 'gone' };

export function record(text: string, liveness?: Liveness, fileName = 'bot.pid'): RecordFacts {
  return {
    record: parsePidRecord({ fileName, content: text }),
    ...(liveness === undefined ? {} : { liveness }),
  };
}

export function pidFile(
  text: string | undefined,
  liveness?: Liveness,
  more: Partial<PidFileFacts> = {},
): PidFileFacts {
  return {
    file: file(PID_PATH),
    ...(text === undefined ? {} : { content: record(text, liveness) }),
    locks: [],
    certainty: 'certain',
    ...more,
  };
}

export function service(more: Partial<Service> = {}): Service {
  return {
    id: 'setting:0:bot',
    name: 'bot',
    lockFiles: [LOCK_PATH],
    pidFiles: [PID_PATH],
    maxInstances: 1,
    origin: { kind: 'setting', index: 0, folder: undefined },
    ...more,
  };
}

/** Port 3000, named by the settings; each listener is one socket, or the processes that share one. */
export function port(
  listeners: readonly (ProcessFacts | readonly ProcessFacts[])[],
  more: Partial<PortFacts> = {},
): PortFacts {
  return {
    port: 3000,
    isConfigured: true,
    listeners: listeners.map((one) => ({
      address: '127.0.0.1',
      uid: 1000,
      processes: 'pid' in one ? [one] : one,
    })),
    ...more,
  };
}

export interface Given {
  service?: Partial<Service>;
  host?: Partial<HostFacts>;
  processes?: readonly ProcessFacts[];
  /** Pids; default: every process that the service's `process` names. */
  matched?: readonly number[];
  lockFiles?: readonly LockFileFacts[];
  pidFiles?: readonly PidFileFacts[];
  log?: ServiceFacts['log'];
  ended?: ServiceFacts['ended'];
  ports?: readonly PortFacts[];
  otherNetwork?: readonly number[];
  sharedWith?: readonly string[];
}

/** The observer's own test for a service's `process`, where no link leads from one folder to another. */
export function namedBy(
  process: ProcessMatcher,
): (one: Pick<ProcessFacts, 'argv'> & Partial<ProcessFacts>) => boolean {
  const named = {
    matches: matcherOf({ process }, regexEngine),
    places: placesOf({ process }, regexEngine, () => true),
  };
  return (one) => isNamed(named, { pid: 0, comm: '', ...one }, (place) => place.has(one, () => one.cwdId));
}

export function facts(given: Given): ServiceFacts {
  const made = service(given.service);
  const processes = new Map([INIT, ...(given.processes ?? [])].map((process) => [process.pid, process]));
  const { process: matcher } = made;
  const matches = matcher === undefined ? () => false : namedBy(matcher);
  const matched =
    given.matched ?? [...processes.values()].filter((one) => matches(one)).map(({ pid }) => pid);
  const isWrapper = wrapperTestOf(made, regexEngine);
  const wrapping = matched.filter((pid) => {
    const process = processes.get(pid);
    return process !== undefined && isWrapper?.(process) === true;
  });
  return {
    service: made,
    takenAt: NOW,
    host: host(given.host),
    lockFiles: given.lockFiles ?? [],
    pidFiles: given.pidFiles ?? [],
    processes,
    matched,
    ...(wrapping.length === 0 ? {} : { wrapping }),
    ...(given.log === undefined ? {} : { log: given.log }),
    ...(given.ended === undefined ? {} : { ended: given.ended }),
    ...(given.ports === undefined ? {} : { ports: given.ports }),
    ...(given.sharedWith === undefined ? {} : { sharedWith: given.sharedWith }),
    ...(given.otherNetwork === undefined ? {} : { otherNetwork: given.otherNetwork }),
  };
}

/** A record of pid 4242, whose process started so many ms after the file was written. */
export function startedAfter(ms: number, more: Given = {}): Given {
  const process = proc(4242, 'python3 bot.py', { startedAgo: 3600 - ms / 1000 });
  return { processes: [process], pidFiles: [pidFile('4242', alive(process))], ...more };
}

/** The same, but for what was not read. */
export function without<T extends object, K extends keyof T>(all: T, ...keys: readonly K[]): Omit<T, K> {
  return Object.fromEntries(Object.entries(all).filter(([key]) => !keys.includes(key as K))) as Omit<T, K>;
}

/** A group of this process alone, with nothing known of it. */
export const group = (process: ProcessFacts, more: Partial<Group> = {}): Group => ({
  ...groupOf(process),
  ...more,
});

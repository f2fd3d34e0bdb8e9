/** What sets two runs of one program apart that have the same arguments: their environment, their world, what they use. */
import type { RunFacts } from '../../../model/processes/runFacts';
import { readBytes, readLink, readText } from '../procfs/read';
import { readDescriptors, type Surroundings } from './descriptors';
import { parseEnviron, settingsOf } from './environment';

const ENVIRON_LIMIT = 1 << 20;

/** Lines of /proc/<pid>/status that a mere second run has in common with the first (proc_pid_status(5)). */
const STANDING = /^(?:Gid|Groups|CapEff|Cpus_allowed):.*$/gm;
const TRACED = /^TracerPid:\s*[1-9]/m;
const PENDING = /^(?:Sig|Shd)Pnd:\s*([0-9a-f]+)$/gm;
/** SIGHUP, SIGINT, SIGQUIT and SIGTERM (signal(7)): bit 0 is signal 1. */
const ASKS_TO_END = (1 << 0) | (1 << 1) | (1 << 2) | (1 << 14);

const NAMESPACES = ['net', 'mnt', 'ipc', 'uts', 'user', 'cgroup'];

function worldOf(pid: number, status: string): string | undefined {
  const links = [...NAMESPACES.map((name) => `ns/${name}`), 'root'].map((name) =>
    readLink(`/proc/${pid}/${name}`),
  );
  // Kernels before 5.6 have none, so all are in the same.
  const time = readLink(`/proc/${pid}/ns/time`) ?? '';
  return links.includes(undefined)
    ? undefined
    : [...links, time, ...(status.match(STANDING) ?? [])].join(' ');
}

const isEnding = (status: string): boolean =>
  [...status.matchAll(PENDING)].some(([, bits = '0']) => (Number(`0x${bits.slice(-8)}`) & ASKS_TO_END) !== 0);

export interface Around extends Surroundings {
  /** Was a program told its number, to look on? */
  isWatched: boolean;
  /** The home of its user, where that is known. */
  home: string | undefined;
  /** The venv whose interpreter it was started by, if a path says so. */
  venv: string | undefined;
  /** Does the path lead to where it works? */
  isAt: (path: string) => boolean;
}

/** Reads what may set this process apart from another run. */
export function readRun(pid: number, { isAt, isWatched, home, venv, ...around }: Around): RunFacts {
  const bytes = readBytes(`/proc/${pid}/environ`, ENVIRON_LIMIT);
  const isCut = Buffer.isBuffer(bytes) && bytes.length >= ENVIRON_LIMIT;
  const environ = Buffer.isBuffer(bytes) ? parseEnviron(bytes.toString('utf8')) : undefined;
  const status = readText(`/proc/${pid}/status`);
  const world = typeof status === 'string' ? worldOf(pid, status) : undefined;
  const startedIn = environ?.get('PWD');
  if (venv !== undefined) environ?.set('VIRTUAL_ENV', venv);
  return {
    ...(environ === undefined ? {} : { settings: settingsOf(environ, home) }),
    ...(isCut ? { isCut } : {}),
    ...(startedIn === undefined || isAt(startedIn) ? {} : { startedIn }),
    ...(world === undefined ? {} : { world }),
    ...(isWatched || (typeof status === 'string' && TRACED.test(status)) ? { traced: true } : {}),
    ...(typeof status === 'string' && isEnding(status) ? { isEnding: true } : {}),
    ...readDescriptors(pid, around),
  };
}

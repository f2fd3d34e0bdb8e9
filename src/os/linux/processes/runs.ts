/** What sets two runs of one program apart that have the same arguments: their environment, their world, what they use. */
import type { RunFacts } from '../../../model/processes/runFacts';
import { readBytes, readLink, readText } from '../procfs/read';
import { readDescriptors, type Surroundings } from './descriptors';
import { parseEnviron, settingsOf } from './environment';

const ENVIRON_LIMIT = 1 << 20;

/** Lines of /proc/<pid>/status that a mere second run has in common with the first (proc_pid_status(5)). */
const STANDING = /^(?:Gid|Cpus_allowed):.*$/gm;
const TRACED = /^TracerPid:\s*[1-9]/m;

const NAMESPACES = ['net', 'mnt', 'ipc', 'uts', 'user', 'cgroup'];

function worldOf(pid: number, status: string): string | undefined {
  const links = [...NAMESPACES.map((name) => `ns/${name}`), 'root'].map((name) =>
    readLink(`/proc/${pid}/${name}`),
  );
  return links.includes(undefined) ? undefined : [...links, ...(status.match(STANDING) ?? [])].join(' ');
}

export interface Around extends Surroundings {
  /** Does the path lead to where it works? */
  isAt: (path: string) => boolean;
}

/** Reads what may set this process apart from another run. */
export function readRun(pid: number, { isAt, ...around }: Around): RunFacts {
  const bytes = readBytes(`/proc/${pid}/environ`, ENVIRON_LIMIT);
  const isCut = Buffer.isBuffer(bytes) && bytes.length >= ENVIRON_LIMIT;
  const environ = Buffer.isBuffer(bytes) ? parseEnviron(bytes.toString('utf8')) : undefined;
  const status = readText(`/proc/${pid}/status`);
  const world = typeof status === 'string' ? worldOf(pid, status) : undefined;
  const startedIn = environ?.get('PWD');
  return {
    ...(environ === undefined ? {} : { settings: settingsOf(environ) }),
    ...(isCut ? { isCut } : {}),
    ...(startedIn === undefined || isAt(startedIn) ? {} : { startedIn }),
    ...(world === undefined ? {} : { world }),
    ...(typeof status === 'string' && TRACED.test(status) ? { traced: true } : {}),
    ...readDescriptors(pid, around),
  };
}

/**
 * Who may write below a mount without being seen here: in a nested PID namespace (a container) everyone outside, on a
 * network file system other machines. What is not known to be private is taken for shared.
 */
import * as fs from 'node:fs';
import type { LockKind } from '../../../api';
import type { ForeignOrigin } from '../../../model/facts';
import { isView, mayBeLockedElsewhere, type Mount } from '../procfs/mountinfo';

export interface Surroundings {
  nestedPidNamespace: boolean;
  /** A distribution of the Windows Subsystem for Linux 2: nested, but the only one that uses its own disk. */
  wsl?: true;
}

export interface Locality {
  /** Why a process that this procfs does not show may write there; absent: none can. */
  foreign?: ForeignOrigin;
  /** Kinds of lock that may be held there unseen even when an flock probe finds the file free. */
  beyondProbe: readonly LockKind[];
  /** A view of other folders: who locks or opens a file by its path there does not do so here, as the kernel sees it. */
  isView?: true;
}

const HERE: Locality = { beyondProbe: [] };
/** FLOCK and POSIX locks of processes outside are not listed, OFD locks are; a probe by flock(2) meets no POSIX lock. */
const OUTSIDE: Locality = { foreign: 'outsideNamespace', beyondProbe: ['posix'] };
const VIEW: Locality = { beyondProbe: ['flock', 'posix', 'ofd'], isView: true };
const VIEW_OUTSIDE: Locality = { ...VIEW, foreign: 'outsideNamespace' };
/** Their clients ask the server for flock and for POSIX locks in the same way: flock(2), NFS details. */
const ONE_KIND_OF_LOCK = new Set(['nfs', 'nfs4', 'cifs', 'smb3', '9p']);

/** Made by the kernel for whoever mounts them. */
const PSEUDO = new Set(['proc', 'sysfs', 'devpts', 'mqueue', 'cgroup', 'cgroup2']);

/** Where container engines keep the upper layer of a container's root. */
const ENGINE =
  /(?:^|,)upperdir=[^,]*\/(?:docker|containerd|containers\/storage|buildkit|podman|io\.containerd\.[^/,]*|overlay-containers|overlay2)\//;

/** `bornAt`: when a file system was made or mounted, ms since the epoch; undefined: not to be found out. */
export function localityOf(
  mount: Mount | undefined,
  here: Surroundings,
  bornAt: (path: string) => number | undefined = birthOf,
): Locality {
  if (mount !== undefined && mayBeLockedElsewhere(mount.fsType)) return remote(mount.fsType);
  if (mount !== undefined && isView(mount.fsType)) return here.nestedPidNamespace ? VIEW_OUTSIDE : VIEW;
  if (!here.nestedPidNamespace) return HERE;
  if (mount === undefined) return OUTSIDE;
  if (here.wsl === true) {
    if (mount.mountPoint.startsWith('/mnt/')) return remote(mount.fsType);
    if (mount.mountPoint === '/' && mount.root === '/' && mount.fsType === 'ext4') return HERE;
  }
  return isPrivate(mount, bornAt) ? HERE : OUTSIDE;
}

function remote(fsType: string): Locality {
  return { foreign: 'otherHost', beyondProbe: ONE_KIND_OF_LOCK.has(fsType) ? [] : ['posix', 'ofd'] };
}

function isPrivate(mount: Mount, bornAt: (path: string) => number | undefined): boolean {
  if (PSEUDO.has(mount.fsType)) return true;
  // A folder of a file system: the rest of it is somewhere else.
  if (mount.root !== '/') return false;
  switch (mount.fsType) {
    case 'overlay':
      return ENGINE.test(mount.options);
    case 'fuse.fuse-overlayfs':
      return mount.mountPoint === '/';
    case 'tmpfs':
    case 'ramfs': {
      // A volume comes from outside ready made; what was made after this namespace's procfs was made inside, unless it
      // was mounted outside and handed on.
      if (mount.isSlave) return false;
      const [own, procfs] = [bornAt(mount.mountPoint), bornAt('/proc')];
      return own !== undefined && procfs !== undefined && own >= procfs;
    }
    default:
      return false;
  }
}

/** The root of a tmpfs has a time of birth; procfs, which has none, stamps its root when it is mounted. */
function birthOf(path: string): number | undefined {
  try {
    const { birthtimeMs, ctimeMs } = fs.statSync(path);
    return path === '/proc' ? ctimeMs : birthtimeMs > 0 ? birthtimeMs : undefined;
  } catch {
    return undefined;
  }
}

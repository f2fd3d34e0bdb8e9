/** `/proc/self/mountinfo`, proc_pid_mountinfo(5): `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw`. */
import { deviceNumber } from './lockLine';

export interface Mount {
  id: number;
  /** The mount that it is mounted on. */
  parent: number;
  /** `st_dev` number of the superblock: what the lock table prints, though not always what stat gives. */
  dev: string;
  /** Which folder of its file system is mounted: `/` is all of it, anything else a bind mount or a subvolume. */
  root: string;
  mountPoint: string;
  /** It receives what is mounted outside (`master:N`). */
  isSlave: boolean;
  fsType: string;
  source: string;
  /** Options of the file system, not of this mount. */
  options: string;
}

const OCTAL = /\\([0-7]{3})/g;

function unescape(text: string): string {
  return text.replace(OCTAL, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}

export function parseMountLine(line: string): Mount | undefined {
  const fields = line.split(' ');
  // Optional fields (`shared:1`, `master:2` …) end with a lone dash.
  const dash = fields.indexOf('-', 6);
  const id = Number(fields[0]);
  const device = /^(\d+):(\d+)$/.exec(fields[2] ?? '');
  const fsType = fields[dash + 1];
  if (dash < 0 || !Number.isInteger(id) || fields[0] === '' || device === null || fsType === undefined) {
    return undefined;
  }
  return {
    id,
    parent: Number(fields[1]),
    dev: String(deviceNumber(Number(device[1]), Number(device[2]))),
    root: unescape(fields[3] ?? ''),
    mountPoint: unescape(fields[4] ?? ''),
    isSlave: fields.slice(6, dash).some((field) => field.startsWith('master:')),
    fsType: unescape(fsType),
    source: unescape(fields[dash + 2] ?? ''),
    options: fields[dash + 3] ?? '',
  };
}

export function parseMountInfo(text: string): Map<number, Mount> {
  const mounts = new Map<number, Mount>();
  for (const line of text.split('\n')) {
    const mount = parseMountLine(line);
    if (mount !== undefined) mounts.set(mount.id, mount);
  }
  return mounts;
}

/** Their servers know locks of other machines (or of the host of a virtual machine) that this kernel does not list. */
const NETWORK = new Set([
  '9p',
  'acfs',
  'afs',
  'beegfs',
  'ceph',
  'cifs',
  'coda',
  'davfs',
  'drvfs',
  'gfs2',
  'glusterfs',
  'gpfs',
  'lustre',
  'ncpfs',
  'nfs',
  'nfs4',
  'ocfs2',
  'orangefs',
  'prl_fs',
  'smb2',
  'smb3',
  'smbfs',
  'vboxsf',
  'virtiofs',
  'vmhgfs',
]);

/**
 * FUSE file systems that show folders of this machine under another path. Who uses a file by its path there, or by that
 * of another mount of the same folders, uses another inode for the kernel, with locks and descriptors of its own.
 */
const VIEWS = new Set([
  'fuse.bindfs',
  'fuse.cryfs',
  'fuse.encfs',
  'fuse.gocryptfs',
  'fuse.mergerfs',
  'fuse.portal',
  'fuse.unionfs',
]);

/** FUSE file systems whose files are reached by no other path: the layers of a container's root are its engine's own. */
const LOCAL_FUSE = new Set(['fuse.fuse-overlayfs', 'fuse.lxcfs']);

/** Returns whether its files have another path, by which they are other files for this kernel. */
export const isView = (fsType: string): boolean => VIEWS.has(fsType);

/** May others hold locks on its files that this kernel's table cannot show? */
export function mayBeLockedElsewhere(fsType: string): boolean {
  if (NETWORK.has(fsType)) return true;
  // `fuseblk` is a local block device (ntfs-3g, exfat).
  return fsType === 'fuse' || (fsType.startsWith('fuse.') && !LOCAL_FUSE.has(fsType) && !isView(fsType));
}

/** Mounted by someone else when first touched; and, on Docker Desktop, folders of the machine around it. */
const ANSWERED_ELSEWHERE = new Set(['autofs', 'fakeowner']);

/**
 * Reports whether a call on its files waits for another machine or another process, which may not answer: then even
 * stat(2) blocks, and no signal ends it.
 */
export function mayNotAnswer(fsType: string): boolean {
  return NETWORK.has(fsType) || ANSWERED_ELSEWHERE.has(fsType) || /^fuse(?:$|blk$|\.)/.test(fsType);
}

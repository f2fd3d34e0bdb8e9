/** What is read and written of macOS's structures: sizes and places in bytes, from xnu-11417.101.15. */

/** struct proc_uniqidentifierinfo of bsd/sys/proc_info_private.h. */
export const UNIQUE_IDENTIFIER = { flavor: 17, arg: 1, size: 56, uniqueId: 16, idVersion: 32 } as const;

/** audit_token_t of osfmk/mach/message.h, eight words; which is what: bsd/kern/kern_prot.c, set_security_token_task_internal. */
export const AUDIT_TOKEN = { size: 32, pid: 5 * 4, idVersion: 7 * 4 } as const;

/**
 * struct proc_bsdinfo of bsd/sys/proc_info.h, of processes of this user only (bsd/kern/proc_info.c, proc_pidinfo:
 * CHECK_SAME_USER). `arg`: zombies too.
 */
export const BSD_INFO = {
  flavor: 3,
  arg: 1,
  size: 136,
  status: 4,
  pid: 12,
  parent: 16,
  uid: 20,
  shortName: 48,
  shortNameSize: 16,
  name: 64,
  nameSize: 32,
  group: 100,
  seconds: 120,
  microseconds: 128,
} as const;

/** struct proc_bsdshortinfo, of every process. */
export const SHORT_INFO = {
  flavor: 13,
  arg: 1,
  size: 64,
  pid: 0,
  parent: 4,
  group: 8,
  status: 12,
  shortName: 16,
  shortNameSize: 16,
  uid: 36,
} as const;

/** SZOMB and its like, of bsd/sys/proc.h, as ps(1) names them. */
export const STATES: Readonly<Record<number, string>> = { 1: 'R', 2: 'R', 3: 'S', 4: 'T', 5: 'Z' };

/** struct proc_fdinfo; `vnode`, `socket`: PROX_FDTYPE_VNODE and PROX_FDTYPE_SOCKET. */
export const DESCRIPTORS = { flavor: 1, size: 8, fd: 0, type: 4, vnode: 1, socket: 2 } as const;

/** struct vnode_fdinfo: struct proc_fileinfo, and from 24 on struct vinfo_stat. */
export const VNODE = {
  flavor: 1,
  size: 176,
  openFlags: 0,
  status: 4,
  device: 24,
  mode: 28,
  links: 30,
  inode: 32,
} as const;

/** struct vnode_fdinfowithpath: the same, and MAXPATHLEN bytes. */
export const VNODE_PATH = { flavor: 2, size: 1200, path: 176 } as const;

/**
 * struct socket_fdinfo: struct proc_fileinfo, and from 24 on struct socket_info. `socket`: soi_so, which no other socket
 * has while it is there. `port`: insi_lport, of which two bytes are used, in network order (bsd/kern/socket_info.c,
 * fill_socketinfo). An IPv4 address is the last four bytes of `address`.
 */
export const SOCKET = {
  flavor: 3,
  size: 792,
  socket: 160,
  family: 184,
  kind: 256,
  port: 268,
  versions: 288,
  address: 312,
  state: 344,
} as const;

/** AF_INET, AF_INET6, SOCKINFO_TCP, TSI_S_LISTEN; INI_IPV4 of insi_vflag without INI_IPV6: an IPv4 address. */
export const SOCKET_IS = { ipv4: 2, ipv6: 30, tcp: 2, listening: 1, onlyIpv4: 1 } as const;

/**
 * What sysctl(3) gives under this name: a head, parts of each socket, each from a multiple of eight on with its size and its
 * kind first, and the head once more. `head`: struct xinpgen, `inpcb`: struct xinpcb_n, both of bsd/netinet/in_pcb.h;
 * `socket`: struct xsocket_n of bsd/sys/socketvar.h, `handle`: xso_so, the same number as `SOCKET.socket`; `tcpcb`: struct
 * xtcpcb_n of bsd/netinet/tcp_var.h, `state`: TCPS_LISTEN is TSI_S_LISTEN. All are packed to four bytes. A part of
 * another size is of another system, and not read.
 */
export const SOCKET_LIST = {
  name: 'net.inet.tcp.pcblist_n',
  align: 8,
  kind: 4,
  head: { size: 24, count: 4 },
  inpcb: { kind: 0x10, size: 104, port: 18, versions: 44, address: 64 },
  socket: { kind: 1, size: 104, handle: 8, family: 40, uid: 64 },
  tcpcb: { kind: 0x20, size: 204, state: 36 },
} as const;

/** struct proc_vnodepathinfo: the working directory and the root, each struct vnode_info (152) and MAXPATHLEN bytes. */
export const FOLDERS = { flavor: 9, size: 2352, path: 152, pathSize: 1024 } as const;

/**
 * Of fi_openflags: FREAD, FWRITE and FWASLOCKED of bsd/sys/fcntl.h. The last is set by flock(2) and open(2) with
 * O_EXLOCK or O_SHLOCK when they succeed, and not taken back.
 */
export const OPEN_FLAGS = { read: 1, write: 2, wasLocked: 0x4000 } as const;

/** PROC_FP_SHARED of fi_status: more than one descriptor is of this open file. */
export const SHARED_FILE = 1;

/** sysctl(3): CTL_KERN, KERN_PROCARGS2, the pid. `align`: the path before the arguments is padded to a multiple of it. */
export const ARGUMENTS = { name: [1, 49], align: 8 } as const;

/** PROC_PIDPATHINFO_MAXSIZE. */
export const PATH_SIZE = 4096;

/** F_GETLKPID of bsd/sys/fcntl.h: only POSIX locks of this process, and all flocks. */
export const GET_LOCK_OF_PID = 66;

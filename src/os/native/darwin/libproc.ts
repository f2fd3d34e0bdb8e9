/** libproc.h and sysctl(3) of macOS, which libSystem has: one process at a time, as data. */
import { defined } from '../../../common/defined';
import { errnoName } from '../errno';
import { growing } from '../growing';
import type { Refused } from '../helper';
import type { Koffi } from '../koffi';
import type { Identity, ListedProcess } from './calls';
import {
  ARGUMENTS,
  BSD_INFO,
  DESCRIPTORS,
  FOLDERS,
  PATH_SIZE,
  SHORT_INFO,
  SOCKET,
  UNIQUE_IDENTIFIER,
  VNODE,
  VNODE_PATH,
} from './layouts';
import {
  parseArguments,
  parseBsdInfo,
  parseDescriptors,
  parseListeningSocket,
  parseShortInfo,
  parseVnode,
  textAt,
  type DescriptorKind,
  type ListeningSocket,
  type Vnode,
} from './parse';

interface Functions {
  proc_listallpids: (buffer: Buffer, size: number) => number;
  proc_pidinfo: (pid: number, flavor: number, arg: number, buffer: Buffer, size: number) => number;
  proc_pidfdinfo: (pid: number, fd: number, flavor: number, buffer: Buffer, size: number) => number;
  proc_pidpath: (pid: number, buffer: Buffer, size: number) => number;
  sysctl: (
    name: Buffer,
    count: number,
    old: Buffer | null,
    oldSize: Buffer,
    value: null,
    valueSize: number,
  ) => number;
}

const DECLARATIONS: Record<keyof Functions, string> = {
  proc_listallpids: 'int proc_listallpids(void *buffer, int size)',
  proc_pidinfo: 'int proc_pidinfo(int pid, int flavor, uint64_t arg, void *buffer, int size)',
  proc_pidfdinfo: 'int proc_pidfdinfo(int pid, int fd, int flavor, void *buffer, int size)',
  proc_pidpath: 'int proc_pidpath(int pid, void *buffer, uint32_t size)',
  sysctl: 'int sysctl(void *name, uint32_t count, void *old, void *oldSize, void *value, size_t valueSize)',
};

const PID_SIZE = 4;
/** Pids and descriptors that most lists have room for. */
const ROOM = 1024;
const ATTEMPTS = 3;
/** ARG_MAX is a megabyte. */
const LARGEST_ARGUMENTS = 4n << 20n;

export class Libproc {
  readonly #koffi: Koffi;
  readonly #functions: Functions;

  /** `library`: a stand-in for libSystem. */
  constructor(koffi: Koffi, library: string | null) {
    const libSystem = koffi.load(library);
    this.#koffi = koffi;
    this.#functions = Object.fromEntries(
      Object.entries(DECLARATIONS).map(([name, declaration]) => [name, libSystem.func(declaration)]),
    ) as unknown as Functions;
  }

  /** Every process but the kernel. */
  pids(): number[] {
    const pids = growing(ROOM * PID_SIZE, (buffer) => {
      const count = this.#functions.proc_listallpids(buffer, buffer.length);
      if (count <= 0) throw new Error(`proc_listallpids failed with ${errnoName(this.#koffi)}`);
      // What fills the buffer may be cut off.
      if (count * PID_SIZE >= buffer.length) return 'tooSmall';
      return Array.from({ length: count }, (_, index) => buffer.readInt32LE(index * PID_SIZE));
    });
    return (pids ?? []).filter((pid) => pid > 0);
  }

  identityOf(pid: number): Identity | Refused {
    const { flavor, arg, size, uniqueId, idVersion } = UNIQUE_IDENTIFIER;
    const buffer = this.#info(pid, { flavor, arg, size });
    if (buffer === undefined) return { code: errnoName(this.#koffi) };
    return {
      uniqueId: String(buffer.readBigUInt64LE(uniqueId)),
      idVersion: buffer.readInt32LE(idVersion),
    };
  }

  /** Who has the number now had it all the time: what was read of it meanwhile is of this process. */
  isStill(pid: number, uniqueId: string): boolean {
    const now = this.identityOf(pid);
    return !('code' in now) && now.uniqueId === uniqueId;
  }

  /** Everything about one process. undefined: there is none, or another one has its pid by now. */
  describe(pid: number): ListedProcess | undefined {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const first = this.identityOf(pid);
      if ('code' in first) return undefined;
      const listed = this.#listedOf(pid);
      const last = this.identityOf(pid);
      if (listed === undefined || 'code' in last || last.uniqueId !== first.uniqueId) return undefined;
      // After an execve(2) in between, these may be of two programs.
      if (last.idVersion === first.idVersion) return { ...listed, ...first };
    }
    return undefined;
  }

  #listedOf(pid: number): Omit<ListedProcess, keyof Identity> | undefined {
    const full = this.#info(pid, BSD_INFO);
    const brief = full === undefined ? this.#info(pid, SHORT_INFO) : undefined;
    const listed = (full && parseBsdInfo(full)) ?? (brief && parseShortInfo(brief));
    return listed && { ...listed, ...defined({ exe: this.pathOf(pid), argv: this.#argumentsOf(pid) }) };
  }

  /** undefined: it has been removed, or the process has ended. */
  pathOf(pid: number): string | undefined {
    const buffer = Buffer.alloc(PATH_SIZE);
    const length = this.#functions.proc_pidpath(pid, buffer, PATH_SIZE);
    return length <= 0 ? undefined : buffer.toString('utf8', 0, Math.min(length, PATH_SIZE));
  }

  workingFolderOf(pid: number): string | undefined {
    const buffer = this.#info(pid, { ...FOLDERS, arg: 0 });
    return buffer && (textAt(buffer, FOLDERS.path, FOLDERS.pathSize) || undefined);
  }

  /** The descriptors of the process that are open files, or sockets. `EPERM`: another user's, without root. */
  descriptors(pid: number, kind: DescriptorKind): number[] | Refused {
    const { flavor, size } = DESCRIPTORS;
    const found = growing<number[] | Refused>(ROOM * size, (buffer) => {
      // A process without descriptors gives 0, as a failure does.
      this.#koffi.errno(0);
      const bytes = this.#functions.proc_pidinfo(pid, flavor, 0, buffer, buffer.length);
      if (bytes <= 0) return this.#koffi.errno() === 0 ? [] : { code: errnoName(this.#koffi) };
      return bytes >= buffer.length ? 'tooSmall' : parseDescriptors(buffer.subarray(0, bytes), kind);
    });
    return found ?? { code: 'ENOMEM' };
  }

  /** undefined: it was closed meanwhile. */
  vnodeOf(pid: number, fd: number): Vnode | undefined {
    const buffer = Buffer.alloc(VNODE.size);
    const bytes = this.#functions.proc_pidfdinfo(pid, fd, VNODE.flavor, buffer, VNODE.size);
    return bytes === VNODE.size ? parseVnode(buffer) : undefined;
  }

  /** The same with its path. */
  namedVnodeOf(pid: number, fd: number): (Vnode & { path: string }) | undefined {
    const { flavor, size, path } = VNODE_PATH;
    const buffer = Buffer.alloc(size);
    const bytes = this.#functions.proc_pidfdinfo(pid, fd, flavor, buffer, size);
    return bytes === size ? { ...parseVnode(buffer), path: textAt(buffer, path, size - path) } : undefined;
  }

  /** undefined: it does not listen on a TCP port, or was closed meanwhile. */
  listeningSocketOf(pid: number, fd: number): ListeningSocket | undefined {
    const buffer = Buffer.alloc(SOCKET.size);
    const bytes = this.#functions.proc_pidfdinfo(pid, fd, SOCKET.flavor, buffer, SOCKET.size);
    return bytes === SOCKET.size ? parseListeningSocket(buffer) : undefined;
  }

  #info(
    pid: number,
    { flavor, arg, size }: { flavor: number; arg: number; size: number },
  ): Buffer | undefined {
    const buffer = Buffer.alloc(size);
    return this.#functions.proc_pidinfo(pid, flavor, arg, buffer, size) === size ? buffer : undefined;
  }

  #argumentsOf(pid: number): string[] | undefined {
    const name = Buffer.alloc((ARGUMENTS.name.length + 1) * 4);
    [...ARGUMENTS.name, pid].forEach((word, index) => name.writeInt32LE(word, index * 4));
    const size = Buffer.alloc(8);
    const ask = (buffer: Buffer | null): boolean =>
      this.#functions.sysctl(name, ARGUMENTS.name.length + 1, buffer, size, null, 0) === 0;
    if (!ask(null) || size.readBigUInt64LE() > LARGEST_ARGUMENTS) return undefined;
    // With less room than it needs, the kernel gives the end: the environment.
    const buffer = Buffer.alloc(Number(size.readBigUInt64LE()) + PATH_SIZE);
    size.writeBigUInt64LE(BigInt(buffer.length));
    if (!ask(buffer)) return undefined;
    return parseArguments(buffer.subarray(0, Math.min(Number(size.readBigUInt64LE()), buffer.length)));
  }
}

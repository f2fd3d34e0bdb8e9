/** The answers of libproc and sysctl(3) on macOS as data. Buffers come from the kernel: their sizes are checked before. */
import { defined } from '../../../common/defined';
import { addressOf } from './address';
import type { ListedProcess } from './calls';
import {
  ARGUMENTS,
  BSD_INFO,
  DESCRIPTORS,
  OPEN_FLAGS,
  SHARED_FILE,
  SHORT_INFO,
  SOCKET,
  SOCKET_IS,
  STATES,
  VNODE,
} from './layouts';

type Listed = Omit<ListedProcess, 'uniqueId' | 'idVersion' | 'exe' | 'argv'>;

/** More arguments than ARG_MAX has room for. */
const MOST_ARGUMENTS = 1 << 19;
const COUNT_SIZE = 4;
const S_IFMT = 0o170000;
const S_IFREG = 0o100000;

/** Returns the text before the first NUL. */
export function textAt(bytes: Buffer, from: number, size: number): string {
  const end = bytes.indexOf(0, from);
  return bytes.toString('utf8', from, end === -1 || end > from + size ? from + size : end);
}

export function parseBsdInfo(bytes: Buffer): Listed {
  const name = textAt(bytes, BSD_INFO.name, BSD_INFO.nameSize);
  const start =
    Number(bytes.readBigUInt64LE(BSD_INFO.seconds)) * 1000 +
    Math.floor(Number(bytes.readBigUInt64LE(BSD_INFO.microseconds)) / 1000);
  return {
    pid: bytes.readUInt32LE(BSD_INFO.pid),
    ppid: bytes.readUInt32LE(BSD_INFO.parent),
    pgid: bytes.readUInt32LE(BSD_INFO.group),
    uid: bytes.readUInt32LE(BSD_INFO.uid),
    name: name === '' ? textAt(bytes, BSD_INFO.shortName, BSD_INFO.shortNameSize) : name,
    startTime: start,
    ...stateAt(bytes, BSD_INFO.status),
  };
}

export function parseShortInfo(bytes: Buffer): Listed {
  return {
    pid: bytes.readUInt32LE(SHORT_INFO.pid),
    ppid: bytes.readUInt32LE(SHORT_INFO.parent),
    pgid: bytes.readUInt32LE(SHORT_INFO.group),
    uid: bytes.readUInt32LE(SHORT_INFO.uid),
    name: textAt(bytes, SHORT_INFO.shortName, SHORT_INFO.shortNameSize),
    ...stateAt(bytes, SHORT_INFO.status),
  };
}

const stateAt = (bytes: Buffer, at: number): { state?: string } =>
  defined({ state: STATES[bytes.readUInt32LE(at)] });

/**
 * Reads what KERN_PROCARGS2 gives: argc, the path of the program, NULs up to a multiple of eight bytes, the arguments,
 * and the environment behind them (bsd/kern/kern_exec.c, exec_save_path; kern_sysctl.c, sysctl_procargsx). A process may
 * have written over it. undefined: it is not laid out so, or cut off; then no part of the environment is taken for an
 * argument.
 */
export function parseArguments(bytes: Buffer): string[] | undefined {
  if (bytes.length < COUNT_SIZE) return undefined;
  const count = bytes.readInt32LE(0);
  const endOfPath = bytes.indexOf(0, COUNT_SIZE);
  if (count < 1 || count > MOST_ARGUMENTS || endOfPath === -1) return undefined;
  const pathSize = endOfPath - COUNT_SIZE + 1;
  let at = COUNT_SIZE + Math.ceil(pathSize / ARGUMENTS.align) * ARGUMENTS.align;
  if (bytes.subarray(endOfPath, at).some((byte) => byte !== 0)) return undefined;
  const words: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const end = bytes.indexOf(0, at);
    if (end === -1) return undefined;
    words.push(bytes.toString('utf8', at, end));
    at = end + 1;
  }
  // An empty name of the program looks like more padding.
  if (words[0] === '') return undefined;
  // Who writes a shorter title over its arguments leaves NULs behind it.
  while (words.at(-1) === '') words.pop();
  return words;
}

/** What a descriptor is of. */
export type DescriptorKind = 'vnode' | 'socket';

/** Returns the descriptors that are open files, or sockets. */
export function parseDescriptors(bytes: Buffer, kind: DescriptorKind): number[] {
  const { size, fd, type } = DESCRIPTORS;
  const found: number[] = [];
  for (let at = 0; at + size <= bytes.length; at += size) {
    if (bytes.readUInt32LE(at + type) === DESCRIPTORS[kind]) found.push(bytes.readInt32LE(at + fd));
  }
  return found;
}

/** An open file: `key` is its device and inode. */
export interface Vnode {
  key: string;
  isRegular: boolean;
  isDeleted: boolean;
  mayRead: boolean;
  mayWrite: boolean;
  /** flock(2) has succeeded on this open file, once. */
  tookFlock: boolean;
  /** Another descriptor, perhaps of another process, is of the same open file. */
  isShared: boolean;
}

export function parseVnode(bytes: Buffer): Vnode {
  const flags = bytes.readUInt32LE(VNODE.openFlags);
  return {
    key: fileKey(BigInt(bytes.readUInt32LE(VNODE.device)), bytes.readBigUInt64LE(VNODE.inode)),
    isRegular: (bytes.readUInt16LE(VNODE.mode) & S_IFMT) === S_IFREG,
    isDeleted: bytes.readUInt16LE(VNODE.links) === 0,
    mayRead: (flags & OPEN_FLAGS.read) !== 0,
    mayWrite: (flags & OPEN_FLAGS.write) !== 0,
    tookFlock: (flags & OPEN_FLAGS.wasLocked) !== 0,
    isShared: (bytes.readUInt32LE(VNODE.status) & SHARED_FILE) !== 0,
  };
}

/** A TCP socket that listens. */
export interface ListeningSocket {
  /** Told from every other that is there; decimal. */
  socket: string;
  port: number;
  address: string;
}

/** undefined: it is another kind of socket, or does not listen. */
export function parseListeningSocket(bytes: Buffer): ListeningSocket | undefined {
  const family = bytes.readInt32LE(SOCKET.family);
  const isIp = family === SOCKET_IS.ipv4 || family === SOCKET_IS.ipv6;
  const isListening =
    bytes.readInt32LE(SOCKET.kind) === SOCKET_IS.tcp &&
    bytes.readInt32LE(SOCKET.state) === SOCKET_IS.listening;
  if (!isIp || !isListening) return undefined;
  return {
    socket: String(bytes.readBigUInt64LE(SOCKET.socket)),
    port: bytes.readUInt16BE(SOCKET.port),
    address: addressOf(
      family,
      bytes.readUInt8(SOCKET.versions),
      bytes.subarray(SOCKET.address, SOCKET.address + 16),
    ),
  };
}

/** dev_t is signed there, and Node makes it wider. */
export const fileKey = (device: bigint, inode: bigint): string =>
  `${BigInt.asUintN(32, device)}:${BigInt.asUintN(64, inode)}`;

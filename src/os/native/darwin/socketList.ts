/**
 * Every TCP socket that listens on macOS, also of other users: the kernel's list that netstat(1) prints, open to everyone
 * (bsd/netinet/in_pcblist.c, get_pcblist_n). It says whose a socket is, and not which process has it.
 */
import { errnoName } from '../errno';
import { growing } from '../growing';
import type { Koffi } from '../koffi';
import { addressOf } from './address';
import type { HiddenListener } from './calls';
import { SOCKET_IS, SOCKET_LIST } from './layouts';

type Sysctl = (name: string, old: Buffer, oldSize: Buffer, value: null, valueSize: number) => number;

/** Has room for some four hundred sockets. */
const FIRST_SIZE = 256 << 10;

export class SocketList {
  readonly #koffi: Koffi;
  readonly #sysctl: Sysctl;

  /** `library`: a stand-in for libSystem. */
  constructor(koffi: Koffi, library: string | null) {
    const declaration = 'int sysctlbyname(str name, void *old, void *oldSize, void *value, size_t valueSize)';
    this.#koffi = koffi;
    this.#sysctl = koffi.load(library).func(declaration) as Sysctl;
  }

  /** undefined: it cannot be read, or is not laid out as is known here. */
  listening(ports: ReadonlySet<number>): HiddenListener[] | undefined {
    const size = Buffer.alloc(8);
    const all = growing<HiddenListener[] | undefined>(FIRST_SIZE, (buffer) => {
      size.writeBigUInt64LE(BigInt(buffer.length));
      if (this.#sysctl(SOCKET_LIST.name, buffer, size, null, 0) !== 0) {
        return errnoName(this.#koffi) === 'ENOMEM' ? 'tooSmall' : undefined;
      }
      return parseSocketList(buffer.subarray(0, Number(size.readBigUInt64LE())));
    });
    return all?.filter(({ port }) => ports.has(port));
  }
}

/** Returns those that listen; undefined: another layout, or cut off. */
function parseSocketList(bytes: Buffer): HiddenListener[] | undefined {
  const { head, align } = SOCKET_LIST;
  if (bytes.length < head.size || bytes.readUInt32LE() !== head.size) return undefined;
  // Where there is no socket, nothing follows.
  if (bytes.readUInt32LE(head.count) === 0) return [];
  const found: HiddenListener[] = [];
  let item: Partial<Record<'inpcb' | 'socket', Buffer>> = {};
  for (let at = head.size; at + head.size <= bytes.length;) {
    const size = bytes.readUInt32LE(at);
    // The head once more is the end; every part is longer.
    if (size === head.size) return found;
    if (size < head.size || at + size > bytes.length) return undefined;
    const part = bytes.subarray(at, at + size);
    switch (part.readUInt32LE(SOCKET_LIST.kind)) {
      case SOCKET_LIST.inpcb.kind:
        if (size !== SOCKET_LIST.inpcb.size) return undefined;
        item = { inpcb: part };
        break;
      case SOCKET_LIST.socket.kind:
        if (size !== SOCKET_LIST.socket.size) return undefined;
        item = { ...item, socket: part };
        break;
      case SOCKET_LIST.tcpcb.kind:
        if (size !== SOCKET_LIST.tcpcb.size || item.inpcb === undefined || item.socket === undefined) {
          return undefined;
        }
        if (part.readInt32LE(SOCKET_LIST.tcpcb.state) === SOCKET_IS.listening) {
          found.push(listenerOf(item.inpcb, item.socket));
        }
        item = {};
        break;
    }
    at += Math.ceil(size / align) * align;
  }
  return undefined;
}

function listenerOf(inpcb: Buffer, socket: Buffer): HiddenListener {
  const { port, versions, address } = SOCKET_LIST.inpcb;
  const { handle, family, uid } = SOCKET_LIST.socket;
  return {
    socket: String(socket.readBigUInt64LE(handle)),
    port: inpcb.readUInt16BE(port),
    address: addressOf(
      socket.readInt32LE(family),
      inpcb.readUInt8(versions),
      inpcb.subarray(address, address + 16),
    ),
    uid: socket.readUInt32LE(uid),
  };
}

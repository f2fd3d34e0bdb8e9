/** Processes pinned by pidfds: signalled exactly, whatever becomes of their number, and awaited. */
import { randomUUID } from 'node:crypto';
import { closeSync } from 'node:fs';
import { UNPINNED, type LinuxCalls } from './calls';
import { POLLFD, POLLIN, type Libc } from './libc';

/** ms that one poll(2) lasts: as long as a process that has just been added may have to wait for its turn. */
const ROUND_MS = 100;

type Ended = Awaited<ReturnType<LinuxCalls['ended']>>;

interface Waiting {
  fd: number;
  resolve: (answer: Ended) => void;
}

const FORGOTTEN = { code: UNPINNED };

export class Pidfds {
  readonly #libc: Libc;
  readonly #fds = new Map<string, number>();
  readonly #waiting = new Map<string, Waiting>();
  /** Let go while poll(2) looks at it: closed afterwards, since the number may be another file's at once. */
  readonly #toClose: number[] = [];
  #isPolling = false;

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  pin(pid: number, token: string | undefined): ReturnType<LinuxCalls['pin']> {
    if (token !== undefined && this.#fds.has(token)) return { token };
    const fd = this.#libc.pidfdOpen(pid);
    if (fd < 0) return { code: this.#libc.errnoName() };
    const made = randomUUID();
    this.#fds.set(made, fd);
    return { token: made };
  }

  signal(token: string, signal: number): ReturnType<LinuxCalls['signal']> {
    const fd = this.#fds.get(token);
    if (fd === undefined) return FORGOTTEN;
    return this.#libc.pidfdSendSignal(fd, signal) === 0 ? 'sent' : { code: this.#libc.errnoName() };
  }

  ended(token: string): Promise<Ended> {
    const fd = this.#fds.get(token);
    if (fd === undefined) return Promise.resolve(FORGOTTEN);
    return new Promise((resolve) => {
      this.#waiting.set(token, { fd, resolve });
      if (!this.#isPolling) void this.#poll();
    });
  }

  unpin(token: string): undefined {
    this.#waiting.get(token)?.resolve(FORGOTTEN);
    this.#waiting.delete(token);
    const fd = this.#fds.get(token);
    if (fd === undefined) return;
    this.#fds.delete(token);
    if (this.#isPolling) this.#toClose.push(fd);
    else closeSync(fd);
  }

  /** All in one call: it takes one of the few threads that there are. */
  async #poll(): Promise<void> {
    this.#isPolling = true;
    while (this.#waiting.size > 0) {
      const round = [...this.#waiting];
      const fds = Buffer.alloc(round.length * POLLFD.size);
      for (const [index, [, { fd }]] of round.entries()) {
        fds.writeInt32LE(fd, index * POLLFD.size + POLLFD.fd);
        fds.writeInt16LE(POLLIN, index * POLLFD.size + POLLFD.events);
      }
      await this.#libc.poll(fds, round.length, ROUND_MS);
      for (const [index, [token, { resolve }]] of round.entries()) {
        if (fds.readInt16LE(index * POLLFD.size + POLLFD.revents) === 0) continue;
        this.#waiting.delete(token);
        resolve('ended');
      }
      for (const fd of this.#toClose.splice(0)) closeSync(fd);
    }
    this.#isPolling = false;
  }
}

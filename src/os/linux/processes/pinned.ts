/**
 * One process, pinned by a pidfd in the native helper. The proof is a chain: a descriptor on `/proc/<pid>/stat` was
 * opened here (T0), the helper makes the pidfd (T1), and the descriptor still reads afterwards (T2). So the number meant
 * that process all along, T1 included, and the pidfd is that process whatever the number means later: signalling needs
 * no clock and no repetition.
 */
import { constants } from 'node:os';
import type { NativeHelper } from '../../native/helper';
import { UNPINNED, type LinuxCalls } from '../../native/linux/calls';
import type { Signal, SignalOutcome } from '../../platform';

/** `unavailable`: nothing was signalled, and why. */
export type PinnedOutcome = SignalOutcome | { result: 'unavailable'; why: string };

/** A second one of these changes nothing; a second request to end makes some programs drop what they were saving. */
const MAY_BE_REPEATED = new Set<Signal>(['SIGKILL', 'SIGCONT']);

export class PinnedProcess {
  readonly #pid: number;
  readonly #isThere: () => boolean;
  readonly #native: NativeHelper<LinuxCalls>;
  #token: string | undefined;
  #why = 'it is not pinned';
  #ended: Promise<boolean> | undefined;

  /** `isThere`: reads the descriptor that was opened before; false once that is closed. */
  constructor(pid: number, isThere: () => boolean, native: NativeHelper<LinuxCalls>) {
    this.#pid = pid;
    this.#isThere = isThere;
    this.#native = native;
  }

  /** Pins it, also in a helper that has been started since. */
  async hold(): Promise<void> {
    const asked = await this.#native.ask('pin', this.#pid, this.#token);
    this.#token = undefined;
    if (!('answer' in asked)) {
      this.#why = asked.why;
    } else if ('code' in asked.answer) {
      this.#why = `pidfd_open(2) failed with ${asked.answer.code}`;
    } else if (!this.#isThere()) {
      this.#why = 'it ended while it was being pinned';
      void this.#native.ask('unpin', asked.answer.token);
    } else {
      this.#token = asked.answer.token;
    }
  }

  async signal(signal: Signal): Promise<PinnedOutcome> {
    if (this.#token === undefined) await this.hold();
    const first = await this.#send(signal);
    if (first !== 'unpinned') return first;
    // The helper that had it has ended.
    await this.hold();
    const second = await this.#send(signal);
    return second === 'unpinned' ? { result: 'unavailable', why: 'the native helper keeps ending' } : second;
  }

  /** Asked once; false: cannot be awaited. */
  ended(): Promise<boolean> {
    return (this.#ended ??= this.#awaitEnd());
  }

  release(): void {
    // A helper that has ended keeps nothing, and is not started for this.
    if (this.#token !== undefined && this.#native.pid !== undefined) {
      void this.#native.ask('unpin', this.#token);
    }
    this.#token = undefined;
  }

  async #send(signal: Signal): Promise<PinnedOutcome | 'unpinned'> {
    if (this.#token === undefined) return { result: 'unavailable', why: this.#why };
    const asked = await this.#native.ask('signal', this.#token, constants.signals[signal]);
    if (!('answer' in asked)) {
      return asked.isLost && !MAY_BE_REPEATED.has(signal)
        ? { result: 'lost', why: asked.why }
        : { result: 'unavailable', why: asked.why };
    }
    if (asked.answer === 'sent') return { result: 'sent' };
    switch (asked.answer.code) {
      case UNPINNED:
        return 'unpinned';
      case 'ESRCH':
        return { result: 'gone' };
      case 'EPERM':
        return { result: 'denied' };
      default:
        return { result: 'unproven', reason: `pidfd_send_signal(2) failed with ${asked.answer.code}` };
    }
  }

  async #awaitEnd(): Promise<boolean> {
    if (this.#token === undefined) return false;
    const asked = await this.#native.ask('ended', this.#token);
    return 'answer' in asked && asked.answer === 'ended';
  }
}

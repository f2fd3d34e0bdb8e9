/** What the clean-up and the starter say to each other about each round, in shared memory. */
import { shareMemory } from './sharedMemory';

export const SLOTS = 24;

export const starterKinds = [
  'overwrite',
  'O_EXCL',
  'locked pid file, not verified',
  'lock file and pid file',
  'locked pid file, inode verified',
  'temp file and rename',
] as const;
export type StarterKind = (typeof starterKinds)[number];

/** States of a round: the clean-up asks for a start, the starter answers, the clean-up lets it go, it is idle again. */
export const IDLE = 0;
export const START = 1;
export const STARTED = 2;
export const REFUSED = 3;
export const LET_GO = 4;

export class Slots {
  readonly #words: Int32Array;
  readonly #times: Float64Array;
  readonly #moments: Float64Array;
  readonly #inodes: BigUint64Array;

  constructor(file: string) {
    const memory = shareMemory(file, 4096 * 2);
    this.#words = new Int32Array(memory, 0, SLOTS * 16);
    this.#times = new Float64Array(memory, 4096, SLOTS);
    this.#moments = new Float64Array(memory, 5120, SLOTS);
    this.#inodes = new BigUint64Array(memory, 6144, SLOTS);
  }

  state(slot: number): number {
    return Atomics.load(this.#words, slot * 16);
  }

  setState(slot: number, state: number): void {
    Atomics.store(this.#words, slot * 16, state);
  }

  round(slot: number): number {
    return Atomics.load(this.#words, slot * 16 + 1);
  }

  /** `at`: when to start, ns of the monotonic clock. */
  ask(slot: number, round: number, at: number): void {
    Atomics.store(this.#words, slot * 16 + 1, round);
    this.#times[slot] = at;
    this.setState(slot, START);
  }

  startAt(slot: number): number {
    return this.#times[slot] ?? 0;
  }

  /** When the starter came to make its record, ns of the monotonic clock: what the alignment is learnt from. */
  moment(slot: number): number {
    return this.#moments[slot] ?? 0;
  }

  setMoment(slot: number, at: number): void {
    this.#moments[slot] = at;
  }

  /** The inode that the starter holds locked. */
  lockedInode(slot: number): bigint {
    return Atomics.load(this.#inodes, slot);
  }

  setLockedInode(slot: number, inode: bigint): void {
    Atomics.store(this.#inodes, slot, inode);
  }
}

/** Both have seven digits, so that neither the size nor the length of a write gives the other away. */
export const staleRecord = (round: number): string => String(1_000_000 + round);
export const liveRecord = (round: number): string => String(5_000_000 + round);

export const recordPath = (folder: string, slot: number): string => `${folder}/${slot}/service.pid`;
export const lockPath = (folder: string, slot: number): string => `${folder}/${slot}/service.lock`;

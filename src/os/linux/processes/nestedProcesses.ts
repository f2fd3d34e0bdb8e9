/**
 * Processes of nested PID namespaces (containers, sandboxes) by the number that they have inside: what they write into
 * their pid files. `status` is world-readable; a process never changes its namespace, so each is checked once.
 */
import { MultiMap } from '../../../common/multiMap';
import { readLink, readText } from '../procfs/read';
import { parseProcStatus } from '../procfs/procStat';

export class NestedProcesses {
  readonly #byInner = new MultiMap<number, number>();
  readonly #innerOf = new Map<number, number>();
  #ownNamespace: string | undefined;
  #isOn = false;

  /** Nothing is read before the first record is to be compared. */
  get isOn(): boolean {
    return this.#isOn;
  }

  start(pids: Iterable<number>): void {
    this.#isOn = true;
    // Only where procfs belongs to our own namespace: else those of ours, too, have another number there.
    if (numbersOf('self').length === 1) this.#ownNamespace = readLink('/proc/self/ns/pid');
    for (const pid of pids) this.add(pid);
  }

  add(pid: number): void {
    if (!this.#isOn) return;
    // Half the price of its status; another user's may not be read.
    const namespace = readLink(`/proc/${pid}/ns/pid`);
    if (namespace !== undefined && namespace === this.#ownNamespace) return;
    const nsPids = numbersOf(pid);
    const inner = nsPids.length > 1 ? nsPids.at(-1) : undefined;
    if (inner === undefined) return;
    this.#innerOf.set(pid, inner);
    this.#byInner.add(inner, pid);
  }

  remove(pid: number): void {
    const inner = this.#innerOf.get(pid);
    if (inner === undefined) return;
    this.#innerOf.delete(pid);
    this.#byInner.delete(inner, pid);
  }

  /** Returns the number it has inside its namespace; undefined where that is this one, or nothing was asked yet. */
  innerOf(pid: number): number | undefined {
    return this.#innerOf.get(pid);
  }

  /** Pids here of those that call themselves so. */
  named(inner: number): Iterable<number> {
    return this.#byInner.get(inner);
  }
}

function numbersOf(pid: number | 'self'): readonly number[] {
  const text = readText(`/proc/${pid}/status`);
  return typeof text === 'string' ? parseProcStatus(text).nsPids : [];
}

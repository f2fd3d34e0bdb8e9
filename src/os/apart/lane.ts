/** The process that looks at the files of one mount, and what is known of them here. */
import type { FileProblem } from '../../model/facts';
import type { MountPoint } from '../../model/mounts';
import { HelperProcess } from '../helper/helperProcess';
import type { Part, Round, State, Subject } from './messages';

/** Someone here who wants to know. */
export interface Asker {
  readonly subject: Subject;
  take(state: State): void;
  /** There was no answer; what was known may not be so any more. */
  fail(problem: FileProblem): void;
}

export interface LaneOptions {
  /** The bundled program, `dist/apart.js`. */
  program: string;
  log: (level: 'info' | 'warn', text: string) => void;
}

/** An answer of a server that is only slow takes less. */
const DEADLINE_MS = 3000;
/** Longer than any steady interval of ticks. */
const IDLE_MS = 300_000;
const RESTS_MS = [2000, 10_000, 30_000, 60_000] as const;

interface Asked {
  asker: Asker;
  mount: MountPoint;
  isAnswered: boolean;
}

export class Lane {
  readonly #helper: HelperProcess;
  readonly #asked = new Map<number, Asked>();
  #lastKey = 0;
  #unsent = new Set<number>();
  #dropped: number[] = [];
  readonly #forced = new Set<number>();
  #running: Promise<void> | undefined;
  #since: number | undefined;

  constructor({ program, log }: LaneOptions) {
    this.#helper = new HelperProcess({
      file: program,
      deadlineMs: DEADLINE_MS,
      idleMs: IDLE_MS,
      restsMs: RESTS_MS,
      log,
    });
  }

  get isUnused(): boolean {
    return this.#asked.size === 0;
  }

  /** No answer since then, ms since the epoch; undefined: it answers. */
  get silentSince(): number | undefined {
    return this.#since;
  }

  /** Someone waits for a first answer that may still come. */
  get isNew(): boolean {
    return this.#since === undefined && [...this.#asked.values()].some(({ isAnswered }) => !isAnswered);
  }

  get mounts(): ReadonlySet<MountPoint> {
    return new Set([...this.#asked.values()].map(({ mount }) => mount));
  }

  add(asker: Asker, mount: MountPoint): number {
    const key = ++this.#lastKey;
    this.#asked.set(key, { asker, mount, isAnswered: false });
    this.#unsent.add(key);
    if (this.#since !== undefined) asker.fail(problemOn(mount));
    return key;
  }

  drop(key: number): void {
    this.#asked.delete(key);
    if (!this.#unsent.delete(key)) this.#dropped.push(key);
  }

  /** To be read in the next round, even if it looks the same. */
  force(key: number): void {
    this.#forced.add(key);
  }

  /** Looks at everything once. Resolves when that is done or has failed; never rejects. */
  look(): Promise<void> {
    return (this.#running ??= this.#round().finally(() => (this.#running = undefined)));
  }

  /** The same, in a round that begins after this call. */
  async lookAfterNow(): Promise<void> {
    await this.#running;
    await this.look();
  }

  close(): Promise<void> {
    return this.#helper.close();
  }

  async #round(): Promise<void> {
    const startedAt = Date.now();
    const keys = new Set(this.#asked.keys());
    const take = ({ looked, changed }: Part): void => {
      for (const key of looked) keys.delete(key);
      this.#take(looked, changed);
    };
    try {
      if (!this.#helper.isAvailable) throw new Error('it did not answer a moment ago');
      take((await this.#helper.ask(this.#next(), (part) => take(part as Part))) as Part);
      this.#since = undefined;
    } catch {
      this.#since ??= startedAt;
      for (const key of keys) this.#fail(key); // the log has the reason
    }
  }

  #next(): Round {
    const isNew = this.#helper.pid === undefined;
    const watch = [...(isNew ? this.#asked.keys() : this.#unsent)].flatMap((key) => {
      const asked = this.#asked.get(key);
      return asked === undefined ? [] : [[key, asked.asker.subject] as const];
    });
    const round = { watch, drop: isNew ? [] : this.#dropped, force: [...this.#forced] };
    this.#unsent = new Set();
    this.#dropped = [];
    this.#forced.clear();
    return round;
  }

  #take(looked: Part['looked'], changed: Part['changed']): void {
    for (const key of looked) {
      const asked = this.#asked.get(key);
      if (asked !== undefined) asked.isAnswered = true;
    }
    for (const [key, state] of changed) this.#asked.get(key)?.asker.take(state);
  }

  #fail(key: number): void {
    const asked = this.#asked.get(key);
    if (asked === undefined) return;
    asked.isAnswered = false;
    // A process that was killed knows nothing: what it said last is said again by the next.
    asked.asker.fail(problemOn(asked.mount));
  }
}

/** Says of a path that its mount gave no answer in time. */
export function problemOn({ point, type }: MountPoint): FileProblem {
  return { code: 'ETIMEDOUT', syscall: 'stat', mount: { point, type } };
}

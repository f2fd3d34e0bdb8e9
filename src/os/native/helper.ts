/**
 * Asks the native helper (`src/native.ts`), a process of its own: a crash in native code costs an answer, and a call that
 * blocks blocks only that process. What it may be asked is the system's own list of calls.
 */
import { messageOf } from '../../common/errors';
import { HelperError, HelperProcess, type HelperOptions } from '../helper/helperProcess';

/** A question over IPC. */
export interface NativeQuestion {
  call: string;
  args: readonly unknown[];
}

/** `missing`: nothing can be asked there, and why. */
export type NativeReply = { answer: unknown } | { missing: string };

/** The code of errno(3), or `UNKNOWN`. */
export interface Refused {
  code: string;
}

export type Asked<T> =
  | { answer: T }
  /** Why there is no answer. `isLost`: the question was sent, so that what it asked for may have been done. */
  | { why: string; isLost: boolean };

type Calls<T> = { [K in keyof T]: (...args: never[]) => unknown };

export interface NativeDeps {
  /** The bundled `native.js`. */
  program: string;
  log: (level: 'info' | 'warn', text: string) => void;
}

const TIMES = {
  deadlineMs: 2000,
  /** The user waits for it. */
  startMs: 5000,
  idleMs: 60_000,
  /** Three restarts in ten minutes; after the next failure ten minutes without. */
  restsMs: [0, 2000, 20_000, 600_000],
  soundMs: 600_000,
} as const;

type Times = Pick<HelperOptions, 'deadlineMs' | 'idleMs' | 'restsMs' | 'soundMs'>;

export class NativeHelper<C extends Calls<C>> {
  readonly #helper: HelperProcess;
  readonly #log: NativeDeps['log'];
  #missing: string | undefined;

  constructor({ program, log }: NativeDeps, times: Partial<Times> = {}) {
    this.#log = log;
    this.#helper = new HelperProcess({
      ...TIMES,
      ...times,
      file: program,
      log: (level, text) => log(level, `Native helper: ${text}`),
    });
  }

  /** The pid of the process while there is one. */
  get pid(): number | undefined {
    return this.#helper.pid;
  }

  /** Never rejects. */
  async ask<K extends keyof C & string>(
    call: K,
    ...args: Parameters<C[K]>
  ): Promise<Asked<Awaited<ReturnType<C[K]>>>> {
    if (this.#missing !== undefined) return { why: this.#missing, isLost: false };
    try {
      const question: NativeQuestion = { call, args };
      const reply = (await this.#helper.ask(question)) as NativeReply;
      if ('missing' in reply) return this.#giveUp(reply.missing);
      return { answer: reply.answer as Awaited<ReturnType<C[K]>> };
    } catch (error) {
      const isUnsent = error instanceof HelperError && !['late', 'ended'].includes(error.failure);
      return { why: messageOf(error), isLost: !isUnsent };
    }
  }

  close(): Promise<void> {
    return this.#helper.close();
  }

  #giveUp(reason: string): { why: string; isLost: boolean } {
    if (this.#missing === undefined) {
      this.#missing = reason;
      this.#log('info', `No native helper: ${reason}`);
      void this.#helper.close();
    }
    return { why: reason, isLost: false };
  }
}

/** Asks the active probe, which lives in a process of its own (`src/probe.ts`). */
import { HelperProcess } from '../helper/helperProcess';
import type { ProbeAnswer } from '../platform';

export interface ProbeQuestion {
  path: string;
  isPassive: boolean;
}

export interface ProbeReply {
  answer: ProbeAnswer;
  /** false: no file can be probed by this Node, so there is nothing to ask a second time. */
  isPossible: boolean;
}

const DEADLINE_MS = 2000;
const IDLE_MS = 60_000;
/** Longer than the time for which a free file is left alone: a crash must not make probes more frequent. */
const RESTS_MS = [10_000, 60_000, 300_000] as const;

export class ProbeProcess {
  readonly #helper: HelperProcess;
  #isPossible = true;

  /** `file`: the bundled `probe.js`. */
  constructor(file: string, log: (level: 'info' | 'warn', text: string) => void) {
    this.#helper = new HelperProcess({
      file,
      deadlineMs: DEADLINE_MS,
      idleMs: IDLE_MS,
      restsMs: RESTS_MS,
      log: (level, text) => log(level, level === 'warn' ? `Active probe: ${text}` : text),
    });
  }

  /** The pid of the process while there is one. */
  get pid(): number | undefined {
    return this.#helper.pid;
  }

  /** Never rejects: without an answer in time, or without native code, it is 'unavailable'. */
  async probe(path: string, isPassive = false): Promise<ProbeAnswer> {
    if (!this.#isPossible || !this.#helper.isAvailable) {
      return 'unavailable';
    }
    const question: ProbeQuestion = { path, isPassive };
    try {
      const { answer, isPossible } = (await this.#helper.ask(question)) as ProbeReply;
      if (!isPossible) {
        this.#isPossible = false;
        void this.#helper.close();
      }
      return answer;
    } catch {
      return 'unavailable'; // the log has the reason
    }
  }

  close(): Promise<void> {
    return this.#helper.close();
  }
}

/** The real actions in a world that is told by facts: processes that can be opened, read and signalled, and a clock. */
import { Actions, type ForceQuestion } from '../../../src/actions/index';
import { diagnose } from '../../../src/model/diagnose';
import type { Claim, ProcessFacts } from '../../../src/model/facts';
import { plainGuards } from '../../../src/os/plainGuards';
import type { Signal, SignalOutcome } from '../../../src/os/platform';
import { facts, type Given } from '../model/build';

const identity = ({ pid, startTicks }: ProcessFacts): string => `${pid}:${startTicks ?? '?'}`;

export class World {
  /** `SIGTERM 100`, in the order in which they were sent. */
  readonly sent: string[] = [];
  readonly progress: string[] = [];
  /** What is said when all has ended and a respawn is watched for. */
  readonly ended: string[] = [];
  readonly log: string[] = [];
  /** `open 100`, `pin 100`, `SIGTERM 100`, in their order. */
  readonly steps: string[] = [];
  /** Whether a process can be got ready to be signalled. */
  canPin = false;
  /** Pids whose handle was opened and not closed again. */
  readonly open: number[] = [];
  /** How many handles were ever opened. */
  opens = 0;
  isWatched = true;
  /** ms; moves on while somebody waits. */
  now = 0;
  inspections = 0;
  /** What is found under a pid when it is opened; by default what the inspections see too. */
  opened: (pid: number) => ProcessFacts | undefined = (pid) => this.process(pid);
  /** What a signal does; by default the process ends, and what it holds is released. */
  onSignal: (pid: number, signal: Signal) => SignalOutcome = (pid) => {
    this.end(pid);
    return { result: 'sent' };
  };
  /** Before every inspection, which is the how-manieth. */
  onInspect: (count: number) => void = () => undefined;
  /** Whenever time has passed. */
  onWait: () => void = () => undefined;
  /** The answer to “force?”. */
  force: (question: ForceQuestion) => boolean = () => false;
  claims: ReadonlyMap<number, Claim> | undefined;

  readonly actions = new Actions({
    now: () => this.now,
    wait: (ms) => {
      this.now += ms;
      this.onWait();
      // Nothing is waited for that long; the clock here runs without the event loop.
      return this.now < 60_000 ? Promise.resolve() : Promise.reject(new Error('still waiting'));
    },
    cleanUpFolder: '/nowhere',
    inspect: () => {
      this.onInspect(++this.inspections);
      if (!this.isWatched) return Promise.resolve(undefined);
      const seen = { ...facts(this.given), ...(this.claims === undefined ? {} : { claims: this.claims }) };
      return Promise.resolve({ facts: seen, snapshot: diagnose(seen) });
    },
    platform: {
      processes: {
        open: (pid) => this.#handle(pid),
      },
      removal: plainGuards,
    },
    peer: {
      onActionLog: (text) => this.log.push(text),
      onActionProgress: (_, sentence) => void this.progress.push(sentence),
      onActionEnded: (_, sentence) => void this.ended.push(sentence),
      askForce: (_, question) => Promise.resolve(this.force(question)),
      onRecovery: () => undefined,
    },
  });

  constructor(public given: Given) {}

  process(pid: number): ProcessFacts | undefined {
    return this.given.processes?.find((process) => process.pid === pid);
  }

  /** From now on it looks like this. */
  change(pid: number, more: Partial<ProcessFacts>): void {
    const processes = this.given.processes?.map((one) => (one.pid === pid ? { ...one, ...more } : one));
    this.given = { ...this.given, ...(processes === undefined ? {} : { processes }) };
  }

  /** It is gone, and so are its locks. */
  end(pid: number): void {
    const { processes = [], lockFiles = [] } = this.given;
    this.given = {
      ...this.given,
      processes: processes.filter((process) => process.pid !== pid),
      lockFiles: lockFiles.map((file) => ({
        ...file,
        locks: file.locks.filter(({ holders }) => !holders.every(({ process }) => process.pid === pid)),
      })),
    };
  }

  #handle(pid: number) {
    const opened = this.opened(pid);
    if (opened === undefined) return undefined;
    this.open.push(pid);
    this.opens += 1;
    this.steps.push(`open ${pid}`);
    return {
      pid,
      ...(this.canPin ? { pin: () => Promise.resolve(void this.steps.push(`pin ${pid}`)) } : {}),
      read: () => {
        const now = this.opened(pid);
        return now !== undefined && identity(now) === identity(opened) ? now : undefined;
      },
      signal: (signal: Signal) => {
        this.sent.push(`${signal} ${pid}`);
        this.steps.push(`${signal} ${pid}`);
        return this.onSignal(pid, signal);
      },
      close: () => void this.open.splice(this.open.indexOf(pid), 1),
    };
  }
}

/** The main thread's side of the actions: asks for them, and passes on what they say and ask while they run. */
import type { BirpcReturn } from 'birpc';
import type {
  ActionsPeer,
  CleanUpPlan,
  CleanUpResult,
  ForceQuestion,
  TerminationOptions,
  TerminationPlan,
  TerminationResult,
  TerminationTarget,
  UndoResult,
} from '../actions/index';
import type { MainFunctions, WorkerFunctions } from './protocol';

export type ObserverThreadCalls = BirpcReturn<WorkerFunctions, MainFunctions>;

/** What a termination says and asks while it runs. */
export interface TerminationTalk {
  /** One short sentence: what is being waited for. */
  progress(sentence: string): void;
  /** Returns whether to use SIGKILL. */
  askForce(question: ForceQuestion): Promise<boolean>;
}

/** The actions, carried out in the worker. `subject`: a service id, or `lockSubject(path)`. */
export interface MonitorActions {
  /** Keeps the processes it found pinned down until `terminate` or `discardTermination`. */
  planTermination(subject: string, target: TerminationTarget): Promise<TerminationPlan>;
  terminate(
    planId: string,
    candidateIds: readonly string[],
    options: TerminationOptions,
    talk: TerminationTalk,
    abort: AbortSignal,
  ): Promise<TerminationResult>;
  discardTermination(planId: string): void;
  planCleanUp(serviceIds: readonly string[]): Promise<CleanUpPlan>;
  /** `progress`: how far it is, in a few words. Aborted, it decides the record in hand and leaves the others. */
  cleanUp(
    planId: string,
    itemIds: readonly string[],
    progress: TerminationTalk['progress'],
    abort: AbortSignal,
  ): Promise<CleanUpResult>;
  /** Without a plan: the last clean-up of which something can be put back. */
  undoCleanUp(planId?: string): Promise<UndoResult>;
}

/** ms that a clean-up gets to decide the record in hand; VS Code gives an extension 5 s to deactivate. */
const FINISH_MS = 3000;

export class ClientActions implements MonitorActions {
  /** By plan. */
  readonly #talks = new Map<string, TerminationTalk>();
  #cleanUps = 0;
  readonly #thread: () => ObserverThreadCalls | undefined;
  readonly #connected: () => ObserverThreadCalls;

  /** `connected` throws when there is no thread. */
  constructor(thread: () => ObserverThreadCalls | undefined, connected: () => ObserverThreadCalls) {
    this.#thread = thread;
    this.#connected = connected;
  }

  /** The part of the worker's peer that concerns talks under way. */
  readonly peer: Pick<ActionsPeer, 'onActionProgress' | 'askForce'> = {
    onActionProgress: (planId, sentence) => this.#talks.get(planId)?.progress(sentence),
    // Nobody left to ask means no.
    askForce: async (planId, question) => (await this.#talks.get(planId)?.askForce(question)) ?? false,
  };

  planTermination(subject: string, target: TerminationTarget): Promise<TerminationPlan> {
    return this.#connected().planTermination(subject, target);
  }

  terminate(
    planId: string,
    candidateIds: readonly string[],
    options: TerminationOptions,
    talk: TerminationTalk,
    abort: AbortSignal,
  ): Promise<TerminationResult> {
    const thread = this.#connected();
    return this.#talking(planId, talk, abort, {
      act: () => thread.terminate(planId, candidateIds, options),
      cancel: () => void thread.cancelTermination.asEvent(planId),
    });
  }

  discardTermination(planId: string): void {
    void this.#thread()?.cancelTermination.asEvent(planId);
  }

  planCleanUp(serviceIds: readonly string[]): Promise<CleanUpPlan> {
    return this.#connected().planCleanUp(serviceIds);
  }

  async cleanUp(
    planId: string,
    itemIds: readonly string[],
    progress: TerminationTalk['progress'],
    abort: AbortSignal,
  ): Promise<CleanUpResult> {
    const thread = this.#connected();
    this.#cleanUps += 1;
    try {
      return await this.#talking(planId, { progress, askForce: () => Promise.resolve(false) }, abort, {
        act: () => thread.cleanUp(planId, itemIds),
        cancel: () => void thread.cancelCleanUp.asEvent(planId),
      });
    } finally {
      this.#cleanUps -= 1;
    }
  }

  undoCleanUp(planId?: string): Promise<UndoResult> {
    return this.#connected().undoCleanUp(planId);
  }

  /** Resolves when no record is aside any more. What takes too long, the next start decides. */
  async finishCleanUps(): Promise<void> {
    if (this.#cleanUps === 0) {
      return;
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FINISH_MS);
    });
    try {
      await Promise.race([this.#thread()?.finishCleanUps(), late]);
    } catch {
      // The thread has ended by itself.
    } finally {
      clearTimeout(timer);
    }
  }

  async #talking<T>(
    planId: string,
    talk: TerminationTalk,
    abort: AbortSignal,
    { act, cancel }: { act: () => Promise<T>; cancel: () => void },
  ): Promise<T> {
    this.#talks.set(planId, talk);
    abort.addEventListener('abort', cancel);
    try {
      return await act();
    } finally {
      abort.removeEventListener('abort', cancel);
      this.#talks.delete(planId);
    }
  }
}

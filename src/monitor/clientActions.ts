/** The main thread's side of the actions: asks for them, and passes on what they say and ask while they run. */
import type { BirpcReturn } from 'birpc';
import type { ActionsPeer, ActionsThread, ForceQuestion } from '../actions/index';
import type { MainFunctions, WorkerFunctions } from './protocol';

export type ObserverThreadCalls = BirpcReturn<WorkerFunctions, MainFunctions>;

/** What a termination says and asks while it runs. */
export interface TerminationCallbacks {
  /** One short sentence: what is being waited for. */
  progress(sentence: string): void;
  /** All has ended; whether something starts it again is still watched. */
  ended(sentence: string): void;
  /** Returns whether to use SIGKILL. */
  askForce(question: ForceQuestion): Promise<boolean>;
}

/** As the worker does it, with what is said meanwhile; aborted, it stops as its `cancel…` does. */
type Talking<Act extends (...args: never) => unknown, Talk> = (
  ...args: [...Parameters<Act>, talk: Talk, abort: AbortSignal]
) => ReturnType<Act>;

/** The actions, carried out in the worker. `serviceId`: of a service, or `lockSubject(path)`. */
export interface MonitorActions extends Pick<
  ActionsThread,
  'planTermination' | 'planCleanUp' | 'undoCleanUp'
> {
  terminate: Talking<ActionsThread['terminate'], TerminationCallbacks>;
  discardTermination: ActionsThread['cancelTermination'];
  /** `talk`: how far it is, in a few words. */
  cleanUp: Talking<ActionsThread['cleanUp'], TerminationCallbacks['progress']>;
}

/** ms that a clean-up gets to decide the record in hand; VS Code gives an extension 5 s to deactivate. */
const FINISH_MS = 3000;

export class ClientActions implements MonitorActions {
  /** By plan. */
  readonly #callbacks = new Map<string, TerminationCallbacks>();
  #cleanUps = 0;
  readonly #thread: () => ObserverThreadCalls | undefined;
  readonly #connected: () => ObserverThreadCalls;

  /** `connected` throws when there is no thread. */
  constructor(thread: () => ObserverThreadCalls | undefined, connected: () => ObserverThreadCalls) {
    this.#thread = thread;
    this.#connected = connected;
  }

  /** The part of the worker's peer that concerns terminations under way. */
  readonly peer: Pick<ActionsPeer, 'onActionProgress' | 'onActionEnded' | 'askForce'> = {
    onActionProgress: (planId, sentence) => this.#callbacks.get(planId)?.progress(sentence),
    onActionEnded: (planId, sentence) => this.#callbacks.get(planId)?.ended(sentence),
    // With no one left to ask, the answer is no.
    askForce: async (planId, question) => (await this.#callbacks.get(planId)?.askForce(question)) ?? false,
  };

  readonly planTermination: MonitorActions['planTermination'] = (...args) =>
    this.#connected().planTermination(...args);

  readonly terminate: MonitorActions['terminate'] = (planId, selected, options, talk, abort) => {
    const thread = this.#connected();
    return this.#talking(planId, talk, abort, {
      act: () => thread.terminate(planId, selected, options),
      cancel: () => void thread.cancelTermination.asEvent(planId),
    });
  };

  readonly discardTermination: MonitorActions['discardTermination'] = (planId) =>
    void this.#thread()?.cancelTermination.asEvent(planId);

  readonly planCleanUp: MonitorActions['planCleanUp'] = (...args) => this.#connected().planCleanUp(...args);

  readonly cleanUp: MonitorActions['cleanUp'] = async (planId, selected, progress, abort) => {
    const thread = this.#connected();
    this.#cleanUps += 1;
    try {
      const talk = { progress, ended: () => undefined, askForce: () => Promise.resolve(false) };
      return await this.#talking(planId, talk, abort, {
        act: () => thread.cleanUp(planId, selected),
        cancel: () => void thread.cancelCleanUp.asEvent(planId),
      });
    } finally {
      this.#cleanUps -= 1;
    }
  };

  readonly undoCleanUp: MonitorActions['undoCleanUp'] = (...args) => this.#connected().undoCleanUp(...args);

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
    talk: TerminationCallbacks,
    abort: AbortSignal,
    { act, cancel }: { act: () => Promise<T>; cancel: () => void },
  ): Promise<T> {
    this.#callbacks.set(planId, talk);
    abort.addEventListener('abort', cancel);
    try {
      return await act();
    } finally {
      abort.removeEventListener('abort', cancel);
      this.#callbacks.delete(planId);
    }
  }
}

/**
 * The actions as one object with plain data on both sides, so that they can live in the observer's thread: plans are
 * made and carried out there, with the processes' handles and the records' bytes; the main thread shows and asks.
 */
import * as l10n from '@vscode/l10n';
import type { Platform } from '../os/platform';
import { newOwner, type Owner } from '../os/removal/owner';
import type { CleanUpPlan, CleanUpResult, UndoResult } from './cleanUp/plan';
import { recoverInterrupted } from './cleanUp/recovery';
import { CleanUpSession } from './cleanUp/session';
import { timedLog, waitByTimer, type ActionDeps } from './deps';
import { Inspections } from './inspections';
import type { EndState, ForceQuestion } from './terminate/endInstance';
import { execute } from './terminate/execute';
import type { TerminationResult } from './terminate/outcome';
import type {
  TerminationCandidate,
  TerminationOptions,
  TerminationPlan,
  TerminationTarget,
} from './terminate/plan';
import { nameOf } from './terminate/sentences';
import type { TerminationSession } from './terminate/session';
import { planTermination } from './terminate/session';
import { assertNever } from '../common/assertNever';

export type { CleanUpItem, CleanUpPlan, CleanUpRefusal, CleanUpResult, UndoResult } from './cleanUp/plan';
export type { ForceQuestion } from './terminate/endInstance';
export type { OutcomeKind, Respawn, TerminationOutcome, TerminationResult } from './terminate/outcome';
export type {
  CandidateProcess,
  ForcePolicy,
  TerminationCandidate,
  TerminationOptions,
  TerminationPlan,
  TerminationTarget,
} from './terminate/plan';

/** What the actions report to the main thread and ask of it. */
export interface ActionsPeer {
  onActionLog(text: string): void;
  /** One short sentence: what is being waited for. */
  onActionProgress(planId: string, sentence: string): void;
  /** All that was chosen has ended; the result follows once it is seen whether something starts it again. */
  onActionEnded(planId: string, sentence: string): void;
  askForce(planId: string, question: ForceQuestion): Promise<boolean>;
  /** What became of records that an interrupted clean-up had left aside; `isComplete`: all are back. */
  onRecovery(sentence: string, isComplete: boolean): void;
}

export interface ActionsOptions {
  inspect: ActionDeps['inspect'];
  platform: Pick<Platform, 'processes' | 'removal'>;
  peer: ActionsPeer;
  /** Monotonic, ms. */
  now: () => number;
  wait?: ActionDeps['wait'];
  /** Where a clean-up is written down before it is done; made when it is needed. */
  cleanUpFolder: string;
}

/** Plans of clean-ups that no one has carried out. What can be undone is kept as long as this lives. */
const PLANS_KEPT = 20;

/** What the log calls what was asked for. */
const TITLES: Record<TerminationTarget['kind'], string> = {
  duplicates: 'kill duplicate instance',
  holder: 'terminate lock holder',
  instance: 'terminate instance',
  keep: 'end all instances but',
  restarter: 'terminate restarter',
};

interface RunningPlan {
  session: TerminationSession;
  abort: AbortController;
  running: boolean;
}

/** Nothing is signalled or removed but by `terminate` and `cleanUp`. */
export class Actions {
  readonly #options: ActionsOptions;
  readonly #inspections: Inspections;
  readonly #wait: ActionDeps['wait'];
  readonly #terminations = new Map<string, RunningPlan>();
  readonly #cleanUps = new Map<string, CleanUpSession>();
  readonly #owner: Owner;
  #isFinishing = false;

  constructor(options: ActionsOptions) {
    this.#options = options;
    this.#owner = newOwner(options.platform.removal);
    this.#inspections = new Inspections(options.inspect);
    this.#wait = options.wait ?? waitByTimer;
  }

  /** Keeps the processes it found pinned down until `terminate` or `cancelTermination`. */
  async planTermination(serviceId: string, target: TerminationTarget): Promise<TerminationPlan> {
    const title = TITLES[target.kind] + ('pid' in target ? ` ${target.pid}` : '');
    const session = await planTermination(
      {
        log: this.#log(`${title} (plan)`),
        inspections: this.#inspections,
        processes: this.#options.platform.processes,
      },
      serviceId,
      target,
    );
    this.#terminations.set(session.plan.id, { session, abort: new AbortController(), running: false });
    return session.plan;
  }

  /** Carries out a plan, once. `selected`: ids of its candidates. */
  async terminate(
    planId: string,
    selected: readonly string[],
    options: TerminationOptions,
  ): Promise<TerminationResult> {
    const plan = this.#terminations.get(planId);
    if (plan === undefined || plan.running) {
      return {
        outcomes: [],
        sentence: l10n.t('Nothing was signalled. Run the command again.'),
        success: false,
      };
    }
    plan.running = true;
    const { peer, now } = this.#options;
    try {
      return await execute(
        {
          inspections: this.#inspections,
          now,
          wait: this.#wait,
          log: this.#log(`terminate ${plan.session.plan.serviceName}`),
          progress: (state, candidate) => peer.onActionProgress(planId, progressSentence(state, candidate)),
          watching: (sentence, seconds) =>
            peer.onActionEnded(
              planId,
              l10n.t('{0} Watching for {1} s in case something starts it again…', sentence, seconds),
            ),
          askForce: (question) => peer.askForce(planId, question),
        },
        plan.session,
        selected,
        options,
        plan.abort.signal,
      );
    } finally {
      this.#drop(planId);
    }
  }

  /** Before `terminate`: drops the plan. During: stops the waiting; what has been signalled stays signalled. */
  cancelTermination(planId: string): void {
    const plan = this.#terminations.get(planId);
    plan?.abort.abort();
    if (plan?.running === false) this.#drop(planId);
  }

  /** `serviceIds`: every service that names one of the records in question, so that each of their locks protects it. */
  async planCleanUp(serviceIds: readonly string[]): Promise<CleanUpPlan> {
    const deps = {
      inspections: this.#inspections,
      wait: this.#wait,
      log: this.#log('clean up'),
      guards: this.#options.platform.removal,
      intents: { folder: this.#options.cleanUpFolder, owner: this.#owner },
    };
    const session = await CleanUpSession.plan(deps, serviceIds);
    this.#cleanUps.set(session.plan.id, session);
    const idle = [...this.#cleanUps].filter(([, { isIdle, undoable }]) => isIdle && !undoable);
    for (const [id] of idle.slice(0, -PLANS_KEPT)) this.#cleanUps.delete(id);
    return session.plan;
  }

  /** Removes what is still exactly what was judged stale. `selected`: ids of the plan's items. */
  async cleanUp(planId: string, selected: readonly string[]): Promise<CleanUpResult> {
    const session = this.#cleanUps.get(planId);
    if (session === undefined || this.#isFinishing) {
      return {
        outcomes: [],
        sentence: l10n.t('Nothing was removed. Run the command again.'),
        undoable: false,
      };
    }
    const result = await session.clean(selected, (done, of) =>
      this.#options.peer.onActionProgress(planId, l10n.t('{0} of {1}', done, of)),
    );
    // The last one carried out is the first to be undone.
    this.#cleanUps.delete(planId);
    this.#cleanUps.set(planId, session);
    return result;
  }

  /** The record in hand is decided, the others stay. */
  cancelCleanUp(planId: string): void {
    this.#cleanUps.get(planId)?.stop();
  }

  /** Absent: the last clean-up of which something can be put back. */
  undoCleanUp(planId?: string): Promise<UndoResult> {
    const session =
      planId === undefined
        ? [...this.#cleanUps.values()].reverse().find(({ undoable }) => undoable)
        : this.#cleanUps.get(planId);
    const nothing = { outcomes: [], sentence: l10n.t('There is nothing to restore.') };
    return Promise.resolve(session?.undo() ?? nothing);
  }

  /** Decides what has been begun and begins nothing more: no record is aside when this resolves. */
  async finishCleanUps(): Promise<void> {
    this.#isFinishing = true;
    await Promise.all([...this.#cleanUps.values()].map((session) => session.finish()));
  }

  /** Puts back what a clean-up that was interrupted, in an earlier life or another window, has left aside. */
  recover(): Promise<void> {
    return recoverInterrupted({
      folder: this.#options.cleanUpFolder,
      owner: this.#owner,
      guards: this.#options.platform.removal,
      wait: this.#wait,
      log: this.#log('recover'),
      tell: (sentence, isComplete) => this.#options.peer.onRecovery(sentence, isComplete),
    });
  }

  #drop(planId: string): void {
    this.#terminations.get(planId)?.session.close();
    this.#terminations.delete(planId);
  }

  #log(title: string): (text: string) => void {
    return timedLog({ now: this.#options.now, log: (text) => this.#options.peer.onActionLog(text) }, title);
  }
}

/** What the main thread may ask for. */
export type ActionsThread = Omit<Actions, 'recover'>;

function progressSentence(state: EndState, candidate: TerminationCandidate): string {
  const name = nameOf(candidate);
  switch (state) {
    case 'checking':
      return l10n.t('Re-checking process {0}…', name);
    case 'terminating':
      return l10n.t('Waiting for process {0} to exit…', name);
    case 'releasing':
      return l10n.t('Waiting for process {0} to release its lock…', name);
    case 'killing':
      return l10n.t('Killing process {0}…', name);
    default:
      return assertNever(state);
  }
}

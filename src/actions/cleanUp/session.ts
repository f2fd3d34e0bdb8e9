/**
 * One clean-up: the exact generations that were judged stale, kept from the plan to the removal, and what was removed,
 * kept for Undo. Contents stay here, in the worker: a record may hold a token.
 */
import { randomUUID } from 'node:crypto';
import * as l10n from '@vscode/l10n';
import { codeOf } from '../../common/errors';
import type { RecordGeneration } from '../../os/recordGeneration';
import type { RemovalGuards } from '../../os/removal/guards';
import { IntentFile, intentFor, type Intent } from '../../os/removal/intents';
import type { Owner } from '../../os/removal/owner';
import { REMOVAL_WAIT_MS, removeRecord } from '../../os/removal/remove';
import { restoreRecord } from '../../os/removal/restore';
import type { TakenFrom } from '../../os/removal/takenFrom';
import type { ActionDeps, ActionLog, InspectedService } from '../deps';
import type { Inspections } from '../inspections';
import { forLog } from './forLog';
import { judge, keptNow, objectionNow, type Judged } from './judge';
import type {
  CleanUpItem,
  CleanUpOutcome,
  CleanUpPlan,
  CleanUpRefusal,
  CleanUpResult,
  UndoResult,
} from './plan';
import { keptSentence, removalSentence, restoreSentence } from './sentences';

export interface CleanUpDeps extends Pick<ActionDeps, 'wait'> {
  inspections: Inspections;
  log: ActionLog;
  guards: RemovalGuards;
  /** Where it is written down what is about to be done, before it is done, and by whom. */
  intents: { folder: string; owner: Owner };
}

/** A record that is about to be removed, and what is written down of that. */
interface Begun {
  judged: Judged;
  intent: Intent;
}

/** A record that can be put back. */
interface Removed {
  serviceId: string;
  path: string;
  generation: RecordGeneration;
  from: TakenFrom | undefined;
}

export class CleanUpSession {
  readonly #removed: Removed[] = [];
  #running: Promise<CleanUpResult> | undefined;
  #isStopped = false;
  readonly #deps: CleanUpDeps;
  readonly plan: CleanUpPlan;
  readonly #judged: readonly Judged[];

  private constructor(deps: CleanUpDeps, plan: CleanUpPlan, judged: readonly Judged[]) {
    this.#deps = deps;
    this.plan = plan;
    this.#judged = judged;
  }

  static async plan(deps: CleanUpDeps, serviceIds: readonly string[]): Promise<CleanUpSession> {
    const { judged, refused } = await judge(deps, serviceIds);
    const items = judged.map(({ item }) => item);
    for (const { why } of items) deps.log(`stale: ${why}`);
    for (const { path, reason } of refused) deps.log(`not offered: ${path}: ${reason}`);
    const plan: CleanUpPlan = {
      id: randomUUID(),
      items,
      refused,
      ...(items.length > 0 ? {} : { nothing: nothingSentence(refused) }),
    };
    return new CleanUpSession(deps, plan, judged);
  }

  /** `progress`: how many have been decided, after each. */
  clean(ids: readonly string[], progress: (done: number, of: number) => void): Promise<CleanUpResult> {
    const begun = this.#judged
      .filter(({ item }) => ids.includes(item.id))
      .map((judged): Begun => ({ judged, intent: intentFor(judged.item.path, judged.generation) }));
    const running = this.#clean(begun, progress).finally(() => (this.#running = undefined));
    this.#running = running;
    return running;
  }

  /** The record in hand is decided, the others stay. */
  stop(): void {
    this.#isStopped = true;
  }

  /** As `stop`; resolves when nothing is aside any more. */
  async finish(): Promise<void> {
    this.stop();
    await this.#running?.catch(() => undefined);
  }

  /** Nothing of it is under way. */
  get isIdle(): boolean {
    return this.#running === undefined;
  }

  /** At least one record can be put back. */
  get undoable(): boolean {
    return this.#removed.length > 0;
  }

  async #clean(
    begun: readonly Begun[],
    progress: (done: number, of: number) => void,
  ): Promise<CleanUpResult> {
    const outcomes: CleanUpOutcome[] = [];
    const file = begun.length === 0 ? undefined : this.#writeDown(begun);
    /** Those whose record is still aside. */
    const left: Intent[] = [];
    for (const { judged, intent } of begun) {
      const { serviceId, path } = judged.item;
      const kept = file === undefined || typeof file === 'string' ? file : this.#stopped();
      const { removed, sentence, stranded } =
        kept === undefined ? await this.#remove(judged, intent.aside) : keptAs(path, kept);
      if (stranded === true) left.push(intent);
      this.#deps.log(`${path}: ${sentence}`);
      outcomes.push({ serviceId, path, removed, sentence });
      progress(outcomes.length, begun.length);
    }
    this.#settle(file, left);
    return { outcomes, sentence: summary(outcomes), undoable: this.undoable };
  }

  #stopped(): string | undefined {
    return this.#isStopped ? l10n.t('The clean-up was stopped before it reached this record.') : undefined;
  }

  /** Returns why nothing may be begun instead, when it cannot be written down. */
  #writeDown(begun: readonly Begun[]): IntentFile | string {
    const { folder, owner } = this.#deps.intents;
    try {
      const intents = begun.map(({ intent }) => intent);
      return IntentFile.write(folder, { owner, at: Date.now(), intents }, this.#deps.guards);
    } catch (error) {
      this.#deps.log(`the clean-up cannot be written down in ${folder}: ${String(error)}`);
      return l10n.t(
        'In case of a crash, each removal must be written down first, but {0} cannot be written to ({1}).',
        folder,
        codeOf(error),
      );
    }
  }

  #settle(file: IntentFile | string | undefined, left: readonly Intent[]): void {
    if (file === undefined || typeof file === 'string') {
      return;
    }
    try {
      file.settle(left);
    } catch (error) {
      // The next start looks at them again and finds them decided.
      this.#deps.log(`that it is done cannot be written down: ${String(error)}`);
    }
  }

  async #remove({ item, generation, seenAs, alsoAt }: Judged, asideName: string): Promise<Ended> {
    const { path } = item;
    for (const seen of seenAs) {
      const kept = await this.#keptBy(seen, (inspected) => keptNow(inspected, seen));
      if (kept !== undefined) {
        return keptAs(path, kept);
      }
    }
    for (const also of alsoAt) {
      const kept = await this.#keptBy(also, (inspected) => objectionNow(inspected, also.path));
      if (kept !== undefined) {
        return keptAs(path, kept);
      }
    }
    this.#deps.log(
      `${path}: still stale; inode ${generation.ino}, ${generation.size} bytes: ${forLog(generation)}`,
    );
    let from: TakenFrom | undefined;
    const result = await removeRecord(path, generation, {
      guards: this.#deps.guards,
      wait: (ms) => this.#deps.wait(ms),
      waitMs: REMOVAL_WAIT_MS,
      log: (text) => this.#deps.log(`${path}: ${text}`),
      asideName,
      onFolder: (folder) => (from = folder),
    });
    if (result.result === 'removed') {
      this.#removed.push({ serviceId: item.serviceId, path, generation, from });
    } else if (result.result === 'superseded') {
      this.#deps.log(
        `${path}: the copy moved aside had: ${forLog({ ...generation, content: result.aside })}`,
      );
    }
    return {
      removed: result.result === 'removed',
      sentence: removalSentence(path, result),
      stranded: result.result === 'stranded',
    };
  }

  /** Why the service, inspected now, keeps the record. */
  async #keptBy(
    item: Pick<CleanUpItem, 'serviceId' | 'path'>,
    why: (inspected: InspectedService) => string | undefined,
  ): Promise<string | undefined> {
    try {
      const inspected = await this.#deps.inspections.fresh(item.serviceId);
      return inspected === undefined ? l10n.t('Its service is no longer watched.') : why(inspected);
    } catch (error) {
      this.#deps.log(`${item.path}: could not be inspected: ${String(error)}`);
      return l10n.t('It could not be re-checked; see the log for the reason.');
    }
  }

  /** Puts back what this clean-up removed, where nothing has taken its place. */
  undo(): UndoResult {
    const outcomes = this.#removed.splice(0).map((removed) => {
      const { serviceId, path, generation, from } = removed;
      const result = restoreRecord(path, generation, this.#deps.guards, from);
      const sentence = restoreSentence(path, result);
      this.#deps.log(`undo: ${sentence}`);
      if (result.result === 'failed' || result.result === 'elsewhere') this.#removed.push(removed);
      return { serviceId, path, restored: result.result === 'restored', sentence };
    });
    return { outcomes, sentence: undoSummary(outcomes) };
  }
}

interface Ended extends Pick<CleanUpOutcome, 'removed' | 'sentence'> {
  /** It is neither removed nor under its name. */
  stranded?: boolean;
}

const keptAs = (path: string, reason: string): Ended => ({
  removed: false,
  sentence: keptSentence(path, reason),
});

function nothingSentence(refused: readonly CleanUpRefusal[]): string {
  const [only] = refused;
  return only === undefined
    ? l10n.t('There are no stale records.')
    : refused.length === 1
      ? l10n.t('{0} is not offered for removal. {1}', only.path, only.reason)
      : l10n.t('{0} records are not offered for removal; see the log for the reasons.', refused.length);
}

function summary(outcomes: readonly CleanUpOutcome[]): string {
  const kept = outcomes.filter(({ removed }) => !removed);
  const count = outcomes.length - kept.length;
  if (outcomes.length === 1 || kept.length === outcomes.length) {
    return (
      outcomes.map(({ sentence }) => sentence).join(' ') ||
      l10n.t('Nothing was selected, so nothing was removed.')
    );
  }
  return [
    l10n.t('{0} of {1} stale records removed.', count, outcomes.length),
    ...kept.map(({ sentence }) => sentence),
  ].join(' ');
}

function undoSummary(outcomes: UndoResult['outcomes']): string {
  const failed = outcomes.filter(({ restored }) => !restored);
  if (outcomes.length === 0) {
    return l10n.t('There is nothing to restore.');
  }
  return failed.length === 0 && outcomes.length > 1
    ? l10n.t('{0} records were restored.', outcomes.length)
    : (failed.length === 0 ? outcomes : failed).map(({ sentence }) => sentence).join(' ');
}

/**
 * One clean-up: the exact generations that were judged stale, kept from the plan to the removal, and what was removed,
 * kept for Undo. Contents stay here, in the worker: a record may hold a token.
 */
import { randomUUID } from 'node:crypto';
import * as l10n from '@vscode/l10n';
import { isProblem, readGeneration, sameGeneration, type RecordGeneration } from '../../os/recordGeneration';
import { REMOVAL_WAIT_MS, removeRecord, restoreRecord } from '../../os/recordFile';
import type { ActionDeps, ActionLog, InspectedService } from '../deps';
import type { Inspections } from '../inspections';
import { forLog } from './forLog';
import type {
  CleanUpItem,
  CleanUpOutcome,
  CleanUpPlan,
  CleanUpRefusal,
  CleanUpResult,
  UndoResult,
} from './plan';
import type { StaleRecord } from './records';
import { keptSentence, removalSentence, restoreSentence } from './sentences';
import { staleRecords } from './stale';

export interface CleanUpDeps extends Pick<ActionDeps, 'wait'> {
  inspections: Inspections;
  log: ActionLog;
}

interface Judged {
  item: CleanUpItem;
  generation: RecordGeneration;
  /** Every service that has this path: a lock of any of them protects it. */
  serviceIds: readonly string[];
}

export class CleanUpSession {
  readonly #removed: { path: string; generation: RecordGeneration }[] = [];

  private constructor(
    private readonly deps: CleanUpDeps,
    readonly plan: CleanUpPlan,
    private readonly judged: readonly Judged[],
  ) {}

  static async plan(deps: CleanUpDeps, serviceIds: readonly string[]): Promise<CleanUpSession> {
    const found = new Map<string, Judged>();
    const refused = new Map<string, CleanUpRefusal>();
    for (const serviceId of serviceIds) {
      const { judged, kept } = await judgeService(deps, serviceId);
      for (const one of judged) {
        const known = found.get(one.item.path);
        found.set(one.item.path, {
          ...(known ?? one),
          serviceIds: [...(known?.serviceIds ?? []), serviceId],
        });
      }
      for (const one of kept) refused.set(one.path, one);
    }
    // One service's objection protects the record, whatever the others think of it.
    for (const path of refused.keys()) found.delete(path);
    const items = [...found.values()].map(({ item }) => item);
    for (const { path, why } of items) deps.log(`stale: ${path}: ${why}`);
    for (const { path, reason } of refused.values()) deps.log(`not offered: ${path}: ${reason}`);
    const plan: CleanUpPlan = {
      id: randomUUID(),
      items,
      refused: [...refused.values()],
      ...(items.length > 0 ? {} : { nothing: nothingSentence([...refused.values()]) }),
    };
    return new CleanUpSession(deps, plan, [...found.values()]);
  }

  async clean(ids: readonly string[]): Promise<CleanUpResult> {
    const outcomes: CleanUpOutcome[] = [];
    for (const judged of this.judged.filter(({ item }) => ids.includes(item.id))) {
      const outcome = await this.#remove(judged);
      this.deps.log(`${judged.item.path}: ${outcome.sentence}`);
      outcomes.push(outcome);
    }
    return { outcomes, sentence: summary(outcomes), undoable: this.#removed.length > 0 };
  }

  async #remove({ item, generation, serviceIds }: Judged): Promise<CleanUpOutcome> {
    const { path } = item;
    for (const serviceId of serviceIds) {
      const inspected = await this.deps.inspections.fresh(serviceId);
      const kept =
        inspected === undefined ? l10n.t('Its service is no longer watched.') : stillStale(inspected, item);
      if (kept !== undefined) {
        return { path, removed: false, sentence: keptSentence(path, kept) };
      }
    }
    this.deps.log(
      `${path}: still stale; inode ${generation.ino}, ${generation.size} bytes: ${forLog(generation)}`,
    );
    const result = await removeRecord(path, generation, {
      wait: (ms) => this.deps.wait(ms),
      waitMs: REMOVAL_WAIT_MS,
      log: (text) => this.deps.log(`${path}: ${text}`),
    });
    if (result.result === 'removed') {
      this.#removed.push({ path, generation });
    } else if (result.result === 'superseded') {
      this.deps.log(`${path}: the copy moved aside had: ${forLog({ ...generation, content: result.aside })}`);
    }
    return { path, removed: result.result === 'removed', sentence: removalSentence(path, result) };
  }

  /** Puts back what this clean-up removed, where nothing has taken its place. */
  undo(): UndoResult {
    const outcomes = this.#removed.splice(0).map(({ path, generation }) => {
      const result = restoreRecord(path, generation);
      const sentence = restoreSentence(path, result);
      this.deps.log(`undo: ${sentence}`);
      if (result.result === 'failed') this.#removed.push({ path, generation });
      return { path, restored: result.result === 'restored', sentence };
    });
    return { outcomes, sentence: undoSummary(outcomes) };
  }
}

/**
 * The bytes are read before and after the inspection: equal, they are what the inspection judged. undefined generation
 * means that it changes under our eyes, so it is not stale.
 */
async function judgeService(
  deps: CleanUpDeps,
  serviceId: string,
): Promise<{ judged: Judged[]; kept: CleanUpRefusal[] }> {
  const first = await deps.inspections.fresh(serviceId);
  const candidates = first === undefined ? [] : staleRecords(first).stale;
  const before = new Map(candidates.map(({ path }) => [path, readGeneration(path)]));
  const second = candidates.length === 0 ? first : await deps.inspections.fresh(serviceId);
  if (second === undefined) {
    return { judged: [], kept: [] };
  }
  const { stale, kept } = staleRecords(second);
  const service = { serviceId, serviceName: second.snapshot.name };
  const judged: Judged[] = [];
  const refusals: CleanUpRefusal[] = kept.map((one) => ({ ...service, ...one }));
  for (const record of stale) {
    const { path } = record;
    const [was, is] = [before.get(path), readGeneration(path)];
    const refusal = isProblem(is) ? cannotBeRead(is.problem) : wrongKind(record, is);
    if (refusal !== undefined) {
      refusals.push({ ...service, path, reason: refusal });
    } else if (was !== undefined && !isProblem(was) && !isProblem(is) && sameGeneration(was, is)) {
      judged.push({ item: itemFor(service, record, is), generation: is, serviceIds: [] });
    } else {
      refusals.push({ ...service, path, reason: l10n.t('It is being written right now.') });
    }
  }
  return { judged, kept: refusals };
}

function itemFor(
  service: { serviceId: string; serviceName: string },
  { path, recordedPid, verdict, proof, why, evidence }: StaleRecord,
  { kind }: RecordGeneration,
): CleanUpItem {
  return {
    id: `${service.serviceId}\0${path}`,
    ...service,
    path,
    kind,
    ...(recordedPid === undefined ? {} : { recordedPid }),
    verdict,
    why,
    evidence,
    proof,
    preselected: proof === 'proven',
  };
}

/** The link was judged, or what it leads to? Only the thing that was judged may be removed. */
function wrongKind({ status }: StaleRecord, { kind }: RecordGeneration): string | undefined {
  if (kind === status) {
    return undefined;
  }
  return kind === 'symlink'
    ? l10n.t('It is a symbolic link to a record elsewhere; links are not followed to remove something.')
    : l10n.t('It is being replaced right now.');
}

function cannotBeRead(problem: string): string | undefined {
  switch (problem) {
    case 'notEmpty':
      return l10n.t('The lock directory is not empty; only an empty one is ever removed.');
    case 'tooLarge':
      return l10n.t('It is too large to be a pid record.');
    case 'absent':
      return l10n.t('It has just disappeared.');
    default:
      return l10n.t('It cannot be read.');
  }
}

function stillStale(inspected: InspectedService, item: CleanUpItem): string | undefined {
  const { stale, kept } = staleRecords(inspected);
  if (stale.some(({ path, recordedPid }) => path === item.path && recordedPid === item.recordedPid)) {
    return undefined;
  }
  return kept.find(({ path }) => path === item.path)?.reason ?? l10n.t('It is no longer stale.');
}

function nothingSentence(refused: readonly CleanUpRefusal[]): string {
  const [only] = refused;
  return only === undefined
    ? l10n.t('There is no stale record.')
    : refused.length === 1
      ? l10n.t('{0} is not offered for removal: {1}', only.path, only.reason)
      : l10n.t('{0} records are not offered for removal; the log says why.', refused.length);
}

function summary(outcomes: readonly CleanUpOutcome[]): string {
  const kept = outcomes.filter(({ removed }) => !removed);
  const count = outcomes.length - kept.length;
  if (outcomes.length === 1 || kept.length === outcomes.length) {
    return (
      outcomes.map(({ sentence }) => sentence).join(' ') || l10n.t('Nothing was chosen, nothing was removed.')
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
    return l10n.t('There is nothing to put back.');
  }
  return failed.length === 0 && outcomes.length > 1
    ? l10n.t('{0} records are back.', outcomes.length)
    : (failed.length === 0 ? outcomes : failed).map(({ sentence }) => sentence).join(' ');
}

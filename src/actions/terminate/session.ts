/**
 * One plan with the processes it is about, pinned down: their handles are opened before the inspection that the plan
 * is made from and stay open through the dialogs, so that a pid reused in the meantime cannot be meant.
 */
import { randomUUID } from 'node:crypto';
import * as l10n from '@vscode/l10n';
import { whyUnknownText } from '../../model/lockText';
import { pidAndCommand } from '../../model/processes/process';
import { isSameProcess } from '../../model/processes/processIdentity';
import type { ProcessControl, ProcessHandle } from '../../os/platform';
import type { ActionDeps, InspectedService } from '../deps';
import type { Inspections } from '../inspections';
import { candidatesOf, plannedFor } from './candidates';
import { locksOf } from './locks';
import type { TerminationPlan, TerminationTarget } from './plan';
import type { PlannedInstance } from './plannedInstance';
import { findCommands } from './refusal';

export interface PlanDeps extends Pick<ActionDeps, 'log'> {
  inspections: Inspections;
  processes: ProcessControl;
}

/** One inspection, and the processes in it that a handle is open for. */
interface Pinned {
  inspected: InspectedService | undefined;
  planned: readonly PlannedInstance[];
  handles: ReadonlyMap<number, ProcessHandle>;
  /** Pids that no handle is proven for. */
  unproven: ReadonlySet<number>;
}

export class TerminationSession {
  readonly plan: TerminationPlan;
  /** What the plan was made from. */
  readonly inspected: InspectedService | undefined;
  readonly #handles: ReadonlyMap<number, ProcessHandle>;

  constructor(plan: TerminationPlan, { inspected, handles }: Pinned) {
    this.plan = plan;
    this.inspected = inspected;
    this.#handles = handles;
  }

  handle(pid: number): ProcessHandle | undefined {
    return this.#handles.get(pid);
  }

  close(): void {
    for (const handle of this.#handles.values()) handle.close();
  }
}

/** Each round pins down processes that the round before has found; a tree that keeps changing is not waited for. */
const ROUNDS = 5;

export async function planTermination(
  deps: PlanDeps,
  serviceId: string,
  target: TerminationTarget,
): Promise<TerminationSession> {
  const handles = new Map<number, ProcessHandle>();
  try {
    for (let round = 1; ; round += 1) {
      const inspected = await deps.inspections.fresh(serviceId);
      const planned = inspected === undefined ? [] : plannedFor(inspected, target);
      await pinHandles(handles.values());
      const unproven = unpinned(planned, handles);
      if (unproven.size === 0 || round === ROUNDS) {
        return sessionFor(deps, serviceId, target, { inspected, planned, handles, unproven });
      }
      for (const pid of unproven) {
        const handle = deps.processes.open(pid);
        if (handle !== undefined) handles.set(pid, handle);
      }
      // Before the inspection, and again after it: what it has seen is then who was pinned.
      await pinHandles(handles.values());
    }
  } catch (error) {
    for (const handle of handles.values()) handle.close();
    throw error;
  }
}

const pinHandles = async (handles: Iterable<ProcessHandle>): Promise<unknown> =>
  Promise.all([...handles].map(async (handle) => handle.pin?.()));

/**
 * Pids that the inspection cannot be tied to a handle for. A handle that reads now was open before the inspection
 * started, so the process is the one that was inspected: a pid is not reused while its process exists.
 */
function unpinned(planned: readonly PlannedInstance[], handles: Map<number, ProcessHandle>): Set<number> {
  const missing = new Set<number>();
  for (const member of planned.flatMap(({ root, members }) => [root, ...members])) {
    const { pid } = member;
    const now = handles.get(pid)?.read();
    if (now === undefined || !isSameProcess(now, member)) {
      handles.get(pid)?.close();
      handles.delete(pid);
      missing.add(pid);
    }
  }
  return missing;
}

function sessionFor(
  deps: PlanDeps,
  serviceId: string,
  target: TerminationTarget,
  pinned: Pinned,
): TerminationSession {
  const { inspected, planned, unproven } = pinned;
  const hasAny =
    target.kind === 'duplicates'
      ? planned.some(({ role }) => role !== 'owner')
      : target.kind !== 'keep' || planned.some(({ isTarget }) => !isTarget);
  const candidates =
    inspected === undefined || !hasAny ? [] : candidatesOf(inspected, planned, target, unproven);
  const serviceName = inspected?.snapshot.name ?? serviceId;
  const plan: TerminationPlan = {
    id: randomUUID(),
    serviceId,
    serviceName,
    target,
    candidates,
    commands: inspected === undefined ? [] : findCommands(inspected.facts),
    ...(candidates.length > 0 ? {} : { nothing: nothingToOffer(inspected, serviceName, target) }),
  };
  for (const { role, root, processes, preselected, refusal } of candidates) {
    deps.log(
      `${serviceName}: ${role} pid ${root.pid} (${root.command}), processes ${processes.map(({ pid }) => pid).join(' ')}` +
        `${preselected ? ', preselected' : ''}${refusal === undefined ? '' : `, refused: ${refusal}`}`,
    );
  }
  if (plan.nothing !== undefined) deps.log(`${serviceName}: ${plan.nothing}`);
  return new TerminationSession(plan, pinned);
}

function nothingToOffer(
  inspected: InspectedService | undefined,
  name: string,
  target: TerminationTarget,
): string {
  if (inspected === undefined) {
    return l10n.t('{0} is no longer watched.', name);
  }
  if (target.kind === 'duplicates') {
    return l10n.t('No duplicate instance of {0} is running.', name);
  }
  if (target.kind === 'restarter') {
    return l10n.t('Process {0} no longer starts {1}.', target.pid, name);
  }
  if (target.kind !== 'holder') {
    return inspected.snapshot.instances.some(({ processes }) =>
      processes.some(({ pid }) => pid === target.pid),
    )
      ? l10n.t('No other instance of {0} is running.', name)
      : l10n.t('Process {0} is no longer an instance of {1}.', target.pid, name);
  }
  const unknown = locksOf(inspected.facts).find(({ lock }) => lock.unknown !== undefined);
  const process = inspected.facts.processes.get(target.pid);
  return unknown?.lock.unknown === undefined
    ? l10n.t(
        'Process {0} does not hold a lock of {1}.',
        process === undefined ? target.pid : pidAndCommand(process),
        name,
      )
    : l10n.t('The lock on {0} is held, but {1}.', unknown.path, whyUnknownText(unknown.lock));
}

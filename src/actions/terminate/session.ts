/**
 * One plan with the processes it is about, pinned down: their handles are opened before the inspection that the plan
 * is made from and stay open through the dialogs, so that a pid used again in the meantime cannot be meant.
 */
import { randomUUID } from 'node:crypto';
import * as l10n from '@vscode/l10n';
import { unknownReasonText } from '../../model/lockText';
import { commandLine } from '../../model/processes/process';
import { isSameProcess } from '../../model/processes/processIdentity';
import type { ProcessControl, ProcessHandle } from '../../os/platform';
import type { ActionDeps, InspectedService } from '../deps';
import type { Inspections } from '../inspections';
import { candidatesOf, draftsFor } from './candidates';
import type { Draft } from './draft';
import { locksOf } from './locks';
import type { TerminationPlan, TerminationTarget } from './plan';
import { findCommands } from './refusal';

export interface PlanDeps extends Pick<ActionDeps, 'log'> {
  inspections: Inspections;
  processes: ProcessControl;
}

export class TerminationSession {
  readonly #handles: ReadonlyMap<number, ProcessHandle>;
  readonly plan: TerminationPlan;
  /** What the plan was made from. */
  readonly inspected: InspectedService | undefined;

  constructor(
    plan: TerminationPlan,
    inspected: InspectedService | undefined,
    handles: ReadonlyMap<number, ProcessHandle>,
  ) {
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
      const drafts = inspected === undefined ? [] : draftsFor(inspected, target);
      const missing = unpinned(drafts, handles);
      if (missing.size === 0 || round === ROUNDS || inspected === undefined) {
        return sessionFor(deps, serviceId, target, inspected, drafts, handles, missing);
      }
      for (const pid of missing) {
        const handle = deps.processes.open(pid);
        if (handle !== undefined) handles.set(pid, handle);
      }
    }
  } catch (error) {
    for (const handle of handles.values()) handle.close();
    throw error;
  }
}

/**
 * Pids that the inspection cannot be tied to a handle for. A handle that reads now was open before the inspection
 * started, so the process is the one that was inspected: a pid is not used again while its process exists.
 */
function unpinned(drafts: readonly Draft[], handles: Map<number, ProcessHandle>): Set<number> {
  const missing = new Set<number>();
  for (const member of drafts.flatMap(({ root, members }) => [root, ...members])) {
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
  inspected: InspectedService | undefined,
  drafts: readonly Draft[],
  handles: Map<number, ProcessHandle>,
  unproven: ReadonlySet<number>,
): TerminationSession {
  const hasAny = target.kind === 'holder' || drafts.some(({ role }) => role !== 'owner');
  const candidates =
    inspected === undefined || !hasAny ? [] : candidatesOf(inspected, drafts, target, unproven);
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
      `${serviceName}: ${role} PID ${root.pid} (${root.command}), processes ${processes.map(({ pid }) => pid).join(' ')}` +
        `${preselected ? ', preselected' : ''}${refusal === undefined ? '' : `, refused: ${refusal}`}`,
    );
  }
  if (plan.nothing !== undefined) deps.log(`${serviceName}: ${plan.nothing}`);
  return new TerminationSession(plan, inspected, handles);
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
  const unknown = locksOf(inspected.facts).find(({ lock }) => lock.unknown !== undefined);
  const process = inspected.facts.processes.get(target.pid);
  return unknown?.lock.unknown === undefined
    ? l10n.t(
        'PID {0} does not hold a lock of {1} any more.',
        process === undefined ? target.pid : `${target.pid} (${commandLine(process)})`,
        name,
      )
    : l10n.t(
        'The lock on {0} is held, but {1}.',
        unknown.path,
        unknownReasonText(unknown.lock.unknown, unknown.lock),
      );
}

/** Is an instance, re-checked right before a signal, still what the user confirmed? */
import * as l10n from '@vscode/l10n';
import { isSameProcess } from '../../model/processes/processIdentity';
import type { InspectedService } from '../deps';
import { holdsWriteLock, provenLocks } from './locks';
import { isGone, type Member } from './members';
import type { PointedAt, TerminationCandidate, TerminationTarget } from './plan';
import { startsService } from './restarter';

/** undefined: it is. Otherwise one sentence why nothing is signalled. `begun`: some of it has been signalled already. */
export function whyNoLonger(
  now: InspectedService | undefined,
  target: TerminationTarget,
  candidate: TerminationCandidate,
  members: readonly Member[],
  begun: boolean,
): string | undefined {
  const { pid } = candidate.root;
  if (now === undefined) {
    return l10n.t('The service is no longer watched, so process {0} was left alone.', pid);
  }
  const alive = new Set(members.filter((member) => !isGone(member)).map((member) => member.pid));
  const instances = now.snapshot.instances.filter(({ processes }) =>
    processes.some((one) => alive.has(one.pid)),
  );
  if (target.kind === 'keep' && !isStillInstance(now, target)) {
    return l10n.t('Process {0}, the one to keep, is gone, so process {1} was left alone.', target.pid, pid);
  }
  if (target.kind === 'restarter') {
    const root = now.facts.processes.get(pid);
    return begun || (root !== undefined && startsService(root, now.facts))
      ? undefined
      : l10n.t('Process {0} no longer starts this service, so it was left alone.', pid);
  }
  if (target.kind !== 'holder') {
    // The owner was chosen knowingly, or it has become the owner since. Who stays was decided by the user otherwise.
    if (
      target.kind === 'duplicates' &&
      candidate.role !== 'owner' &&
      instances.some(({ role, counted }) => role === 'owner' && counted !== false)
    ) {
      return l10n.t('Process {0} is now the owner rather than a duplicate, so it was left alone.', pid);
    }
    const claimed = [...alive].find(
      (one) => now.facts.claims?.has(one) === true && !holdsWriteLock(now.facts, one),
    );
    if (claimed !== undefined && !begun) {
      return l10n.t('Process {0} now belongs to another service, so it was left alone.', claimed);
    }
    // Children whose parent has just ended may not look like the service any more; they are still who was confirmed.
    if (!begun && instances.length === 0) {
      return l10n.t(
        'Process {0} no longer looks like an instance of this service, so it was left alone.',
        pid,
      );
    }
    return !begun &&
      target.kind !== 'instance' &&
      candidate.preselected &&
      !instances.some(({ proof }) => proof === 'proven')
      ? l10n.t('Process {0} is no longer proven to be a duplicate, so it was left alone.', pid)
      : undefined;
  }
  return begun || [...alive].some((one) => provenLocks(now.facts, one).length > 0)
    ? undefined
    : l10n.t('Process {0} no longer holds the lock, so it was left alone.', pid);
}

/** Is the one that should stay still one of the instances? */
function isStillInstance({ snapshot, facts }: InspectedService, target: PointedAt): boolean {
  const process = facts.processes.get(target.pid);
  return (
    process !== undefined &&
    (target.startTime === undefined || isSameProcess(process, target)) &&
    snapshot.instances.some(({ processes }) => processes.some(({ pid }) => pid === target.pid))
  );
}

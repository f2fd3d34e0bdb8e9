/** What the user can do about what was found: the first thing on the evidence page, and as a rule the last one needed. */
import * as l10n from '@vscode/l10n';
import type { FindingKind, ServiceSnapshot } from '../../../api';
import type { ServiceFacts } from '../../../model/facts';
import { restarts, supervisorText } from '../../../model/processes/supervisors';
import { isToldByPort } from '../../../model/service';
import { stateRule } from '../words/rules';
import { codeSpan, markdownText } from '../words/sanitize';

/** Returns a sentence or two for each thing to do, the most urgent first; commands in quotes are titles of the palette. */
export function whatToDo(service: ServiceSnapshot, facts: ServiceFacts): string[] {
  const kinds = service.findings.map(({ kind }) => kind);
  const steps = kinds
    // Which of the two to terminate, and what not to delete, is said already.
    .filter((kind) => kind !== 'duplicateInstances' || !kinds.includes('splitBrain'))
    .flatMap((kind) => (isKnown(kind) ? [STEPS[kind]()] : []));
  if (steps.length === 0) {
    return [l10n.t('Nothing. {0}', stateRule(service.state, isToldByPort(facts.service)))];
  }
  return [...new Set([...steps, ...supervised(service, facts)])];
}

const isKnown = (kind: string): kind is FindingKind => Object.hasOwn(STEPS, kind);

/** What would start again an instance that is terminated, and how to stop it there. */
function supervised({ state, instances }: ServiceSnapshot, { processes }: ServiceFacts): string[] {
  if (state !== 'conflict') return [];
  return instances.flatMap(({ root: { pid } }) => {
    const supervisor = processes.get(pid)?.supervisor;
    if (supervisor?.stopCommand === undefined || !restarts(supervisor)) return [];
    return l10n.t(
      'To terminate pid {0}, stop it through {1}, which would otherwise restart it: {2}',
      pid,
      markdownText(supervisorText(supervisor)),
      codeSpan(supervisor.stopCommand),
    );
  });
}

const STEPS: Record<FindingKind, () => string> = {
  duplicateInstances: () =>
    l10n.t(
      'Decide which instance stays. “Kill Duplicate Instance” keeps the owner; “Keep This and Terminate the Others”, on the row of another instance, keeps that one.',
    ),
  possibleDuplicates: () =>
    l10n.t(
      'Check whether the processes below are instances of this service. If they are, name their program under `process` in the service’s entry (“Edit Service”): from then on, a second one is a conflict.',
    ),
  splitBrain: () =>
    l10n.t(
      'Terminate one of the two holders with “Terminate Instance” on its row. Do not delete the lock file: a deleted lock file is why two processes hold it.',
    ),
  portConflict: () =>
    l10n.t(
      'Decide which process keeps the port. Stop the other one where it was started, or give one of the two another port. “Open URL”, on the row of the port, shows what answers there now.',
    ),
  conflictInLog: () =>
    l10n.t(
      'Find the other instance. If it is listed below, terminate it. Otherwise it runs where this window cannot see it: on another machine, in a container, or as another user.',
    ),
  startingInstance: () =>
    l10n.t('Wait a few seconds: the new process exits, or it becomes the owner or a duplicate.'),
  stalePidDead: () =>
    l10n.t(
      'Run “Clean Up Stale PID Files”: it re-checks the record and removes it. “Undo Last Clean-Up” restores it.',
    ),
  stalePidReused: () =>
    l10n.t(
      'Run “Clean Up Stale PID Files”: it removes the record. The process that has the number now is left alone.',
    ),
  leftOver: () =>
    l10n.t(
      'Make sure that no program you know of is still working in the repository, then run “Clean Up Stale PID Files”: it re-checks everything and removes the file. “Undo Last Clean-Up” restores it.',
    ),
  holderUnknown: () =>
    l10n.t(
      'Run the commands below, on the machine they name and with sudo if needed: they show what cannot be seen from here.',
    ),
  recordUnverifiable: () =>
    l10n.t(
      'Keep the record. The facts below say why it cannot be verified, and where its process could be seen.',
    ),
  recordMissing: () =>
    l10n.t(
      'Restart the service when you can, so that it writes its record again. Until then, the record does not prevent a second start.',
    ),
  pidMismatch: () =>
    l10n.t(
      'Check that the holder of the lock is the service. If it is, the record is correct again after its next start. Terminate nothing for the recorded number alone: that process may be any other program by now.',
    ),
  inheritedLock: () =>
    l10n.t(
      'If the descendant still does the work of the service, leave it running. Otherwise terminate it with “Terminate Lock Holder”: until it exits, the service cannot start.',
    ),
  stoppedHolder: () =>
    l10n.t('Resume the process, as the facts below explain, or terminate it with “Terminate Lock Holder”.'),
  filesLeftOut: () => l10n.t('Make the pattern narrower (“Edit Service”), so that it matches fewer files.'),
  waiters: () =>
    l10n.t(
      'Nothing, as long as the holder is working: the waiting processes continue once it releases the lock.',
    ),
};

/** Why an instance must not be signalled. First, do no harm. */
import * as l10n from '@vscode/l10n';
import { assertNever } from '../../common/assertNever';
import { commandsFor } from '../../model/commands/index';
import type { HostFacts, ProcessFacts, ServiceFacts } from '../../model/facts';
import type { Instance } from '../../model/instances/instance';
import { isRunning, pidAndCommand, processInfo } from '../../model/processes/process';
import { programOf } from '../../model/processes/program';
import { RUN_AGAIN, SHELLS } from '../../model/processes/programNames';
import { instanceProofText } from '../../model/proofText';
import { restarts } from '../../model/processes/supervisors';
import type { InspectedService } from '../deps';
import type { PlannedInstance } from './plannedInstance';
import { holdsWriteLock, provenLocks } from './locks';
import type { TerminationTarget } from './plan';

/** Returns one sentence why an instance must not be chosen, or undefined: it may be offered. */
export function refusalOf(
  { snapshot, facts }: InspectedService,
  planned: PlannedInstance,
  target: TerminationTarget,
): string | undefined {
  const { root, members } = planned;
  const own = members.find((process) => isOurs(process.pid, facts.host));
  if (own !== undefined) {
    return l10n.t(
      'Process {0} is this extension host or one of the processes it runs under; it is never signalled.',
      pidAndCommand(own),
    );
  }
  const init = members.find(({ pid }) => pid <= 1);
  if (init !== undefined) {
    return l10n.t('Process {0} keeps the whole system running; it is never signalled.', pidAndCommand(init));
  }
  const kernel = members.find(({ kernelThread }) => kernelThread === true);
  if (kernel !== undefined) {
    return l10n.t('Process {0} is a kernel thread; it is never signalled.', pidAndCommand(kernel));
  }
  const asInstance = refusalAsInstance(planned, facts, target);
  if (asInstance !== undefined) {
    return asInstance;
  }
  if (target.kind === 'holder' && !members.some(({ pid }) => provenLocks(facts, pid).length > 0)) {
    return l10n.t('Could not confirm that pid {0} holds the lock.', pidAndCommand(root));
  }
  const foreign = members.find((process) => isForeign(process, facts.host));
  if (foreign !== undefined) {
    return anotherUsers(foreign, root, facts.host);
  }
  const stranger = members.find(
    ({ pid }) =>
      snapshot.pidFiles.some(
        ({ recordedPid, verdict }) =>
          recordedPid === pid && (verdict === 'reused' || verdict === 'unverifiable'),
      ) &&
      provenLocks(facts, pid).length === 0 &&
      !facts.matched.includes(pid),
  );
  if (stranger !== undefined) {
    return l10n.t(
      'Process {0} merely has the pid that a record names; nothing shows that it belongs to this service.',
      pidAndCommand(stranger),
    );
  }
  if (!members.some(isRunning)) {
    return l10n.t('Process {0} has already exited; its parent has not reaped it yet.', pidAndCommand(root));
  }
  return undefined;
}

/** Why it is not one of the instances that this command ends. */
function refusalAsInstance(
  { root, members, role, instance, isTarget }: PlannedInstance,
  facts: ServiceFacts,
  target: TerminationTarget,
): string | undefined {
  switch (target.kind) {
    case 'holder':
      return undefined;
    case 'restarter':
      return refusalForLauncher(root) ?? refusalForClaim(members, facts);
    case 'instance': // the user means this one, whatever it counts as
      return refusalForClaim(members, facts);
    case 'keep':
      return isTarget
        ? l10n.t('Process {0} is the one to keep.', pidAndCommand(root))
        : (refusalForUncounted(root, role, instance) ?? refusalForClaim(members, facts));
    case 'duplicates':
      return refusalForUncounted(root, role, instance) ?? refusalForClaim(members, facts);
    default:
      return assertNever(target);
  }
}

/** A bystander is shown as what it is, and is not for this command to end. */
function refusalForUncounted(
  root: ProcessFacts,
  role: PlannedInstance['role'],
  instance: Instance | undefined,
): string | undefined {
  if (instance === undefined || instance.counted) {
    return undefined;
  }
  if (instance.starting === true) {
    return l10n.t('Process {0} has just started; it counts as an instance if it stays.', pidAndCommand(root));
  }
  if (role === 'possibleDuplicate') {
    return undefined;
  }
  return l10n.t(
    'Process {0} does not count as an instance ({1}); “Terminate Lock Holder” would terminate it.',
    pidAndCommand(root),
    instanceProofText(instance.proof),
  );
}

/** A shell that waits for its user, a terminal or an editor has not started it again by itself. */
function refusalForLauncher(root: ProcessFacts): string | undefined {
  const { role } = programOf(root);
  return role === 'launcher' || role === 'viewer'
    ? l10n.t(
        'Process {0} starts whatever its user runs; it is not what restarts this service.',
        pidAndCommand(root),
      )
    : undefined;
}

function refusalForClaim(members: readonly ProcessFacts[], facts: ServiceFacts): string | undefined {
  for (const member of members) {
    const claim = facts.claims?.get(member.pid);
    if (claim !== undefined && !holdsWriteLock(facts, member.pid)) {
      return claim.by === 'holds'
        ? l10n.t(
            'Process {0} holds {1}, so it belongs to another service.',
            pidAndCommand(member),
            claim.path,
          )
        : l10n.t(
            '{1} names pid {0}, so that process belongs to another service.',
            pidAndCommand(member),
            claim.path,
          );
    }
  }
  return undefined;
}

/** A shell's text or script may be a loop, and these run a command once more; `make`, `sudo` and `timeout` run it once. */
function mayLoop(parent: ProcessFacts): boolean {
  const { role, name, scripted } = programOf(parent);
  return role === 'wrapper' && (scripted || SHELLS.has(name) || RUN_AGAIN.has(name));
}

/** A parent that is no part of the instance and runs a script starts again what it has started, as often as not. */
export function restarterWarning(members: readonly ProcessFacts[], facts: ServiceFacts): string | undefined {
  const pids = new Set(members.map(({ pid }) => pid));
  for (const member of members) {
    const parent =
      member.ppid === undefined || pids.has(member.ppid) ? undefined : facts.processes.get(member.ppid);
    if (parent !== undefined && parent.pid > 1 && mayLoop(parent)) {
      return l10n.t('Its parent, pid {0}, may restart it.', pidAndCommand(parent));
    }
  }
  return undefined;
}

export function anotherUsers(process: ProcessFacts, root: ProcessFacts, host: HostFacts): string {
  const user = process.user ?? String(process.uid ?? '?');
  return l10n.t(
    'Process {0} belongs to another user ({1}). An administrator can terminate it with: {2}',
    pidAndCommand(process),
    user,
    stopCommandOf(root) ?? commandsFor(host).endAsAdministrator([process.pid]),
  );
}

/** Signals from another user than root are refused by the kernel, kill(2). */
function isForeign(process: ProcessFacts, host: HostFacts): boolean {
  return host.uid !== undefined && host.uid !== 0 && process.uid !== undefined && process.uid !== host.uid;
}

function isOurs(pid: number, host: HostFacts): boolean {
  return host.ownPids.includes(pid) || pid === process.pid || pid === process.ppid;
}

export function stopCommandOf(process: ProcessFacts): string | undefined {
  return process.supervisor?.stopCommand;
}

/** What would come back after being ended, and how to stop it for good. */
export function supervisorWarning(process: ProcessFacts): string | undefined {
  const supervisor = processInfo(process).supervisor;
  if (supervisor === undefined || process.supervisor === undefined) {
    return undefined;
  }
  const { stopCommand } = process.supervisor;
  if (!restarts(process.supervisor)) {
    return stopCommand === undefined
      ? l10n.t('It runs in {0}.', supervisor)
      : l10n.t('It runs in {0}; to stop it there: {1}', supervisor, stopCommand);
  }
  return stopCommand === undefined
    ? l10n.t('{0} may restart it.', supervisor)
    : l10n.t('{0} may restart it; to stop it there: {1}', supervisor, stopCommand);
}

/** What would name a holder that cannot be identified from here. */
export function findCommands(facts: ServiceFacts): string[] {
  const unknown = [...facts.lockFiles, ...facts.pidFiles].filter(({ locks }) =>
    locks.some(({ holders }) => holders.length === 0),
  );
  const commands = commandsFor(facts.host);
  return [...new Set(unknown.flatMap(({ file }) => commands.openers(file.path, { sudo: true })))];
}

/** Which instances may be chosen, from one inspection. */
import * as l10n from '@vscode/l10n';
import { assertNever } from '../../common/assertNever';
import { defined } from '../../common/defined';
import { contextOf } from '../../model/context';
import type { ProcessFacts, ServiceFacts } from '../../model/facts';
import type { Instance } from '../../model/instances/instance';
import { commandLine } from '../../model/processes/process';
import { identityKey, isSameProcess } from '../../model/processes/processIdentity';
import { programOf } from '../../model/processes/program';
import { parentIn, withDescendants } from '../../model/processes/treeWalk';
import { instanceProofText } from '../../model/proofText';
import type { InspectedService } from '../deps';
import { locksOf, provenLocks } from './locks';
import type { CandidateProcess, PointedAt, TerminationCandidate, TerminationTarget } from './plan';
import { refusalOf, restarterWarning, supervisorWarning } from './refusal';
import type { PlannedInstance } from './plannedInstance';
import { startsService } from './restarter';

export function plannedFor(inspected: InspectedService, target: TerminationTarget): PlannedInstance[] {
  const instances = contextOf(inspected.facts).instances.all;
  switch (target.kind) {
    case 'duplicates':
      return instances.map((instance) => plannedOf(instance));
    case 'instance':
    case 'keep':
      return plannedBeside(instances, target);
    case 'holder':
      return plannedHolders(inspected.facts, instances, target);
    case 'restarter':
      return plannedRestarter(inspected.facts, target);
    default:
      return assertNever(target);
  }
}

const plannedOf = (
  instance: Instance,
  as: Partial<Pick<PlannedInstance, 'role' | 'isTarget'>> = {},
): PlannedInstance => ({
  role: as.role ?? instance.role,
  root: instance.root,
  members: as.role === 'holder' ? instance.processes : instance.processes.filter(isOnlyOf(instance)),
  isTarget: as.isTarget ?? false,
  instance,
});

/** What starts many things (a terminal's shell, tmux) ends for its lock only: the rest of what it runs is not the service's. */
const isOnlyOf =
  ({ root }: Instance) =>
  (process: ProcessFacts): boolean =>
    process.pid === root.pid || programOf(process).role !== 'launcher';

/** The instance that the user points at, alone or among the others; nothing once it is gone. */
function plannedBeside(instances: readonly Instance[], target: PointedAt): PlannedInstance[] {
  const pointed = instances.find(({ processes }) => processes.some((process) => isMeant(process, target)));
  if (pointed === undefined) return [];
  return instances
    .filter((instance) => target.kind === 'keep' || instance === pointed)
    .map((instance) => plannedOf(instance, { isTarget: instance === pointed }));
}

/** The process alone: what it has started is the service's, and stays. */
function plannedRestarter(facts: ServiceFacts, target: PointedAt): PlannedInstance[] {
  const root = facts.processes.get(target.pid);
  return root !== undefined && isMeant(root, target) && startsService(root, facts)
    ? [{ role: 'restarter', root, members: [root], isTarget: true }]
    : [];
}

/** What the window showed may come from another observer than this look. */
const isMeant = (process: ProcessFacts, target: { pid: number; startTime?: number }): boolean =>
  process.pid === target.pid && (target.startTime === undefined || isSameProcess(process, target));

/** The pointed-at holder's instance first, then everyone else who would keep the same exclusive lock held. */
function plannedHolders(
  facts: ServiceFacts,
  instances: readonly Instance[],
  target: { pid: number; startTime?: number },
): PlannedInstance[] {
  const locks = locksOf(facts).filter(({ lock }) =>
    lock.holders.some(({ process }) => isMeant(process, target)),
  );
  const sharing = locks
    .filter(({ lock }) => lock.access === 'write')
    .flatMap(({ lock }) => lock.holders.map(({ process }) => process.pid));
  const pids = locks.length === 0 ? [] : [...new Set([target.pid, ...sharing])];
  const planned = new Map<number, PlannedInstance>();
  const covered = new Set<number>();
  for (const pid of pids) {
    if (covered.has(pid)) continue;
    const instance = instances.find(({ processes }) => processes.some((one) => one.pid === pid));
    const as = { role: 'holder', isTarget: pid === target.pid } as const;
    const one = instance === undefined ? loneHolder(facts, pid, as) : plannedOf(instance, as);
    if (one !== undefined) {
      planned.set(one.root.pid, one);
      for (const member of one.members) covered.add(member.pid);
    }
  }
  return [...planned.values()];
}

function loneHolder(
  facts: ServiceFacts,
  pid: number,
  as: { role: 'holder'; isTarget: boolean },
): PlannedInstance | undefined {
  const holder = locksOf(facts)
    .flatMap(({ lock }) => lock.holders)
    .find(({ process }) => process.pid === pid);
  const root = facts.processes.get(pid) ?? holder?.process;
  return root === undefined ? undefined : { ...as, root, members: [root, ...descendants(facts, pid)] };
}

/** Parents before children. */
function descendants({ processes }: ServiceFacts, pid: number): ProcessFacts[] {
  const all = [...processes.keys()];
  const parentOf = parentIn(processes);
  const childrenOf = (at: number): number[] => all.filter((one) => parentOf(one) === at);
  const [, ...below] = withDescendants(pid, childrenOf);
  return below.flatMap((one) => processes.get(one) ?? []);
}

/** `unproven`: members whose exact identity could not be pinned down. */
export function candidatesOf(
  inspected: InspectedService,
  planned: readonly PlannedInstance[],
  target: TerminationTarget,
  unproven: ReadonlySet<number>,
): TerminationCandidate[] {
  const { facts } = inspected;
  const isTicked = tickedFor(planned, facts, target);
  return planned.map((one): TerminationCandidate => {
    const { root, members, role, instance } = one;
    const refusal = refusalOf(inspected, one, target) ?? refusalForUnproven(members, unproven);
    const supervised = [root, ...members].find(({ supervisor }) => supervisor !== undefined);
    const warning =
      supervised === undefined ? restarterWarning(members, facts) : supervisorWarning(supervised);
    const follows = followsFor(one, inspected, target);
    return {
      id: identityKey(root),
      role,
      counted: instance?.counted === true,
      root: candidateProcess(facts, root),
      processes: members.map((member) => candidateProcess(facts, member)),
      preselected: refusal === undefined && isTicked(one),
      ...(instance === undefined
        ? {}
        : { proof: instance.proof.proof, proofText: instanceProofText(instance.proof) }),
      ...(refusal === undefined ? {} : { refusal }),
      ...(supervised?.supervisor === undefined ? {} : { supervisor: supervised.supervisor }),
      ...defined({ warning, follows }),
    };
  });
}

/** What is ticked for the user, of what is not refused. */
function tickedFor(
  planned: readonly PlannedInstance[],
  facts: ServiceFacts,
  target: TerminationTarget,
): (one: PlannedInstance) => boolean {
  switch (target.kind) {
    case 'duplicates':
      return hasClearOwner(planned, facts) ? isProvenDuplicate : () => false;
    case 'keep':
      return planned.some((one) => one.isTarget && isProvenInstance(one)) ? isProvenInstance : () => false;
    case 'instance':
      return isProvenInstance;
    case 'holder':
    case 'restarter':
      return ({ isTarget }) => isTarget;
    default:
      return assertNever(target);
  }
}

const isProvenInstance = ({ instance }: Pick<PlannedInstance, 'instance'>): boolean =>
  instance?.counted === true && instance.proof.proof === 'proven';

/** Only this is ever ticked for the user: what is proven to be a second run of what the proven owner runs. */
export const isProvenDuplicate = ({ role, instance }: Pick<PlannedInstance, 'role' | 'instance'>): boolean =>
  role === 'duplicate' && instance?.counted === true && instance.proof.proof === 'proven';

/** Is it clear who stays, and that all the others are too many? Otherwise which ones must go is for the user to say. */
function hasClearOwner(planned: readonly PlannedInstance[], { service }: ServiceFacts): boolean {
  const counted = planned.filter(({ instance }) => instance?.counted === true);
  const owners = counted.filter(({ role }) => role === 'owner');
  const duplicates = counted.filter(({ role }) => role === 'duplicate');
  return (
    owners.length > 0 &&
    owners.every(({ instance }) => instance?.proof.proof === 'proven') &&
    counted.length - service.maxInstances >= duplicates.length
  );
}

function followsFor(
  one: PlannedInstance,
  inspected: InspectedService,
  target: TerminationTarget,
): string | undefined {
  if (one.role === 'restarter') {
    return l10n.t('It is not part of the service. What it has started continues to run.');
  }
  return target.kind !== 'holder' && one.role === 'owner' ? whatFollows(one, inspected) : undefined;
}

/** What ending the owner leaves behind. */
function whatFollows(
  { root, members }: PlannedInstance,
  { facts, snapshot }: InspectedService,
): string | undefined {
  const pids = new Set([root, ...members].map(({ pid }) => pid));
  const locked = [...new Set([...pids].flatMap((pid) => provenLocks(facts, pid).map(({ path }) => path)))];
  const recorded = snapshot.pidFiles.filter(
    ({ recordedPid }) => recordedPid !== undefined && pids.has(recordedPid),
  );
  const sentences = [
    ...locked.map((path) =>
      l10n.t('It holds {0}. When it exits the lock is released, and another process may take it.', path),
    ),
    ...recorded.map(({ path }) => l10n.t('{0} names it, and will be stale afterwards.', path)),
  ];
  return sentences.length === 0 ? undefined : sentences.join(' ');
}

function refusalForUnproven(
  members: readonly ProcessFacts[],
  unproven: ReadonlySet<number>,
): string | undefined {
  const pids = members.filter(({ pid }) => unproven.has(pid)).map(({ pid }) => pid);
  return pids.length === 0
    ? undefined
    : l10n.t(
        'Could not establish exactly which process pid {0} is, so it will not be signalled.',
        pids.join(', '),
      );
}

/** The ports of the service on which the process listens by its own descriptors. */
const portsOf = ({ ports = [] }: ServiceFacts, pid: number): number[] =>
  ports
    .filter(({ listeners }) =>
      listeners.some(({ processes }) => processes.some((process) => process.pid === pid)),
    )
    .map(({ port }) => port);

function candidateProcess(facts: ServiceFacts, process: ProcessFacts): CandidateProcess {
  const { pid, startTicks, startTime, ppid, cwd, user, state } = process;
  const parent = ppid === undefined ? undefined : facts.processes.get(ppid);
  return {
    pid,
    command: commandLine(process),
    holds: [...new Set(provenLocks(facts, pid).map(({ path }) => path))],
    ports: portsOf(facts, pid),
    ...defined({ startTicks, startTime, cwd, user, state }),
    ...(ppid === undefined
      ? {}
      : { parent: { pid: ppid, ...(parent === undefined ? {} : { command: commandLine(parent) }) } }),
  };
}

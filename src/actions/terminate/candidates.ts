/** Which instances may be chosen, from one inspection. */
import * as l10n from '@vscode/l10n';
import type { InstanceRole, InstanceSnapshot } from '../../api';
import type { ProcessFacts, ServiceFacts } from '../../model/facts';
import { commandLine } from '../../model/process';
import type { InspectedService } from '../deps';
import { locksOf, provenLocks } from './locks';
import type { CandidateProcess, TerminationCandidate, TerminationTarget } from './plan';
import { refusalOf, supervisorWarning } from './refusal';

/** An instance that concerns the target, with the facts of its processes, parents before children. */
export interface Draft {
  role: InstanceRole | 'holder';
  root: ProcessFacts;
  members: readonly ProcessFacts[];
  /** It is what the person pointed at. */
  isTarget: boolean;
}

export function draftsFor(inspected: InspectedService, target: TerminationTarget): Draft[] {
  return target.kind === 'duplicates'
    ? inspected.snapshot.instances.map((instance) => draftOf(instance, inspected.facts)).filter(isDraft)
    : holderDrafts(inspected, target);
}

const isDraft = (draft: Draft | undefined): draft is Draft => draft !== undefined;

function draftOf(
  instance: InstanceSnapshot,
  facts: ServiceFacts,
  as?: { role: 'holder'; isTarget: boolean },
): Draft | undefined {
  const root = facts.processes.get(instance.root.pid);
  const members = instance.processes.flatMap(({ pid }) => facts.processes.get(pid) ?? []);
  return root === undefined
    ? undefined
    : { role: as?.role ?? instance.role, root, members, isTarget: as?.isTarget ?? false };
}

/**
 * Start times are ticks since boot plus a boot time that each observer measures for itself, to a millisecond or two:
 * what the window showed may come from another observer than this look.
 */
const START_TOLERANCE_MS = 50;

const isSameStart = (now: number | undefined, shown: number): boolean =>
  now !== undefined && Math.abs(now - shown) <= START_TOLERANCE_MS;

/** The pointed-at holder's instance first, then everyone else who would keep the same exclusive lock held. */
function holderDrafts(
  { snapshot, facts }: InspectedService,
  target: { pid: number; startTime?: number },
): Draft[] {
  const locks = locksOf(facts).filter(({ lock }) =>
    lock.holders.some(
      ({ process }) =>
        process.pid === target.pid &&
        (target.startTime === undefined || isSameStart(process.startTime, target.startTime)),
    ),
  );
  const sharing = locks
    .filter(({ lock }) => lock.access === 'write')
    .flatMap(({ lock }) => lock.holders.map(({ process }) => process.pid));
  const pids = locks.length === 0 ? [] : [...new Set([target.pid, ...sharing])];
  const drafts = new Map<number, Draft>();
  const covered = new Set<number>();
  for (const pid of pids) {
    if (covered.has(pid)) continue;
    const instance = snapshot.instances.find(({ processes }) => processes.some((one) => one.pid === pid));
    const as = { role: 'holder', isTarget: pid === target.pid } as const;
    const draft = instance === undefined ? loneHolder(facts, pid, as) : draftOf(instance, facts, as);
    if (draft !== undefined) {
      drafts.set(draft.root.pid, draft);
      for (const member of draft.members) covered.add(member.pid);
    }
  }
  return [...drafts.values()];
}

function loneHolder(
  facts: ServiceFacts,
  pid: number,
  as: { role: 'holder'; isTarget: boolean },
): Draft | undefined {
  const holder = locksOf(facts)
    .flatMap(({ lock }) => lock.holders)
    .find(({ process }) => process.pid === pid);
  const root = facts.processes.get(pid) ?? holder?.process;
  return root === undefined ? undefined : { ...as, root, members: [root, ...descendants(facts, pid)] };
}

/** Parents before children. */
function descendants(facts: ServiceFacts, pid: number): ProcessFacts[] {
  const children = [...facts.processes.values()].filter(({ ppid, pid: own }) => ppid === pid && own !== pid);
  return children.flatMap((child) => [child, ...descendants(facts, child.pid)]);
}

export const candidateId = (process: ProcessFacts): string => `${process.pid}:${process.startTicks ?? '?'}`;

/** `unproven`: members whose exact identity could not be pinned down. */
export function candidatesOf(
  inspected: InspectedService,
  drafts: readonly Draft[],
  target: TerminationTarget,
  unproven: ReadonlySet<number>,
): TerminationCandidate[] {
  const { facts, snapshot } = inspected;
  const duplicates = drafts.filter(({ role }) => role === 'duplicate');
  const owners = drafts.filter(({ role }) => role === 'owner');
  const excess = owners.length + duplicates.length - facts.service.maxInstances;
  // With no clear owner, or fewer too many than there are duplicates, which ones must go is for the person to say.
  const isClear = owners.length > 0 && excess >= duplicates.length;
  return drafts.map((draft) => {
    const { root, members, role, isTarget } = draft;
    const refusal =
      refusalOf({ snapshot, facts }, root, members, target, role === 'owner') ??
      refusalForUnproven(members, unproven);
    const supervised = [root, ...members].find(({ supervisor }) => supervisor !== undefined);
    const warning = supervised === undefined ? undefined : supervisorWarning(supervised);
    return {
      id: candidateId(root),
      role,
      root: candidateProcess(facts, root),
      processes: members.map((member) => candidateProcess(facts, member)),
      preselected:
        refusal === undefined && (target.kind === 'holder' ? isTarget : role === 'duplicate' && isClear),
      ...(refusal === undefined ? {} : { refusal }),
      ...(supervised?.supervisor === undefined ? {} : { supervisor: supervised.supervisor }),
      ...(warning === undefined ? {} : { warning }),
    };
  });
}

function refusalForUnproven(
  members: readonly ProcessFacts[],
  unproven: ReadonlySet<number>,
): string | undefined {
  const pids = members.filter(({ pid }) => unproven.has(pid)).map(({ pid }) => pid);
  return pids.length === 0
    ? undefined
    : l10n.t(
        'Which process has PID {0} could not be pinned down; nothing is signalled on a guess.',
        pids.join(', '),
      );
}

function candidateProcess(facts: ServiceFacts, process: ProcessFacts): CandidateProcess {
  const { pid, startTicks, startTime, ppid, cwd, user, state } = process;
  const parent = ppid === undefined ? undefined : facts.processes.get(ppid);
  return {
    pid,
    command: commandLine(process),
    holds: [...new Set(provenLocks(facts, pid).map(({ path }) => path))],
    ...(startTicks === undefined ? {} : { startTicks }),
    ...(startTime === undefined ? {} : { startTime }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(user === undefined ? {} : { user }),
    ...(state === undefined ? {} : { state }),
    ...(ppid === undefined
      ? {}
      : { parent: { pid: ppid, ...(parent === undefined ? {} : { command: commandLine(parent) }) } }),
  };
}

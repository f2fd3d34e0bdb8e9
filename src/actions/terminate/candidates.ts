/** Which instances may be chosen, from one inspection. */
import * as l10n from '@vscode/l10n';
import { defined } from '../../common/defined';
import { contextOf } from '../../model/context';
import type { ProcessFacts, ServiceFacts } from '../../model/facts';
import type { Instance } from '../../model/instances/instance';
import { commandLine } from '../../model/processes/process';
import { identityKey, isSameProcess } from '../../model/processes/processIdentity';
import { instanceProofText } from '../../model/proofText';
import type { InspectedService } from '../deps';
import { locksOf, provenLocks } from './locks';
import type { CandidateProcess, TerminationCandidate, TerminationTarget } from './plan';
import { refusalOf, restarterWarning, supervisorWarning } from './refusal';
import type { Draft } from './draft';

export function draftsFor(inspected: InspectedService, target: TerminationTarget): Draft[] {
  const instances = contextOf(inspected.facts).instances.all;
  return target.kind === 'duplicates'
    ? instances.map((instance) => draftOf(instance))
    : holderDrafts(inspected.facts, instances, target);
}

const draftOf = (instance: Instance, as?: { role: 'holder'; isTarget: boolean }): Draft => ({
  role: as?.role ?? instance.role,
  root: instance.root,
  members: instance.processes,
  isTarget: as?.isTarget ?? false,
  instance,
});

/** The pointed-at holder's instance first, then everyone else who would keep the same exclusive lock held. */
function holderDrafts(
  facts: ServiceFacts,
  instances: readonly Instance[],
  target: { pid: number; startTime?: number },
): Draft[] {
  const locks = locksOf(facts).filter(({ lock }) =>
    lock.holders.some(
      ({ process }) =>
        process.pid === target.pid &&
        // What the window showed may come from another observer than this look.
        (target.startTime === undefined || isSameProcess(process, target)),
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
    const instance = instances.find(({ processes }) => processes.some((one) => one.pid === pid));
    const as = { role: 'holder', isTarget: pid === target.pid } as const;
    const draft = instance === undefined ? loneHolder(facts, pid, as) : draftOf(instance, as);
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

/** Parents before children; parents that form a ring in a torn observation are met once. */
function descendants(facts: ServiceFacts, pid: number): ProcessFacts[] {
  const found = new Map<number, ProcessFacts>();
  const open = [pid];
  for (let at = open.shift(); at !== undefined; at = open.shift()) {
    for (const child of facts.processes.values()) {
      if (child.ppid === at && child.pid !== pid && !found.has(child.pid)) {
        found.set(child.pid, child);
        open.push(child.pid);
      }
    }
  }
  return [...found.values()];
}

/** `unproven`: members whose exact identity could not be pinned down. */
export function candidatesOf(
  inspected: InspectedService,
  drafts: readonly Draft[],
  target: TerminationTarget,
  unproven: ReadonlySet<number>,
): TerminationCandidate[] {
  const { facts } = inspected;
  const isClear = hasClearOwner(drafts, facts);
  return drafts.map((draft): TerminationCandidate => {
    const { root, members, role, isTarget, instance } = draft;
    const refusal = refusalOf(inspected, draft, target) ?? refusalForUnproven(members, unproven);
    const supervised = [root, ...members].find(({ supervisor }) => supervisor !== undefined);
    const warning =
      supervised === undefined ? restarterWarning(members, facts) : supervisorWarning(supervised);
    const follows =
      target.kind === 'duplicates' && role === 'owner' ? whatFollows(draft, inspected) : undefined;
    return {
      id: identityKey(root),
      role,
      counted: instance?.counted === true,
      root: candidateProcess(facts, root),
      processes: members.map((member) => candidateProcess(facts, member)),
      preselected:
        refusal === undefined && (target.kind === 'holder' ? isTarget : isClear && isProvenDuplicate(draft)),
      ...(instance === undefined
        ? {}
        : { proof: instance.proof.proof, proofText: instanceProofText(instance.proof) }),
      ...(refusal === undefined ? {} : { refusal }),
      ...(supervised?.supervisor === undefined ? {} : { supervisor: supervised.supervisor }),
      ...defined({ warning, follows }),
    };
  });
}

/** Only this is ever ticked for the user: what is proven to be a second run of what the proven owner runs. */
export const isProvenDuplicate = ({ role, instance }: Pick<Draft, 'role' | 'instance'>): boolean =>
  role === 'duplicate' && instance?.counted === true && instance.proof.proof === 'proven';

/** Is it clear who stays, and that all the others are too many? Otherwise which ones must go is for the user to say. */
function hasClearOwner(drafts: readonly Draft[], { service }: ServiceFacts): boolean {
  const counted = drafts.filter(({ instance }) => instance?.counted === true);
  const owners = counted.filter(({ role }) => role === 'owner');
  const duplicates = counted.filter(({ role }) => role === 'duplicate');
  return (
    owners.length > 0 &&
    owners.every(({ instance }) => instance?.proof.proof === 'proven') &&
    counted.length - service.maxInstances >= duplicates.length
  );
}

/** What ending the owner leaves behind. */
function whatFollows({ root, members }: Draft, { facts, snapshot }: InspectedService): string | undefined {
  const pids = new Set([root, ...members].map(({ pid }) => pid));
  const locked = [...new Set([...pids].flatMap((pid) => provenLocks(facts, pid).map(({ path }) => path)))];
  const recorded = snapshot.pidFiles.filter(
    ({ recordedPid }) => recordedPid !== undefined && pids.has(recordedPid),
  );
  const sentences = [
    ...locked.map((path) => l10n.t('It holds {0}: with it the lock ends, and another may take it.', path)),
    ...recorded.map(({ path }) => l10n.t('{0} names it: afterwards that record is stale.', path)),
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
    ...defined({ startTicks, startTime, cwd, user, state }),
    ...(ppid === undefined
      ? {}
      : { parent: { pid: ppid, ...(parent === undefined ? {} : { command: commandLine(parent) }) } }),
  };
}

/** What a process that listens on a service's port is to the service. */
import * as l10n from '@vscode/l10n';
import type { PortRelation, Proof } from '../../api';
import { assertNever } from '../../common/assertNever';
import type { ListenerFacts, PortFacts, ProcessFacts, ServiceFacts, SupervisorKind } from '../facts';
import { STARTING_MS } from '../instances/rivals';
import { isUncertain, lockedPaths } from '../locks';
import { isActivator, isForwarder } from '../processes/listenersForOthers';
import type { Instances } from '../instances/instance';
import type { ProcessTree } from '../processes/processTree';
import type { JudgedRecord } from '../records/records';

export interface PortContext {
  facts: ServiceFacts;
  tree: ProcessTree;
  records: readonly JudgedRecord[];
  instances: Instances;
}

export type Doubt =
  /** It looks like a second instance, which is a finding of its own. */
  | 'duplicate'
  /** It opens sockets for services, and starts them when a connection comes (systemd, inetd). */
  | 'activation'
  /** It passes connections on: an instance in a container or on another machine may be behind it. */
  | 'forwarder'
  /** It has started an instance, is above one, or shares a master or a unit with one. */
  | 'related'
  /** An instance is in another network namespace, such as a container's: its ports are not these. */
  | 'network'
  /** A holder or a recorded process of the service is not known, and may be this one. */
  | 'unsure'
  /** It has just started: it may take the lock, or write its record, in a moment. */
  | 'starting'
  /** Its command line cannot be read. */
  | 'unread'
  /** Without a kernel lock or `process`, an instance that no record names cannot be recognised. */
  | 'untold';

export interface ListenerRelation {
  relation: PortRelation;
  proof: Proof;
  doubt?: Doubt;
  of?: string;
}

const unknown = (doubt: Doubt): ListenerRelation => ({ relation: 'unknown', proof: 'plausible', doubt });

/** Returns the rule by which each process that listens on a port of the service is judged. */
export function relations(
  context: PortContext,
): (process: ProcessFacts, sockets: readonly ListenerFacts[], port: PortFacts) => ListenerRelation {
  const { facts, tree, instances } = context;
  const owners = instances.all.filter(({ role }) => role !== 'possibleDuplicate');
  const members = new Map(owners.flatMap(({ processes }) => processes.map((one) => [one.pid, one])));
  const possible = new Set(instances.all.flatMap(({ processes }) => processes.map(({ pid }) => pid)));
  const starters = startersOf(members.values(), context);
  const isElsewhere = (facts.otherNetwork ?? []).some((pid) => members.has(pid));
  const isUnsure = mayHaveUnknownInstance(context);
  return (process, sockets, port) => {
    if (sockets.some(({ processes }) => processes.some(({ pid }) => members.has(pid)))) {
      return { relation: 'instance', proof: 'proven' };
    }
    if (possible.has(process.pid)) {
      return unknown('duplicate');
    }
    if (isActivator(process)) {
      return unknown('activation');
    }
    const isRelated = [...members.values()].some((member) => haveOneUnit(process, member));
    if (isRelated || starters.has(process.pid) || descends(process, members, tree)) {
      return unknown('related');
    }
    if (owners.length > 0 && isForwarder(process)) {
      return unknown('forwarder');
    }
    if (isElsewhere) {
      return unknown('network');
    }
    if (isUnsure) {
      return unknown('unsure');
    }
    const of = [process, ...tree.ancestors(process)]
      .map(({ pid }) => port.owners?.get(pid))
      .find((name) => name !== undefined);
    const isProven =
      owners.some(({ proof }) => proof.proof === 'proven') &&
      !owners.some(({ root }) => mayDescendFrom(process, root, tree));
    const judged =
      owners.length > 0 ? other(isProven ? 'proven' : 'plausible') : withoutOwner(process, of, facts);
    return of === undefined || judged.relation !== 'other' ? judged : { ...judged, of };
  };
}

/** What puts each service into a control group of its own. Two programs of one tmux are two. */
const UNITS: ReadonlySet<SupervisorKind> = new Set(['systemd', 'docker', 'podman', 'kubernetes']);

/** One control group that a supervisor has made for them, or one container. */
const haveOneUnit = ({ supervisor: a }: ProcessFacts, { supervisor: b }: ProcessFacts): boolean =>
  a?.name !== undefined && UNITS.has(a.kind) && a.kind === b?.kind && a.name === b.name;

/** A daemon leaves its parent: who is an orphan and younger may have been started by an instance after all. */
function mayDescendFrom(process: ProcessFacts, owner: ProcessFacts, tree: ProcessTree): boolean {
  const parent = tree.parent(process);
  const isOrphan = parent === undefined || isActivator(parent);
  const isYounger = (process.startTime ?? Infinity) >= (owner.startTime ?? -Infinity);
  return isOrphan && isYounger && process.uid === owner.uid;
}

const other = (proof: Proof): ListenerRelation => ({ relation: 'other', proof });

/** No instance of the service is known: what would tell one, and has this process not got it? */
function withoutOwner(
  process: ProcessFacts,
  of: string | undefined,
  { service, lockFiles, takenAt }: ServiceFacts,
): ListenerRelation {
  const isYoung = process.startTime !== undefined && takenAt - process.startTime < STARTING_MS;
  if (isYoung && of === undefined) {
    return unknown('starting');
  }
  const locks = service.existence === true ? [] : lockFiles.filter(({ existence }) => existence !== true);
  if (locks.length > 0) {
    return other('proven');
  }
  if (service.process !== undefined) {
    if (process.argv.length === 0) {
      return unknown('unread');
    }
    const isFolderUnread = service.process.kind === 'commandAndCwd' && process.cwd === undefined;
    return other(isFolderUnread ? 'plausible' : 'proven');
  }
  return of === undefined ? unknown('untold') : other('plausible');
}

/** The processes above the instances, whatever they are: one of them may have opened the socket for its child. */
function startersOf(members: Iterable<ProcessFacts>, { tree }: PortContext): ReadonlySet<number> {
  const found = new Set<number>();
  for (const member of members) {
    for (let parent = tree.parent(member); parent !== undefined; parent = tree.parent(parent)) {
      if (found.has(parent.pid)) break;
      found.add(parent.pid);
    }
  }
  return found;
}

/** Is an instance somewhere above it, also with a launcher (tmux, supervisord) in between? */
function descends(
  process: ProcessFacts,
  members: ReadonlyMap<number, ProcessFacts>,
  tree: ProcessTree,
): boolean {
  const met = new Set<number>();
  for (let parent = tree.parent(process); parent !== undefined; parent = tree.parent(parent)) {
    if (members.has(parent.pid)) return true;
    if (met.has(parent.pid)) return false;
    met.add(parent.pid);
  }
  return false;
}

/** A lock without a known holder, a file that cannot be seen, a record that cannot be checked: any of them may be an instance. */
const mayHaveUnknownInstance = ({ facts, records }: PortContext): boolean =>
  lockedPaths(facts).some(({ locks }) => locks.some(({ holders }) => holders.length === 0)) ||
  facts.lockFiles.some(isUncertain) ||
  // That the port is served is itself why such a record counts as unverifiable.
  records.some(({ verdict, reason }) => verdict === 'unverifiable' && reason !== 'portServed');

/** Returns why it is not known what a listener is to the service, as a sentence's end. */
export function doubtText(doubt: Doubt): string {
  switch (doubt) {
    case 'duplicate':
      return l10n.t('it may be a second instance');
    case 'activation':
      return l10n.t('it opens sockets for the services that it starts');
    case 'forwarder':
      return l10n.t('it passes connections on, perhaps to an instance');
    case 'related':
      return l10n.t('it has started an instance, or shares a parent with one');
    case 'network':
      return l10n.t('an instance is, or may be, in another network namespace, whose ports are not these');
    case 'unsure':
      return l10n.t('it may be the instance that cannot be identified');
    case 'starting':
      return l10n.t('it started a moment ago');
    case 'unread':
      return l10n.t('its command line cannot be read');
    case 'untold':
      return l10n.t('without a lock or “process”, an instance that no record names cannot be recognised');
    default:
      return assertNever(doubt);
  }
}

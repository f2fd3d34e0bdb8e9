/** How sure it is that a group of processes is an instance of the service, and why. */
import type { Proof } from '../../api';
import type { ProcessFacts } from '../facts';
import { isStopped } from '../processes/process';
import {
  compareArguments,
  haveOtherNames,
  ofOtherFolders,
  sameDirectory,
  sameScript,
} from '../processes/sameRun';
import { isTitle } from '../processes/title';
import type { Group } from './groups';

/** What a second run of the same service must have in common with the first, and has not. */
export type Difference =
  | 'program'
  | 'script'
  | 'directory'
  | 'arguments'
  | 'user'
  | 'namespace'
  /** It writes its own title over its arguments, so that what it was started with is not known. */
  | 'title'
  /** It is blocked until the service's lock is free: a standby, or the next in a queue. */
  | 'waits'
  /** It is blocked until another lock is free, whose turn it may be to hold. */
  | 'waitsElsewhere'
  /** It held the lock, or was recorded, before the owner, and may be working off what it has before it ends. */
  | 'heldBefore'
  /** It has the lock file open without the lock: it may try again and again until it gets it. */
  | 'opensLock'
  /** The owner holds the lock, and started later: this one may have let it go, and be about to end. */
  | 'older'
  /** It was forked from the owner's own start of the program, and has left its tree: a helper, not a second start. */
  | 'forked'
  /** It took an exclusive lock on a file that is neither the service's nor locked by the owner. */
  | 'ownLock'
  /** A variable of its environment is another, and may choose another port, profile, token, home … */
  | 'environment'
  /** Other namespaces, another root, group or set of CPUs. */
  | 'world'
  /** It may have been started in another directory than the one it works in now, and what it was told is relative to that. */
  | 'startFolder'
  /** It has a file open that neither the owner has, nor the service names. */
  | 'ownFile'
  /** It has something else open, mapped or waits for it, as a socket, a device or memory, which the owner has not. */
  | 'ownUse'
  /** A pipe leads from it to a program that is not above it, or from such a program to it. */
  | 'feeds'
  /** It reads from a file or a pipe, or was told a descriptor of its own. */
  | 'input'
  /** A pipe, file or connection leads from one to the other, or feeds both: they work together. */
  | 'connected'
  /** It waits for what is typed at its terminal. */
  | 'terminal'
  /** Something runs below it of which the owner has no like. */
  | 'below'
  /** It, or what runs below it, listens: it serves others. */
  | 'listens'
  /** It, or what runs below it, owns a file of another watched service. */
  | 'ownsElsewhere'
  /** A record beside those of the service names it. */
  | 'ownRecord'
  /** A shell runs below it, in which someone may be at work. */
  | 'shell'
  /** A record of the service names it as well. */
  | 'inRecord'
  /** A program started it, still runs, and did not start the owner: it may need this one. */
  | 'startedBy'
  /** The owner has the lock of a process that is gone: it may be left over, and this what runs in its place. */
  | 'ownerLeft'
  /** The owner was asked to end: this may be the next one. */
  | 'ownerEnds'
  /** A debugger or tracer is on it, or a program was told its number. */
  | 'traced'
  /** Its supervisor runs it as another unit or under another name. */
  | 'unit'
  /** What started both starts several at a time: jobs of one batch. */
  | 'batch'
  /** They are of one process group: one command started both. */
  | 'job'
  /** Its program or directory may not be read. */
  | 'unread'
  /** There is more of it than is read. */
  | 'cut';

export type InstanceReason =
  /** Its own descriptor shows the lock. */
  | 'holdsLock'
  /** The file refuses others, and no other process uses it. */
  | 'onlyUser'
  /** The kernel names it as the owner of the lock. */
  | 'kernelNames'
  /** The file is locked, and no other process has taken an flock on it through a descriptor that it still has. */
  | 'onlyTaker'
  /** Its start is the recorded one. */
  | 'recordedStart'
  /** A record names it, and it runs what `process` names. */
  | 'recordedAndNamed'
  /** A record names it, and nothing contradicts. */
  | 'recorded'
  /** Nothing but a port tells the service, and its own descriptor is a socket that listens there. */
  | 'listens'
  /** It runs what `process` names. */
  | 'named'
  /** Program, script, arguments and directory are those of the proven owner, all read from the kernel. */
  | 'sameAsOwner'
  /** No owner is proven that it could be compared with. */
  | 'noProvenOwner'
  /** The owner is stopped: without this one nothing may do the work. */
  | 'ownerStopped'
  /** It differs from the owner, or cannot be compared with it: see the differences. */
  | 'differs'
  /** It holds the lock, though what took the lock for it is gone. */
  | 'inheritedLock'
  /** It shares a lock that is made to be shared. */
  | 'sharedLock'
  /** The kernel's table names it; its own descriptors could not be read. */
  | 'listedOnly';

export interface InstanceProof {
  proof: Proof;
  reason: InstanceReason;
  differences: readonly Difference[];
  /** Names of the variables of its environment that are others than the owner's. */
  variables?: readonly string[];
}

const nested = (process: ProcessFacts): boolean => (process.nsPids?.length ?? 1) > 1;

/** Returns all in which two runs of one service differ; none: they are proven to be runs of the same. */
export function differencesOf(owner: ProcessFacts, other: ProcessFacts): Difference[] {
  const found = new Set<Difference>();
  if (owner.exe === undefined || other.exe === undefined) {
    found.add('unread');
  } else if (owner.exe !== other.exe || ofOtherFolders(owner, other)) {
    found.add('program');
  }
  if (isTitle(owner) || isTitle(other)) {
    found.add('title');
  } else if (!sameScript(owner, other)) {
    found.add('script');
  }
  if (compareArguments(owner, other) !== 'same' || haveOtherNames(owner, other)) {
    found.add('arguments');
  }
  if (owner.cwd === undefined || other.cwd === undefined) {
    found.add('unread');
  } else if (!sameDirectory(owner, other)) {
    found.add('directory');
  }
  if (owner.uid === undefined || owner.uid !== other.uid) {
    found.add('user');
  }
  if (owner.startStack !== undefined && owner.startStack === other.startStack) {
    found.add('forked');
  }
  if (nested(owner) || nested(other)) {
    found.add('namespace');
  }
  return [...found];
}

const proven = (reason: InstanceReason): InstanceProof => ({ proof: 'proven', reason, differences: [] });
const plausible = (reason: InstanceReason, differences: readonly Difference[] = []): InstanceProof => ({
  proof: 'plausible',
  reason,
  differences,
});

/** Returns how sure it is that the group owns the service: by the lock, by a recorded start, or by a record that fits. */
export function ownerProof(group: Group, isCounted: boolean): InstanceProof {
  if (group.holds !== undefined) {
    if (!group.holdsProven) {
      return plausible('listedOnly');
    }
    if (group.holdsAlone) {
      return proven('onlyUser');
    }
    if (group.holdEvidence !== undefined) {
      return proven(group.holdEvidence);
    }
    return group.direct || group.matched || isCounted ? proven('holdsLock') : proven('inheritedLock');
  }
  if (group.recorded === 'proven') {
    return proven('recordedStart');
  }
  if (group.recorded === 'likely') {
    return group.matched ? proven('recordedAndNamed') : plausible('recorded');
  }
  if (group.recorded === 'inside') {
    return plausible('recorded');
  }
  if (group.reads && !group.matched) {
    return plausible('sharedLock');
  }
  return group.listens ? proven('listens') : plausible('named');
}

/** What is known of a second run beside its process. */
export interface Apart {
  /** In what it differs from the owner. */
  differences: readonly Difference[];
  /** Names of variables that are others than the owner's. */
  variables: readonly string[];
  /** Both were told to run the same script, though from where they work now its name leads elsewhere. */
  runsSameScript: boolean;
}

const NOTHING: Apart = { differences: [], variables: [], runsSameScript: false };

/** Returns how sure it is that `root` is a second run of what `owner` runs. */
export function duplicateProof(
  root: ProcessFacts,
  owner: { root: ProcessFacts; proof: InstanceProof } | undefined,
  { differences: more, variables, runsSameScript }: Apart = NOTHING,
): InstanceProof {
  if (owner?.proof.proof !== 'proven') {
    return plausible('noProvenOwner');
  }
  const known = differencesOf(owner.root, root).filter((one) => one !== 'script' || !runsSameScript);
  const differences = [...new Set([...known, ...more])];
  if (differences.length > 0) {
    return { ...plausible('differs', differences), ...(variables.length === 0 ? {} : { variables }) };
  }
  return isStopped(owner.root) ? plausible('ownerStopped') : proven('sameAsOwner');
}

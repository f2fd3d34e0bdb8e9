/** Grades of proof in words, for evidence, plans and dialogs. */
import * as l10n from '@vscode/l10n';
import { assertNever } from '../common/assertNever';
import type { Difference, InstanceProof } from './instances/index';
import { listWords } from './processes/process';
import type { Judgement } from './records/judgeRecord';
import type { Contradiction, Fit } from './records/writer';
import { oneLine } from './text';

const DIFFERENCES: Record<Difference, () => string> = {
  program: () => l10n.t('another program file'),
  script: () => l10n.t('another script'),
  directory: () => l10n.t('another directory'),
  arguments: () => l10n.t('other arguments'),
  user: () => l10n.t('another user'),
  namespace: () => l10n.t('a PID namespace of its own'),
  title: () => l10n.t('a title in place of its arguments'),
  waits: () => l10n.t('to wait for the lock'),
  ownsElsewhere: () => l10n.t('a process of another watched service in it'),
  ownRecord: () => l10n.t('a record of its own beside that of the service'),
  shell: () => l10n.t('a shell below it'),
  waitsElsewhere: () => l10n.t('to wait for another lock'),
  heldBefore: () => l10n.t('held the lock or the record before, and may be about to end'),
  opensLock: () => l10n.t('the lock file open without its lock'),
  older: () => l10n.t('an earlier start than the owner, who holds the lock'),
  forked: () => l10n.t('no start of its own: it was forked from the owner'),
  ownLock: () => l10n.t('a lock of its own on another file'),
  environment: () => l10n.t('other settings in its environment'),
  world: () => l10n.t('a network, a view of the files, a group or CPUs of its own'),
  startFolder: () => l10n.t('another directory in which it was started, or one that is not known'),
  ownFile: () => l10n.t('a file open that the owner has not'),
  ownUse: () => l10n.t('a socket, a device, memory or a wait that the owner has not'),
  feeds: () => l10n.t('a pipe to or from another program'),
  input: () => l10n.t('an input of its own'),
  connected: () => l10n.t('a pipe, a file or a connection in common with the owner'),
  terminal: () => l10n.t('a terminal from which it reads, where someone may type'),
  below: () => l10n.t('a program below it that the owner has not'),
  listens: () => l10n.t('a port or socket on which it listens'),
  inRecord: () => l10n.t('its pid in a record of the service'),
  startedBy: () => l10n.t('a program above it that started it and still runs'),
  ownerLeft: () => l10n.t('an owner that may be left over: what took the lock for it is gone'),
  ownerEnds: () => l10n.t('an owner that was asked to end'),
  traced: () => l10n.t('a debugger or tracer on it'),
  unit: () => l10n.t('a unit or name of its own under its supervisor'),
  batch: () => l10n.t('a launcher that starts several at a time, or a start in the same moment as the owner'),
  job: () => l10n.t('the same process group as the owner'),
  unread: () => l10n.t('a program or directory that cannot be read'),
  cut: () => l10n.t('more open, or more records beside it, than is read'),
};

/** Of more, the names would hide what else there is. */
const MAX_VARIABLES = 4;

/** Returns what an instance has that the owner has not: `another directory and other arguments`. */
export const differencesText = ({
  differences,
  variables = [],
}: Pick<InstanceProof, 'differences' | 'variables'>): string =>
  listWords(differences, (difference) => {
    const text = DIFFERENCES[difference]();
    if (difference !== 'environment' || variables.length === 0) return text;
    const names = variables.slice(0, MAX_VARIABLES).map((name) => oneLine(name, 40));
    return `${text} (${[...names, ...(variables.length > MAX_VARIABLES ? ['…'] : [])].join(', ')})`;
  });

/** Returns the grade and its reason: `proven: its own descriptor shows the lock`. */
export function instanceProofText(proof: InstanceProof): string {
  switch (proof.reason) {
    case 'holdsLock':
      return l10n.t('proven: its own descriptor shows the lock');
    case 'listens':
      return l10n.t('proven: its own descriptor is the socket that listens on the port');
    case 'onlyUser':
      return l10n.t('proven: the file refuses other programs, and no other process uses it');
    case 'kernelNames':
      return l10n.t('proven: the kernel names it as the owner of the lock');
    case 'onlyTaker':
      return l10n.t(
        'proven: the file is locked, and only this process took an flock on it through a descriptor that it still has open',
      );
    case 'recordedStart':
      return l10n.t('proven: the record names it and its start');
    case 'recordedAndNamed':
      return l10n.t('proven: the record names it, and it runs the expected program');
    case 'sameAsOwner':
      return l10n.t('proven: same program, script, arguments, directory and user as the owner');
    case 'recorded':
      return l10n.t('not proven: the record names its pid, and nothing contradicts it');
    case 'named':
      return l10n.t('not proven: it runs the expected program, and has neither lock nor record');
    case 'noProvenOwner':
      return l10n.t('not proven: there is no proven owner to compare it with');
    case 'ownerStopped':
      return l10n.t('not proven to be the one too many: the owner is stopped');
    case 'differs':
      return proof.differences.length === 0
        ? l10n.t('not proven: it has neither lock nor record')
        : l10n.t('not proven: it has {0}', differencesText(proof));
    case 'inheritedLock':
      return l10n.t('proven: its own descriptor shows the lock, which another process took');
    case 'sharedLock':
      return l10n.t('not an instance for that alone: it shares a lock that is meant to be shared');
    case 'listedOnly':
      return l10n.t('not proven: the kernel lists it, but its own descriptors cannot be read');
    default:
      return assertNever(proof.reason);
  }
}

/** Returns what speaks for a recorded process besides its number, as the end of a sentence. */
export function fitText(fit: Fit): string {
  switch (fit) {
    case 'named':
    case 'command':
      return l10n.t('it runs the expected program');
    case 'recordedProgram':
      return l10n.t('it runs what the record says');
    case 'recordedStart':
      return l10n.t('it started when the record says');
    case 'writtenAtStart':
      return l10n.t('the file was written shortly after it started');
    case 'directory':
      return l10n.t('it works in the folder of the file');
    case 'fileName':
      return l10n.t('the file is called after its program');
    default:
      return assertNever(fit);
  }
}

/** Returns why a live process of the recorded number is not the writer, as the end of a sentence. */
export function contradictionText(contradiction: Contradiction): string {
  switch (contradiction) {
    case 'kernelThread':
      return l10n.t('that is a kernel thread, which writes no records');
    case 'init':
      return l10n.t('that is the first process of the system, which writes no records');
    case 'ownAncestor':
      return l10n.t('that is this extension host or a process that it runs under');
    case 'launcher':
      return l10n.t('that is a program that only starts others');
    case 'process':
      return l10n.t('that does not run what “process” names');
    case 'folder':
      return l10n.t('that does not work in the expected folder');
    case 'preset':
      return l10n.t('that does not run the program that the preset expects');
    case 'program':
      return l10n.t('that is not a program that writes such a file');
    case 'recordedProgram':
      return l10n.t('that does not run what the record says');
    case 'user':
      return l10n.t('that belongs to a different user than the file');
    case 'namespace':
      return l10n.t('that is in its own PID namespace and has another number there');
    default:
      return assertNever(contradiction);
  }
}

/** Returns the grade of a record's verdict with its reason, as one line of evidence. */
export function recordProofText({ verdict, reason, proof, owner, fit }: Judgement): string | undefined {
  if (verdict === 'live' && owner !== undefined) {
    switch (reason) {
      case 'startTicksEqual':
        return l10n.t('Proven: the recorded start is the start of pid {0}.', owner.pid);
      case 'innerHolder':
        return l10n.t(
          'Proven: pid {0} holds the lock, and is pid {1} in its own PID namespace.',
          owner.pid,
          owner.nsPids?.at(-1) ?? owner.pid,
        );
      case 'innerProcess':
        return l10n.t(
          'Not proven by the record alone: pid {0} is pid {1} in its own PID namespace and runs the expected program.',
          owner.pid,
          owner.nsPids?.at(-1) ?? owner.pid,
        );
      case 'lockHeldByRelative':
        return l10n.t('Proven: pid {0} or a process of its family holds the lock.', owner.pid);
      default:
        return fit === undefined
          ? l10n.t('Not proven: nothing contradicts that pid {0} wrote it.', owner.pid)
          : l10n.t('Not proven by the record alone, but nothing contradicts it: {0}.', fitText(fit));
    }
  }
  if (verdict === 'dead') {
    return l10n.t('Proven: the kernel knows no such process.');
  }
  if (verdict === 'reused') {
    return proof === 'proven'
      ? l10n.t('Proven: the record names the start of another process.')
      : l10n.t('Not proven: only the clock says so, and a clock can be set.');
  }
  return undefined;
}

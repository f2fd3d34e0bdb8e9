/** Held by a process that cannot be named, or nothing here shows whether it is held at all. */
import * as l10n from '@vscode/l10n';
import { commandsFor } from '../commands/index';
import type { DiagnosisContext, FindingDraft } from '../context';
import { processLine } from '../evidence';
import { commandLines, factLines, type EvidenceLine } from '../evidenceLine';
import type { FileProblem, HostFacts, LockFacts, LockFileFacts, ServiceFacts } from '../facts';
import { isUncertain, lockedPaths } from '../locks';
import {
  isLeftOver,
  missingText,
  ownerlessLocks,
  suspectReason,
  suspectText,
  type OwnerlessLock,
} from '../ownerless/judge';
import { adviceOn } from '../presets/index';
import { pidAndCommand } from '../processes/process';
import { existenceRecord } from '../records/records';
import { kindText, lockLine, unknownReasonText, whyUnknownText } from '../lockText';
import { oneLine } from '../text';

/** The command that would find the holder, from where it can be found. */
function howToFind(lock: LockFacts | undefined, path: string, host: HostFacts): EvidenceLine[] {
  const reason = lock?.unknown;
  const where =
    reason === 'outsideNamespace'
      ? [l10n.t('Run this on the host, outside the container:')]
      : reason === 'otherHost'
        ? [l10n.t('Run this on the machines that share the file system:')]
        : [];
  const commands = commandsFor(host);
  return [
    ...factLines(...where),
    ...commandLines(
      ...commands.openers(path, { sudo: host.uid !== 0 && reason !== 'outsideNamespace' }),
      ...commands.allLocks(),
      ...(lock === undefined ? [] : [...askTaker(lock, host), ...commands.kernelLock(lock, path)]),
    ),
  ];
}

/** Returns the commands that show whether the processes in question hold it. */
function askTaker({ unknown, takenBy, denied = [], id }: LockFacts, host: HostFacts): string[] {
  const pids = unknown === 'takerSilent' ? [] : [...(takenBy === undefined ? [] : [takenBy.pid]), ...denied];
  const silent = unknown === 'takerSilent' && takenBy !== undefined ? [takenBy.pid] : [];
  const commands = commandsFor(host);
  return [
    ...pids.flatMap((pid) => commands.locksOf(pid, { sudo: host.uid !== 0 })),
    ...silent.flatMap((pid) => commands.hiddenLocks(pid, id)),
  ];
}

function heldByUnknown(path: string, lock: LockFacts, host: HostFacts): FindingDraft {
  const reason = whyUnknownText(lock);
  return {
    severity: 'unverified',
    message: l10n.t(
      '{0} is locked ({1}) by an unknown process: {2}.',
      oneLine(path),
      kindText(lock.kind, lock.access),
      reason,
    ),
    evidence: [
      ...factLines(
        lockLine(lock, path),
        ...(lock.takenBy === undefined ? [] : [processLine(lock.takenBy)]),
        ...(lock.users ?? []).map(processLine),
      ),
      ...howToFind(lock, path, host),
    ],
    path,
    ...(lock.takenBy === undefined ? {} : { pids: [lock.takenBy.pid] }),
  };
}

function failed(path: string, { code, syscall, mount }: FileProblem): string {
  return mount === undefined
    ? l10n.t('Could not determine whether {0} is locked: {1} failed with {2}.', path, syscall, code)
    : l10n.t(
        'Could not determine whether {0} is locked: {1} ({2}) does not answer.',
        path,
        oneLine(mount.point),
        oneLine(mount.type),
      );
}

function uncertain(file: LockFileFacts, host: HostFacts): FindingDraft {
  const path = oneLine(file.file.path);
  const { problem } = file.file;
  const message =
    problem !== undefined && file.file.status === 'unreadable'
      ? failed(path, problem)
      : file.uncertainBecause === undefined
        ? l10n.t('Could not determine from here whether {0} is locked.', path)
        : l10n.t(
            'Could not determine from here whether {0} is locked; if it is, {1}.',
            path,
            unknownReasonText(file.uncertainBecause, file),
          );
  return {
    severity: 'unverified',
    message,
    evidence: [
      ...(host.nestedPidNamespace
        ? factLines(l10n.t('The lock table of this container does not list locks of processes outside it.'))
        : []),
      ...howToFind(undefined, file.file.path, host),
    ],
    path: file.file.path,
  };
}

/** An existence lock that names no process: git's index.lock, a lock directory. */
function unnamedExistence({ file }: LockFileFacts, facts: ServiceFacts): FindingDraft {
  const commands = commandsFor(facts.host);
  return {
    severity: 'unverified',
    message: l10n.t(
      '{0} exists, and its existence is the lock, but it does not say which process made it.',
      oneLine(file.path),
    ),
    evidence: [
      ...factLines(...adviceOn(facts.service, file.path)),
      ...commandLines(
        ...commands.file(file.path),
        ...(file.status === 'file' ? commands.content(file.path) : []),
        ...commands.openers(file.path),
      ),
    ],
    path: file.path,
  };
}

/** git's `index.lock`, inspected: who may hold it, or what is missing for it to count as left over. */
function unowned(found: OwnerlessLock, host: HostFacts): FindingDraft {
  const { lock, ownerless, missing } = found;
  const { path } = lock.file;
  const [first] = ownerless.suspects;
  const commands = commandsFor(host);
  return {
    severity: 'unverified',
    message:
      first === undefined
        ? l10n.t(
            '{0} exists, and its existence is the lock, but it does not say which process made it.',
            oneLine(path),
          )
        : l10n.t(
            '{0} is probably held by process {1}: {2}.',
            oneLine(path),
            pidAndCommand(first.process),
            suspectReason(first),
          ),
    evidence: [
      ...factLines(
        ...ownerless.suspects.map(suspectText),
        ...missing.filter((one) => one !== 'free').map((one) => missingText(one, found)),
      ),
      ...ownerless.suspects.flatMap(({ process }) => factLines(processLine(process))),
      ...commandLines(...commands.file(path), ...commands.openers(path)),
    ],
    path,
    ...(first === undefined ? {} : { pids: ownerless.suspects.map(({ process }) => process.pid) }),
  };
}

const isHeldByKnown = ({ locks }: LockFileFacts): boolean =>
  locks.length > 0 && locks.every(({ holders }) => holders.length > 0);

export function holderUnknown({ facts, records }: DiagnosisContext): FindingDraft[] {
  if (facts.pidFiles.length === 0 && facts.lockFiles.every(isHeldByKnown)) {
    return [];
  }
  const inspected = ownerlessLocks(facts, records);
  const held = lockedPaths(facts).flatMap(({ path, locks }) =>
    locks
      // Not looked up yet: the next check says who, or why not.
      .filter(({ holders, unknown }) => holders.length === 0 && unknown !== 'pending')
      .map((lock) => heldByUnknown(path, lock, facts.host)),
  );
  const unclear = facts.lockFiles.filter(isUncertain).map((file) => uncertain(file, facts.host));
  const unnamed = facts.lockFiles
    .filter((file) => {
      const byExistence = file.existence === true || facts.service.existence === true;
      const named = existenceRecord(file.file.path, records)?.content?.record.pid !== undefined;
      return (
        byExistence &&
        file.file.status !== 'absent' &&
        file.locks.length === 0 &&
        !named &&
        !isUncertain(file)
      );
    })
    .flatMap((file) => {
      const found = inspected.find(({ lock }) => lock === file);
      if (found !== undefined) return isLeftOver(found) ? [] : unowned(found, facts.host);
      return unnamedExistence(file, facts);
    });
  return [...held, ...unclear, ...unnamed];
}

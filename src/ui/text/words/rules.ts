/** The rule behind each finding: what the user would have to disagree with. */
import * as l10n from '@vscode/l10n';
import type { FindingKind, ServiceState } from '../../../api';
import { assertNever } from '../../../common/assertNever';

/** Returns the rule behind a finding; undefined: this version does not know its kind. */
export const ruleOf = (kind: string): string | undefined => (isKnown(kind) ? RULES[kind]() : undefined);

const isKnown = (kind: string): kind is FindingKind => Object.hasOwn(RULES, kind);

const RULES: Record<FindingKind, () => string> = {
  duplicateInstances: () =>
    l10n.t(
      'More live instances than the service may have. An instance is a process tree that shares program and directory with the owner, or holds the lock; wrappers, forks and workers count once.',
    ),
  possibleDuplicates: () =>
    l10n.t(
      "Other processes of the same user run the holder's script in its working directory, outside its tree. Only a configured `process` makes that a conflict.",
    ),
  splitBrain: () =>
    l10n.t(
      'Two files have had this one path: the first was deleted while locked, then the second was created and locked. Each holder believes it is the only one.',
    ),
  portConflict: () =>
    l10n.t(
      'A process that is not an instance of the service listens on its port. A process is not an instance if it has neither the lock nor the record, does not run what `process` names, and is not related to an instance. What cannot be checked is not a conflict.',
    ),
  conflictInLog: () => l10n.t('The log has fresh lines in which the service itself reports a conflict.'),
  startingInstance: () =>
    l10n.t(
      'A process of this service started a few seconds ago and has neither lock nor record yet. It may still find the lock held and exit.',
    ),
  stalePidDead: () =>
    l10n.t(
      'The recorded process does not exist (or is a zombie, or its number belongs to a thread), and no lock protects the record.',
    ),
  stalePidReused: () =>
    l10n.t(
      'A process with the recorded pid is alive but did not write the record: its start differs from the recorded one, or, less certainly, it started after the file was written. It is unrelated and is never offered for termination.',
    ),
  leftOver: () =>
    l10n.t(
      'The existence of the file is the lock, and it names no process. It has not changed for minutes, no process has it open, and no process of git, nor an editor that git started, works in its repository.',
    ),
  holderUnknown: () =>
    l10n.t(
      'The file is locked, but no process that the monitor may inspect shows the lock. That is neither free nor stale.',
    ),
  recordUnverifiable: () =>
    l10n.t(
      'The record may be from another host or PID namespace, its number belongs to a process that does not fit, or it cannot be read. A record that is not proven stale is kept.',
    ),
  recordMissing: () =>
    l10n.t(
      'The service is running, but its pid file names no process: another start emptied it, or it has not been written yet.',
    ),
  pidMismatch: () =>
    l10n.t('The process that holds the lock is not the recorded one, and is not known to be related to it.'),
  inheritedLock: () =>
    l10n.t(
      'The process that took the lock is gone; a descendant shares its descriptor and so keeps the lock held.',
    ),
  stoppedHolder: () =>
    l10n.t('The holder is stopped or a zombie: stopped processes keep their locks but do nothing.'),
  filesLeftOut: () =>
    l10n.t(
      'A pattern matches more files than one service watches. Nothing is known about those that are left out.',
    ),
  waiters: () => l10n.t('Other processes are blocked, waiting for the lock.'),
};

/** For a state without findings to explain it. `isPort`: nothing but a port tells the service. */
export function stateRule(state: ServiceState, isPort = false): string {
  if (isPort && state !== 'conflict') {
    return l10n.t('Only its port identifies this service: whichever process listens there is its instance.');
  }
  switch (state) {
    case 'conflict':
      return l10n.t('Two instances of something that may run only once.');
    case 'stale':
      return l10n.t('A record whose owner is proven gone.');
    case 'unverified':
      return l10n.t('It is held or recorded, but this machine cannot determine by whom.');
    case 'held':
      return l10n.t(
        'As it should be: the lock is held, or the recorded owner is alive and wrote the record.',
      );
    case 'free':
      return l10n.t(
        'The file exists and no process holds it. A lock file that no process holds is free, never stale.',
      );
    case 'absent':
      return l10n.t('None of its files exist.');
    default:
      return assertNever(state);
  }
}

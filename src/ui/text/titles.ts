/** What each finding is called. */
import * as l10n from '@vscode/l10n';
import type { FindingKind } from '../../api';

export function titleOf(kind: string): string | undefined {
  return TITLES[kind as FindingKind]?.();
}

const TITLES: Partial<Record<FindingKind, () => string>> = {
  duplicateInstances: () => l10n.t('More than one instance'),
  possibleDuplicates: () => l10n.t('Possible duplicates'),
  splitBrain: () => l10n.t('Two locked files behind one path'),
  conflictInLog: () => l10n.t('The log reports a conflict'),
  startingInstance: () => l10n.t('Another one is starting'),
  stalePidDead: () => l10n.t('Stale record: its process is gone'),
  stalePidReused: () => l10n.t('Stale record: the pid was used again'),
  holderUnknown: () => l10n.t('Held by an unknown process'),
  recordUnverifiable: () => l10n.t('A record that cannot be verified'),
  recordMissing: () => l10n.t('The record is empty'),
  pidMismatch: () => l10n.t('The record names another process'),
  inheritedLock: () => l10n.t('An inherited lock'),
  stoppedHolder: () => l10n.t('The holder is stopped'),
  waiters: () => l10n.t('Others wait for the lock'),
};

/** What each finding is called, and what a service's row says of it. */
import * as l10n from '@vscode/l10n';
import type { FindingKind } from '../../../api';

interface FindingName {
  title: () => string;
  /** Two or three words for the row, where its state does not say it already. */
  remark?: () => string;
}

/** Returns the title of a finding; undefined: this version does not know its kind. */
export const titleOf = (kind: string): string | undefined =>
  isKnown(kind) ? NAMES[kind].title() : undefined;

export const remarkOf = (kind: string): string | undefined =>
  isKnown(kind) ? NAMES[kind].remark?.() : undefined;

const isKnown = (kind: string): kind is FindingKind => Object.hasOwn(NAMES, kind);

const NAMES: Record<FindingKind, FindingName> = {
  duplicateInstances: { title: () => l10n.t('More than one instance') },
  possibleDuplicates: {
    title: () => l10n.t('Possible duplicates'),
    remark: () => l10n.t('duplicates?'),
  },
  splitBrain: { title: () => l10n.t('Two locked files at one path (split brain)') },
  portConflict: {
    title: () => l10n.t('Port in use by another process'),
    remark: () => l10n.t('port conflict'),
  },
  conflictInLog: { title: () => l10n.t('Log reports a conflict') },
  startingInstance: {
    title: () => l10n.t('Another instance is starting'),
    remark: () => l10n.t('another starts'),
  },
  stalePidDead: { title: () => l10n.t('Stale record: process no longer exists') },
  stalePidReused: { title: () => l10n.t('Stale record: pid reused') },
  leftOver: { title: () => l10n.t('Left-over lock file') },
  holderUnknown: { title: () => l10n.t('Held by an unknown process') },
  recordUnverifiable: { title: () => l10n.t('Record cannot be verified') },
  recordMissing: {
    title: () => l10n.t('Record is empty'),
    remark: () => l10n.t('record empty'),
  },
  pidMismatch: {
    title: () => l10n.t('Record names another process'),
    remark: () => l10n.t('record differs'),
  },
  inheritedLock: { title: () => l10n.t('Inherited lock'), remark: () => l10n.t('inherited') },
  stoppedHolder: { title: () => l10n.t('Holder is stopped'), remark: () => l10n.t('stopped') },
  filesLeftOut: {
    title: () => l10n.t('More files than are watched'),
    remark: () => l10n.t('files left out'),
  },
  waiters: { title: () => l10n.t('Processes are waiting for the lock'), remark: () => l10n.t('has waiters') },
};

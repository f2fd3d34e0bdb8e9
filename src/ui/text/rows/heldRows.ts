/** The Held Locks view as plain data: lslocks(8) as rows. */
import * as l10n from '@vscode/l10n';
import { commandLine } from '../../../model/processes/process';
import type { ProcessFacts } from '../../../model/facts';
import { unknownPidText } from '../../../model/lockText';
import { assertNever } from '../../../common/assertNever';
import { defined } from '../../../common/defined';
import type { HeldLock } from '../../../os/platform';
import { capabilities, type Capability } from '../../../contributions';
import { pidAndProgram } from './processText';
import { codeSpan, inert, markdownText } from '../words/sanitize';
import { lockKindWord } from '../words/stateText';
import { since } from '../words/time';
import { paragraphs } from '../pages/markdown';
import { sqliteRole, sqliteRoleText } from '../../../model/sqlite';
import { processFacts } from '../pages/processFacts';

export const heldLockOrders = ['file', 'holder', 'kind', 'age'] as const;
export type HeldLockOrder = (typeof heldLockOrders)[number];

export interface HeldRow {
  id: string;
  label: string;
  description: string;
  spoken: string;
  icon: string;
  capabilities: readonly Capability[];
  lock: HeldLock;
}

export interface HeldRowContext {
  now: number;
  shorten: (path: string) => string;
  /** Is the file part of a watched service already? */
  watched: (path: string) => boolean;
}

export function heldRow(lock: HeldLock, context: HeldRowContext): HeldRow {
  const short = context.shorten(lock.path);
  const path = inert(short);
  // Below the workspace its relative path; elsewhere the name first, since long paths are cut at their end.
  const { label, folder } = isElsewhere(short) ? splitPath(path) : { label: path, folder: '' };
  const start = startOf(lock);
  // In a narrow side bar the end of a row is cut off: who holds it comes first, the kind last.
  const parts = [
    holderText(lock),
    start === undefined ? '' : since(start, context.now),
    lock.deletedInode ? l10n.t('file deleted') : '',
    lock.waiters.length === 0 ? '' : l10n.t('{0} waiting', lock.waiters.length),
  ].filter((part) => part !== '');
  const kind = kindWord(lock);
  const watched = context.watched(lock.path);
  const can: Capability[] = [capabilities.evidence];
  if (!watched && !lock.deletedInode) {
    can.push(capabilities.watch);
  }
  if (!lock.deletedInode) {
    can.push(capabilities.openFile);
  }
  if (lock.holders.length > 0) {
    can.push(capabilities.copyPid, capabilities.terminate);
  }
  return {
    id: lock.id,
    label,
    description: [...parts, folder, kind].filter((part) => part !== '').join(' · '),
    spoken: [path, ...parts, kind, watched ? l10n.t('watched') : ''].filter((part) => part !== '').join(', '),
    icon: watched ? 'eye' : lock.access === 'read' ? 'book' : 'lock',
    capabilities: can,
    lock,
  };
}

export function compareHeldLocks(order: HeldLockOrder): (a: HeldLock, b: HeldLock) => number {
  const byPath = (a: HeldLock, b: HeldLock): number => compare(a.path, b.path) || compare(a.id, b.id);
  switch (order) {
    case 'file':
      return byPath;
    case 'holder':
      return (a, b) =>
        (a.holders[0]?.process.pid ?? Infinity) - (b.holders[0]?.process.pid ?? Infinity) || byPath(a, b);
    case 'kind':
      return (a, b) => compare(a.kind, b.kind) || byPath(a, b);
    case 'age':
      return (a, b) => (startOf(a) ?? Infinity) - (startOf(b) ?? Infinity) || byPath(a, b);
    default:
      return assertNever(order);
  }
}

/** Every word of the filter occurs in the path, the kind, a pid, a user or a command line. */
export function matchesFilter(lock: HeldLock, filter: string): boolean {
  const text = [
    lock.path,
    lock.kind,
    lock.access,
    ...lock.holders.flatMap(({ process }) => [
      `pid ${process.pid}`,
      process.user ?? '',
      commandLine(process),
    ]),
  ]
    .join('\n')
    .toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

export function heldTooltip(lock: HeldLock): string {
  return paragraphs([
    codeSpan(lock.path),
    kindWord(lock),
    ...lock.holders.slice(0, 5).map(({ process, inherited }) => holderFacts(process, inherited)),
    lock.unknown === undefined ? '' : markdownText(unknownPidText(lock)),
    lock.deletedInode
      ? l10n.t('The locked file has been deleted; the path names another file now, or none.')
      : '',
    lock.waiters.length === 0 ? '' : l10n.t('Waiting: {0}', lock.waiters.join(', ')),
  ]);
}

/** Its parent and its supervisor say nothing of the lock. */
function holderFacts(process: ProcessFacts, inherited: boolean): string {
  const { pid, startTime, user, cwd } = process;
  const shown = { pid, command: commandLine(process), ...defined({ startTime, user, cwd }) };
  return processFacts(shown, inherited ? l10n.t('inherited') : '');
}

function holderText(lock: HeldLock): string {
  const [first] = lock.holders;
  if (first === undefined) {
    return l10n.t('pid unknown');
  }
  if (lock.holders.length === 1) {
    return pidAndProgram(first.process.pid, commandLine(first.process));
  }
  const pids = lock.holders
    .map(({ process }) => process.pid)
    .sort((a, b) => a - b)
    .slice(0, 3);
  const more = lock.holders.length - pids.length;
  return more === 0
    ? l10n.t('pids {0}', pids.join(', '))
    : l10n.t('pids {0} and {1} more', pids.join(', '), more);
}

/** What a byte range means to SQLite says more than its kind. */
function kindWord(lock: HeldLock): string {
  const role = sqliteRole(lock.path, lock);
  return role === undefined ? lockKindWord(lock.kind, lock.access) : sqliteRoleText(role);
}

function isElsewhere(path: string): boolean {
  return /^(?:[/\\~]|[A-Za-z]:)/.test(path);
}

function splitPath(path: string): { label: string; folder: string } {
  const at = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
  return { label: path.slice(at + 1) || path, folder: path.slice(0, Math.max(at, 1)) };
}

function startOf(lock: HeldLock): number | undefined {
  const starts = lock.holders.flatMap(({ process }) => process.startTime ?? []);
  return starts.length === 0 ? undefined : Math.min(...starts);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

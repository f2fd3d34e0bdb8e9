/** A row of the Held Locks view as plain data: lslocks(8), said for a narrow side bar. */
import * as l10n from '@vscode/l10n';
import { commandLine } from '../../../model/processes/process';
import type { HolderFacts, ProcessFacts } from '../../../model/facts';
import { unknownPidText } from '../../../model/lockText';
import { defined } from '../../../common/defined';
import type { HeldLock } from '../../../os/platform';
import { capabilities, type Capability } from '../../../contributions';
import { fileFirst, splitPath, type FileAndHolder } from './narrow';
import {
  fewPids,
  pidAndName,
  pidAndProgram,
  processFirst,
  programName,
  ROOMY_NAME_LIMIT,
} from './processText';
import { codeSpan, inert, markdownText } from '../words/sanitize';
import { lockKindWord } from '../words/stateText';
import { since, sinceSpoken } from '../words/time';
import { paragraphs } from '../pages/markdown';
import { sqliteRole, sqliteRoleText } from '../../../model/sqlite';
import { processFacts } from '../pages/processFacts';

export interface HeldRow {
  id: string;
  label: string;
  description: string;
  spoken: string;
  icon: string;
  capabilities: readonly Capability[];
  /** What the row names first. */
  about: 'process' | 'file';
  /** What the row stands for: one lock, or all of its group. */
  locks: readonly HeldLock[];
  /** The file, where the row is about one. */
  path?: string;
  /** The process, where the row is about one. */
  process?: ProcessFacts;
  /** How many rows are below it. They are made one by one, when they are wanted: most groups stay closed. */
  childCount: number;
  childAt: (index: number) => HeldRow | undefined;
}

/** A lock, and who of its holders the row is about. */
export interface Hold {
  lock: HeldLock;
  /** Empty: not known. */
  holders: readonly HolderFacts[];
}

/** What a row names first; below the row of its group it does not repeat what that says. */
export type HeldRowForm = 'processFirst' | 'fileFirst' | 'fileOfProcess' | 'processOfFile';

export interface HeldRowContext {
  now: number;
  shorten: (path: string) => string;
  /** Is the file part of a watched service already? */
  watched: (path: string) => boolean;
}

/** The row of one lock. In a narrow side bar its end is cut off: who holds it comes first, the kind last. */
export function heldRow(hold: Hold, id: string, form: HeldRowForm, context: HeldRowContext): HeldRow {
  const { lock, holders } = hold;
  const { path } = lock;
  const { file, folder } = fileText(path, context);
  const short = splitPath(inert(context.shorten(path)));
  const narrow = fileAndHolder(path, holders, context);
  const start = startOf(holders);
  const watched = context.watched(path);
  const notes = notesOf(hold);
  const age = start === undefined ? '' : since(start, context.now);
  const kind = kindWord(lock);
  const process = soleProcess(holders);
  const texts: Record<HeldRowForm, readonly [label: string, ...parts: string[]]> = {
    processFirst: [narrowWho(holders), short.file, ...notes, age, short.folder, kind],
    fileFirst: [narrow.label, narrow.who, ...notes, age, narrow.rest, kind],
    fileOfProcess: [file, ...notes, folder, kind],
    processOfFile: [narrowWho(holders), ...notes, age, kind],
  };
  const [label, ...parts] = texts[form];
  return {
    id,
    label,
    description: parts.filter((part) => part !== '').join(' · '),
    spoken: spokenOf(hold, form, context),
    icon: watched ? 'eye' : lock.access === 'read' ? 'book' : 'lock',
    capabilities: capabilitiesOf({ locks: [lock], path, process }, context),
    about: form === 'processFirst' || form === 'processOfFile' ? 'process' : 'file',
    locks: [lock],
    path,
    ...(process === undefined ? {} : { process }),
    childCount: 0,
    childAt: () => undefined,
  };
}

/** What can be done with a row: the same for one process and for one file, wherever they are shown. */
export function capabilitiesOf(
  { locks, path, process }: { locks: readonly HeldLock[]; path?: string; process?: ProcessFacts | undefined },
  { shorten, watched }: Pick<HeldRowContext, 'shorten' | 'watched'>,
): readonly Capability[] {
  const can: Capability[] = [capabilities.evidence];
  // A pid file has none.
  const isThere = locks.length === 0 || locks.some(({ deletedInode }) => !deletedInode);
  if (path !== undefined && isThere && !watched(path)) {
    can.push(capabilities.watch);
  }
  if (path !== undefined && isThere) {
    can.push(capabilities.openFile);
  }
  if (path !== undefined) {
    can.push(capabilities.copyPath);
  }
  if (path !== undefined && isThere && !isElsewhere(shorten(path))) {
    can.push(capabilities.reveal);
  }
  if (process !== undefined) {
    can.push(capabilities.process, capabilities.copyPid);
  }
  if (locks.some(({ holders }) => holders.length > 0)) {
    can.push(capabilities.terminate);
  }
  return can;
}

/**
 * Returns the file as a row names it: below the workspace its relative path; elsewhere its name, and apart from that its
 * folder, since a long path is cut off at its end.
 */
function fileText(
  path: string,
  { shorten }: Pick<HeldRowContext, 'shorten'>,
): { file: string; folder: string } {
  const short = shorten(path);
  return isElsewhere(short) ? splitPath(inert(short)) : { file: inert(short), folder: '' };
}

/** What stands first in a row that names its file and then its holder, so that a narrow side bar shows both. */
export function fileAndHolder(
  path: string,
  holders: readonly HolderFacts[],
  { shorten }: Pick<HeldRowContext, 'shorten'>,
): FileAndHolder {
  const short = shorten(path);
  return fileFirst(inert(short), isElsewhere(short), programOf(holders));
}

/** What stands first in a row that names its holder. */
export function narrowWho(holders: readonly HolderFacts[]): string {
  const [first] = holders;
  return first === undefined || holders.length > 1
    ? whoText(holders)
    : processFirst(first.process.pid, commandLine(first.process));
}

/** The program's name, and what makes "pid 4242 bot.py" of it; of several holders there is only one way to name them. */
function programOf(holders: readonly HolderFacts[]): { name: string; named: (name: string) => string } {
  const [first] = holders;
  return first === undefined || holders.length > 1
    ? { name: '', named: () => whoText(holders) }
    : {
        name: programName(commandLine(first.process), ROOMY_NAME_LIMIT),
        named: (name) => pidAndName(first.process.pid, name),
      };
}

/** "pid 4242 bot.py", "pids 1, 2, 3 and 4 more", "pid unknown". */
export function whoText(holders: readonly HolderFacts[]): string {
  const [first] = holders;
  if (first === undefined) {
    return l10n.t('pid unknown');
  }
  if (holders.length === 1) {
    return pidAndProgram(first.process.pid, commandLine(first.process));
  }
  return fewPids(holders.map(({ process }) => process.pid));
}

/** ms since the epoch: the start of the process that has run longest. */
export function startOf(holders: readonly HolderFacts[]): number | undefined {
  const starts = holders.flatMap(({ process }) => process.startTime ?? []);
  return starts.length === 0 ? undefined : Math.min(...starts);
}

/** A whole sentence for a screen reader: who holds which file, for how long, how. */
function spokenOf(
  { lock, holders }: Hold,
  form: HeldRowForm,
  { shorten, now, watched }: HeldRowContext,
): string {
  const path = inert(shorten(lock.path));
  const who = whoText(holders);
  const start = startOf(holders);
  const held =
    form === 'processFirst' || form === 'processOfFile'
      ? l10n.t('{0} holds {1}', who, path)
      : l10n.t('{0} is held by {1}', path, who);
  return [
    held,
    ...notesOf({ lock, holders }),
    start === undefined ? '' : sinceSpoken(start, now),
    kindWord(lock),
    watched(lock.path) ? l10n.t('watched') : '',
  ]
    .filter((part) => part !== '')
    .join(', ');
}

/** What the user must know of the lock before the rest. */
function notesOf({ lock, holders }: Hold): string[] {
  return [
    lock.deletedInode ? l10n.t('file deleted') : '',
    lock.waiters.length === 0 ? '' : l10n.t('{0} waiting', lock.waiters.length),
    holders.length > 0 && holders.every(({ inherited }) => inherited) ? l10n.t('inherited') : '',
  ];
}

function soleProcess(holders: readonly HolderFacts[]): ProcessFacts | undefined {
  return holders.length === 1 ? holders[0]?.process : undefined;
}

/** What resting the pointer on a row brings up: of a group the process, or the file and its holders. */
export function heldTooltip({ locks, process, path }: Pick<HeldRow, 'locks' | 'process' | 'path'>): string {
  const [lock] = locks;
  if (lock !== undefined && locks.length === 1) {
    return lockTooltip(lock);
  }
  if (process !== undefined) {
    return paragraphs([holderFacts(process, false), l10n.t('{0} locks', locks.length)]);
  }
  if (path === undefined) {
    return paragraphs(locks.slice(0, 5).map((each) => lockTooltip(each)));
  }
  const holders = locks.flatMap((each) => each.holders).slice(0, 5);
  return paragraphs([
    codeSpan(path),
    l10n.t('{0} locks', locks.length),
    ...holders.map((holder) => holderFacts(holder.process, holder.inherited)),
  ]);
}

/** Of one lock. */
function lockTooltip(lock: HeldLock): string {
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

/** What a byte range means to SQLite says more than its kind. */
function kindWord(lock: HeldLock): string {
  const role = sqliteRole(lock.path, lock);
  return role === undefined ? lockKindWord(lock.kind, lock.access) : sqliteRoleText(role);
}

/** Outside the workspace, where `shorten` leaves an absolute path. */
export function isElsewhere(path: string): boolean {
  return /^(?:[/\\~]|[A-Za-z]:)/.test(path);
}

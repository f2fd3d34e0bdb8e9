/** Who uses something, in the words of a quick pick: who, proven how, since when, what else it holds, where it runs. */
import * as l10n from '@vscode/l10n';
import { assertNever } from '../../../common/assertNever';
import { suspectReason } from '../../../model/ownerless/judge';
import { sqliteRoleText } from '../../../model/sqlite';
import { localTime } from '../../../model/text';
import type { Use, UseAnswer, User } from '../../../model/users';
import { programName, ROOMY_NAME_LIMIT } from '../rows/processText';
import { lockKindWord, proofWord } from './stateText';
import { since } from './time';

export interface UserRow {
  /** Without its icon; foreign text in it is not yet inert. */
  label: string;
  icon: string;
  description: string;
  detail: string;
}

/** So many of the other things that a user of it holds are named. */
const NAMED = 3;

export function userRow(
  user: User,
  answer: UseAnswer,
  now: number,
  shorten: (path: string) => string,
): UserRow {
  const { process, uses, locks = [], ports = [] } = user;
  const [first] = uses;
  const said = new Set(uses.flatMap(({ path, port }) => [path ?? '', port === undefined ? '' : `:${port}`]));
  const more = [...locks, ...ports.map((port) => `:${port}`)].filter((one) => !said.has(one));
  const start = process.startTime;
  return {
    label: l10n.t('pid {0} {1}', process.pid, programName(process.command, ROOMY_NAME_LIMIT)),
    icon: first === undefined ? 'question' : iconOf(first),
    description: [
      ...uses.map((use) => useWords(use, answer, shorten)),
      ...(start === undefined ? [] : [since(start, now)]),
    ].join(' · '),
    detail: [
      first === undefined ? '' : proofOf(first),
      process.command,
      process.cwd === undefined ? '' : l10n.t('in {0}', shorten(process.cwd)),
      start === undefined ? '' : l10n.t('started {0}', localTime(start)),
      process.user === undefined ? '' : l10n.t('user {0}', process.user),
      process.supervisor === undefined ? '' : l10n.t('in {0}', process.supervisor),
      more.length === 0 ? '' : l10n.t('also holds {0}', listed(more.map(shorten))),
    ]
      .filter((part) => part !== '')
      .join(' · '),
  };
}

const listed = (texts: readonly string[]): string =>
  texts.length <= NAMED
    ? texts.join(', ')
    : l10n.t('{0} and {1} more', texts.slice(0, NAMED).join(', '), texts.length - NAMED);

/** What it does with what was asked about; the path only where that is a folder and the use is below it. */
function useWords(use: Use, { path, isFolder }: UseAnswer, shorten: (path: string) => string): string {
  const where = use.path !== undefined && (use.path !== path || isFolder === true) ? shorten(use.path) : '';
  const words = [verbOf(use), where].filter((part) => part !== '').join(' ');
  return use.count === undefined ? words : l10n.t('{0} and {1} more', words, use.count - 1);
}

function verbOf({ kind, lock, port }: Use): string {
  switch (kind) {
    case 'lock':
      return lock?.role === undefined
        ? l10n.t('holds {0}', lockKindWord(lock?.kind, lock?.access))
        : sqliteRoleText(lock.role);
    case 'record':
      return l10n.t('is named by the record');
    case 'waits':
      return l10n.t('waits for the lock');
    case 'open':
      return l10n.t('has it open');
    case 'uses':
      return l10n.t('uses it');
    case 'directory':
      return l10n.t('works in it');
    case 'root':
      return l10n.t('has it as its root');
    case 'program':
      return l10n.t('runs it');
    case 'mapped':
      return l10n.t('has it mapped into memory');
    case 'listens':
      return l10n.t('listens on port {0}', port ?? '?');
    case 'mayHold':
      return l10n.t('may hold it');
    case 'instance':
      return l10n.t('is an instance of it');
    case 'named':
      return l10n.t('has this number');
    default:
      return assertNever(kind);
  }
}

function iconOf({ kind }: Use): string {
  switch (kind) {
    case 'lock':
      return 'lock';
    case 'record':
      return 'note';
    case 'waits':
      return 'watch';
    case 'open':
    case 'uses':
    case 'mapped':
      return 'file';
    case 'directory':
    case 'root':
      return 'folder';
    case 'program':
      return 'play';
    case 'listens':
      return 'plug';
    case 'mayHold':
      return 'lock';
    case 'instance':
      return 'server-process';
    case 'named':
      return 'question';
    default:
      return assertNever(kind);
  }
}

/** How sure it is, and by what. */
export function proofOf({ kind, proof, lock, suspect }: Use): string {
  switch (kind) {
    case 'lock':
      if (proof === 'proven' && lock?.kind === 'mandatory') {
        return l10n.t('proven: the file refuses other programs, and no other process uses it');
      }
      return proof === 'proven'
        ? l10n.t('proven: its own descriptor shows the lock')
        : l10n.t('not proven: the kernel lists it, but its own descriptors cannot be read');
    case 'record':
      return proof === 'proven'
        ? l10n.t('proven: the record names it and its start')
        : l10n.t('not proven: the record names its pid, and nothing contradicts it');
    case 'waits':
      return l10n.t('proven: the kernel lists it as waiting');
    case 'listens':
    case 'open':
      return l10n.t('proven: by its own descriptor');
    case 'directory':
    case 'root':
    case 'program':
    case 'mapped':
    case 'uses':
      return l10n.t('proven: the kernel shows it of this process');
    case 'mayHold':
      return suspect === undefined
        ? proofWord(proof)
        : l10n.t('not proven: {0}, and the file does not say who made it', suspectReason(suspect));
    case 'instance':
      return proofWord(proof);
    case 'named':
      return proof === 'plausible'
        ? l10n.t('not proven: only the number, and a program that fits')
        : l10n.t('not proven: only the number');
    default:
      return assertNever(kind);
  }
}

/** What the pick is about, as its title. */
export function useTitle({ path }: UseAnswer, about: string, shorten: (path: string) => string): string {
  return l10n.t('Who uses {0}?', path === undefined ? about : shorten(path));
}

/** Where no process can be named: why. */
export function nobodyText({ unknown, notes, isLeftOver }: UseAnswer): string {
  if (isLeftOver === true) return l10n.t('Probably left over');
  if (unknown.length > 0) return l10n.t('Held by an unknown process');
  return notes.length > 0 ? l10n.t('Unknown') : l10n.t('No process uses it, as far as this user can see');
}

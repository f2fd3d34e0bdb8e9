/** What could be watched, as rows of the empty Services view: files that are locked here, and live pid files. */
import * as l10n from '@vscode/l10n';
import { sortSteps, type Steps } from '../../../common/steps';
import type { HolderFacts } from '../../../model/facts';
import type { LiveRecord } from '../../../monitor/liveRecords';
import type { HeldLock } from '../../../os/platform';
import {
  capabilitiesOf,
  fileAndHolder,
  startOf,
  whoText,
  type HeldRow,
  type HeldRowContext,
} from './heldRows';
import { since, sinceSpoken } from '../words/time';
import { inert } from '../words/sanitize';

/** Rows at most: who has more finds them in Held Locks. */
const LIMIT = 50;

export interface Offers {
  rows: readonly HeldRow[];
  /** Says of the rows what they are; empty where there are none. */
  message: string;
}

/** One row for each file; of thousands of locks in some steps. A lock on a deleted file cannot be watched. */
export function* offerRows(
  locks: readonly HeldLock[],
  records: readonly LiveRecord[],
  context: HeldRowContext,
): Steps<Offers> {
  const files = new Map<string, HeldLock[]>();
  for (const lock of locks) {
    if (!lock.deletedInode) {
      const group = files.get(lock.path);
      if (group === undefined) files.set(lock.path, [lock]);
      else group.push(lock);
    }
  }
  yield;
  const held = [...files].map(([path, group]) => ({ path, locks: group }));
  const recorded = records.filter(({ path }) => !files.has(path));
  const all = yield* sortSteps([...held, ...recorded], (a, b) => (a.path < b.path ? -1 : 1));
  const rows: HeldRow[] = [];
  for (const each of all.slice(0, LIMIT)) {
    rows.push(yield* offerRow(offerOf(each), context));
    yield;
  }
  return { rows, message: messageFor(all.length) };
}

function offerOf(found: Pick<Offer, 'path' | 'locks'> | LiveRecord): Offer {
  const { path } = found;
  if ('process' in found) {
    return { path, locks: [], holders: [{ process: found.process, inherited: false, proven: false }] };
  }
  const { locks } = found;
  const holders = new Map(
    locks.flatMap((lock) => lock.holders).map((holder) => [holder.process.pid, holder]),
  );
  return { path, locks, holders: [...holders.values()] };
}

function messageFor(count: number): string {
  if (count === 0) {
    return '';
  }
  const sentence = l10n.t(
    'Nothing is watched yet. The files below are in use here; “Watch” on a row adds that file.',
  );
  return count <= LIMIT
    ? sentence
    : l10n.t('{0} {1} more are not shown; “Held Locks” lists every lock.', sentence, count - LIMIT);
}

interface Offer {
  path: string;
  /** Empty: it is a pid file. */
  locks: readonly HeldLock[];
  holders: readonly HolderFacts[];
}

/** The first row of a session takes ms, since nothing that makes it has run before: in steps. */
function* offerRow({ path, locks, holders }: Offer, context: HeldRowContext): Steps<HeldRow> {
  const who = whoText(holders);
  yield;
  const narrow = fileAndHolder(path, holders, context);
  yield;
  const start = startOf(holders);
  const isLocked = locks.length > 0;
  const process = holders.length === 1 ? holders[0]?.process : undefined;
  const what = isLocked ? l10n.t('held lock') : l10n.t('pid file');
  const name = inert(context.shorten(path));
  return {
    id: `offer/${path}`,
    label: narrow.label,
    description: [narrow.who, what, start === undefined ? '' : since(start, context.now), narrow.rest]
      .filter((part) => part !== '')
      .join(' · '),
    spoken: [
      isLocked ? l10n.t('{0} is held by {1}', name, who) : l10n.t('{0} is the pid file of {1}', name, who),
      start === undefined ? '' : sinceSpoken(start, context.now),
      l10n.t('not watched yet'),
    ]
      .filter((part) => part !== '')
      .join(', '),
    icon: isLocked ? 'lock' : 'note',
    capabilities: capabilitiesOf({ locks, path, process }, context),
    about: 'file',
    locks,
    path,
    ...(process === undefined ? {} : { process }),
    childCount: 0,
    childAt: () => undefined,
  };
}

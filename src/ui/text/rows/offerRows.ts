/** What could be watched, as rows of the empty Services view: files that are locked here, and live pid files. */
import * as l10n from '@vscode/l10n';
import type { HolderFacts } from '../../../model/facts';
import type { LiveRecord } from '../../../monitor/liveRecords';
import type { HeldLock } from '../../../os/platform';
import { capabilitiesOf, fileText, startOf, whoText, type HeldRow, type HeldRowContext } from './heldRows';
import { since, sinceSpoken } from '../words/time';
import { inert } from '../words/sanitize';

/** Rows at most: who has more finds them in Held Locks. */
const LIMIT = 50;

export interface Offers {
  rows: readonly HeldRow[];
  /** Says of the rows what they are; empty where there are none. */
  message: string;
}

/** One row for each file. A lock on a deleted file cannot be watched. */
export function offerRows(
  locks: readonly HeldLock[],
  records: readonly LiveRecord[],
  context: HeldRowContext,
): Offers {
  const files = new Map<string, HeldLock[]>();
  for (const lock of locks) {
    if (!lock.deletedInode) {
      const group = files.get(lock.path);
      if (group === undefined) files.set(lock.path, [lock]);
      else group.push(lock);
    }
  }
  const held = [...files].map(([path, group]): Offer => {
    const holders = new Map(
      group.flatMap((lock) => lock.holders).map((holder) => [holder.process.pid, holder]),
    );
    return { path, locks: group, holders: [...holders.values()] };
  });
  const recorded = records
    .filter(({ path }) => !files.has(path))
    .map(({ path, process }): Offer => ({
      path,
      locks: [],
      holders: [{ process, inherited: false, proven: false }],
    }));
  const offers = [...held, ...recorded].sort((a, b) => (a.path < b.path ? -1 : 1));
  const rows = offers.slice(0, LIMIT).map((offer) => offerRow(offer, context));
  return { rows, message: messageFor(offers.length) };
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

function offerRow({ path, locks, holders }: Offer, context: HeldRowContext): HeldRow {
  const { file, folder } = fileText(path, context);
  const who = whoText(holders);
  const start = startOf(holders);
  const isLocked = locks.length > 0;
  const process = holders.length === 1 ? holders[0]?.process : undefined;
  const what = isLocked ? l10n.t('held lock') : l10n.t('pid file');
  const name = inert(context.shorten(path));
  return {
    id: `offer/${path}`,
    label: file,
    description: [who, what, start === undefined ? '' : since(start, context.now), folder]
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

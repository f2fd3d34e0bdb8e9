/**
 * The rows of Held Locks, grouped by process or by file: whatever has several locks, or several holders, is one row with
 * its count, and what it counts is below it. A group of one is a single row.
 */
import * as l10n from '@vscode/l10n';
import { assertNever } from '../../../common/assertNever';
import { sortSteps, type Steps } from '../../../common/steps';
import type { HolderFacts } from '../../../model/facts';
import { commandLine } from '../../../model/processes/process';
import type { HeldLock } from '../../../os/platform';
import {
  capabilitiesOf,
  fileAndHolder,
  heldRow,
  narrowWho,
  startOf,
  whoText,
  type HeldRow,
  type HeldRowContext,
  type HeldRowForm,
  type Hold,
} from './heldRows';
import { since, sinceSpoken } from '../words/time';
import { inert } from '../words/sanitize';

/** What stands first in a row. */
export type HeldLockGrouping = 'process' | 'file';

export const heldLockOrders = ['file', 'holder', 'kind', 'age'] as const;
export type HeldLockOrder = (typeof heldLockOrders)[number];

/** How the rows come when no order was chosen: as they are grouped. */
export const usualOrder: Record<HeldLockGrouping, HeldLockOrder> = { process: 'holder', file: 'file' };

export interface HeldRowsOptions {
  grouping: HeldLockGrouping;
  order: HeldLockOrder;
}

/** The rows of the first level, in the order of the first lock of each; thousands take a few steps. */
export function* heldRowSteps(
  locks: readonly HeldLock[],
  { grouping, order }: HeldRowsOptions,
  context: HeldRowContext,
): Steps<HeldRow[]> {
  const holds: Hold[] = [];
  for (const lock of locks) {
    holds.push(...holdsOf(lock));
    yield;
  }
  const groups = new Map<string, Group>();
  for (const hold of yield* sortSteps(holds, compareHolds(order))) {
    const key = grouping === 'process' ? `process/${holderKey(hold.holders)}` : `file/${hold.lock.path}`;
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, [hold]);
    } else {
      group.push(hold);
    }
    yield;
  }
  const make = grouping === 'process' ? processRow : fileRow;
  const rows: HeldRow[] = [];
  for (const [id, group] of groups) {
    rows.push(make(id, group, context));
    yield;
  }
  return rows;
}

/** "12 locks, 5 processes": whose holder is unknown counts as a lock only. */
export interface HeldCounts {
  locks: number;
  processes: number;
}

export function* heldCounts(locks: readonly HeldLock[]): Steps<HeldCounts> {
  const processes = new Set<string>();
  for (const { holders } of locks) {
    for (const holder of holders) {
      processes.add(holderKey([holder]));
    }
    yield;
  }
  return { locks: locks.length, processes: processes.size };
}

export function lockCountText(locks: number): string {
  return locks === 1 ? l10n.t('1 lock') : l10n.t('{0} locks', locks);
}

export function heldCountText({ locks, processes }: HeldCounts): string {
  const held = lockCountText(locks);
  if (processes === 0) {
    return held;
  }
  return processes === 1 ? l10n.t('{0}, 1 process', held) : l10n.t('{0}, {1} processes', held, processes);
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

type Group = [Hold, ...Hold[]];

/** A lock counts with each of its holders. */
function holdsOf(lock: HeldLock): Hold[] {
  return lock.holders.length === 0
    ? [{ lock, holders: [] }]
    : lock.holders.map((holder) => ({ lock, holders: [holder] }));
}

/** A process is its pid and its start; all whose holder is unknown go together. */
function holderKey([holder]: readonly HolderFacts[]): string {
  if (holder === undefined) {
    return 'unknown';
  }
  const { pid, startTicks, startTime } = holder.process;
  return `${pid}@${startTicks ?? startTime ?? '?'}`;
}

function processRow(id: string, holds: Group, context: HeldRowContext): HeldRow {
  const [{ holders, lock }] = holds;
  if (holds.length === 1) {
    return heldRow({ holders, lock }, id, 'processFirst', context);
  }
  const locks = holds.map((hold) => hold.lock);
  const process = holders[0]?.process;
  const who = whoText(holders);
  const start = startOf(holders);
  const count = lockCountText(locks.length);
  return group(id, locks, 'fileOfProcess', holds, context, {
    label: narrowWho(holders),
    description: joined(' · ', [count, start === undefined ? '' : since(start, context.now)]),
    spoken: joined(', ', [
      l10n.t('{0} holds {1}', who, count),
      start === undefined ? '' : sinceSpoken(start, context.now),
    ]),
    icon: process === undefined ? 'question' : 'server-process',
    about: 'process',
    ...(process === undefined ? {} : { process }),
  });
}

function fileRow(id: string, holds: Group, context: HeldRowContext): HeldRow {
  const [{ lock, holders }] = holds;
  if (holds.length === 1) {
    return heldRow({ lock, holders }, id, 'fileFirst', context);
  }
  const { path } = lock;
  const locks = [...new Set(holds.map((hold) => hold.lock))];
  const holderCount = new Set(holds.map((hold) => holderKey(hold.holders))).size;
  const first = fileAndHolder(path, holders, context);
  const who = holderCount === 1 ? first.who : l10n.t('{0} and {1} more', first.who, holderCount - 1);
  // One process may hold several ranges of a file.
  const count = holderCount === 1 ? lockCountText(holds.length) : '';
  const watched = context.watched(path);
  return group(id, locks, 'processOfFile', holds, context, {
    label: first.label,
    description: joined(' · ', [who, count, first.rest]),
    spoken: joined(', ', [
      l10n.t('{0} is held by {1}', inert(context.shorten(path)), who),
      count,
      watched ? l10n.t('watched') : '',
    ]),
    icon: watched ? 'eye' : 'file',
    about: 'file',
    path,
  });
}

type GroupTexts = Pick<HeldRow, 'label' | 'description' | 'spoken' | 'icon' | 'about' | 'process' | 'path'>;

function group(
  id: string,
  locks: readonly HeldLock[],
  form: HeldRowForm,
  holds: Group,
  context: HeldRowContext,
  texts: GroupTexts,
): HeldRow {
  return {
    id,
    ...texts,
    capabilities: capabilitiesOf({ locks, ...texts }, context),
    locks,
    childCount: holds.length,
    childAt: (index) => {
      const hold = holds[index];
      return hold && heldRow(hold, `${id}/${hold.lock.id}/${holderKey(hold.holders)}`, form, context);
    },
  };
}

function compareHolds(order: HeldLockOrder): (a: Hold, b: Hold) => number {
  const pid = ({ holders }: Hold): number => holders[0]?.process.pid ?? Infinity;
  const start = ({ holders }: Hold): number => startOf(holders) ?? Infinity;
  const byPath = (a: Hold, b: Hold): number =>
    compare(a.lock.path, b.lock.path) || compare(a.lock.id, b.lock.id) || compare(pid(a), pid(b));
  switch (order) {
    case 'file':
      return byPath;
    case 'holder':
      return (a, b) => compare(pid(a), pid(b)) || byPath(a, b);
    case 'kind':
      return (a, b) => compare(a.lock.kind, b.lock.kind) || byPath(a, b);
    case 'age':
      return (a, b) => compare(start(a), start(b)) || byPath(a, b);
    default:
      return assertNever(order);
  }
}

function joined(separator: string, parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(separator);
}

function compare<T extends string | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

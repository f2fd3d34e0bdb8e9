/** Which rows of a tree look different now: the smallest set of nodes to redraw. */
import type { Row } from './rows';

export interface RowChanges {
  /** The list of roots itself differs: rows came, went or moved. */
  roots: boolean;
  /** Ids of rows to redraw (each redraw includes the row's children). Empty when `roots`. */
  ids: readonly string[];
}

export function diffRows(before: readonly Row[], after: readonly Row[]): RowChanges {
  if (!sameIds(before, after)) {
    return { roots: true, ids: [] };
  }
  const ids: string[] = [];
  collect(before, after, ids);
  return { roots: false, ids };
}

function collect(before: readonly Row[], after: readonly Row[], ids: string[]): void {
  after.forEach((row, index) => {
    const old = before[index];
    if (old === row) {
      return;
    }
    if (old === undefined || !looksSame(old, row) || !sameIds(old.children, row.children)) {
      ids.push(row.id);
    } else {
      collect(old.children, row.children, ids);
    }
  });
}

function looksSame(a: Row, b: Row): boolean {
  return (
    a.label === b.label &&
    a.description === b.description &&
    a.icon.name === b.icon.name &&
    a.icon.color === b.icon.color &&
    a.spoken === b.spoken &&
    a.detail === b.detail &&
    a.capabilities.join(' ') === b.capabilities.join(' ')
  );
}

function sameIds(a: readonly Row[], b: readonly Row[]): boolean {
  return a.length === b.length && a.every((row, index) => row.id === b[index]?.id);
}

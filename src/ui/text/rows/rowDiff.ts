/** Which rows of a tree look different now: the smallest set of nodes to redraw. */
import { sameTexts } from '../../../common/sameTexts';
import type { Row } from './rows';

export interface RowChanges {
  /** The list of roots itself differs: rows came, went or moved. */
  roots: boolean;
  /** Ids of rows to redraw (each redraw includes the row's children). Empty when `roots`. */
  ids: readonly string[];
}

/** `isOpened`: whether the rows below that one have ever been asked for; what no one has seen needs no redraw. */
export function diffRows(
  before: readonly Row[],
  after: readonly Row[],
  isOpened: (id: string) => boolean,
): RowChanges {
  if (!sameIds(before, after)) {
    return { roots: true, ids: [] };
  }
  const ids: string[] = [];
  const collect = (olds: readonly Row[], rows: readonly Row[]): void =>
    rows.forEach((row, index) => {
      const old = olds[index];
      if (old === row) {
        return;
      }
      if (old === undefined || !looksSame(old, row)) {
        ids.push(row.id);
      } else if (isOpened(row.id)) {
        if (sameIds(old.children, row.children)) collect(old.children, row.children);
        else ids.push(row.id);
      }
    });
  collect(before, after);
  return { roots: false, ids };
}

function looksSame(a: Row, b: Row): boolean {
  return (
    a.label === b.label &&
    a.description === b.description &&
    a.icon.name === b.icon.name &&
    a.icon.color === b.icon.color &&
    a.spoken === b.spoken &&
    a.detail === b.detail &&
    a.hasChildren === b.hasChildren &&
    sameTexts(a.capabilities, b.capabilities)
  );
}

function sameIds(a: readonly Row[], b: readonly Row[]): boolean {
  return a.length === b.length && a.every((row, index) => row.id === b[index]?.id);
}

/** The rows of Held Locks that VS Code knows, kept by their id: a row that changed is put on the node that it had. */
import * as vscode from 'vscode';
import { rowClicked } from '../../contributions';
import { sameTexts } from '../../common/sameTexts';
import { inTurns, type Steps } from '../../common/steps';
import type { HeldRow } from '../text/rows/heldRows';

/** A row's identity for VS Code: one object per id for as long as the row exists. */
export class HeldLockNode {
  row: HeldRow;
  readonly parent: HeldLockNode | undefined;
  /** undefined: VS Code has not asked for them. */
  children: HeldLockNode[] | undefined;

  constructor(row: HeldRow, parent?: HeldLockNode) {
    this.row = row;
    this.parent = parent;
  }

  item(): vscode.TreeItem {
    const { row } = this;
    const { Collapsed, None } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(row.label, row.childCount > 0 ? Collapsed : None);
    item.id = row.id;
    item.description = row.description;
    item.iconPath = new vscode.ThemeIcon(row.icon);
    item.contextValue = row.capabilities.join(' ');
    item.accessibilityInformation = { label: row.spoken };
    item.command = { command: rowClicked, title: '', arguments: [this] };
    return item;
  }
}

export class HeldLockNodes {
  #roots: readonly HeldLockNode[] = [];
  /** The newest call of `show`: an older one that is still making rows gives up. */
  #run = 0;

  get roots(): readonly HeldLockNode[] {
    return this.#roots;
  }

  /** Returns the nodes below one, made in slices when VS Code first asks for them. */
  async childrenOf(node: HeldLockNode): Promise<HeldLockNode[]> {
    while (node.children === undefined) {
      const { row } = node;
      const rows = await inTurns(childRowsOf(row));
      if (node.row === row) {
        node.children ??= rows.map((child) => new HeldLockNode(child, node));
      }
    }
    return node.children;
  }

  /** Shows these rows from now on. Returns the nodes that look different; undefined: the list itself does. */
  async show(rows: readonly HeldRow[]): Promise<readonly HeldLockNode[] | undefined> {
    const run = ++this.#run;
    const placed = await inTurns(this.#place(rows));
    if (run !== this.#run) {
      return [];
    }
    const redraw = placed.flatMap(put);
    const nodes = placed.map(({ node }) => node);
    const isSameList = isSame(this.#roots, nodes);
    this.#roots = nodes;
    return isSameList ? redraw : undefined;
  }

  /** Finds the node of each row, and changes none: what overtakes this compares with what is shown. */
  *#place(rows: readonly HeldRow[]): Steps<Placed[]> {
    const known = new Map(this.#roots.map((node) => [node.row.id, node]));
    const placed: Placed[] = [];
    for (const row of rows) {
      const node = known.get(row.id) ?? new HeldLockNode(row);
      const below = node.children === undefined ? undefined : yield* childRowsOf(row);
      placed.push({ node, row, looksSame: sameRow(node.row, row), below });
      yield;
    }
    return placed;
  }
}

/** A row, its node, and the rows below it where VS Code has asked for them. */
interface Placed {
  node: HeldLockNode;
  row: HeldRow;
  looksSame: boolean;
  below: readonly HeldRow[] | undefined;
}

/** Puts a row and the rows below it on their nodes. Returns those that look different. */
function put({ node, row, looksSame, below }: Placed): HeldLockNode[] {
  node.row = row;
  const { children } = node;
  if (children === undefined || below === undefined) {
    // Opened between: its rows are made again from the new one when they are asked for.
    node.children = undefined;
    return looksSame ? [] : [node];
  }
  const known = new Map(children.map((child) => [child.row.id, child]));
  const redraw: HeldLockNode[] = [];
  const next = below.map((childRow) => {
    const child = known.get(childRow.id) ?? new HeldLockNode(childRow, node);
    if (!sameRow(child.row, childRow)) {
      redraw.push(child);
    }
    child.row = childRow;
    return child;
  });
  node.children = next;
  // The redraw of a row includes what is below it.
  return looksSame && isSame(children, next) ? redraw : [node];
}

function* childRowsOf(row: HeldRow): Steps<HeldRow[]> {
  const rows: HeldRow[] = [];
  for (let index = 0; index < row.childCount; index++) {
    const child = row.childAt(index);
    if (child !== undefined) {
      rows.push(child);
    }
    yield;
  }
  return rows;
}

function isSame(a: readonly HeldLockNode[], b: readonly HeldLockNode[]): boolean {
  return a.length === b.length && a.every((node, index) => node === b[index]);
}

function sameRow(a: HeldRow, b: HeldRow): boolean {
  return (
    a === b ||
    (a.label === b.label &&
      a.description === b.description &&
      a.spoken === b.spoken &&
      a.icon === b.icon &&
      a.childCount > 0 === b.childCount > 0 &&
      sameTexts(a.capabilities, b.capabilities))
  );
}

/** The rows that VS Code knows, kept by their id: a row that changed is put on the node that it had. */
import * as vscode from 'vscode';
import { commands, rowClicked } from '../../contributions';
import type { Row } from '../text/rows/rows';

/** A row's identity for VS Code: one object per id for as long as the row exists. */
export class ServiceNode {
  /** undefined: VS Code has not asked for them. */
  children: ServiceNode[] | undefined;
  row: Row;
  readonly parent: ServiceNode | undefined;

  constructor(row: Row, parent: ServiceNode | undefined) {
    this.row = row;
    this.parent = parent;
  }

  item(): vscode.TreeItem {
    const { row } = this;
    const item = new vscode.TreeItem(
      row.label,
      row.hasChildren ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None,
    );
    item.id = row.id;
    item.description = row.description;
    item.iconPath = new vscode.ThemeIcon(
      row.icon.name,
      row.icon.color === undefined ? undefined : new vscode.ThemeColor(row.icon.color),
    );
    item.contextValue = row.capabilities.join(' ');
    item.accessibilityInformation = { label: row.spoken };
    item.command =
      row.subject.kind === 'finding'
        ? { command: commands.showEvidence, title: vscode.l10n.t('Show Evidence'), arguments: [this] }
        : { command: rowClicked, title: '', arguments: [this] };
    return item;
  }
}

export class ServiceNodes {
  /** By row id, every level. */
  readonly #nodes = new Map<string, ServiceNode>();

  get(id: string): ServiceNode | undefined {
    return this.#nodes.get(id);
  }

  /** Reports whether VS Code has asked for the children of the row. */
  readonly isOpened = (id: string): boolean => this.#nodes.get(id)?.children !== undefined;

  childrenOf(node: ServiceNode): ServiceNode[] {
    return (node.children ??= node.row.children.map((row) => this.put(row, node)));
  }

  /** Puts a row and its children on the nodes that VS Code already knows. */
  put(row: Row, parent: ServiceNode | undefined): ServiceNode {
    let node = this.#nodes.get(row.id);
    if (node?.row === row) {
      return node;
    }
    if (node === undefined) {
      node = new ServiceNode(row, parent);
      this.#nodes.set(row.id, node);
      return node;
    }
    node.row = row;
    if (node.children !== undefined) {
      const opened = node;
      const kept = new Set(row.children.map(({ id }) => id));
      for (const child of node.children) {
        if (!kept.has(child.row.id)) {
          this.forget(child.row.id);
        }
      }
      node.children = row.children.map((child) => this.put(child, opened));
    }
    return node;
  }

  forget(id: string): void {
    const node = this.#nodes.get(id);
    this.#nodes.delete(id);
    node?.children?.forEach((child) => this.forget(child.row.id));
  }
}

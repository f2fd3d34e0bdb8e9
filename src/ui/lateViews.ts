/** What VS Code knows by name from the start, and what it shows once there is something to show it. */
import * as vscode from 'vscode';
import { Later } from '../common/later';
import { documentScheme } from '../contributions';
import { DisposableList } from './disposables';
import type { Pages } from './ui';

/** A view whose rows come from a provider that is loaded when VS Code first asks for rows. */
export class LateTree<Node> implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly view: vscode.TreeView<Node>;
  readonly #disposables = new DisposableList();
  readonly #changes = this.#disposables.add(new vscode.EventEmitter<Node | Node[] | undefined>());
  readonly #load: () => Promise<unknown>;
  readonly #items = new Later();
  #provider: vscode.TreeDataProvider<Node> | undefined;

  readonly onDidChangeTreeData = this.#changes.event;

  /** `load` resolves after it has called `provide`. */
  constructor(id: string, load: () => Promise<unknown>) {
    this.#load = load;
    this.view = this.#disposables.add(
      vscode.window.createTreeView(id, { treeDataProvider: this, showCollapseAll: true }),
    );
  }

  provide(provider: vscode.TreeDataProvider<Node>): void {
    this.#provider = provider;
    const told = provider.onDidChangeTreeData?.((nodes) => this.#changes.fire(nodes ?? undefined));
    if (told !== undefined) {
      this.#disposables.add(told);
    }
  }

  getChildren(node?: Node): vscode.ProviderResult<Node[]> {
    return this.#provider === undefined
      ? this.#load().then(() => this.#provider?.getChildren(node))
      : this.#provider.getChildren(node);
  }

  /** VS Code asks for all rows of a list, or all that have changed, at once: thousands would hold up the window. */
  getTreeItem(node: Node): Promise<vscode.TreeItem> {
    return this.#items.do(() => this.#provider?.getTreeItem(node) ?? new vscode.TreeItem(''));
  }

  getParent(node: Node): vscode.ProviderResult<Node> {
    return this.#provider?.getParent?.(node);
  }

  resolveTreeItem(
    item: vscode.TreeItem,
    node: Node,
    token: vscode.CancellationToken,
  ): vscode.ProviderResult<vscode.TreeItem> {
    return this.#provider?.resolveTreeItem?.(item, node, token) ?? item;
  }

  dispose(): void {
    this.#disposables.dispose();
  }
}

/** Evidence and history: a window that is opened again may ask for a page before anything is loaded. */
export class LateDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #disposables = new DisposableList();
  readonly #load: () => Promise<Pages>;
  /** Fired when a page says something else now. */
  readonly changes = this.#disposables.add(new vscode.EventEmitter<vscode.Uri>());
  readonly onDidChange = this.changes.event;

  constructor(load: () => Promise<Pages>) {
    this.#load = load;
    this.#disposables.add(vscode.workspace.registerTextDocumentContentProvider(documentScheme, this));
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    return (await this.#load()).provideTextDocumentContent(uri);
  }

  dispose(): void {
    this.#disposables.dispose();
  }
}

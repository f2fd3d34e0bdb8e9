import * as vscode from 'vscode';
import { messageOf } from '../../common/errors';
import { commands, contextKeys, views } from '../../contributions';
import { assertNever } from '../../common/assertNever';
import type { Monitor } from '../../monitor/monitor';
import type { HeldLock } from '../../os/platform';
import type { Config } from '../settings/config';
import { DisposableList } from '../disposables';
import { shortenPath } from '../paths';
import {
  compareHeldLocks,
  heldLockOrders,
  heldRow,
  heldTooltip,
  matchesFilter,
  type HeldLockOrder,
  type HeldRow,
  type HeldRowContext,
} from '../text/rows/heldRows';

type Scope = 'workspace' | 'all';
const SCOPE = 'heldLocks.scope';
const ORDER = 'heldLocks.order';

export class HeldLockNode {
  row: HeldRow;

  constructor(row: HeldRow) {
    this.row = row;
  }
}

/** Every kernel lock that can be named, read only while someone looks at the view. */
export class HeldLocksView implements vscode.TreeDataProvider<HeldLockNode>, vscode.Disposable {
  readonly #monitor: Monitor;
  readonly #config: Config;
  readonly #state: vscode.Memento;
  readonly #disposables = new DisposableList();
  readonly #changes = this.#disposables.add(new vscode.EventEmitter<HeldLockNode | undefined>());
  readonly #view: vscode.TreeView<HeldLockNode>;
  readonly #nodes = new Map<string, HeldLockNode>();
  #order: readonly HeldLockNode[] = [];
  #locks: readonly HeldLock[] = [];
  #filter = '';
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The read whose result counts; an older one that answers late is dropped. */
  #read = 0;

  readonly onDidChangeTreeData = this.#changes.event;

  constructor(monitor: Monitor, config: Config, workspaceState: vscode.Memento) {
    this.#monitor = monitor;
    this.#config = config;
    this.#state = workspaceState;
    this.#view = this.#disposables.add(
      vscode.window.createTreeView(views.heldLocks, { treeDataProvider: this }),
    );
    const register = (command: string, run: () => unknown): void => {
      this.#disposables.add(vscode.commands.registerCommand(command, run));
    };
    register(commands.heldLocksOfWorkspace, () => this.#setScope('workspace'));
    register(commands.heldLocksOfAll, () => this.#setScope('all'));
    register(commands.heldLocksSort, () => this.#askOrder());
    register(commands.heldLocksFilter, () => this.#askFilter());
    register(commands.heldLocksClearFilter, () => this.#setFilter(''));
    this.#disposables.add(this.#view.onDidChangeVisibility(() => void this.refresh()));
    this.#disposables.add(vscode.workspace.onDidChangeWorkspaceFolders(() => this.#scopeChanged()));
    // "Watch" on a row follows what the services watch.
    this.#disposables.add(monitor.onDidChange(({ membership }) => membership && this.#show()));
    this.#disposables.add(
      monitor.onDidChangeStatus(({ kind }) => {
        if (kind === 'watching') {
          void this.refresh();
        }
      }),
    );
    this.#disposables.add({ dispose: () => clearTimeout(this.#timer) });
    this.#scopeChanged();
    this.#describe();
  }

  /** Reads now if the view can be seen, and goes on at the poll interval while it can. */
  async refresh(): Promise<void> {
    clearTimeout(this.#timer);
    if (!this.#view.visible) {
      return;
    }
    const read = ++this.#read;
    try {
      const locks = await this.#monitor.heldLocks(this.#under());
      if (read !== this.#read) {
        return;
      }
      this.#locks = locks;
      this.#setMessage('');
      this.#show();
    } catch (error) {
      if (read !== this.#read) {
        return;
      }
      this.#setMessage(vscode.l10n.t('The last check failed: {0}', messageOf(error)));
    }
    if (this.#monitor.status.kind !== 'paused') {
      this.#timer = setTimeout(() => void this.refresh(), this.#config.current.monitor.pollIntervalMs);
    }
  }

  getChildren(node?: HeldLockNode): HeldLockNode[] {
    return node === undefined ? [...this.#order] : [];
  }

  getTreeItem({ row }: HeldLockNode): vscode.TreeItem {
    const item = new vscode.TreeItem(row.label);
    item.id = row.id;
    item.description = row.description;
    item.iconPath = new vscode.ThemeIcon(row.icon);
    item.contextValue = row.capabilities.join(' ');
    item.accessibilityInformation = { label: row.spoken };
    return item;
  }

  resolveTreeItem(item: vscode.TreeItem, { row }: HeldLockNode): vscode.TreeItem {
    item.tooltip = new vscode.MarkdownString(heldTooltip(row.lock));
    return item;
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #show(): void {
    const watched = new Set(
      this.#monitor.snapshot.services.flatMap(({ lockFiles, pidFiles }) =>
        [...lockFiles, ...pidFiles].map(({ path }) => path),
      ),
    );
    const context: HeldRowContext = {
      now: Date.now(),
      shorten: shortenPath,
      watched: (path) => watched.has(path),
    };
    const locks = this.#locks
      .filter((lock) => this.#filter === '' || matchesFilter(lock, this.#filter))
      .sort(compareHeldLocks(this.#sortedBy()));
    const before = this.#order;
    const redraw: HeldLockNode[] = [];
    this.#order = locks.map((lock) => {
      const row = heldRow(lock, context);
      const node = this.#nodes.get(lock.id) ?? new HeldLockNode(row);
      if (!sameRow(node.row, row)) {
        redraw.push(node);
      }
      node.row = row;
      return node;
    });
    this.#nodes.clear();
    this.#order.forEach((node) => this.#nodes.set(node.row.id, node));
    const sameList =
      before.length === this.#order.length && before.every((node, index) => node === this.#order[index]);
    if (!sameList) {
      this.#changes.fire(undefined);
    } else {
      redraw.forEach((node) => this.#changes.fire(node));
    }
  }

  #under(): string[] | undefined {
    if (this.#scope() === 'all') {
      return undefined;
    }
    return (vscode.workspace.workspaceFolders ?? [])
      .filter(({ uri }) => uri.scheme === 'file')
      .map(({ uri }) => uri.fsPath);
  }

  #scope(): Scope {
    const folders = vscode.workspace.workspaceFolders?.length ?? 0;
    return folders === 0 || this.#state.get(SCOPE) === 'all' ? 'all' : 'workspace';
  }

  async #setScope(scope: Scope): Promise<void> {
    await this.#state.update(SCOPE, scope);
    this.#scopeChanged();
  }

  #scopeChanged(): void {
    void vscode.commands.executeCommand('setContext', contextKeys.heldLocksScope, this.#scope());
    this.#describe();
    void this.refresh();
  }

  #sortedBy(): HeldLockOrder {
    const stored = this.#state.get<unknown>(ORDER);
    return heldLockOrders.find((order) => order === stored) ?? 'file';
  }

  async #askOrder(): Promise<void> {
    const present = this.#sortedBy();
    const picked = await vscode.window.showQuickPick(
      heldLockOrders.map((order) => ({
        order,
        label: orderLabel(order),
        ...(order === present ? { description: vscode.l10n.t('now') } : {}),
      })),
      { placeHolder: vscode.l10n.t('Sort held locks by') },
    );
    if (picked !== undefined) {
      await this.#state.update(ORDER, picked.order);
      this.#show();
    }
  }

  async #askFilter(): Promise<void> {
    const filter = await vscode.window.showInputBox({
      title: vscode.l10n.t('Filter Held Locks'),
      prompt: vscode.l10n.t('Matches words in the path, lock kind, pid, user or command line.'),
      value: this.#filter,
    });
    if (filter !== undefined) {
      this.#setFilter(filter.trim());
    }
  }

  #setFilter(filter: string): void {
    this.#filter = filter;
    void vscode.commands.executeCommand('setContext', contextKeys.heldLocksFiltered, filter !== '');
    this.#describe();
    this.#show();
  }

  #describe(): void {
    const scope = this.#scope() === 'all' ? vscode.l10n.t('all') : vscode.l10n.t('workspace');
    this.#view.description =
      this.#filter === '' ? scope : vscode.l10n.t('{0}, filter: {1}', scope, this.#filter);
  }

  #setMessage(message: string): void {
    if ((this.#view.message ?? '') !== message) {
      this.#view.message = message;
    }
  }
}

function sameRow(a: HeldRow, b: HeldRow): boolean {
  return (
    a.label === b.label &&
    a.description === b.description &&
    a.spoken === b.spoken &&
    a.icon === b.icon &&
    a.capabilities.join(' ') === b.capabilities.join(' ')
  );
}

function orderLabel(order: HeldLockOrder): string {
  switch (order) {
    case 'file':
      return vscode.l10n.t('File');
    case 'holder':
      return vscode.l10n.t('Holder');
    case 'kind':
      return vscode.l10n.t('Kind of lock');
    case 'age':
      return vscode.l10n.t('Age of the holder');
    default:
      return assertNever(order);
  }
}

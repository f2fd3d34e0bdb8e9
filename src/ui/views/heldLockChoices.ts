/** What Held Locks shows and how: its scope, grouping, order and filter, and the commands that change them. */
import * as vscode from 'vscode';
import { assertNever } from '../../common/assertNever';
import { commands } from '../../contributions';
import type { HeldLock } from '../../os/platform';
import type { ViewCommands } from '../commands/viewCommands';
import { DisposableList } from '../disposables';
import {
  heldCountText,
  heldLockOrders,
  matchesFilter,
  usualOrder,
  type HeldCounts,
  type HeldLockGrouping,
  type HeldLockOrder,
} from '../text/rows/heldGroups';
import {
  GROUPING,
  SCOPE,
  storedGrouping,
  storedScope,
  tellHeldLockContext,
  type HeldLockScope,
} from './heldLockState';

const ORDER = 'heldLocks.order';

export class HeldLockChoices implements vscode.Disposable {
  readonly #state: vscode.Memento;
  readonly #disposables = new DisposableList();
  readonly #changes = this.#disposables.add(new vscode.EventEmitter<{ scope: boolean }>());
  #filter = '';
  /** Only what this process holds, wherever that is. */
  #pid: number | undefined;

  /** `scope`: other locks are wanted, not only the same ones in another way. */
  readonly onDidChange = this.#changes.event;

  constructor(workspaceState: vscode.Memento, table: ViewCommands) {
    this.#state = workspaceState;
    table.handle(commands.heldLocksOfWorkspace, () => this.#setScope('workspace'));
    table.handle(commands.heldLocksOfAll, () => this.#setScope('all'));
    table.handle(commands.heldLocksByProcess, () => this.#set(GROUPING, 'process'));
    table.handle(commands.heldLocksByFile, () => this.#set(GROUPING, 'file'));
    table.handle(commands.heldLocksSort, () => this.#askOrder());
    table.handle(commands.heldLocksFilter, () => this.#askFilter());
    table.handle(commands.heldLocksClearFilter, () => this.#setFilter('', undefined));
    this.#disposables.add(vscode.workspace.onDidChangeWorkspaceFolders(() => this.#changed(true)));
    this.#tellContext();
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  /** The folders whose locks are wanted; undefined: all that can be seen. */
  get under(): string[] | undefined {
    return this.#scope === 'all' ? undefined : foldersHere();
  }

  get grouping(): HeldLockGrouping {
    return storedGrouping(this.#state);
  }

  get order(): HeldLockOrder {
    const stored = this.#state.get<unknown>(ORDER);
    return heldLockOrders.find((order) => order === stored) ?? usualOrder[this.grouping];
  }

  isWanted(lock: HeldLock): boolean {
    return (
      (this.#pid === undefined || lock.holders.some(({ process }) => process.pid === this.#pid)) &&
      (this.#filter === '' || matchesFilter(lock, this.#filter))
    );
  }

  /** Shows what this process holds, and nothing else, until the filter is cleared. */
  showProcess(pid: number): void {
    this.#setFilter('', pid);
  }

  /** What the view's title says of the locks that are shown: how many, how they are grouped and sorted, what is left out. */
  describe(shown: HeldCounts): string {
    const { grouping, order } = this;
    return [
      heldCountText(shown),
      grouping === 'process' ? vscode.l10n.t('by process') : vscode.l10n.t('by file'),
      order === usualOrder[grouping] ? '' : orderText(order),
      this.#scope === 'all' ? vscode.l10n.t('all') : '',
      this.#pid === undefined ? '' : vscode.l10n.t('only pid {0}', this.#pid),
      this.#filter === '' ? '' : vscode.l10n.t('filter: {0}', this.#filter),
    ]
      .filter((part) => part !== '')
      .join(' · ');
  }

  get #scope(): HeldLockScope {
    return this.#pid !== undefined ? 'all' : storedScope(this.#state);
  }

  async #setScope(scope: HeldLockScope): Promise<void> {
    await this.#state.update(SCOPE, scope);
    this.#pid = undefined;
    this.#changed(true);
  }

  async #set(key: string, value: string): Promise<void> {
    await this.#state.update(key, value);
    this.#changed(false);
  }

  async #askOrder(): Promise<void> {
    const present = this.order;
    const picked = await vscode.window.showQuickPick(
      heldLockOrders.map((order) => ({
        order,
        label: orderLabel(order),
        ...(order === present ? { description: vscode.l10n.t('now') } : {}),
      })),
      { placeHolder: vscode.l10n.t('Sort held locks by') },
    );
    if (picked !== undefined) {
      await this.#set(ORDER, picked.order);
    }
  }

  async #askFilter(): Promise<void> {
    const filter = await vscode.window.showInputBox({
      title: vscode.l10n.t('Filter Held Locks'),
      prompt: vscode.l10n.t('Matches words in the path, lock kind, pid, user or command line.'),
      value: this.#filter,
    });
    if (filter !== undefined) {
      this.#setFilter(filter.trim(), this.#pid);
    }
  }

  #setFilter(filter: string, pid: number | undefined): void {
    const scope = this.#scope;
    this.#filter = filter;
    this.#pid = pid;
    this.#changed(scope !== this.#scope);
  }

  #changed(scope: boolean): void {
    this.#tellContext();
    this.#changes.fire({ scope });
  }

  #tellContext(): void {
    tellHeldLockContext(this.#scope, this.grouping, this.#filter !== '' || this.#pid !== undefined);
  }
}

/** The workspace folders on this machine's disk. */
export function foldersHere(): string[] {
  return (vscode.workspace.workspaceFolders ?? [])
    .filter(({ uri }) => uri.scheme === 'file')
    .map(({ uri }) => uri.fsPath);
}

/** As the user chooses it. */
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

/** As the view's title says it. */
function orderText(order: HeldLockOrder): string {
  switch (order) {
    case 'file':
      return vscode.l10n.t('sorted by file');
    case 'holder':
      return vscode.l10n.t('sorted by holder');
    case 'kind':
      return vscode.l10n.t('sorted by kind');
    case 'age':
      return vscode.l10n.t('sorted by age');
    default:
      return assertNever(order);
  }
}

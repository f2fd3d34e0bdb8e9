import * as vscode from 'vscode';
import { messageOf } from '../../common/errors';
import { inTurns, type Steps } from '../../common/steps';
import { views } from '../../contributions';
import type { Monitor } from '../../monitor/monitor';
import type { HeldLock } from '../../os/platform';
import type { ViewCommands } from '../commands/viewCommands';
import type { Config } from '../settings/config';
import { DisposableList } from '../disposables';
import { shortenPath } from '../paths';
import { HeldLockChoices } from './heldLockChoices';
import { HeldLockNodes, type HeldLockNode } from './heldLockNodes';
import { heldCounts, heldRowSteps, lockCountText, type HeldCounts } from '../text/rows/heldGroups';
import { heldTooltip, type HeldRow } from '../text/rows/heldRows';

/** A view that has just opened may have lost the first event, before its tree was there to hear it. */
const UNSURE_LOOKS = 3;
const UNSURE_TITLES = 10;
/** Ages in rows are minutes or coarser. */
const AGE_STEP_MS = 60_000;

export interface HeldLocksViewDeps {
  view: vscode.TreeView<HeldLockNode>;
  monitor: Monitor;
  config: Config;
  workspaceState: vscode.Memento;
  commands: ViewCommands;
}

/** Every kernel lock that can be named, read only while someone looks at the view. */
export class HeldLocksView implements vscode.TreeDataProvider<HeldLockNode>, vscode.Disposable {
  readonly #monitor: Monitor;
  readonly #config: Config;
  readonly #disposables = new DisposableList();
  readonly #changes = this.#disposables.add(new vscode.EventEmitter<HeldLockNode[] | undefined>());
  readonly #view: vscode.TreeView<HeldLockNode>;
  readonly #choices: HeldLockChoices;
  readonly #nodes = new HeldLockNodes();
  #locks: readonly HeldLock[] = [];
  /** So many looks draw all rows, whatever has changed. */
  #unsure = 0;
  /** So many looks send the title of the closed view again. */
  #unsureTitle = UNSURE_TITLES;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The read whose result counts; an older one that answers late is dropped. */
  #read = 0;

  /** The newest call that makes rows; an older one gives up. */
  #showing = 0;
  /** When rows were shown last, monotonic, ms. */
  #shownAt = -Infinity;

  readonly onDidChangeTreeData = this.#changes.event;

  constructor({ view, monitor, config, workspaceState, commands }: HeldLocksViewDeps) {
    this.#monitor = monitor;
    this.#config = config;
    this.#view = view;
    this.#choices = this.#disposables.add(new HeldLockChoices(workspaceState, commands));
    this.#disposables.add(
      this.#choices.onDidChange(({ scope }) => void (scope ? this.refresh() : this.#show())),
    );
    this.#disposables.add(
      this.#view.onDidChangeVisibility(() => {
        this.#unsure = UNSURE_LOOKS;
        this.#unsureTitle = UNSURE_TITLES;
        void this.refresh();
      }),
    );
    // "Watch" on a row follows what the services watch.
    this.#disposables.add(monitor.onDidChange(({ membership }) => membership && void this.#show()));
    this.#disposables.add(
      monitor.onDidChangeStatus(({ kind }) => {
        if (kind === 'watching') {
          void this.refresh();
        }
      }),
    );
    this.#disposables.add({ dispose: () => clearTimeout(this.#timer) });
    void this.refresh();
  }

  get visible(): boolean {
    return this.#view.visible;
  }

  readonly onDidChangeVisibility: vscode.Event<unknown> = (listener, thisArgs, disposables) =>
    this.#view.onDidChangeVisibility(listener, thisArgs, disposables);

  get selection(): readonly HeldLockNode[] {
    return this.#view.selection;
  }

  readonly onDidChangeSelection: vscode.Event<unknown> = (listener, thisArgs, disposables) =>
    this.#view.onDidChangeSelection(listener, thisArgs, disposables);

  /** Shows all that one process holds, wherever it lies, until the filter is cleared. */
  async showProcess(pid: number): Promise<void> {
    this.#choices.showProcess(pid);
    await vscode.commands.executeCommand(`${views.heldLocks}.focus`);
    await this.refresh();
    const [root] = this.#nodes.roots;
    if (root !== undefined) {
      await this.#view.reveal(root, { select: true, focus: true, expand: true });
    }
  }

  /** While the view is closed its title says how many locks are held below the workspace. */
  showCount(locks: number): void {
    if (!this.#view.visible) {
      this.#setTitle(locks === 0 ? '' : lockCountText(locks));
    }
  }

  /** Reads now if the view can be seen, and goes on at the poll interval while it can. */
  async refresh(): Promise<void> {
    clearTimeout(this.#timer);
    if (!this.#view.visible) {
      return;
    }
    this.#setTitle('');
    const read = ++this.#read;
    try {
      const locks = await this.#monitor.heldLocks(this.#choices.under);
      if (read !== this.#read) {
        return;
      }
      const isShown =
        locks === this.#locks && this.#unsure === 0 && performance.now() - this.#shownAt < AGE_STEP_MS;
      this.#locks = locks;
      this.#setMessage('');
      if (!isShown) {
        await this.#show();
      }
    } catch (error) {
      if (read !== this.#read) {
        return;
      }
      this.#setMessage(vscode.l10n.t('The last check failed: {0}', messageOf(error)));
    }
    clearTimeout(this.#timer);
    if (this.#monitor.status.kind !== 'paused') {
      this.#timer = setTimeout(() => void this.refresh(), this.#config.current.monitor.pollIntervalMs);
    }
  }

  getChildren(node?: HeldLockNode): HeldLockNode[] | Promise<HeldLockNode[]> {
    return node === undefined ? [...this.#nodes.roots] : this.#nodes.childrenOf(node);
  }

  getParent(node: HeldLockNode): HeldLockNode | undefined {
    return node.parent;
  }

  getTreeItem(node: HeldLockNode): vscode.TreeItem {
    return node.item();
  }

  resolveTreeItem(item: vscode.TreeItem, { row }: HeldLockNode): vscode.TreeItem {
    item.tooltip = new vscode.MarkdownString(heldTooltip(row));
    return item;
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  async #show(): Promise<void> {
    const show = ++this.#showing;
    const { rows, counts } = await inTurns(this.#made());
    if (show !== this.#showing) {
      return; // what follows shows more
    }
    this.#shownAt = performance.now();
    this.#describe(this.#choices.describe(counts));
    const redraw = await this.#nodes.show(rows);
    if (redraw === undefined || this.#unsure > 0) {
      this.#unsure = Math.max(0, this.#unsure - 1);
      this.#changes.fire(undefined);
    } else if (redraw.length > 0) {
      this.#changes.fire([...redraw]);
    }
  }

  *#made(): Steps<{ rows: readonly HeldRow[]; counts: HeldCounts }> {
    const watched = new Set<string>();
    for (const { lockFiles, pidFiles } of this.#monitor.snapshot.services) {
      for (const { path } of [...lockFiles, ...pidFiles]) watched.add(path);
      yield;
    }
    const locks: HeldLock[] = [];
    for (const lock of this.#locks) {
      if (this.#choices.isWanted(lock)) {
        locks.push(lock);
      }
      yield;
    }
    const rows = yield* heldRowSteps(locks, this.#choices, {
      now: Date.now(),
      shorten: shortenPath,
      watched: (path) => watched.has(path),
    });
    return { rows, counts: yield* heldCounts(locks) };
  }

  /** A closed view shows its title only, not its description. */
  #setTitle(count: string): void {
    const name = vscode.l10n.t('Held Locks');
    const title = count === '' ? name : `${name} · ${count}`;
    // A title that comes before its header is drawn is lost, and the same one sent again is no change to VS Code.
    if (count !== '' && this.#unsureTitle > 0) {
      this.#unsureTitle -= 1;
      this.#view.title = name;
    }
    if (this.#view.title !== title) {
      this.#view.title = title;
    }
  }

  #describe(description: string): void {
    if ((this.#view.description ?? '') !== description) {
      this.#view.description = description;
    }
  }

  #setMessage(message: string): void {
    if ((this.#view.message ?? '') !== message) {
      this.#view.message = message;
    }
  }
}

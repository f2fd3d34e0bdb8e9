/** Held Locks while it is closed: its title says how many locks there are, and it opens itself once where that helps. */
import * as vscode from 'vscode';
import { views } from '../../contributions';
import type { Monitor } from '../../monitor/monitor';
import type { Config } from '../settings/config';
import { DisposableList } from '../disposables';
import { foldersHere } from './heldLockChoices';
import type { HeldLocksView } from './heldLocksView';

/** The view has been seen in this workspace: whether it is open is its user's choice from then on. */
const SEEN = 'heldLocks.seen';

export interface HeldLocksNoticeDeps {
  monitor: Monitor;
  config: Config;
  workspaceState: vscode.Memento;
  heldLocks: Pick<HeldLocksView, 'visible' | 'onDidChangeVisibility' | 'showCount'>;
  /** The view above it: while that can be seen, so can the title of Held Locks. */
  services: { readonly visible: boolean; readonly onDidChangeVisibility: vscode.Event<unknown> };
}

export class HeldLocksNotice implements vscode.Disposable {
  readonly #deps: HeldLocksNoticeDeps;
  readonly #disposables = new DisposableList();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isAsking = false;

  constructor(deps: HeldLocksNoticeDeps) {
    this.#deps = deps;
    const { monitor, heldLocks, services } = deps;
    const look = (): void => void this.#look();
    this.#disposables.add(services.onDidChangeVisibility(look));
    this.#disposables.add(heldLocks.onDidChangeVisibility(look));
    this.#disposables.add(monitor.onDidChangeStatus(look));
    this.#disposables.add(vscode.workspace.onDidChangeWorkspaceFolders(look));
    this.#disposables.add({ dispose: () => clearTimeout(this.#timer) });
    look();
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  /** Asks for the count while only the title can be seen; the worker knows it from its own ticks. */
  async #look(): Promise<void> {
    const { monitor, config, heldLocks, services, workspaceState } = this.#deps;
    clearTimeout(this.#timer);
    if (heldLocks.visible) {
      await workspaceState.update(SEEN, true);
      return;
    }
    const folders = foldersHere();
    if (!services.visible || folders.length === 0 || monitor.status.kind !== 'watching' || this.#isAsking) {
      return;
    }
    this.#isAsking = true;
    // Without an answer the status says so, and the title stays as it is.
    const count = await monitor.heldLockCount(folders).catch(() => undefined);
    this.#isAsking = false;
    if (count !== undefined) {
      this.#deps.heldLocks.showCount(count);
    }
    if (count !== undefined && count > 0 && this.#isUnseen()) {
      await workspaceState.update(SEEN, true);
      await vscode.commands.executeCommand(`${views.heldLocks}.focus`, { preserveFocus: true });
    }
    this.#timer = setTimeout(() => void this.#look(), config.current.monitor.pollIntervalMs);
  }

  /** Nothing is configured, and no one has opened or closed the view: it is the only one with something to say. */
  #isUnseen(): boolean {
    const { config, workspaceState, services } = this.#deps;
    return (
      config.current.monitor.services.length === 0 && services.visible && workspaceState.get(SEEN) !== true
    );
  }
}

/** The terminals of this window by the pid of their shell: where the user has started what a row shows. */
import * as vscode from 'vscode';
import { DisposableList } from './disposables';

export class Terminals implements vscode.Disposable {
  readonly #disposables = new DisposableList();
  readonly #changes = this.#disposables.add(new vscode.EventEmitter<void>());
  readonly #byPid = new Map<number, vscode.Terminal>();

  /** Fires when a terminal came or went. */
  readonly onDidChange = this.#changes.event;

  constructor() {
    this.#disposables.add(vscode.window.onDidOpenTerminal((terminal) => void this.#note(terminal)));
    this.#disposables.add(vscode.window.onDidCloseTerminal((terminal) => this.#forget(terminal)));
    vscode.window.terminals.forEach((terminal) => void this.#note(terminal));
  }

  /** Returns the terminal in whose shell one of these processes was started. */
  of(pids: readonly (number | undefined)[]): vscode.Terminal | undefined {
    return pids.flatMap((pid) => (pid === undefined ? [] : (this.#byPid.get(pid) ?? [])))[0];
  }

  readonly nameOf = (pids: readonly (number | undefined)[]): string | undefined => this.of(pids)?.name;

  dispose(): void {
    this.#disposables.dispose();
  }

  async #note(terminal: vscode.Terminal): Promise<void> {
    const pid = await terminal.processId;
    if (pid !== undefined && terminal.exitStatus === undefined) {
      this.#byPid.set(pid, terminal);
      this.#changes.fire();
    }
  }

  #forget(terminal: vscode.Terminal): void {
    for (const [pid, one] of this.#byPid) {
      if (one === terminal) this.#byPid.delete(pid);
    }
    this.#changes.fire();
  }
}

import * as vscode from 'vscode';
import type { Snapshot } from '../../api';
import { inTurns } from '../../common/steps';
import { statusBarItem, views } from '../../contributions';
import type { Monitor } from '../../monitor/monitor';
import { DisposableList } from '../disposables';
import { statusCommands, statusText, statusTooltip } from '../text/words/statusText';

/** One item, at the left: how many are held, or which one is in conflict. A click opens the view. */
export class StatusBar implements vscode.Disposable {
  readonly #monitor: Monitor;
  readonly #disposables = new DisposableList();
  readonly #item: vscode.StatusBarItem;

  constructor(monitor: Monitor) {
    this.#monitor = monitor;
    this.#item = this.#disposables.add(
      vscode.window.createStatusBarItem(statusBarItem, vscode.StatusBarAlignment.Left),
    );
    this.#item.name = vscode.l10n.t('Instances & Locks');
    this.#item.command = `${views.services}.focus`;
    this.#disposables.add(monitor.onDidChange(({ more }) => !more && this.#show()));
    this.#disposables.add(monitor.onDidChangeStatus(() => this.#show()));
    this.#show();
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #show(): void {
    const { snapshot, status } = this.#monitor;
    const shown = statusText(snapshot, status);
    if (shown === undefined) {
      this.#item.hide();
      return;
    }
    this.#item.text = shown.text;
    this.#item.accessibilityInformation = { label: shown.spoken, role: 'button' };
    this.#item.backgroundColor = shown.conflict
      ? new vscode.ThemeColor('statusBarItem.warningBackground')
      : undefined;
    this.#item.show();
    void this.#explain(snapshot);
  }

  /** Of a snapshot that another has followed there is nothing more to say. */
  async #explain(snapshot: Snapshot): Promise<void> {
    const text = await inTurns(statusTooltip(snapshot, Date.now()));
    if (snapshot === this.#monitor.snapshot) {
      const tooltip = new vscode.MarkdownString(text);
      tooltip.isTrusted = { enabledCommands: statusCommands };
      this.#item.tooltip = tooltip;
    }
  }
}

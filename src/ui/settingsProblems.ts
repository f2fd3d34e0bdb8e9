import * as vscode from 'vscode';
import type { Config, SettingProblem } from './config';
import { DisposableList } from './disposables';
import { inertLabel } from './text/sanitize';

/** Tells of each bad entry once, in one sentence, with a button that leads to it. */
export class SettingsProblems implements vscode.Disposable {
  readonly #disposables = new DisposableList();
  readonly #log: vscode.LogOutputChannel;
  /** What stands wrong now: corrected and broken again, it is told again. */
  #told = new Set<string>();

  constructor(config: Config, log: vscode.LogOutputChannel) {
    this.#log = log;
    this.#disposables.add(config.onDidChange(({ problems }) => this.#tell(problems)));
    this.#tell(config.current.problems);
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #tell(problems: readonly SettingProblem[]): void {
    const standing = new Set<string>();
    for (const problem of problems) {
      const text = inertLabel(problem.message, 400);
      standing.add(text);
      if (!this.#told.has(text)) {
        this.#log.warn(text);
        void this.#offer(problem, text);
      }
    }
    this.#told = standing;
  }

  async #offer(problem: SettingProblem, text: string): Promise<void> {
    const open = vscode.l10n.t('Open Settings');
    if ((await vscode.window.showWarningMessage(text, open)) === open) {
      const { openServicesSetting } = await import('./onDemand');
      await openServicesSetting(problem.level, problem.index);
    }
  }
}

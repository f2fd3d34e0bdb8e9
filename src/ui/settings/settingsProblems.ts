import * as vscode from 'vscode';
import type { Config, SettingProblem } from './config';
import { DisposableList } from '../disposables';
import { inertLabel } from '../text/words/sanitize';
import { problemsSentence } from './settingsTold';

/** Tells once of what is wrong in the settings: all of it in one notification, with a button that leads to the first. */
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
    const fresh = problems.filter(({ message }) => !this.#told.has(message));
    this.#told = new Set(problems.map(({ message }) => message));
    for (const { message } of fresh) {
      this.#log.warn(inertLabel(message, 400));
    }
    void this.#offer(fresh);
  }

  async #offer(problems: readonly SettingProblem[]): Promise<void> {
    const [first] = problems;
    if (first === undefined) {
      return;
    }
    const open = vscode.l10n.t('Open Settings');
    const showLog = vscode.l10n.t('Show Log');
    const choice = await vscode.window.showWarningMessage(
      problemsSentence(problems.map(({ message }) => message)),
      open,
      ...(problems.length > 1 ? [showLog] : []),
    );
    if (choice === open) {
      const { openSetting } = await import('../onDemand');
      await openSetting(first.setting, first.level, first.index);
    } else if (choice === showLog) {
      this.#log.show();
    }
  }
}

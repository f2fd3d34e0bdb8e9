import * as vscode from 'vscode';
import type { LogLevel } from '../monitor/protocol';
import { inertLabel } from './text/words/sanitize';

/** The channel "Instance & Lock Monitor": detail goes here, the user is told one short sentence. */
export function createLog(): vscode.LogOutputChannel {
  return vscode.window.createOutputChannel('Instance & Lock Monitor', { log: true });
}

/** For the parts that know no VS Code. */
export function logTo(channel: vscode.LogOutputChannel): (level: LogLevel, message: string) => void {
  return (level, message) => channel[level](message);
}

/** Tells what became of records that an interrupted clean-up had left aside. */
export function tellRecovery(
  channel: vscode.LogOutputChannel,
): (sentence: string, isComplete: boolean) => void {
  return (sentence, isComplete) => {
    const show = isComplete ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
    const showLog = vscode.l10n.t('Show Log');
    void show(inertLabel(sentence, 600), showLog).then((choice) => {
      if (choice === showLog) channel.show();
    });
  };
}

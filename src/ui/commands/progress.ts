import * as vscode from 'vscode';

/** Shows that everything is read again before anything is offered; with many services that takes noticeable time. */
export function withRecheckProgress<T>(look: () => Promise<T>): Thenable<T> {
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Checking again…') },
    look,
  );
}

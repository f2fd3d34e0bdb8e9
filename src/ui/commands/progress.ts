import * as vscode from 'vscode';

/** Before anything is offered, everything is read again; with many services that can be noticed. */
export function lookingAgain<T>(look: () => Promise<T>): Thenable<T> {
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Looking again…') },
    look,
  );
}

import * as vscode from 'vscode';

/** Menus disable what an untrusted workspace must not do; a command can be called without a menu. Says why if not. */
export function isTrusted(): boolean {
  if (vscode.workspace.isTrusted) {
    return true;
  }
  const manage = vscode.l10n.t('Manage Workspace Trust');
  void vscode.window
    .showWarningMessage(
      vscode.l10n.t('Processes cannot be terminated, nor files removed, in an untrusted workspace.'),
      manage,
    )
    .then((choice) => {
      if (choice === manage) {
        void vscode.commands.executeCommand('workbench.trust.manage');
      }
    });
  return false;
}

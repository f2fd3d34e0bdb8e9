import { homedir } from 'node:os';
import * as vscode from 'vscode';

/** A path as a row shows it: relative to its workspace folder, else with `~` for the home folder. */
export function shortenPath(path: string): string {
  const relative = vscode.workspace.asRelativePath(path, undefined);
  const home = homedir();
  return relative.startsWith(`${home}/`) ? `~${relative.slice(home.length)}` : relative;
}

/** The workspace folder on this machine's disk that has the file. */
export function folderOf(uri: vscode.Uri): vscode.WorkspaceFolder | undefined {
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  return folder?.uri.scheme === 'file' ? folder : undefined;
}

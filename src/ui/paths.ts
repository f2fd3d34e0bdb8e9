import { homedir } from 'node:os';
import * as vscode from 'vscode';

/** VS Code compares a path with each folder, piece by piece: thousands of rows would ask it again and again. */
const shortened = new Map<string, string>();
const SHORTENED_LIMIT = 20_000;

/** A path as a row shows it: relative to its workspace folder, else with `~` for the home folder. */
export function shortenPath(path: string): string {
  const known = shortened.get(path);
  if (known !== undefined) {
    return known;
  }
  const relative = vscode.workspace.asRelativePath(path, undefined);
  const home = homedir();
  const short = relative.startsWith(`${home}/`) ? `~${relative.slice(home.length)}` : relative;
  if (shortened.size >= SHORTENED_LIMIT) {
    shortened.clear();
  }
  shortened.set(path, short);
  return short;
}

/** Other folders make other short paths. */
export const followFolders = (): vscode.Disposable =>
  vscode.workspace.onDidChangeWorkspaceFolders(() => shortened.clear());

/** The workspace folder on this machine's disk that has the file. */
export function folderOf(uri: vscode.Uri): vscode.WorkspaceFolder | undefined {
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  return folder?.uri.scheme === 'file' ? folder : undefined;
}

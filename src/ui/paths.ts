import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { pathShortener } from './text/words/shortPaths';

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

let shortener: ((text: string) => string) | undefined;

/** The same of every path in a sentence. */
export function shortenPathsIn(text: string): string {
  const folders = vscode.workspace.workspaceFolders ?? [];
  shortener ??= pathShortener([
    ...folders.map(({ uri, name }) => ({ path: uri.fsPath, as: folders.length > 1 ? `${name}/` : '' })),
    { path: homedir(), as: '~/' },
  ]);
  return shortener(text);
}

/** Other folders make other short paths. */
export const followFolders = (): vscode.Disposable =>
  vscode.workspace.onDidChangeWorkspaceFolders(() => {
    shortened.clear();
    shortener = undefined;
  });

/** The workspace folder on this machine's disk that has the file. */
export function folderOf(uri: vscode.Uri): vscode.WorkspaceFolder | undefined {
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  return folder?.uri.scheme === 'file' ? folder : undefined;
}

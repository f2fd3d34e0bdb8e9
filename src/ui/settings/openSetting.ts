import * as vscode from 'vscode';
import { section, type SettingKey } from '../../contributions';
import type { SettingLevel } from './config';
import { locateSetting } from './settingsLocation';

/** Opens the settings.json in which the value stands, with the value or its entry selected. */
export async function openSetting(
  key: SettingKey,
  level: SettingLevel,
  index: number | undefined,
): Promise<void> {
  const editor = await openSettingsFile(level);
  if (editor === undefined) {
    return;
  }
  const { document } = editor;
  const range = locateSetting(document.getText(), `${section}.${key}`, index);
  if (range !== undefined) {
    const place = new vscode.Range(document.positionAt(range.start), document.positionAt(range.end));
    editor.selection = new vscode.Selection(place.start, place.end);
    editor.revealRange(place, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  }
}

async function openSettingsFile(level: SettingLevel): Promise<vscode.TextEditor | undefined> {
  const uri = settingsUri(level);
  if (uri !== undefined) {
    return vscode.window.showTextDocument(uri);
  }
  const command =
    level.kind === 'workspace'
      ? 'workbench.action.openWorkspaceSettingsFile'
      : 'workbench.action.openSettingsJson';
  await vscode.commands.executeCommand(command);
  return vscode.window.activeTextEditor;
}

/** undefined: only the workbench knows where (user settings, an untitled workspace). */
function settingsUri(level: SettingLevel): vscode.Uri | undefined {
  const inFolder = (folder: vscode.WorkspaceFolder): vscode.Uri =>
    vscode.Uri.joinPath(folder.uri, '.vscode', 'settings.json');
  if (level.kind === 'folder') {
    return inFolder(level.folder);
  }
  if (level.kind === 'user') {
    return undefined;
  }
  const { workspaceFile, workspaceFolders } = vscode.workspace;
  if (workspaceFile !== undefined) {
    return workspaceFile.scheme === 'file' ? workspaceFile : undefined;
  }
  const [only] = workspaceFolders ?? [];
  return only === undefined ? undefined : inFolder(only);
}

import * as vscode from 'vscode';
import { section, settings } from '../contributions';
import type { Config, SettingLevel, SettingProblem } from './config';
import { DisposableList } from './disposables';
import { inertLabel } from './text/sanitize';
import { locateSetting } from './text/settingsLocation';

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
      await openServicesSetting(problem.level, problem.index);
    }
  }
}

/** Opens the settings.json in which the value stands, with the entry selected. */
export async function openServicesSetting(level: SettingLevel, index: number | undefined): Promise<void> {
  const editor = await openSettingsFile(level);
  if (editor === undefined) {
    return;
  }
  const { document } = editor;
  const range = locateSetting(document.getText(), `${section}.${settings.services}`, index);
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

import * as vscode from 'vscode';
import { section, settings } from '../../contributions';
import { locateSetting } from './settingsLocation';

/** The start of a variable at the end of a line's text, inside a string: `"run/${wor`. */
const STARTED_VARIABLE = /\$\{?[\w:]*$/;

/** The variables that can stand here; none outside our setting. */
export function variableItems(
  document: vscode.TextDocument,
  position: vscode.Position,
): vscode.CompletionItem[] {
  const before = document.lineAt(position.line).text.slice(0, position.character);
  const started = STARTED_VARIABLE.exec(before)?.[0];
  const value = locateSetting(document.getText(), `${section}.${settings.services}`, undefined);
  const offset = document.offsetAt(position);
  if (started === undefined || value === undefined || offset < value.start || offset > value.end) {
    return [];
  }
  const after = document.lineAt(position.line).text.slice(position.character);
  const range = new vscode.Range(
    position.translate(0, -started.length),
    after.startsWith('}') ? position.translate(0, 1) : position,
  );
  return variables().map(([text, explanation], index) => {
    const item = new vscode.CompletionItem(
      text.replace(/\$\{\d+:(\w+)\}/g, '$1'),
      vscode.CompletionItemKind.Variable,
    );
    item.detail = explanation;
    item.insertText = new vscode.SnippetString(text.replace(/^\$\{/, '\\${'));
    item.filterText = text;
    item.sortText = String(index).padStart(3, '0');
    item.range = range;
    return item;
  });
}

/** Snippet texts: what is in `${1:…}` can be typed over. */
function variables(): [text: string, explanation: string][] {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return [
    ['${workspaceFolder}', vscode.l10n.t('The workspace folder')],
    ...(folders.length < 2 ? [] : folders).map(({ name }): [string, string] => [
      `\${workspaceFolder:${name.replace(/[$}\\]/g, '\\$&')}}`,
      vscode.l10n.t('The workspace folder {0}', name),
    ]),
    ['${userHome}', vscode.l10n.t('The home folder')],
    ['${env:${1:NAME}}', vscode.l10n.t('An environment variable')],
    ['${env:${1:NAME}:-${2:default}}', vscode.l10n.t('An environment variable, or a default')],
  ];
}

/** Entries of the settings that cannot be used: rows of the Services view, so that they are not simply absent. */
import * as vscode from 'vscode';
import { capabilities, commands, section } from '../../contributions';
import type { SettingProblem } from '../settings/config';
import { inert } from '../text/words/sanitize';

export class SettingProblemNode {
  readonly problem: SettingProblem;

  constructor(problem: SettingProblem) {
    this.problem = problem;
  }

  item(): vscode.TreeItem {
    const { setting, index, message } = this.problem;
    const label = `${setting}[${index ?? ''}]`;
    const said = inert(message, 600);
    const item = new vscode.TreeItem(label);
    item.description = withoutPlace(said, `${section}.${label}`);
    item.tooltip = said;
    item.iconPath = new vscode.ThemeIcon('gear', new vscode.ThemeColor('problemsWarningIcon.foreground'));
    item.contextValue = capabilities.settingProblem;
    item.accessibilityInformation = { label: said };
    item.command = {
      command: commands.openSettings,
      title: vscode.l10n.t('Open Settings'),
      arguments: [this],
    };
    return item;
  }
}

/** The row's label says where it is already. */
const withoutPlace = (message: string, place: string): string =>
  message.startsWith(`${place} `) ? message.slice(place.length + 1) : message;

/** Returns a row for each problem of one entry. */
export const problemNodes = (problems: readonly SettingProblem[]): SettingProblemNode[] =>
  problems.filter(({ index }) => index !== undefined).map((problem) => new SettingProblemNode(problem));

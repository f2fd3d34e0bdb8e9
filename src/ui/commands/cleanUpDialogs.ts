/** What the user is shown and asked before a record is removed. */
import * as vscode from 'vscode';
import type { CleanUpItem, CleanUpPlan, CleanUpRefusal } from '../../actions/index';
import type { CommandDeps } from './command';
import { shortenPath } from '../paths';
import { cleanUpPage, NAMED_IN_QUESTION, removalQuestion, shortWhy } from '../text/dialogs/cleanUpText';
import { inertLabel } from '../text/words/sanitize';

interface CleanUpPick extends vscode.QuickPickItem {
  item?: CleanUpItem;
}

/** Lists all records; only what is proven is selected. */
export async function chooseRecords({ items, refused }: CleanUpPlan): Promise<readonly CleanUpItem[]> {
  const picks: CleanUpPick[] = items.map((item) => ({
    item,
    label: inertLabel(shortenPath(item.path)),
    description: inertLabel(item.serviceName),
    detail: inertLabel(shortWhy(item)),
    picked: item.preselected,
  }));
  const kept: CleanUpPick[] = refused.map(({ path, serviceName, reason }) => ({
    label: `$(shield) ${inertLabel(shortenPath(path))}`,
    description: inertLabel(vscode.l10n.t('{0} (kept)', serviceName)),
    detail: inertLabel(reason, 400),
  }));
  const picked = await vscode.window.showQuickPick(
    [
      ...picks,
      ...(kept.length === 0
        ? []
        : [{ label: vscode.l10n.t('not offered'), kind: vscode.QuickPickItemKind.Separator }, ...kept]),
    ],
    {
      title: vscode.l10n.t('Clean up stale pid files'),
      placeHolder: vscode.l10n.t('Select the records to remove'),
      canPickMany: true,
      ignoreFocusOut: true,
      matchOnDetail: true,
    },
  );
  return (picked ?? []).flatMap(({ item }) => item ?? []);
}

/** Asks once, with the evidence; of many records the whole list is one press away. */
export async function confirmRemoval(
  { documents }: CommandDeps,
  chosen: readonly CleanUpItem[],
  refused: readonly CleanUpRefusal[],
): Promise<boolean> {
  const remove = vscode.l10n.t('Remove');
  const showAll = vscode.l10n.t('Show All');
  const { message, detail } = removalQuestion(chosen);
  const more = chosen.length > NAMED_IN_QUESTION ? [showAll] : [];
  const choice = await vscode.window.showWarningMessage(message, { modal: true, detail }, remove, ...more);
  if (choice !== showAll) {
    return choice === remove;
  }
  await documents.showText(vscode.l10n.t('Stale records'), cleanUpPage(chosen, refused));
  // Beside the page, so that it can be read.
  return (await vscode.window.showWarningMessage(message, remove)) === remove;
}

/** What the user is shown and asked before a record is removed. */
import * as vscode from 'vscode';
import type { CleanUpItem, CleanUpPlan, CleanUpRefusal } from '../../actions/index';
import type { CommandDeps } from './command';
import { shortenPath, shortenPathsIn } from '../paths';
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
    detail: inertLabel(shortenPathsIn(reason), 400),
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

/**
 * Asks once, with the evidence; of many records the whole list is one press away. Where something is not proven, Enter
 * reads on instead of removing: VS Code makes the first button the one that Enter presses.
 */
export async function confirmRemoval(
  { documents }: CommandDeps,
  chosen: readonly CleanUpItem[],
  refused: readonly CleanUpRefusal[],
): Promise<boolean> {
  const remove = vscode.l10n.t('Remove');
  const [only] = chosen;
  const read = chosen.length === 1 ? vscode.l10n.t('Show Evidence') : vscode.l10n.t('Show All');
  const { message, detail, doubt } = removalQuestion(chosen);
  const buttons =
    doubt !== '' ? [read, remove] : chosen.length > NAMED_IN_QUESTION ? [remove, read] : [remove];
  const choice = await vscode.window.showWarningMessage(message, { modal: true, detail }, ...buttons);
  if (choice !== read) {
    return choice === remove;
  }
  if (chosen.length === 1 && only !== undefined) {
    await documents.show({ page: 'evidence', subject: only.serviceId, name: only.serviceName });
  } else {
    await documents.showText(vscode.l10n.t('Stale records'), cleanUpPage(chosen, refused));
  }
  // Beside the page, so that it can be read.
  const question = doubt === '' ? message : `${message} ${doubt}`;
  return (await vscode.window.showWarningMessage(question, remove)) === remove;
}

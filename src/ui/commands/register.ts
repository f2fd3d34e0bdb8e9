import * as vscode from 'vscode';
import { messageOf, stackOf } from '../../common/errors';
import { DisposableList, type Disposable } from '../disposables';
import { inertLabel } from '../text/words/sanitize';
import { type CommandDeps, HANDLED, type HandledCommand } from './command';

export function registerCommands(deps: CommandDeps): Disposable {
  const disposables = new DisposableList();
  for (const id of HANDLED) {
    disposables.add(
      vscode.commands.registerCommand(id, async (argument: unknown) => {
        try {
          const { handlers } = await import('../onDemand');
          // From the palette: the selected row, where it can do that.
          await handlers[id](deps, argument ?? deps.selection.for(id));
        } catch (error) {
          failed(deps.log, id, error);
        }
      }),
    );
  }
  return disposables;
}

/** One sentence for the user, the rest for the log. */
export function failed(log: vscode.LogOutputChannel, id: HandledCommand, error: unknown): void {
  log.error(`${id}: ${stackOf(error)}`);
  const showLog = vscode.l10n.t('Show Log');
  const sentence = messageOf(error);
  void vscode.window.showErrorMessage(inertLabel(sentence, 300), showLog).then((choice) => {
    if (choice === showLog) {
      log.show();
    }
  });
}

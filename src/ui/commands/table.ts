/** Who carries a command out: the view that it changes, or what is loaded when the first of the others is called. */
import * as vscode from 'vscode';
import { messageOf, stackOf } from '../../common/errors';
import type { CommandId } from '../../contributions';
import { inertLabel } from '../text/words/sanitize';
import { type CommandDeps, HANDLED, type HandledCommand } from './command';
import type { ViewCommands } from './viewCommands';

export class CommandTable implements ViewCommands {
  readonly #ofViews = new Map<string, () => unknown>();

  handle(command: CommandId, run: () => unknown): void {
    this.#ofViews.set(command, run);
  }

  async run(deps: CommandDeps, command: string, argument: unknown): Promise<unknown> {
    const id = HANDLED.find((each) => each === command);
    if (id === undefined) {
      return this.#ofViews.get(command)?.();
    }
    try {
      const { handlers } = await import('../onDemand');
      // From the palette: the selected row, where it can do that.
      return await handlers[id](deps, argument ?? deps.selection.for(id));
    } catch (error) {
      failed(deps.log, id, error);
      return undefined;
    }
  }
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

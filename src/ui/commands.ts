import * as vscode from 'vscode';
import { messageOf, stackOf } from '../common/errors';
import { commands, type CommandId } from '../contributions';
import type { Monitor } from '../monitor/monitor';
import type { History } from '../monitor/history';
import { DisposableList, type Disposable } from './disposables';
import type { Documents } from './documents';
import type { HeldLocksView } from './heldLocksView';
import { inertLabel } from './text/sanitize';

export interface CommandDeps {
  monitor: Monitor;
  history: History;
  log: vscode.LogOutputChannel;
  documents: Documents;
  heldLocks: HeldLocksView;
  /** Selects the service's row. */
  reveal: (serviceId: string) => Promise<void>;
}

/** Every command that no view registers itself. */
const HANDLED = [
  commands.killDuplicateInstance,
  commands.terminateLockHolder,
  commands.cleanUpStalePidFiles,
  commands.undoCleanUp,
  commands.watchLockFile,
  commands.watchHeldLock,
  commands.showEvidence,
  commands.showHistory,
  commands.copyReport,
  commands.exportSnapshot,
  commands.refresh,
  commands.pause,
  commands.resume,
  commands.showLog,
  commands.copyPid,
  commands.openFile,
  commands.openSettings,
  commands.getStarted,
] as const;
export type HandledCommand = (typeof HANDLED)[number];

export function registerCommands(deps: CommandDeps): Disposable {
  const disposables = new DisposableList();
  for (const id of HANDLED) {
    disposables.add(
      vscode.commands.registerCommand(id, async (argument: unknown) => {
        try {
          const { handlers } = await import('./onDemand');
          await handlers[id](deps, argument);
        } catch (error) {
          failed(deps.log, id, error);
        }
      }),
    );
  }
  return disposables;
}

/** One sentence for the person, the rest for the log. */
function failed(log: vscode.LogOutputChannel, id: CommandId, error: unknown): void {
  log.error(`${id}: ${stackOf(error)}`);
  const showLog = vscode.l10n.t('Show Log');
  const sentence = messageOf(error);
  void vscode.window.showErrorMessage(inertLabel(sentence, 300), showLog).then((choice) => {
    if (choice === showLog) {
      log.show();
    }
  });
}

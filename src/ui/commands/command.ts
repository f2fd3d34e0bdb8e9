/** What a command is given, and which commands no view registers itself. */
import type * as vscode from 'vscode';
import { commands, rowClicked } from '../../contributions';
import type { Monitor } from '../../monitor/monitor';
import type { History } from '../../monitor/history';
import type { Documents } from '../documents/documents';
import type { Config } from '../settings/config';
import type { Muted } from '../settings/muted';
import type { Terminals } from '../terminals';
import type { HeldLocksView } from '../views/heldLocksView';
import type { Offers } from '../views/offers';
import type { Selection } from './selection';

export interface CommandDeps {
  monitor: Monitor;
  history: History;
  log: vscode.LogOutputChannel;
  documents: Documents;
  heldLocks: HeldLocksView;
  config: Config;
  muted: Muted;
  terminals: Terminals;
  offers: Pick<Offers, 'refresh'>;
  selection: Selection;
  /** Selects the service's row. */
  reveal: (serviceId: string) => Promise<void>;
}

/** Every command that no view registers itself. */
export const HANDLED = [
  commands.killDuplicateInstance,
  commands.terminateLockHolder,
  commands.terminateInstance,
  commands.keepInstance,
  commands.showTerminal,
  commands.cleanUpStalePidFiles,
  commands.undoCleanUp,
  commands.watchLockFile,
  commands.watchHeldLock,
  commands.whoUsesThis,
  commands.showEvidence,
  commands.showHistory,
  commands.copyReport,
  commands.exportSnapshot,
  commands.refresh,
  commands.pause,
  commands.resume,
  commands.showLog,
  commands.copyPid,
  commands.copyPath,
  commands.openFile,
  commands.openUrl,
  commands.reveal,
  commands.whatElse,
  commands.openRow,
  commands.removeRow,
  commands.copyRow,
  rowClicked,
  commands.openSettings,
  commands.editService,
  commands.stopWatching,
  commands.hideTool,
  commands.mute,
  commands.unmute,
  commands.getStarted,
] as const;

export type HandledCommand = (typeof HANDLED)[number];

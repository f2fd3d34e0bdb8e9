/** What the commands do: loaded when the first of them is called. */
import * as vscode from 'vscode';
import { commands, extensionId, rowClicked, settings, walkthrough } from '../../contributions';
import { systemName } from '../../os/system';
import { cleanUpStalePidFiles, undoCleanUp } from './cleanUpCommand';
import type { CommandDeps, HandledCommand } from './command';
import { levelForNewService } from '../settings/config';
import { whoUsesThis } from '../links/ask';
import { openSetting } from '../settings/openSetting';
import { instanceOf, serviceOf } from './picks';
import { SettingProblemNode } from '../views/settingProblemNode';
import { editService, hideTool, mute, stopWatching, unmute } from './entryCommands';
import {
  keepInstance,
  killDuplicateInstance,
  terminateInstance,
  terminateLockHolder,
} from './terminateCommands';
import { report } from '../text/pages/evidence';
import { startersOf } from '../text/rows/whichInstance';
import { showEvidence } from './evidenceCommand';
import { openUrl } from './openUrl';
import { copyPath, copyPid, openFile, reveal, whatElse } from './rowCommands';
import { clickRow, copyRow, openRow, removeRow } from './rowKeys';
import { watchHeldLock, watchLockFile } from './watchCommands';

export const handlers: Record<HandledCommand, (deps: CommandDeps, argument: unknown) => unknown> = {
  [commands.killDuplicateInstance]: killDuplicateInstance,
  [commands.terminateLockHolder]: terminateLockHolder,
  [commands.terminateInstance]: terminateInstance,
  [commands.keepInstance]: keepInstance,
  [commands.showTerminal]: showTerminal,
  [commands.cleanUpStalePidFiles]: cleanUpStalePidFiles,
  [commands.undoCleanUp]: undoCleanUp,
  [commands.watchLockFile]: watchLockFile,
  [commands.watchHeldLock]: watchHeldLock,
  [commands.whoUsesThis]: whoUsesThis,
  [commands.showEvidence]: showEvidence,
  [commands.showHistory]: showHistory,
  [commands.copyReport]: copyReport,
  [commands.exportSnapshot]: exportSnapshot,
  [commands.refresh]: ({ monitor, heldLocks, offers }) => {
    offers.refresh();
    return Promise.all([monitor.refresh(), heldLocks.refresh()]);
  },
  [commands.pause]: ({ monitor }) => monitor.pause(),
  [commands.resume]: ({ monitor }) => monitor.resume(),
  [commands.showLog]: ({ log }) => log.show(),
  [commands.copyPid]: copyPid,
  [commands.copyPath]: copyPath,
  [commands.openFile]: openFile,
  [commands.openUrl]: openUrl,
  [commands.reveal]: reveal,
  [commands.whatElse]: whatElse,
  [commands.openRow]: openRow,
  [commands.removeRow]: removeRow,
  [commands.copyRow]: copyRow,
  [rowClicked]: clickRow,
  [commands.openSettings]: openSettings,
  [commands.editService]: editService,
  [commands.stopWatching]: stopWatching,
  [commands.hideTool]: hideTool,
  [commands.mute]: mute,
  [commands.unmute]: unmute,
  [commands.getStarted]: () =>
    vscode.commands.executeCommand(
      'workbench.action.openWalkthrough',
      `${extensionId}#${walkthrough}`,
      false,
    ),
};

/** Shows the history of the clicked row's service, or of all services. */
async function showHistory({ monitor, documents }: CommandDeps, argument: unknown): Promise<void> {
  const service = serviceOf(argument, monitor);
  await documents.show(
    service === undefined
      ? { page: 'history', subject: undefined, name: vscode.l10n.t('History') }
      : { page: 'history', subject: service.id, name: vscode.l10n.t('History of {0}', service.name) },
  );
}

async function copyReport({ monitor }: CommandDeps, argument: unknown): Promise<void> {
  const service = serviceOf(argument, monitor);
  const { snapshot, status } = monitor;
  const services = service === undefined ? snapshot.services : [service];
  // A snapshot keeps the time of its last change; what is followed is right now as well.
  const seenAt = status.kind === 'watching' ? undefined : snapshot.takenAt;
  await vscode.env.clipboard.writeText(report(services, Date.now(), seenAt));
  vscode.window.setStatusBarMessage(vscode.l10n.t('Report copied.'), 3000);
}

/** For issues: the snapshot and what it was taken with. Secrets are hidden where command lines are read. */
async function exportSnapshot({ monitor }: CommandDeps): Promise<void> {
  const snapshot = await monitor.refresh();
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  const fileName = 'instance-monitor-snapshot.json';
  const target = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Export snapshot'),
    filters: { JSON: ['json'] },
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder.uri, fileName) }),
  });
  if (target === undefined) {
    return;
  }
  const packageJson: unknown = vscode.extensions.getExtension(extensionId)?.packageJSON;
  const version =
    typeof packageJson === 'object' && packageJson !== null && 'version' in packageJson
      ? packageJson.version
      : undefined;
  const about = {
    extension: version,
    vscode: vscode.version,
    node: process.versions.node,
    abi: process.versions.modules,
    platform: `${systemName()}-${process.arch}`,
    remote: vscode.env.remoteName,
  };
  const text = `${JSON.stringify({ ...about, snapshot }, null, 2)}\n`;
  await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(text));
  await vscode.window.showTextDocument(target);
}

/** Show Terminal: the one in whose shell the instance of the row was started. */
function showTerminal({ terminals }: CommandDeps, argument: unknown): void {
  const picked = instanceOf(argument);
  const terminal = picked === undefined ? undefined : terminals.of(startersOf(picked.instance));
  if (terminal === undefined) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t(
        'No terminal of this window started it. Choose “Show Terminal” on the row of an instance.',
      ),
    );
  }
  terminal?.show();
}

async function openSettings(_: CommandDeps, argument: unknown): Promise<void> {
  if (argument instanceof SettingProblemNode) {
    const { setting, level, index } = argument.problem;
    await openSetting(setting, level, index);
    return;
  }
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  const level = levelForNewService(folder);
  try {
    await openSetting(settings.services, level, undefined);
  } catch {
    // There is no settings.json yet: the settings editor creates it.
    await vscode.commands.executeCommand('workbench.action.openSettings', `@ext:${extensionId}`);
  }
}

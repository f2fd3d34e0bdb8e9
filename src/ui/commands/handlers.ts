/** What the commands do: loaded when the first of them is called. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { ServiceSnapshot } from '../../api';
import { commands, extensionId, settings, walkthrough } from '../../contributions';
import { lockSubject } from '../../monitor/protocol';
import { systemName } from '../../os/system';
import { cleanUpStalePidFiles, undoCleanUp } from './cleanUpCommand';
import type { CommandDeps, HandledCommand } from './command';
import { levelForNewService } from '../settings/config';
import { HeldLockNode } from '../views/heldLockNodes';
import { whoUsesThis } from '../links/ask';
import { openSetting } from '../settings/openSetting';
import { shortenPath } from '../paths';
import { instanceOf, pickService, serviceOf } from './picks';
import { SettingProblemNode } from '../views/settingProblemNode';
import { ServiceNode } from '../views/serviceNodes';
import { editService, hideTool, mute, stopWatching, unmute } from './entryCommands';
import {
  keepInstance,
  killDuplicateInstance,
  terminateInstance,
  terminateLockHolder,
} from './terminateCommands';
import { report } from '../text/pages/evidence';
import { inertLabel } from '../text/words/sanitize';
import { startersOf } from '../text/rows/whichInstance';
import { soleProcess } from '../text/rows/serviceText';
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
  [commands.openFile]: openFile,
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

async function showEvidence({ monitor, documents }: CommandDeps, argument: unknown): Promise<void> {
  const service = serviceOf(argument, monitor);
  if (service === undefined && argument instanceof HeldLockNode) {
    const path = await pickLockedPath(argument);
    if (path !== undefined) {
      await documents.show({ page: 'evidence', subject: lockSubject(path), name: basename(path) });
    }
    return;
  }
  const picked =
    service ?? (await pickFrom(monitor.snapshot.services, vscode.l10n.t('Evidence for which service?')));
  if (picked !== undefined) {
    await documents.show({ page: 'evidence', subject: picked.id, name: picked.name });
  }
}

/** The file of a row of Held Locks; of several, which is asked. */
async function pickLockedPath({ row }: HeldLockNode): Promise<string | undefined> {
  const paths = [...new Set([row.path ?? [], row.locks.map(({ path }) => path)].flat())];
  if (paths.length === 1) {
    return paths[0];
  }
  const picked = await vscode.window.showQuickPick(
    paths.map((path) => ({ path, label: inertLabel(shortenPath(path)) })),
    { placeHolder: vscode.l10n.t('Evidence for which file?') },
  );
  return picked?.path;
}

/** Shows the history of the clicked row's service, or of all services. */
async function showHistory({ monitor, documents }: CommandDeps, argument: unknown): Promise<void> {
  const service = serviceOf(argument, monitor);
  await documents.show(
    service === undefined
      ? { page: 'history', subject: undefined, name: vscode.l10n.t('History') }
      : { page: 'history', subject: service.id, name: vscode.l10n.t('History of {0}', service.name) },
  );
}

async function pickFrom(
  services: readonly ServiceSnapshot[],
  placeHolder: string,
): Promise<ServiceSnapshot | undefined> {
  if (services.length === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('Nothing is watched yet. “Watch a Lock File” adds the first service.'),
    );
    return undefined;
  }
  return pickService(services, placeHolder);
}

async function copyReport({ monitor }: CommandDeps, argument: unknown): Promise<void> {
  const service = serviceOf(argument, monitor);
  const { snapshot } = monitor;
  await vscode.env.clipboard.writeText(
    report(service === undefined ? snapshot.services : [service], snapshot.takenAt),
  );
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

async function copyPid({ monitor }: CommandDeps, argument: unknown): Promise<void> {
  const pid = pidOf(argument) ?? (await pickPid(monitor.snapshot.services));
  if (pid !== undefined) {
    await vscode.env.clipboard.writeText(String(pid));
    vscode.window.setStatusBarMessage(vscode.l10n.t('PID {0} copied.', pid), 3000);
  }
}

function pidOf(argument: unknown): number | undefined {
  if (argument instanceof HeldLockNode) {
    return argument.row.process?.pid;
  }
  if (!(argument instanceof ServiceNode)) {
    return undefined;
  }
  const { subject } = argument.row;
  switch (subject.kind) {
    case 'service':
      return soleProcess(subject.service)?.pid;
    case 'instance':
      return subject.instance.root.pid;
    case 'process':
      return subject.process.pid;
    case 'holder':
      return subject.holder.pid;
    case 'waiter':
      return subject.pid;
    case 'pidFile':
      return subject.file.recordedPid;
    default:
      return undefined;
  }
}

async function pickPid(services: readonly ServiceSnapshot[]): Promise<number | undefined> {
  const items = services.flatMap((service) =>
    service.instances.flatMap(({ processes }) =>
      processes.map(({ pid, command }) => ({
        pid,
        label: String(pid),
        description: inertLabel(service.name),
        detail: inertLabel(command),
      })),
    ),
  );
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder: vscode.l10n.t('Which process?'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return picked?.pid;
}

async function openFile({ monitor }: CommandDeps, argument: unknown): Promise<void> {
  const path = pathOf(argument) ?? (await pickPath(serviceOf(argument, monitor), monitor.snapshot.services));
  if (path === undefined) {
    return;
  }
  const uri = vscode.Uri.file(path);
  const { type } = await vscode.workspace.fs.stat(uri);
  // Opening a FIFO, a socket or a device would hang or disturb its other side.
  if ((type & vscode.FileType.File) === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('{0} is not a regular file, so it was not opened.', inertLabel(path)),
    );
    return;
  }
  await vscode.commands.executeCommand('vscode.open', uri, { preview: true });
}

function pathOf(argument: unknown): string | undefined {
  if (argument instanceof HeldLockNode) {
    return argument.row.path;
  }
  if (argument instanceof ServiceNode) {
    const { subject } = argument.row;
    if (subject.kind === 'lockFile' || subject.kind === 'pidFile' || subject.kind === 'holder') {
      return subject.file.path;
    }
  }
  return undefined;
}

async function pickPath(
  service: ServiceSnapshot | undefined,
  services: readonly ServiceSnapshot[],
): Promise<string | undefined> {
  const candidates = service === undefined ? services : [service];
  const items = candidates.flatMap(({ name, lockFiles, pidFiles }) =>
    [...new Set([...lockFiles, ...pidFiles].filter(({ exists }) => exists).map(({ path }) => path))].map(
      (path) => ({
        path,
        label: inertLabel(path),
        description: inertLabel(name),
      }),
    ),
  );
  if (items.length === 1) {
    return items[0]?.path;
  }
  const picked = await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which file?') });
  return picked?.path;
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

/** What is done with the process or the file of a row; without a row, which one is asked. */
import * as vscode from 'vscode';
import { commandLine } from '../../model/processes/process';
import type { ServiceSnapshot } from '../../api';
import type { Monitor } from '../../monitor/monitor';
import type { CommandDeps } from './command';
import { heldLocksNow, serviceOf } from './picks';
import { shortenPath } from '../paths';
import { pidAndProgram } from '../text/rows/processText';
import { soleProcess } from '../text/rows/serviceText';
import { inertLabel } from '../text/words/sanitize';
import { HeldLockNode } from '../views/heldLockNodes';
import { ServiceNode } from '../views/serviceNodes';

export async function copyPid({ monitor }: CommandDeps, argument: unknown): Promise<void> {
  const pid = pidOf(argument) ?? (await pickPid(monitor));
  if (pid !== undefined) {
    await vscode.env.clipboard.writeText(String(pid));
    vscode.window.setStatusBarMessage(vscode.l10n.t('Copied pid {0}.', pid), 3000);
  }
}

/** Show What Else This Process Holds: all of it, wherever it lies. */
export async function whatElse({ monitor, heldLocks }: CommandDeps, argument: unknown): Promise<void> {
  const pid = pidOf(argument) ?? (await pickPid(monitor));
  if (pid !== undefined) {
    await heldLocks.showProcess(pid);
  }
}

export async function copyPath(deps: CommandDeps, argument: unknown): Promise<void> {
  const path = await pathOrPick(deps, argument);
  if (path !== undefined) {
    await vscode.env.clipboard.writeText(path);
    vscode.window.setStatusBarMessage(vscode.l10n.t('Path copied.'), 3000);
  }
}

export async function reveal(deps: CommandDeps, argument: unknown): Promise<void> {
  const path = await pathOrPick(deps, argument);
  if (path === undefined) {
    return;
  }
  const uri = vscode.Uri.file(path);
  if (vscode.workspace.getWorkspaceFolder(uri) === undefined) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('{0} is outside the workspace; the Explorer does not show it.', inertLabel(path)),
    );
    return;
  }
  await vscode.commands.executeCommand('revealInExplorer', uri);
}

export async function openFile(deps: CommandDeps, argument: unknown): Promise<void> {
  const path = await pathOrPick(deps, argument);
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

/** The process that a row is about. */
export function pidOf(argument: unknown): number | undefined {
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
    case 'listener':
      return subject.listener.pid;
    case 'pidFile':
      return subject.file.recordedPid;
    default:
      return undefined;
  }
}

/** The file that a row is about. */
export function pathOf(argument: unknown): string | undefined {
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

async function pickPid(monitor: Monitor): Promise<number | undefined> {
  const ofServices = monitor.snapshot.services.flatMap((service) =>
    service.instances.flatMap(({ processes }) =>
      processes.map(({ pid, command }) => ({ pid, command, where: service.name })),
    ),
  );
  const ofLocks = (await heldLocksNow(monitor)).flatMap(({ path, holders }) =>
    holders.map(({ process }) => ({
      pid: process.pid,
      command: commandLine(process),
      where: shortenPath(path),
    })),
  );
  // Of a process that several of them name, the first says what it is.
  const byPid = new Map([...ofServices, ...ofLocks].reverse().map((one) => [one.pid, one]));
  if (byPid.size === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t(
        'No process to choose: no watched service is running, and no lock holder can be seen from here.',
      ),
    );
    return undefined;
  }
  const picked = await vscode.window.showQuickPick(
    [...byPid.values()].reverse().map(({ pid, command, where }) => ({
      pid,
      label: pidAndProgram(pid, command),
      description: inertLabel(where),
      detail: inertLabel(command),
    })),
    { placeHolder: vscode.l10n.t('Which process?'), matchOnDescription: true, matchOnDetail: true },
  );
  return picked?.pid;
}

async function pathOrPick({ monitor }: CommandDeps, argument: unknown): Promise<string | undefined> {
  return pathOf(argument) ?? pickPath(serviceOf(argument, monitor), monitor);
}

async function pickPath(service: ServiceSnapshot | undefined, monitor: Monitor): Promise<string | undefined> {
  const services = service === undefined ? monitor.snapshot.services : [service];
  const ofServices = services.flatMap(({ name, lockFiles, pidFiles }) =>
    [...lockFiles, ...pidFiles].filter(({ exists }) => exists).map(({ path }) => ({ path, where: name })),
  );
  const ofLocks =
    service === undefined
      ? (await heldLocksNow(monitor))
          .filter(({ deletedInode }) => !deletedInode)
          .map(({ path }) => ({ path, where: '' }))
      : [];
  const items = [...new Map([...ofLocks, ...ofServices].map((one) => [one.path, one])).values()].map(
    ({ path, where }) => ({ path, label: inertLabel(path), description: inertLabel(where) }),
  );
  if (items.length === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('No file to choose: no watched file exists, and no held lock can be seen from here.'),
    );
    return undefined;
  }
  if (items.length === 1) {
    return items[0]?.path;
  }
  const picked = await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which file?') });
  return picked?.path;
}

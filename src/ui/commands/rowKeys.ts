/** What keys and clicks do with a row of either view: Enter and a double click, Delete, and copying. */
import * as vscode from 'vscode';
import { cleanUpStalePidFiles } from './cleanUpCommand';
import type { CommandDeps } from './command';
import { showEvidence } from './evidenceCommand';
import { copyPath, copyPid, openFile, pathOf, pidOf } from './rowCommands';
import { canDo } from './selection';
import { killDuplicateInstance, terminateInstance, terminateLockHolder } from './terminateCommands';
import { HeldLockNode } from '../views/heldLockNodes';
import { ServiceNode } from '../views/serviceNodes';
import { SettingProblemNode } from '../views/settingProblemNode';
import { commands } from '../../contributions';

/** `view`: whose selected row is meant. */
export function openRow(deps: CommandDeps, view: unknown): Promise<void> {
  return open(deps, deps.selection.of(view));
}

/** The file of a row that is about a file; the evidence of every other. */
async function open(deps: CommandDeps, node: unknown): Promise<void> {
  if (node instanceof SettingProblemNode) {
    await vscode.commands.executeCommand(commands.openSettings, node);
  } else if (isAboutFile(node) && canDo(node, 'openFile')) {
    await openFile(deps, node);
  } else if (canDo(node, 'evidence')) {
    await showEvidence(deps, node);
  }
}

/** Cleans up or terminates, whichever the row can; both ask first. */
export async function removeRow(deps: CommandDeps, view: unknown): Promise<void> {
  const node = deps.selection.of(view);
  if (canDo(node, 'cleanUp')) {
    await cleanUpStalePidFiles(deps, node);
  } else if (canDo(node, 'instance')) {
    await terminateInstance(deps, node);
  } else if (canDo(node, 'killDuplicates')) {
    await killDuplicateInstance(deps, node);
  } else if (canDo(node, 'terminate')) {
    await terminateLockHolder(deps, node);
  } else {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('Nothing on this row can be cleaned up or terminated.'),
    );
  }
}

/** The path of a row about a file, the pid of one about a process. */
export async function copyRow(deps: CommandDeps, view: unknown): Promise<void> {
  const node = deps.selection.of(view);
  if (isAboutFile(node) || (pidOf(node) === undefined && canDo(node, 'copyPath'))) {
    await copyPath(deps, node);
  } else if (pidOf(node) !== undefined) {
    await copyPid(deps, node);
  } else {
    vscode.window.setStatusBarMessage(vscode.l10n.t('This row has neither a pid nor a path.'), 3000);
  }
}

/** Two clicks so close to each other are a double click, ms. */
const DOUBLE_CLICK_MS = 500;
let last: { node: unknown; at: number } | undefined;

/**
 * VS Code runs a row's command at each click, and then does not open or close the row itself: the first click does that
 * here, the second opens what the row is about.
 */
export async function clickRow(deps: CommandDeps, node: unknown): Promise<void> {
  const now = performance.now();
  const mode = vscode.workspace.getConfiguration('workbench.list').get('openMode');
  const isSecond = last !== undefined && last.node === node && now - last.at < DOUBLE_CLICK_MS;
  last = isSecond ? undefined : { node, at: now };
  if (isSecond || mode === 'doubleClick') {
    await open(deps, node);
  } else if (hasChildren(node)) {
    await vscode.commands.executeCommand('list.toggleExpand');
  }
}

function isAboutFile(node: unknown): boolean {
  if (node instanceof HeldLockNode) {
    return node.row.about === 'file';
  }
  return (
    node instanceof ServiceNode &&
    (node.row.subject.kind === 'lockFile' || node.row.subject.kind === 'pidFile') &&
    pathOf(node) !== undefined
  );
}

function hasChildren(node: unknown): boolean {
  return (
    (node instanceof ServiceNode && node.row.hasChildren) ||
    (node instanceof HeldLockNode && node.row.childCount > 0)
  );
}

/** What Held Locks shows, as it was chosen last; the menus follow it, also before the view is loaded. */
import * as vscode from 'vscode';
import { contextKeys } from '../../contributions';
import type { HeldLockGrouping } from '../text/rows/heldGroups';

export type HeldLockScope = 'workspace' | 'all';

export const SCOPE = 'heldLocks.scope';
export const GROUPING = 'heldLocks.grouping';

export function storedScope(state: vscode.Memento): HeldLockScope {
  const folders = vscode.workspace.workspaceFolders?.length ?? 0;
  return folders === 0 || state.get(SCOPE) === 'all' ? 'all' : 'workspace';
}

export function storedGrouping(state: vscode.Memento): HeldLockGrouping {
  return state.get(GROUPING) === 'file' ? 'file' : 'process';
}

export function tellHeldLockContext(
  scope: HeldLockScope,
  grouping: HeldLockGrouping,
  filtered: boolean,
): void {
  const set = (key: string, value: unknown): void =>
    void vscode.commands.executeCommand('setContext', key, value);
  set(contextKeys.heldLocksScope, scope);
  set(contextKeys.heldLocksGrouping, grouping);
  set(contextKeys.heldLocksFiltered, filtered);
}

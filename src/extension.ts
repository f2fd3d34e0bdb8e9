/**
 * What VS Code waits for, in two turns of the loop. In its own nothing is loaded, not even the `vscode` module, for which
 * VS Code puts its API together; in the next the names are registered, and the promise says so.
 */
import type * as vscode from 'vscode';
import type { InstanceMonitorApi } from './api';
import type { Started } from './ui/start';

let started: Promise<Started> | undefined;

/** VS Code waits for it, for some seconds: a record that a clean-up has moved aside is decided, histories are written. */
export function deactivate(): Promise<void> | undefined {
  return started?.then(
    (it) => it.end(),
    () => undefined, // it never started
  );
}

export async function activate(context: vscode.ExtensionContext): Promise<InstanceMonitorApi> {
  started = startLater(context);
  return (await started).api;
}

async function startLater(context: vscode.ExtensionContext): Promise<Started> {
  await new Promise((resolve) => setImmediate(resolve));
  const { start } = await import('./ui/start');
  return start(context);
}

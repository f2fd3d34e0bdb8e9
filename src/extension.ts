/**
 * What VS Code waits for: names are registered, and nothing else is loaded. What they lead to starts in later turns of the
 * loop; whoever asks before waits for it.
 */
import * as vscode from 'vscode';
import { messageOf } from './common/errors';
import type { InstanceMonitorApi, Snapshot } from './api';
import { Emitter } from './monitor/emitter';
import { registerNames } from './ui/names';
import type { Session } from './ui/session';

const EMPTY: Snapshot = { takenAt: 0, durationMs: 0, services: [], lockSource: 'none' };

/** Set by activation. What must end in order is no subscription: VS Code disposes of those without waiting. */
let end: (() => Promise<void>) | undefined;

/** VS Code waits for it, for some seconds: a record that a clean-up has moved aside is decided, histories are written. */
export function deactivate(): Promise<void> | undefined {
  return end?.();
}

export function activate(context: vscode.ExtensionContext): InstanceMonitorApi {
  let current: Session | undefined;
  const changed = new Emitter<Snapshot>((error) => current?.onError(error));
  const session = startLater(context, changed);
  session.then(
    (started) => (current = started),
    (error: unknown) => tellFailure(error),
  );
  end = () =>
    session.then(
      (started) => started.end(),
      () => undefined, // it never started
    );
  context.subscriptions.push(changed, ...registerNames(session));
  return {
    apiVersion: 1,
    getSnapshot: () => current?.monitor.snapshot ?? EMPTY,
    refresh: async () => (await session).monitor.refresh(),
    onDidChangeSnapshot: changed.event,
  };
}

async function startLater(context: vscode.ExtensionContext, changed: Emitter<Snapshot>): Promise<Session> {
  await new Promise((resolve) => setImmediate(resolve));
  const { startSession } = await import('./ui/session');
  return startSession(context, changed);
}

function tellFailure(error: unknown): void {
  void vscode.window.showErrorMessage(
    vscode.l10n.t('Instance & Lock Monitor cannot start: {0}', messageOf(error)),
  );
}

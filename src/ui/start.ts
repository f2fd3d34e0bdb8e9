/**
 * Registers names, with nothing else loaded. What they lead to starts in later turns of the loop; whoever asks before waits
 * for it.
 */
import * as vscode from 'vscode';
import { messageOf } from '../common/errors';
import type { InstanceMonitorApi, Snapshot } from '../api';
import { Emitter } from '../monitor/emitter';
import { registerNames } from './names';
import type { Session } from './session';

const EMPTY: Snapshot = { takenAt: 0, durationMs: 0, services: [], lockSource: 'none' };

export interface Started {
  api: InstanceMonitorApi;
  /** What must end in order is no subscription: VS Code disposes of those without waiting. */
  end(): Promise<void>;
}

export function start(context: vscode.ExtensionContext): Started {
  let current: Session | undefined;
  const changed = new Emitter<Snapshot>((error) => current?.onError(error));
  const session = startLater(context, changed);
  session.then(
    (started) => (current = started),
    (error: unknown) => tellFailure(error),
  );
  context.subscriptions.push(changed, ...registerNames(session));
  return {
    api: {
      apiVersion: 1,
      getSnapshot: () => current?.monitor.snapshot ?? EMPTY,
      refresh: async () => (await session).monitor.refresh(),
      onDidChangeSnapshot: changed.event,
    },
    end: () =>
      session.then(
        (started) => started.end(),
        () => undefined, // it never started
      ),
  };
}

async function startLater(context: vscode.ExtensionContext, changed: Emitter<Snapshot>): Promise<Session> {
  await new Promise((resolve) => setImmediate(resolve));
  const { startSession } = await import('./session');
  return startSession(context, changed);
}

function tellFailure(error: unknown): void {
  void vscode.window.showErrorMessage(
    vscode.l10n.t('Instance & Lock Monitor cannot start: {0}', messageOf(error)),
  );
}

/** Composition root: builds the parts, connects them, and returns the public API. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { stackOf } from './common/errors';
import type { InstanceMonitorApi, Snapshot } from './api';
import { MonitorClient } from './monitor/client';
import { Emitter } from './monitor/emitter';
import { History } from './monitor/history';
import { Config } from './ui/settings/config';
import { createUi } from './ui/index';
import { createLog, logTo, tellRecovery } from './ui/log';

/** Set by activation. What must end in order is no subscription: VS Code disposes of those without waiting. */
let end: (() => Promise<void>) | undefined;

/** VS Code waits for it, for some seconds: a record that a clean-up has moved aside is decided, histories are written. */
export function deactivate(): Promise<void> | undefined {
  return end?.();
}

export async function activate(context: vscode.ExtensionContext): Promise<InstanceMonitorApi> {
  const log = createLog();
  const toLog = logTo(log);
  const onError = (error: unknown): void => toLog('error', stackOf(error));

  // The texts of model/ and actions/ are made in the worker, by the library that shares our bundles.
  const bundle = vscode.l10n.uri;
  const l10nContents = bundle === undefined ? undefined : await readFile(bundle.fsPath, 'utf8');
  if (l10nContents !== undefined) {
    l10n.config({ contents: l10nContents });
  }

  const monitor = new MonitorClient({
    workerFile: join(context.extensionPath, 'dist', 'observer.js'),
    l10nContents,
    historyFolder: join((context.storageUri ?? context.globalStorageUri).fsPath, 'history'),
    log: toLog,
    cleanUpFolder: join(context.globalStorageUri.fsPath, 'clean-up'),
    onRecovery: tellRecovery(log),
  });
  const history = new History(monitor.histories, context.workspaceState, onError);
  end = async () => {
    await monitor.finishCleanUps();
    await history.dispose();
    await monitor.dispose();
    log.dispose();
  };
  const changed = new Emitter<Snapshot>(onError);
  const config = new Config();
  context.subscriptions.push(
    config,
    changed,
    monitor.onDidChange((change) => {
      history.update(monitor.snapshot, change.changed);
      if (!change.more) {
        changed.fire(monitor.snapshot);
      }
    }),
    createUi({ context, monitor, config, history, log }),
    config.onDidChange(({ monitor: next }) => monitor.configure(next)),
  );
  monitor.configure(config.current.monitor);

  return {
    apiVersion: 1,
    getSnapshot: () => monitor.snapshot,
    refresh: () => monitor.refresh(),
    onDidChangeSnapshot: changed.event,
  };
}

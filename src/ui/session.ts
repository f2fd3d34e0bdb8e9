/**
 * What every window runs: the settings, the observer's thread, and the names of the views. Everything that a user reads is
 * loaded when there is something to read, or when someone looks.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { stackOf } from '../common/errors';
import { yieldToEventLoop } from '../common/yieldToEventLoop';
import type { Snapshot } from '../api';
import { contextKeys } from '../contributions';
import { MonitorClient } from '../monitor/client';
import type { Emitter } from '../monitor/emitter';
import type { Monitor } from '../monitor/monitor';
import { createLog, logTo, tellRecovery } from './log';
import type { Disposable } from './disposables';
import { LateUi } from './lateUi';
import { registerTerminalLinks } from './links/terminalLinks';
import { Config } from './settings/config';
import { registerVariableCompletion } from './settings/variableCompletion';
import type { Ui } from './ui';
import { storedGrouping, storedScope, tellHeldLockContext } from './views/heldLockState';

export interface Session {
  readonly monitor: Monitor;
  /** Runs a command of ours; called from the palette or by a key it has no argument. */
  run(command: string, argument: unknown): Promise<unknown>;
  onError(error: unknown): void;
  /** Resolves when everything is written and the thread has ended. */
  end(): Promise<void>;
}

export async function startSession(
  context: vscode.ExtensionContext,
  changed: Emitter<Snapshot>,
): Promise<Session> {
  const log = createLog();
  const toLog = logTo(log);
  const onError = (error: unknown): void => toLog('error', stackOf(error));
  const { subscriptions } = context;

  const l10nContents = await readTexts();
  const monitor = new MonitorClient({
    workerFile: join(context.extensionPath, 'dist', 'observer.js'),
    l10nContents,
    historyFolder: join((context.storageUri ?? context.globalStorageUri).fsPath, 'history'),
    log: toLog,
    cleanUpFolder: join(context.globalStorageUri.fsPath, 'clean-up'),
    onRecovery: tellRecovery(log),
  });
  const config = new Config();
  subscriptions.push(config);
  await config.ready;
  subscriptions.push(config.onDidChange(({ monitor: next }) => monitor.configure(next)));
  // The first: its thread gets ready while this one goes on, in another turn of the loop.
  monitor.configure(config.current.monitor);
  await yieldToEventLoop();

  const late = new LateUi({
    monitor,
    config,
    onError,
    load: async (places) => {
      const { createUi } = await import('./index');
      return createUi({ context, monitor, histories: monitor.histories, config, log, places, onError });
    },
  });
  const ui = (): Promise<Ui> => late.ui();
  subscriptions.push(
    late,
    monitor.onDidChange(({ more }) => !more && changed.fire(monitor.snapshot)),
    ...tellStatus(monitor),
    tellTrust(),
    ...tellWatched(monitor, late.services),
    registerTerminalLinks(config, ui),
    registerVariableCompletion(),
  );
  const { workspaceState } = context;
  tellHeldLockContext(storedScope(workspaceState), storedGrouping(workspaceState), false);
  return {
    monitor,
    onError,
    run: async (command, argument) => (await ui()).run(command, argument),
    end: async () => {
      await monitor.finishCleanUps();
      await (await late.loaded?.catch(() => undefined))?.save();
      await monitor.dispose();
      log.dispose();
    },
  };
}

/** The texts of model/ and actions/ are made in the worker, by the library that shares our bundles. */
async function readTexts(): Promise<string | undefined> {
  const bundle = vscode.l10n.uri;
  const contents = bundle === undefined ? undefined : await readFile(bundle.fsPath, 'utf8');
  if (contents !== undefined) {
    l10n.config({ contents });
  }
  return contents;
}

/** The views' greetings and the menus follow whether it watches. */
function tellStatus(monitor: Monitor): Disposable[] {
  const tell = (): void =>
    void vscode.commands.executeCommand('setContext', contextKeys.status, monitor.status.kind);
  tell();
  return [monitor.onDidChangeStatus(tell)];
}

/** What is said of a restricted workspace is never said of one that VS Code has not judged yet. */
function tellTrust(): Disposable {
  const tell = (): void =>
    void vscode.commands.executeCommand('setContext', contextKeys.restricted, !vscode.workspace.isTrusted);
  tell();
  return vscode.workspace.onDidGrantWorkspaceTrust(tell);
}

/** Checks are rarer while no one looks. */
function tellWatched(monitor: Monitor, services: LateUi['services']): Disposable[] {
  const tell = (): void => monitor.setWatched(services.visible || vscode.window.state.focused);
  tell();
  return [services.onDidChangeVisibility(tell), vscode.window.onDidChangeWindowState(tell)];
}

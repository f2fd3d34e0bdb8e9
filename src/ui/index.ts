/** Everything the user sees, put together. */
import * as vscode from 'vscode';
import { contextKeys, views } from '../contributions';
import type { Monitor } from '../monitor/monitor';
import type { History } from '../monitor/history';
import { registerCommands } from './commands/register';
import { Selection, type SelectableView } from './commands/selection';
import type { Config } from './settings/config';
import { DisposableList, type Disposable } from './disposables';
import { Documents } from './documents/documents';
import { HeldLocksNotice } from './views/heldLocksNotice';
import { registerRecordHover } from './links/recordHover';
import { registerTerminalLinks } from './links/terminalLinks';
import { registerWaitTask } from './links/waitTask';
import { decorateFiles } from './views/decorateFiles';
import { HeldLocksView } from './views/heldLocksView';
import { registerLanguageModelTool } from './languageModelTool';
import { Muted } from './settings/muted';
import { Notifications } from './views/notifications';
import { Offers } from './views/offers';
import { ServicesView } from './views/servicesView';
import { SettingsProblems } from './settings/settingsProblems';
import { StatusBar } from './views/statusBar';
import { Terminals } from './terminals';
import { registerVariableCompletion } from './settings/variableCompletion';

export interface UiDeps {
  context: Pick<vscode.ExtensionContext, 'globalState' | 'workspaceState'>;
  monitor: Monitor;
  config: Config;
  history: History;
  log: vscode.LogOutputChannel;
}

/** Call before `monitor.configure`, so that nothing the monitor says is missed. */
export function createUi({ context, monitor, config, history, log }: UiDeps): Disposable {
  const disposables = new DisposableList();
  const terminals = disposables.add(new Terminals());
  const offers = disposables.add(new Offers(monitor, config));
  const muted = new Muted(config, context.globalState);
  const services = disposables.add(new ServicesView({ monitor, config, muted, terminals, offers }));
  const heldLocks = disposables.add(new HeldLocksView(monitor, config, context.workspaceState));
  const { workspaceState } = context;
  disposables.add(
    new HeldLocksNotice({ monitor, config, workspaceState, heldLocks, services: services.tree }),
  );
  const documents = disposables.add(new Documents(monitor, history));
  disposables.add(new StatusBar(monitor));
  disposables.add(decorateFiles(monitor, config, (error) => log.error(String(error))));
  disposables.add(registerRecordHover(monitor));
  disposables.add(new Notifications(monitor, config, muted, context));
  disposables.add(new SettingsProblems(config, log));
  disposables.add(registerVariableCompletion());
  const selection = disposables.add(
    new Selection(
      new Map<string, SelectableView>([
        [views.services, services.tree],
        [views.heldLocks, heldLocks],
      ]),
    ),
  );
  const deps = {
    ...{ monitor, history, log, documents, heldLocks, config, muted, terminals, offers, selection },
    reveal: (serviceId: string) => services.reveal(serviceId),
  };
  disposables.add(registerCommands(deps));
  disposables.add(registerTerminalLinks(config, deps));
  disposables.add(registerWaitTask(monitor));
  const tool = registerLanguageModelTool(monitor);
  if (tool !== undefined) {
    disposables.add(tool);
  }
  const tellStatus = (): void =>
    void vscode.commands.executeCommand('setContext', contextKeys.status, monitor.status.kind);
  disposables.add(monitor.onDidChangeStatus(tellStatus));
  tellStatus();
  const look = (): void => offers.lookWhile(() => services.tree.visible);
  disposables.add(services.tree.onDidChangeVisibility(look));
  look();
  const tellWatched = (): void => monitor.setWatched(services.tree.visible || vscode.window.state.focused);
  disposables.add(services.tree.onDidChangeVisibility(tellWatched));
  disposables.add(vscode.window.onDidChangeWindowState(tellWatched));
  tellWatched();
  return disposables;
}

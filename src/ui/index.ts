/** Everything the user sees, put together. */
import type * as vscode from 'vscode';
import { commands, views } from '../contributions';
import { History } from '../monitor/history';
import type { HistoryStore } from '../monitor/historyFiles';
import type { Monitor } from '../monitor/monitor';
import { CommandTable, failed } from './commands/table';
import { Selection, type SelectableView } from './commands/selection';
import type { Config } from './settings/config';
import { DisposableList } from './disposables';
import type { CommandDeps } from './commands/command';
import { Documents } from './documents/documents';
import type { Places } from './lateUi';
import { followFolders } from './paths';
import { HeldLocksNotice } from './views/heldLocksNotice';
import { registerRecordHover } from './links/registerRecordHover';
import { decorateFiles } from './views/decorateFiles';
import { HeldLocksView } from './views/heldLocksView';
import { Muted } from './settings/muted';
import { Notifications } from './views/notifications';
import { Offers } from './views/offers';
import { ServicesView } from './views/servicesView';
import { SettingsProblems } from './settings/settingsProblems';
import { StatusBar } from './views/statusBar';
import { Terminals } from './terminals';
import type { Ui } from './ui';

export interface UiDeps {
  context: Pick<vscode.ExtensionContext, 'globalState' | 'workspaceState'>;
  monitor: Monitor;
  /** Where histories are kept. */
  histories: HistoryStore;
  config: Config;
  log: vscode.LogOutputChannel;
  places: Places;
  onError: (error: unknown) => void;
}

export function createUi(uiDeps: UiDeps): Ui {
  const { context, monitor, config, log, places } = uiDeps;
  const disposables = new DisposableList();
  const { workspaceState } = context;
  disposables.add(followFolders());
  const history = followedHistory(uiDeps, disposables);
  const commandTable = new CommandTable();
  const terminals = disposables.add(new Terminals());
  const offers = disposables.add(new Offers(monitor, config));
  const muted = new Muted(config, context.globalState);
  const { view } = places.services;
  const services = disposables.add(
    new ServicesView({ view, monitor, config, muted, terminals, offers, commands: commandTable }),
  );
  const heldLocks = disposables.add(
    new HeldLocksView({
      view: places.heldLocks.view,
      monitor,
      config,
      workspaceState,
      commands: commandTable,
    }),
  );
  disposables.add(new HeldLocksNotice({ monitor, config, workspaceState, heldLocks, services: view }));
  const documents = disposables.add(new Documents(monitor, history, places.pages));
  disposables.add(new StatusBar(monitor));
  disposables.add(decorateFiles(monitor, config, (error) => log.error(String(error))));
  disposables.add(registerRecordHover(monitor));
  disposables.add(new Notifications(monitor, config, muted, context));
  disposables.add(new SettingsProblems(config, log));
  const selection = disposables.add(
    new Selection(
      new Map<string, SelectableView>([
        [views.services, view],
        [views.heldLocks, heldLocks],
      ]),
    ),
  );
  const deps = {
    ...{ monitor, history, log, documents, heldLocks, config, muted, terminals, offers, selection },
    reveal: (serviceId: string) => services.reveal(serviceId),
  };
  const look = (): void => offers.lookWhile(() => view.visible);
  disposables.add(view.onDidChangeVisibility(look));
  look();
  places.services.provide(services);
  places.heldLocks.provide(heldLocks);
  return {
    pages: documents,
    run: (command, argument) => commandTable.run(deps, command, argument),
    answer: (claim, terminal) => answer(deps, claim, terminal),
    save: () => history.dispose(),
    dispose: () => disposables.dispose(),
  };
}

/** What it has not heard of yet it learns at once. */
function followedHistory(
  { monitor, histories, context, onError }: UiDeps,
  disposables: DisposableList,
): History {
  const history = new History(histories, context.workspaceState, onError);
  disposables.add(monitor.onDidChange(({ changed }) => history.update(monitor.snapshot, changed)));
  const known = monitor.snapshot.services.map(({ id }) => id);
  history.update(monitor.snapshot, known);
  return history;
}

async function answer(deps: CommandDeps, ...asked: Parameters<Ui['answer']>): Promise<void> {
  try {
    const { answerClaim } = await import('./onDemand');
    await answerClaim(deps, ...asked);
  } catch (error) {
    failed(deps.log, commands.whoUsesThis, error);
  }
}

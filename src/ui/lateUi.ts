/** Loads what a user reads when there is something to read, or when someone looks. */
import type * as vscode from 'vscode';
import { views } from '../contributions';
import type { Monitor } from '../monitor/monitor';
import { DisposableList, type Disposable } from './disposables';
import { LateDocuments, LateTree } from './lateViews';
import type { Config } from './settings/config';
import type { Ui } from './ui';
import type { HeldLockNode } from './views/heldLockNodes';
import type { ServicesNode } from './views/servicesView';

/** What the views and pages are put into. */
export interface Places {
  services: LateTree<ServicesNode>;
  heldLocks: LateTree<HeldLockNode>;
  pages: vscode.EventEmitter<vscode.Uri>;
}

export interface LateUiDeps {
  monitor: Monitor;
  config: Config;
  /** Called once. */
  load: (places: Places) => Promise<Ui>;
  onError: (error: unknown) => void;
}

export class LateUi implements Disposable {
  readonly #deps: LateUiDeps;
  readonly #disposables = new DisposableList();
  readonly #places: Places;
  #ui: Promise<Ui> | undefined;
  #turn: NodeJS.Immediate | undefined;

  constructor(deps: LateUiDeps) {
    this.#deps = deps;
    const load = (): Promise<Ui> => this.ui();
    const documents = this.#disposables.add(new LateDocuments(async () => (await load()).pages));
    const services = this.#disposables.add(new LateTree<ServicesNode>(views.services, load));
    const heldLocks = this.#disposables.add(new LateTree<HeldLockNode>(views.heldLocks, load));
    this.#places = { services, heldLocks, pages: documents.changes };
    const { monitor, config } = deps;
    const look = (): void => this.#look();
    this.#disposables.add(monitor.onDidChange(look));
    this.#disposables.add(monitor.onDidChangeStatus(look));
    this.#disposables.add(config.onDidChange(look));
    this.#disposables.add(services.view.onDidChangeVisibility(look));
    this.#disposables.add(heldLocks.view.onDidChangeVisibility(look));
    look();
  }

  /** Whether the Services view can be seen. */
  get services(): Pick<vscode.TreeView<unknown>, 'visible' | 'onDidChangeVisibility'> {
    return this.#places.services.view;
  }

  ui(): Promise<Ui> {
    this.#ui ??= this.#deps.load(this.#places).then((ui) => this.#disposables.add(ui));
    return this.#ui;
  }

  /** undefined: nothing of it was needed. */
  get loaded(): Promise<Ui> | undefined {
    return this.#ui;
  }

  dispose(): void {
    clearImmediate(this.#turn);
    this.#disposables.dispose();
  }

  #look(): void {
    if (this.#ui === undefined && this.#isNeeded()) {
      // What is being started now has this turn of the loop to itself.
      this.#turn ??= setImmediate(() => void this.ui().catch(this.#deps.onError));
    }
  }

  #isNeeded(): boolean {
    const { monitor, config } = this.#deps;
    const { services, heldLocks } = this.#places;
    return (
      monitor.snapshot.services.length > 0 ||
      config.current.monitor.services.length > 0 ||
      config.current.problems.length > 0 ||
      services.view.visible ||
      heldLocks.view.visible
    );
  }
}

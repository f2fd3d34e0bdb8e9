import * as vscode from 'vscode';
import type { ServiceSnapshot } from '../api';
import { commands } from '../contributions';
import type { Monitor } from '../monitor/client';
import type { Config } from './config';
import { DisposableList } from './disposables';
import { conflictingPids, conflictKey, conflictSentence } from './text/conflict';

/** Services that a person never wants to be notified about: kept with the person. */
const MUTED = 'notifications.muted';
/** Conflicts told, so that a reload does not tell them again: kept with the workspace. */
const TOLD = 'notifications.told';
const TOLD_LIMIT = 200;

/** A service that flaps (crash loop, respawner) is told at most this often. */
const QUIET_MS = 10_000;
/** A log keeps repeating itself; its other side has no identity to compare. */
const QUIET_LOG_MS = 600_000;

/** One notification per new conflict, with its remedies. */
export class Notifications implements vscode.Disposable {
  readonly #monitor: Monitor;
  readonly #config: Config;
  readonly #stores: Pick<vscode.ExtensionContext, 'globalState' | 'workspaceState'>;
  readonly #disposables = new DisposableList();
  /** Services whose present conflict has been dealt with, one way or the other. */
  readonly #present = new Set<string>();
  readonly #toldAt = new Map<string, number>();
  readonly #later = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(
    monitor: Monitor,
    config: Config,
    stores: Pick<vscode.ExtensionContext, 'globalState' | 'workspaceState'>,
  ) {
    this.#monitor = monitor;
    this.#config = config;
    this.#stores = stores;
    this.#disposables.add(
      monitor.onDidChange(({ changed, membership }) => this.#look(membership ? undefined : new Set(changed))),
    );
    this.#disposables.add({ dispose: () => this.#later.forEach((timer) => clearTimeout(timer)) });
    this.#look(undefined);
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #look(changed: ReadonlySet<string> | undefined): void {
    for (const service of this.#monitor.snapshot.services) {
      if (changed === undefined || changed.has(service.id)) {
        this.#consider(service);
      }
    }
  }

  #consider(service: ServiceSnapshot): void {
    if (service.state !== 'conflict') {
      this.#present.delete(service.id);
      return;
    }
    if (this.#present.has(service.id) || this.#later.has(service.id)) {
      return;
    }
    const key = conflictKey(service);
    const wait = this.#quietFor(service.id, key);
    if (wait > 0) {
      this.#later.set(
        service.id,
        setTimeout(() => {
          this.#later.delete(service.id);
          this.#look(new Set([service.id]));
        }, wait),
      );
      return;
    }
    this.#present.add(service.id);
    if (
      !this.#config.current.notifyOnConflict ||
      stringList(this.#stores.globalState, MUTED).includes(service.id)
    ) {
      return;
    }
    if (key !== undefined) {
      const told = stringList(this.#stores.workspaceState, TOLD);
      if (told.includes(key)) {
        return;
      }
      void this.#stores.workspaceState.update(TOLD, [...told, key].slice(-TOLD_LIMIT));
    }
    this.#toldAt.set(service.id, Date.now());
    void this.#tell(service);
  }

  /** ms */
  #quietFor(serviceId: string, key: string | undefined): number {
    const toldAt = this.#toldAt.get(serviceId);
    if (toldAt === undefined) {
      return 0;
    }
    // A clock set back must not silence anybody for longer than the pause itself.
    const passed = Math.max(0, Date.now() - toldAt);
    return (key === undefined ? QUIET_LOG_MS : QUIET_MS) - passed;
  }

  async #tell(service: ServiceSnapshot): Promise<void> {
    const kill = vscode.l10n.t('Kill Duplicate…');
    const evidence = vscode.l10n.t('Show Evidence');
    const mute = vscode.l10n.t('Mute This Service');
    const killable = vscode.workspace.isTrusted && conflictingPids(service).length > 1;
    const choice = await vscode.window.showWarningMessage(
      conflictSentence(service),
      ...(killable ? [kill] : []),
      evidence,
      mute,
    );
    if (choice === kill) {
      await vscode.commands.executeCommand(commands.killDuplicateInstance, service.id);
    } else if (choice === evidence) {
      await vscode.commands.executeCommand(commands.showEvidence, service.id);
    } else if (choice === mute) {
      await this.#stores.globalState.update(MUTED, [
        ...stringList(this.#stores.globalState, MUTED),
        service.id,
      ]);
    }
  }
}

function stringList(store: vscode.Memento, key: string): string[] {
  const stored = store.get<unknown>(key);
  return Array.isArray(stored) ? stored.filter((item) => typeof item === 'string') : [];
}

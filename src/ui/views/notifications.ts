import { hostname } from 'node:os';
import * as vscode from 'vscode';
import type { ServiceSnapshot } from '../../api';
import { commands, views } from '../../contributions';
import type { Monitor } from '../../monitor/monitor';
import type { Config } from '../settings/config';
import type { Muted } from '../settings/muted';
import { DisposableList } from '../disposables';
import {
  conflictOf,
  conflictSentence,
  conflictsSentence,
  isKillable,
  overSentence,
  type Conflict,
} from '../text/words/conflict';
import {
  claim,
  isOthers,
  isTold,
  noteSeen,
  parseLedger,
  pauseOf,
  withdraw,
  type Told,
} from '../text/words/conflictLedger';

/** Conflicts announced: kept with the user, so that only one of several windows notifies, and a reload does not repeat it. */
const LEDGER = 'notifications.ledger';
/** Where version 0.1.0 kept the keys of conflicts, with each workspace. */
const OLD_TOLD = 'notifications.told';

/** Conflicts that are seen within this time are told together. */
const GATHER_MS = 250;
/** A window that the user is not looking at leaves it to the one that they are looking at. */
const UNFOCUSED_MS = 1000;
/** How long another window's claim may be on its way. */
const SETTLE_MS = 200;
/** More than this at once are told in one sentence. */
const APART_LIMIT = 3;

/** One notification per new conflict, with its remedies. */
export class Notifications implements vscode.Disposable {
  readonly #monitor: Monitor;
  readonly #config: Config;
  readonly #muted: Muted;
  readonly #stores: Pick<vscode.ExtensionContext, 'globalState' | 'workspaceState'>;
  readonly #disposables = new DisposableList();
  readonly #host = hostname();
  /** Tells this window's claims from those of others. */
  readonly #window = Math.random().toString(36).slice(2);
  /** Services whose present conflict has been dealt with, one way or the other. */
  readonly #present = new Set<string>();
  /** Services whose conflict is to be checked, with the timer that will. */
  readonly #waiting = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #gathered = new Set<string>();
  #gathering: ReturnType<typeof setTimeout> | undefined;

  constructor(
    monitor: Monitor,
    config: Config,
    muted: Muted,
    stores: Pick<vscode.ExtensionContext, 'globalState' | 'workspaceState'>,
  ) {
    this.#monitor = monitor;
    this.#config = config;
    this.#muted = muted;
    this.#stores = stores;
    this.#disposables.add(
      monitor.onDidChange(({ changed, membership }) => this.#look(membership ? undefined : new Set(changed))),
    );
    this.#disposables.add({
      dispose: () => {
        clearTimeout(this.#gathering);
        this.#waiting.forEach((timer) => clearTimeout(timer));
      },
    });
    if (stores.workspaceState.get(OLD_TOLD) !== undefined) {
      void stores.workspaceState.update(OLD_TOLD, undefined);
    }
    this.#look(undefined);
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #look(changed: ReadonlySet<string> | undefined): void {
    const lasting: Conflict[] = [];
    const { services } = this.#monitor.snapshot;
    if (changed === undefined) {
      // What is no longer watched may come back, in another conflict.
      const watched = new Set(services.map(({ id }) => id));
      [...this.#present].filter((id) => !watched.has(id)).forEach((id) => this.#present.delete(id));
    }
    for (const service of services) {
      if (changed !== undefined && !changed.has(service.id)) {
        continue;
      }
      if (service.state !== 'conflict') {
        this.#present.delete(service.id);
      } else if (this.#present.has(service.id)) {
        lasting.push(...[conflictOf(service, this.#host)].filter((conflict) => conflict !== undefined));
      } else if (!this.#waiting.has(service.id)) {
        this.#gather(service.id);
      }
    }
    this.#note(lasting);
  }

  #note(conflicts: readonly Conflict[]): void {
    const noted = conflicts.length === 0 ? undefined : noteSeen(this.#ledger(), conflicts, Date.now());
    if (noted !== undefined) {
      void this.#keep(noted);
    }
  }

  /** A store that cannot be written is no reason to be silent. */
  async #keep(ledger: readonly Told[]): Promise<void> {
    try {
      await this.#stores.globalState.update(LEDGER, ledger);
    } catch {
      // VS Code has logged it; the worst that follows is that a conflict is told again.
    }
  }

  #gather(serviceId: string): void {
    this.#gathered.add(serviceId);
    const delay = vscode.window.state.focused ? GATHER_MS : GATHER_MS + UNFOCUSED_MS;
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined;
      const ids = [...this.#gathered];
      this.#gathered.clear();
      void this.#consider(ids);
    }, delay);
  }

  async #consider(ids: readonly string[]): Promise<void> {
    const now = Date.now();
    const ledger = this.#ledger();
    const fresh: Conflict[] = [];
    for (const id of ids) {
      const service = this.#inConflict(id);
      const conflict = service === undefined ? undefined : conflictOf(service, this.#host);
      if (conflict === undefined || this.#present.has(id)) {
        continue;
      }
      const pause = pauseOf(ledger, conflict, now);
      if (!this.#isWanted(id) || isTold(ledger, conflict, now)) {
        this.#present.add(id);
      } else if (pause > 0) {
        this.#wait(id, pause);
      } else {
        this.#present.add(id);
        fresh.push(conflict);
      }
    }
    if (fresh.length > 0) {
      await this.#tell(await this.#claimed(fresh, now));
    }
  }

  #wait(serviceId: string, ms: number): void {
    const timer = setTimeout(() => {
      this.#waiting.delete(serviceId);
      this.#look(new Set([serviceId]));
    }, ms);
    this.#waiting.set(serviceId, timer);
  }

  /** Returns the conflicts that no other window has claimed before. */
  async #claimed(conflicts: readonly Conflict[], at: number): Promise<Conflict[]> {
    const mine = { by: this.#window, at };
    await this.#keep(claim(this.#ledger(), conflicts, this.#window, at));
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const ledger = this.#ledger();
    const others = conflicts.filter((conflict) => isOthers(ledger, conflict, mine));
    if (others.length > 0) {
      await this.#keep(withdraw(ledger, others, mine));
    }
    return conflicts.filter((conflict) => !others.includes(conflict));
  }

  async #tell(conflicts: readonly Conflict[]): Promise<void> {
    const services = conflicts.flatMap(({ serviceId }) => this.#inConflict(serviceId) ?? []);
    if (services.length <= APART_LIMIT) {
      await Promise.all(services.map((service) => this.#tellOne(service)));
      return;
    }
    const show = vscode.l10n.t('Show');
    if ((await vscode.window.showWarningMessage(conflictsSentence(services), show)) === show) {
      await vscode.commands.executeCommand(`${views.services}.focus`);
    }
  }

  async #tellOne(service: ServiceSnapshot): Promise<void> {
    const kill = vscode.l10n.t('Kill Duplicate…');
    const evidence = vscode.l10n.t('Show Evidence');
    const mute = vscode.l10n.t('Mute This Service');
    const choice = await vscode.window.showWarningMessage(
      conflictSentence(service),
      ...(vscode.workspace.isTrusted && isKillable(service) ? [kill] : []),
      evidence,
      mute,
    );
    if (choice === mute) {
      await this.#muted.mute(service);
    } else if (choice !== undefined) {
      await this.#act(service, choice === kill ? 'kill' : 'evidence');
    }
  }

  /** The notification may be old: what it was about may be over, or no longer watched. */
  async #act({ id, name }: ServiceSnapshot, wish: 'kill' | 'evidence'): Promise<void> {
    const service = this.#monitor.snapshot.services.find((each) => each.id === id);
    const sentence = overSentence(name, service, wish);
    if (sentence !== undefined) {
      void vscode.window.showInformationMessage(sentence);
      return;
    }
    const command = wish === 'kill' ? commands.killDuplicateInstance : commands.showEvidence;
    await vscode.commands.executeCommand(command, id);
  }

  #inConflict(serviceId: string): ServiceSnapshot | undefined {
    return this.#monitor.snapshot.services.find(({ id, state }) => id === serviceId && state === 'conflict');
  }

  #isWanted(serviceId: string): boolean {
    const service = this.#inConflict(serviceId);
    return this.#config.current.notifyOnConflict && (service === undefined || !this.#muted.has(service));
  }

  #ledger(): Told[] {
    return parseLedger(this.#stores.globalState.get<unknown>(LEDGER));
  }
}

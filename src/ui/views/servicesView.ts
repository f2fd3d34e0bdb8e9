import * as vscode from 'vscode';
import { yieldToEventLoop } from '../../common/yieldToEventLoop';
import type { ServiceSnapshot, Snapshot } from '../../api';
import { commands, contextKeys } from '../../contributions';
import { assertNever } from '../../common/assertNever';
import type { Monitor, MonitorChange } from '../../monitor/monitor';
import { DisposableList } from '../disposables';
import type { ViewCommands } from '../commands/viewCommands';
import type { Config } from '../settings/config';
import type { Terminals } from '../terminals';
import type { Muted } from '../settings/muted';
import { shortenPath } from '../paths';
import { HeldLockNode } from './heldLockNodes';
import type { Offers } from './offers';
import { ServiceNode, ServiceNodes } from './serviceNodes';
import { problemNodes, SettingProblemNode } from './settingProblemNode';
import { heldTooltip } from '../text/rows/heldRows';
import { diffRows, type RowChanges } from '../text/rows/rowDiff';
import { silentMountsText } from '../text/words/silentMounts';
import { bySeverityThenName, hasProblem, serviceRow, type Row, type RowContext } from '../text/rows/rows';
import { localTime } from '../../model/text';

/** Ages in rows are minutes or coarser. */
const AGE_STEP_MS = 60_000;
/** Rows rebuilt in one go when only time has passed: far below a frame. */
const AGE_SLICE = 25;

export interface ServicesViewDeps {
  view: vscode.TreeView<ServicesNode>;
  monitor: Monitor;
  config: Config;
  muted: Muted;
  terminals: Terminals;
  offers: Offers;
  commands: ViewCommands;
}

/** A row of a service or of a wrong setting; while there is no service, what could be watched. */
export type ServicesNode = ServiceNode | SettingProblemNode | HeldLockNode;

export class ServicesView implements vscode.TreeDataProvider<ServicesNode>, vscode.Disposable {
  readonly #monitor: Monitor;
  readonly #config: Config;
  readonly #muted: Muted;
  readonly #terminals: Terminals;
  readonly #disposables = new DisposableList();
  readonly #changes = this.#disposables.add(new vscode.EventEmitter<ServicesNode[] | undefined>());
  readonly #view: vscode.TreeView<ServicesNode>;
  readonly #offers: Offers;
  readonly #nodes = new ServiceNodes();
  #roots: ServiceNode[] = [];
  #problems: SettingProblemNode[] = [];
  /** What each root's row was made from. */
  #shown = new Map<string, { service: ServiceSnapshot; row: Row }>();
  #problemsOnly = false;
  /** Something changed while no one could see it: the rows are made when someone looks. */
  #outdated = true;
  /** Rows have to be put in order again, once all changes of a snapshot are told. */
  #moved = false;
  /** Rows made on the way there. */
  #prepared = new Map<ServiceSnapshot, Row>();
  #ageRun = 0;

  readonly onDidChangeTreeData = this.#changes.event;

  constructor({ view, monitor, config, muted, terminals, offers, commands: table }: ServicesViewDeps) {
    this.#monitor = monitor;
    this.#config = config;
    this.#muted = muted;
    this.#terminals = terminals;
    this.#offers = offers;
    this.#problems = problemNodes(config.current.problems);
    this.#view = view;
    const ageTimer = setInterval(() => void this.#growOlder(), AGE_STEP_MS);
    this.#disposables.add({ dispose: () => clearInterval(ageTimer) });
    this.#disposables.add(this.#view.onDidChangeVisibility(({ visible }) => visible && this.#onVisible()));
    this.#disposables.add(monitor.onDidChange((change) => this.#onChange(change)));
    this.#disposables.add(monitor.onDidChangeStatus(() => this.#showStatus()));
    this.#disposables.add(config.onDidChange(() => this.#remake()));
    this.#disposables.add(terminals.onDidChange(() => this.#remake()));
    table.handle(commands.showProblemsOnly, () => this.#filter(true));
    table.handle(commands.showAllServices, () => this.#filter(false));
    this.#disposables.add(offers.onDidChange(() => this.#onOffers()));
    this.#showStatus();
  }

  /** Selects the service's row and brings the view to front. */
  async reveal(serviceId: string): Promise<void> {
    if (this.#outdated) {
      this.#redraw(this.#rebuild(this.#monitor.snapshot));
    }
    const node = this.#nodes.get(serviceId);
    if (node !== undefined) {
      await this.#view.reveal(node, { select: true, focus: true, expand: true });
    }
  }

  getChildren(node?: ServicesNode): ServicesNode[] {
    if (node === undefined && this.#outdated) {
      this.#rebuild(this.#monitor.snapshot); // asked for just now: no event needed
    }
    if (node === undefined) {
      const isEmpty = this.#monitor.snapshot.services.length === 0;
      return [...(isEmpty ? this.#offers.nodes : this.#roots), ...this.#problems];
    }
    return node instanceof ServiceNode ? this.#nodes.childrenOf(node) : [];
  }

  getParent(node: ServicesNode): ServiceNode | undefined {
    return node instanceof ServiceNode ? node.parent : undefined;
  }

  getTreeItem(node: ServicesNode): vscode.TreeItem {
    return node.item();
  }

  resolveTreeItem(item: vscode.TreeItem, node: ServicesNode): Promise<vscode.TreeItem> {
    return withTooltip(item, node);
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #filter(problemsOnly: boolean): void {
    this.#problemsOnly = problemsOnly;
    void vscode.commands.executeCommand('setContext', contextKeys.problemsOnly, problemsOnly);
    this.#redraw(this.#rebuild(this.#monitor.snapshot));
  }

  /** What rows say beside the snapshot has changed: settings, terminals. */
  #remake(): void {
    this.#problems = problemNodes(this.#config.current.problems);
    this.#shown.clear();
    if (this.#view.visible) {
      this.#rebuild(this.#monitor.snapshot);
      this.#changes.fire(undefined);
    } else {
      this.#outdated = true;
    }
  }

  #onOffers(): void {
    if (this.#monitor.snapshot.services.length === 0) {
      this.#showStatus();
      this.#changes.fire(undefined);
    }
  }

  #onVisible(): void {
    if (this.#outdated) {
      this.#redraw(this.#rebuild(this.#monitor.snapshot));
    } else {
      void this.#growOlder();
    }
  }

  #onChange({ changed, membership, more }: MonitorChange): void {
    if (!more) {
      this.#showStatus();
    }
    if (!this.#view.visible) {
      this.#outdated = true;
      return;
    }
    const { snapshot } = this.#monitor;
    const ids = new Set(changed);
    const services = snapshot.services.filter(({ id }) => ids.has(id));
    this.#moved ||= membership || services.some((service) => this.#moves(service));
    if (this.#moved) {
      services.forEach((service) =>
        this.#prepared.set(service, serviceRow(service, this.#rowContext(Date.now()))),
      );
    } else {
      services.forEach((service) => this.#update(service, Date.now()));
    }
    if (!more && (this.#moved || this.#outdated)) {
      this.#redraw(this.#rebuild(snapshot));
    }
  }

  /** Does its row come, go or change places? */
  #moves(service: ServiceSnapshot): boolean {
    const old = this.#shown.get(service.id)?.service;
    return (
      old === undefined ||
      old.state !== service.state ||
      old.name !== service.name ||
      hasProblem(old) !== hasProblem(service)
    );
  }

  /** Sorts and filters all services. Returns what looks different now. */
  #rebuild(snapshot: Snapshot): RowChanges {
    const context = this.#rowContext(Date.now());
    const services = inFormerOrder(snapshot.services, [...this.#shown.keys()])
      .filter((service) => !this.#problemsOnly || hasProblem(service))
      .sort(bySeverityThenName);
    const shown = new Map<string, { service: ServiceSnapshot; row: Row }>();
    for (const service of services) {
      const old = this.#shown.get(service.id);
      const row = (): Row => this.#prepared.get(service) ?? serviceRow(service, context);
      shown.set(service.id, old?.service === service ? old : { service, row: row() });
    }
    const before = [...this.#shown.values()].map(({ row }) => row);
    const after = [...shown.values()].map(({ row }) => row);
    const changes = diffRows(before, after, this.#nodes.isOpened);
    this.#shown = shown;
    this.#roots = after.map((row) => this.#nodes.put(row, undefined));
    for (const { id } of before) {
      if (!shown.has(id)) {
        this.#nodes.forget(id);
      }
    }
    this.#outdated = false;
    this.#moved = false;
    this.#prepared.clear();
    return changes;
  }

  /** The list itself is redrawn only if its rows came, went or moved. */
  #redraw(changes: RowChanges): void {
    if (changes.roots) {
      this.#changes.fire(undefined);
    } else {
      this.#fire(changes.ids);
    }
  }

  #update(service: ServiceSnapshot, now: number): void {
    const old = this.#shown.get(service.id);
    if (old === undefined) {
      return; // filtered out
    }
    const row = serviceRow(service, this.#rowContext(now));
    const { ids } = diffRows([old.row], [row], this.#nodes.isOpened);
    this.#shown.set(service.id, { service, row });
    this.#nodes.put(row, undefined);
    this.#fire(ids);
  }

  #fire(ids: readonly string[]): void {
    const nodes = ids.flatMap((id) => this.#nodes.get(id) ?? []);
    if (nodes.length > 0) {
      this.#changes.fire(nodes);
    }
  }

  /** Only time has passed: brings the ages up to date while someone can see them, a few rows at a time. */
  async #growOlder(): Promise<void> {
    if (!this.#view.visible) {
      return;
    }
    const run = ++this.#ageRun;
    const ids = [...this.#shown.keys()];
    for (let from = 0; from < ids.length; from += AGE_SLICE) {
      for (const id of ids.slice(from, from + AGE_SLICE)) {
        const shown = this.#shown.get(id);
        if (shown !== undefined) {
          this.#update(shown.service, Date.now());
        }
      }
      await yieldToEventLoop();
      if (run !== this.#ageRun) {
        return;
      }
    }
  }

  #showStatus(): void {
    showStatus(this.#view, this.#monitor, this.#offers.message);
  }

  #rowContext(now: number): RowContext {
    return { now, shorten: shortenPath, isMuted: this.#muted.has, terminalOf: this.#terminals.nameOf };
  }
}

/** Shows what stands above the rows and on the container's icon. */
function showStatus(view: vscode.TreeView<ServicesNode>, monitor: Monitor, empty: string): void {
  const { snapshot, status } = monitor;
  const badge = badgeOf(snapshot);
  if (view.badge?.value !== badge?.value) {
    view.badge = badge;
  }
  const message =
    snapshot.services.length === 0 && status.kind !== 'failing' ? empty : statusMessage(monitor);
  // exactOptionalPropertyTypes: clearing is an empty text.
  if ((view.message ?? '') !== (message ?? '')) {
    view.message = message ?? '';
  }
}

function badgeOf({ services }: Snapshot): vscode.ViewBadge | undefined {
  const conflicts = services.filter(({ state }) => state === 'conflict').length;
  if (conflicts === 0) {
    return undefined;
  }
  const tooltip = conflicts === 1 ? vscode.l10n.t('1 conflict') : vscode.l10n.t('{0} conflicts', conflicts);
  return { value: conflicts, tooltip };
}

function statusMessage({ snapshot, status }: Monitor): string | undefined {
  switch (status.kind) {
    case 'starting':
      return undefined;
    case 'paused':
      return snapshot.takenAt === 0
        ? vscode.l10n.t('Paused.')
        : vscode.l10n.t('Paused. Showing the state as of {0}.', localTime(snapshot.takenAt));
    case 'failing':
      return vscode.l10n.t('The last check failed: {0} Showing the previous state.', status.message);
    case 'watching':
      return (
        silentMountsText(status.silent) ??
        (status.lockSource === 'none'
          ? vscode.l10n.t(
              'This system does not report which locks are held; pid files and processes are watched.',
            )
          : undefined)
      );
    default:
      return assertNever(status);
  }
}

async function withTooltip(item: vscode.TreeItem, node: ServicesNode): Promise<vscode.TreeItem> {
  if (node instanceof SettingProblemNode) {
    return item;
  }
  const { tooltip } = await import('../documents/pages');
  const text = node instanceof HeldLockNode ? heldTooltip(node.row) : tooltip(node.row.subject);
  // Neither isTrusted nor supportHtml nor supportThemeIcons: nothing in it can do anything.
  item.tooltip = new vscode.MarkdownString(text);
  return item;
}

/** Almost sorted already, which makes sorting again cheap. */
function inFormerOrder(services: readonly ServiceSnapshot[], former: readonly string[]): ServiceSnapshot[] {
  const byId = new Map(services.map((service) => [service.id, service]));
  const known = new Set(former);
  return [...former.flatMap((id) => byId.get(id) ?? []), ...services.filter(({ id }) => !known.has(id))];
}

import * as vscode from 'vscode';
import { inTurns, type Steps } from '../../common/steps';
import type { Snapshot } from '../../api';
import { commands, contextKeys } from '../../contributions';
import { assertNever } from '../../common/assertNever';
import type { Monitor, MonitorChange } from '../../monitor/monitor';
import { DisposableList } from '../disposables';
import type { ViewCommands } from '../commands/viewCommands';
import type { Config } from '../settings/config';
import type { Terminals } from '../terminals';
import type { Muted } from '../settings/muted';
import { shortenPath, shortenPathsIn } from '../paths';
import { HeldLockNode } from './heldLockNodes';
import type { Offers } from './offers';
import { ServiceList } from './serviceList';
import { ServiceNode } from './serviceNodes';
import { problemNodes, SettingProblemNode } from './settingProblemNode';
import { heldTooltip } from '../text/rows/heldRows';
import type { RowChanges } from '../text/rows/rowDiff';
import { silentMountsText } from '../text/words/silentMounts';
import type { RowContext } from '../text/rows/rows';
import { localTime } from '../../model/text';

/** Ages in rows are minutes or coarser. */
const AGE_STEP_MS = 60_000;
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
  readonly #list: ServiceList;
  #problems: SettingProblemNode[] = [];
  /** Something changed while no one could see it: the rows are made when someone looks. */
  #outdated = true;
  /** Rows have to be put in order again, once all changes of a snapshot are told. */
  #moved = false;
  /** The newest drawing of all rows. */
  #drawn: Promise<void> = Promise.resolve();
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
    this.#list = new ServiceList(monitor, () => this.#rowContext());
    const ageTimer = setInterval(() => this.#growOlder(), AGE_STEP_MS);
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
      void this.#redraw();
    }
    // Rows that VS Code has not been told of yet cannot be revealed.
    await this.#drawn;
    const node = this.#list.nodes.get(serviceId);
    if (node !== undefined) {
      await this.#view.reveal(node, { select: true, focus: true, expand: true });
    }
  }

  async getChildren(node?: ServicesNode): Promise<ServicesNode[]> {
    if (node === undefined && this.#outdated) {
      await this.#rebuild(() => undefined); // asked for just now: no event needed
    }
    if (node === undefined) {
      const isEmpty = this.#monitor.snapshot.services.length === 0;
      return [...(isEmpty ? this.#offers.nodes : this.#list.roots), ...this.#problems];
    }
    return node instanceof ServiceNode ? this.#list.nodes.childrenOf(node) : [];
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
    this.#list.isProblemsOnly = problemsOnly;
    void vscode.commands.executeCommand('setContext', contextKeys.problemsOnly, problemsOnly);
    void this.#redraw();
  }

  /** What rows say beside the snapshot has changed: settings, terminals. */
  #remake(): void {
    this.#problems = problemNodes(this.#config.current.problems);
    this.#list.forget();
    if (this.#view.visible) {
      this.#drawn = this.#rebuild(() => this.#changes.fire(undefined));
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
      void this.#redraw();
    } else {
      this.#growOlder();
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
    this.#moved ||= membership || services.some((service) => this.#list.moves(service));
    if (this.#moved) {
      services.forEach((service) => this.#list.prepare(service));
    } else {
      services.forEach((service) => this.#fire(this.#list.update(service)));
    }
    if (!more && (this.#moved || this.#outdated)) {
      void this.#redraw();
    }
  }

  /** The list itself is drawn again only if rows came, went or moved. Resolves when VS Code has been told. */
  #redraw(): Promise<void> {
    return (this.#drawn = this.#rebuild((changes) => {
      if (changes.roots) {
        this.#changes.fire(undefined);
      } else {
        this.#fire(changes.ids);
      }
    }));
  }

  /** Brings all rows up to the newest snapshot and calls `then`: before it returns, where few of them are new. */
  async #rebuild(then: (changes: RowChanges) => void): Promise<void> {
    const rebuilt = this.#list.rebuild();
    const changes = rebuilt instanceof Promise ? await rebuilt : rebuilt;
    this.#outdated = false;
    this.#moved = false;
    then(changes);
  }

  #fire(ids: readonly string[]): void {
    const nodes = ids.flatMap((id) => this.#list.nodes.get(id) ?? []);
    if (nodes.length > 0) {
      this.#changes.fire(nodes);
    }
  }

  /** Only time has passed: brings the ages up to date while someone can see them, as many rows in a turn as have time. */
  #growOlder(): void {
    if (this.#view.visible) {
      void inTurns(this.#ages(++this.#ageRun));
    }
  }

  *#ages(run: number): Steps<void> {
    for (const id of this.#list.ids) {
      if (run !== this.#ageRun) {
        return;
      }
      this.#fire(this.#list.growOlder(id));
      yield;
    }
  }

  #showStatus(): void {
    showStatus(this.#view, this.#monitor, this.#offers.message);
  }

  #rowContext(): RowContext {
    const now = Date.now();
    return {
      now,
      shorten: shortenPath,
      shortenIn: shortenPathsIn,
      isMuted: this.#muted.has,
      terminalOf: this.#terminals.nameOf,
    };
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
  const text =
    node instanceof HeldLockNode ? heldTooltip(node.row) : tooltip(node.row.subject, shortenPathsIn);
  // Neither isTrusted nor supportHtml nor supportThemeIcons: nothing in it can do anything.
  item.tooltip = new vscode.MarkdownString(text);
  return item;
}

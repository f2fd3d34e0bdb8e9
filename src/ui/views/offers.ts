/** What the Services view offers to watch while nothing is watched: read only while someone looks at it. */
import * as vscode from 'vscode';
import { inTurns } from '../../common/steps';
import { yieldToEventLoop } from '../../common/yieldToEventLoop';
import type { LiveRecord } from '../../monitor/liveRecords';
import type { Monitor } from '../../monitor/monitor';
import type { Config } from '../settings/config';
import { DisposableList } from '../disposables';
import { shortenPath } from '../paths';
import { foldersHere } from './heldLockChoices';
import { HeldLockNodes, type HeldLockNode } from './heldLockNodes';
import { offerRows, type Offers as OfferedRows } from '../text/rows/offerRows';

/** Pid files that are found at most, and by what names. */
const RECORDS_LIMIT = 100;
const RECORDS_GLOB = '**/*{.pid,.PID}';
/** At least this long between two searches, ms; longer where one is expensive: it may take this share of the time. */
const SEARCH_EVERY_MS = 60_000;
const SEARCH_SHARE = 1 / 2000;
/** Between two looks at the pid files that were found, ms. */
const RECORDS_EVERY_MS = 5_000;

export class Offers implements vscode.Disposable {
  readonly #monitor: Monitor;
  readonly #config: Config;
  readonly #disposables = new DisposableList();
  readonly #changes = this.#disposables.add(new vscode.EventEmitter<void>());
  readonly #nodes = new HeldLockNodes();
  #isVisible = (): boolean => false;
  #message = '';
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The newest look: an older one that is answered late is dropped. */
  #run = 0;
  #files: readonly string[] = [];
  #nextSearch = 0;
  #records: readonly LiveRecord[] = [];
  #nextRecords = 0;

  readonly onDidChange = this.#changes.event;

  constructor(monitor: Monitor, config: Config) {
    this.#monitor = monitor;
    this.#config = config;
    this.#disposables.add(monitor.onDidChange(({ membership }) => membership && this.look()));
    this.#disposables.add(monitor.onDidChangeStatus(() => this.look()));
    this.#disposables.add(vscode.workspace.onDidChangeWorkspaceFolders(() => this.refresh()));
    this.#disposables.add({ dispose: () => clearTimeout(this.#timer) });
  }

  get nodes(): readonly HeldLockNode[] {
    return this.#nodes.roots;
  }

  /** What the rows are; empty where there are none. */
  get message(): string {
    return this.#message;
  }

  dispose(): void {
    this.#run++;
    this.#disposables.dispose();
  }

  /** Looks from now on while that is so; call it when it becomes so. */
  lookWhile(isVisible: () => boolean): void {
    this.#isVisible = isVisible;
    this.look();
  }

  /** Searches for pid files again. */
  refresh(): void {
    this.#nextSearch = 0;
    this.look();
  }

  look(): void {
    clearTimeout(this.#timer);
    const run = ++this.#run;
    // What failed, the status says; the next look may go better.
    void this.#lookNow(run)
      .catch(() => this.#isWanted)
      .then((isWanted) => {
        if (run === this.#run && isWanted) {
          this.#timer = setTimeout(() => this.look(), this.#config.current.monitor.pollIntervalMs);
        }
      });
  }

  get #isWanted(): boolean {
    const { snapshot, status } = this.#monitor;
    return this.#isVisible() && snapshot.services.length === 0 && status.kind === 'watching';
  }

  /** Returns whether there is to be another look. */
  async #lookNow(run: number): Promise<boolean> {
    if (!this.#isWanted) {
      if (this.#monitor.snapshot.services.length > 0) {
        await this.#show({ rows: [], message: '' });
      }
      return false;
    }
    const locks = await this.#monitor.heldLocks(foldersHere());
    const records = await this.#liveRecords();
    await yieldToEventLoop();
    if (run === this.#run) {
      const context = { now: Date.now(), shorten: shortenPath, watched: () => false };
      const offers = await inTurns(offerRows(locks, records, context));
      if (run === this.#run) {
        await this.#show(offers);
      }
    }
    return this.#isWanted;
  }

  async #show({ rows, message }: OfferedRows): Promise<void> {
    const redraw = await this.#nodes.show(rows);
    if (redraw === undefined || redraw.length > 0 || message !== this.#message) {
      this.#message = message;
      this.#changes.fire();
    }
  }

  async #liveRecords(): Promise<readonly LiveRecord[]> {
    const startedAt = performance.now();
    if (startedAt >= this.#nextSearch) {
      const found = await vscode.workspace.findFiles(RECORDS_GLOB, undefined, RECORDS_LIMIT);
      const now = performance.now();
      this.#nextSearch = now + Math.max(SEARCH_EVERY_MS, (now - startedAt) / SEARCH_SHARE);
      this.#nextRecords = 0;
      this.#files = found.filter(({ scheme }) => scheme === 'file').map(({ fsPath }) => fsPath);
    }
    if (performance.now() >= this.#nextRecords) {
      this.#records = await this.#monitor.liveRecords(this.#files);
      this.#nextRecords = performance.now() + RECORDS_EVERY_MS;
    }
    return this.#records;
  }
}

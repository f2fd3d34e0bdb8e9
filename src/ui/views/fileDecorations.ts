/**
 * Letters on watched files in the Explorer and on tabs, made from the snapshot: no file is touched for them. Loaded when
 * the first service is known.
 */
import * as vscode from 'vscode';
import { inTurns, type Steps } from '../../common/steps';
import type { Monitor, MonitorChange } from '../../monitor/monitor';
import { DisposableList } from '../disposables';
import type { Config } from '../settings/config';
import { fileMarks, type FileMark } from '../text/rows/fileMarks';

/** The letter says it; the colour only repeats it. */
const COLORS: Record<FileMark['badge'], string | undefined> = {
  C: 'list.errorForeground',
  S: 'list.warningForeground',
  H: undefined,
};
const WORST = 'CSH';
/** Services whose files are marked in one go: below a millisecond. */
const SLICE = 20;

export class FileDecorations implements vscode.Disposable, vscode.FileDecorationProvider {
  readonly #monitor: Monitor;
  readonly #config: Config;
  readonly #disposables = new DisposableList();
  readonly #changes = this.#disposables.add(new vscode.EventEmitter<vscode.Uri[] | undefined>());
  /** By path and service: several may watch one file. */
  readonly #marks = new Map<string, Map<string, FileMark>>();
  /** By service: the paths of its marks. */
  readonly #paths = new Map<string, readonly string[]>();
  #isOn: boolean;

  readonly onDidChangeFileDecorations = this.#changes.event;

  constructor(monitor: Monitor, config: Config) {
    this.#monitor = monitor;
    this.#config = config;
    this.#isOn = config.current.fileDecorations;
    this.#disposables.add(monitor.onDidChange((change) => this.#update(change)));
    this.#disposables.add(config.onDidChange(() => this.#switch()));
    this.#disposables.add(vscode.window.registerFileDecorationProvider(this));
    void inTurns(this.#takeUp());
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  provideFileDecoration({ scheme, fsPath }: vscode.Uri): vscode.FileDecoration | undefined {
    const marks = scheme === 'file' && this.#isOn ? this.#marks.get(fsPath) : undefined;
    const [worst] = [...(marks?.values() ?? [])].sort(
      (a, b) => WORST.indexOf(a.badge) - WORST.indexOf(b.badge),
    );
    if (worst === undefined) {
      return undefined;
    }
    const color = COLORS[worst.badge];
    return new vscode.FileDecoration(
      worst.badge,
      worst.tooltip,
      color === undefined ? undefined : new vscode.ThemeColor(color),
    );
  }

  /** What is known already: hundreds of services take a few turns of the loop. */
  *#takeUp(): Steps<void> {
    const ids = this.#monitor.snapshot.services.map(({ id }) => id);
    for (let from = 0; from < ids.length; from += SLICE) {
      if (from > 0) yield;
      this.#update({ changed: ids.slice(from, from + SLICE), membership: false });
    }
  }

  #switch(): void {
    const isOn = this.#config.current.fileDecorations;
    if (isOn !== this.#isOn) {
      this.#isOn = isOn;
      this.#changes.fire(undefined);
    }
  }

  #update({ changed, membership }: Pick<MonitorChange, 'changed' | 'membership'>): void {
    const { services } = this.#monitor.snapshot;
    const touched = new Set<string>();
    const wanted = new Set(changed);
    for (const service of services) {
      if (wanted.has(service.id)) {
        this.#set(service.id, fileMarks(service), touched);
      }
    }
    if (membership) {
      const ids = new Set(services.map(({ id }) => id));
      for (const id of [...this.#paths.keys()].filter((one) => !ids.has(one))) {
        this.#set(id, new Map(), touched);
      }
    }
    if (touched.size > 0 && this.#isOn) {
      this.#changes.fire([...touched].map((path) => vscode.Uri.file(path)));
    }
  }

  /** Adds to `touched` the paths that say something else now. */
  #set(id: string, next: ReadonlyMap<string, FileMark>, touched: Set<string>): void {
    for (const path of this.#paths.get(id) ?? []) {
      if (!next.has(path)) {
        const marks = this.#marks.get(path);
        marks?.delete(id);
        if (marks?.size === 0) this.#marks.delete(path);
        touched.add(path);
      }
    }
    for (const [path, mark] of next) {
      const marks = this.#marks.get(path) ?? new Map<string, FileMark>();
      const before = marks.get(id);
      if (before?.badge !== mark.badge || before.tooltip !== mark.tooltip) {
        touched.add(path);
      }
      this.#marks.set(path, marks.set(id, mark));
    }
    if (next.size === 0) this.#paths.delete(id);
    else this.#paths.set(id, [...next.keys()]);
  }
}

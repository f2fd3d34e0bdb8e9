import * as vscode from 'vscode';
import { documentScheme } from '../../contributions';
import { inTurns } from '../../common/steps';
import { EVENTS_SHOWN } from '../../model/history';
import type { Monitor } from '../../monitor/monitor';
import type { History } from '../../monitor/history';
import { DisposableList } from '../disposables';
import { shortenPathsIn } from '../paths';

/** VS Code closes a document that no editor shows after three minutes; a rendered preview is no editor. */
const KEEP_OPEN_MS = 120_000;
const MARKDOWN_EXTENSION = 'vscode.markdown-language-features';

/** What a document is about; its `name` becomes the tab's title. */
export type Topic =
  /** `subject`: a service id, or `lockSubject(path)`. */
  | { page: 'evidence'; subject: string; name: string }
  /** `subject`: a service id; undefined: all services. */
  | { page: 'history'; subject: string | undefined; name: string }
  /** `subject`: of `showText`. */
  | { page: 'text'; subject: string; name: string };

/** Read-only documents that follow what happens: the evidence of a service, and the history of one or all. */
export class Documents implements vscode.Disposable {
  readonly #monitor: Monitor;
  readonly #history: History;
  readonly #disposables = new DisposableList();
  readonly #changes: Pick<vscode.EventEmitter<vscode.Uri>, 'fire'>;
  /** Open ones, by the text of their URI. */
  readonly #open = new Map<string, vscode.Uri>();

  /** Of `showText`, by subject. */
  readonly #texts = new Map<string, string>();

  /** `changes`: fired when a page says something else now. */
  constructor(monitor: Monitor, history: History, changes: Pick<vscode.EventEmitter<vscode.Uri>, 'fire'>) {
    this.#monitor = monitor;
    this.#history = history;
    this.#changes = changes;
    this.#disposables.add(
      monitor.onDidChange(({ changed }) => this.#update('evidence', (subject) => changed.includes(subject))),
    );
    this.#disposables.add(
      history.onDidChange((serviceId) => {
        this.#update('evidence', (subject) => subject === serviceId);
        this.#update('history', (subject) => subject === '' || subject === serviceId);
      }),
    );
    this.#disposables.add(
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        if (uri.scheme === documentScheme && !isPreviewed(uri)) {
          this.#open.delete(uri.toString());
        }
      }),
    );
    const timer = setInterval(() => void this.#keepOpen(), KEEP_OPEN_MS);
    this.#disposables.add({ dispose: () => clearInterval(timer) });
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  async show(topic: Topic): Promise<void> {
    const uri = uriOf(topic);
    this.#open.set(uri.toString(), uri);
    this.#changes.fire(uri);
    await vscode.workspace.openTextDocument(uri);
    if (vscode.extensions.getExtension(MARKDOWN_EXTENSION) === undefined) {
      await vscode.window.showTextDocument(uri, { preview: true });
    } else {
      await vscode.commands.executeCommand('markdown.showPreview', uri);
    }
  }

  /** Shows Markdown that stays as it is. */
  async showText(name: string, text: string): Promise<void> {
    const subject = String(this.#texts.size);
    this.#texts.set(subject, text);
    await this.show({ page: 'text', subject, name });
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    this.#open.set(uri.toString(), uri);
    const { page, subject } = aboutOf(uri);
    if (page === 'text') {
      return this.#texts.get(subject) ?? '';
    }
    return page === 'history' ? this.#historyPage(subject) : this.#evidence(subject);
  }

  async #evidence(subject: string): Promise<string> {
    const report = await this.#monitor.inspect(subject);
    if (report === undefined) {
      return vscode.l10n.t('Nothing to show: this is no longer watched, or no longer held.');
    }
    const { evidenceDocument } = await import('./pages');
    return evidenceDocument({
      service: report.snapshot,
      history: (await this.#history.of(subject)).events,
      facts: report.facts,
      advice: report.advice,
      shortenIn: shortenPathsIn,
    });
  }

  async #historyPage(subject: string): Promise<string> {
    const { historyPage } = await import('./pages');
    if (subject === '') {
      return inTurns(historyPage({ ...(await this.#history.all(EVENTS_SHOWN)), shortenIn: shortenPathsIn }));
    }
    const own = await this.#history.of(subject);
    return inTurns(
      historyPage({ histories: [own], total: own.events.length, of: own.name, shortenIn: shortenPathsIn }),
    );
  }

  #update(wanted: Topic['page'], concerns: (subject: string) => boolean): void {
    for (const uri of this.#open.values()) {
      const { page, subject } = aboutOf(uri);
      if (page === wanted && concerns(subject)) {
        this.#changes.fire(uri);
      }
    }
  }

  async #keepOpen(): Promise<void> {
    for (const [key, uri] of this.#open) {
      if (isPreviewed(uri)) {
        await vscode.workspace.openTextDocument(uri);
      } else if (!vscode.workspace.textDocuments.some((document) => document.uri.toString() === key)) {
        this.#open.delete(key);
      }
    }
  }
}

/** The path names the tab and makes it Markdown; the query says what it is about. */
function uriOf({ page, subject, name }: Topic): vscode.Uri {
  const fileName = name.replace(/[^\p{L}\p{N} ()._-]+/gu, '-').slice(0, 80);
  return vscode.Uri.from({
    scheme: documentScheme,
    path: `/${fileName}.md`,
    query: new URLSearchParams({ page, subject: subject ?? '' }).toString(),
  });
}

function aboutOf(uri: vscode.Uri): { page: Topic['page']; subject: string } {
  const query = new URLSearchParams(uri.query);
  const page = query.get('page');
  return {
    page: page === 'history' || page === 'text' ? page : 'evidence',
    subject: query.get('subject') ?? '',
  };
}

function isPreviewed(uri: vscode.Uri): boolean {
  const fileName = uri.path.slice(1);
  return vscode.window.tabGroups.all.some(({ tabs }) =>
    tabs.some(
      ({ input, label }) =>
        input instanceof vscode.TabInputWebview &&
        input.viewType.includes('markdown') &&
        label.includes(fileName),
    ),
  );
}

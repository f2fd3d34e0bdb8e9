import * as vscode from 'vscode';
import { evidenceScheme } from '../contributions';
import type { Monitor } from '../monitor/client';
import type { History } from '../monitor/history';
import { DisposableList } from './disposables';
import { evidenceDocument } from './text/evidence';

/** VS Code closes a document that no editor shows after three minutes; a rendered preview is no editor. */
const KEEP_OPEN_MS = 120_000;
const MARKDOWN_EXTENSION = 'vscode.markdown-language-features';

/** Read-only documents, one per service, that follow what happens. */
export class EvidenceDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #monitor: Monitor;
  readonly #history: History;
  readonly #disposables = new DisposableList();
  readonly #changes = this.#disposables.add(new vscode.EventEmitter<vscode.Uri>());
  /** Open ones, by subject: a service id, or `lockSubject(path)`. */
  readonly #open = new Map<string, vscode.Uri>();

  readonly onDidChange = this.#changes.event;

  constructor(monitor: Monitor, history: History) {
    this.#monitor = monitor;
    this.#history = history;
    this.#disposables.add(vscode.workspace.registerTextDocumentContentProvider(evidenceScheme, this));
    this.#disposables.add(
      monitor.onDidChange(({ changed }) => changed.forEach((serviceId) => this.#update(serviceId))),
    );
    this.#disposables.add(history.onDidChange((serviceId) => this.#update(serviceId)));
    this.#disposables.add(
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        if (uri.scheme === evidenceScheme && !isPreviewed(uri)) {
          this.#open.delete(subjectOf(uri));
        }
      }),
    );
    const timer = setInterval(() => void this.#keepOpen(), KEEP_OPEN_MS);
    this.#disposables.add({ dispose: () => clearInterval(timer) });
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  /** `subject`: a service id, or `lockSubject(path)`; `name` becomes the tab's title. */
  async show(subject: string, name: string): Promise<void> {
    const uri = evidenceUri(subject, name);
    this.#open.set(subject, uri);
    this.#changes.fire(uri);
    await vscode.workspace.openTextDocument(uri);
    if (vscode.extensions.getExtension(MARKDOWN_EXTENSION) === undefined) {
      await vscode.window.showTextDocument(uri, { preview: true });
    } else {
      await vscode.commands.executeCommand('markdown.showPreview', uri);
    }
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const subject = subjectOf(uri);
    this.#open.set(subject, uri);
    const report = await this.#monitor.inspect(subject);
    if (report === undefined) {
      return vscode.l10n.t(
        'There is nothing to show: this is no longer watched, or nobody holds it any more.',
      );
    }
    return evidenceDocument({
      service: report.snapshot,
      history: this.#history.of(subject),
      facts: report.facts,
    });
  }

  #update(serviceId: string): void {
    const uri = this.#open.get(serviceId);
    if (uri !== undefined) {
      this.#changes.fire(uri);
    }
  }

  async #keepOpen(): Promise<void> {
    for (const [serviceId, uri] of this.#open) {
      if (isPreviewed(uri)) {
        await vscode.workspace.openTextDocument(uri);
      } else if (
        !vscode.workspace.textDocuments.some((document) => document.uri.toString() === uri.toString())
      ) {
        this.#open.delete(serviceId);
      }
    }
  }
}

/** The path names the tab and makes it Markdown; the query says what it is about. */
function evidenceUri(subject: string, name: string): vscode.Uri {
  const fileName = name.replace(/[^\p{L}\p{N} ()._-]+/gu, '-').slice(0, 80);
  return vscode.Uri.from({
    scheme: evidenceScheme,
    path: `/${fileName}.md`,
    query: new URLSearchParams({ subject }).toString(),
  });
}

function subjectOf(uri: vscode.Uri): string {
  return new URLSearchParams(uri.query).get('subject') ?? '';
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

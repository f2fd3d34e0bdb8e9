/** What a user sees, for those who load it when it is needed. */
import type * as vscode from 'vscode';
import type { LineClaim } from '../model/terminal/terminalLine';
import type { Disposable } from './disposables';

export interface Pages {
  provideTextDocumentContent(uri: vscode.Uri): Promise<string>;
}

export interface Ui extends Disposable {
  readonly pages: Pages;
  /** Runs a command of ours; called from the palette or by a key it has no argument. */
  run(command: string, argument: unknown): Promise<unknown>;
  /** Says who holds what a line of a terminal is about. */
  answer(claim: LineClaim, terminal: vscode.Terminal): Promise<void>;
  /** Resolves when the histories are written. */
  save(): Promise<void>;
}

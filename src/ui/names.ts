/** The names that VS Code may call as soon as the extension is active. Nothing that they need is loaded with them. */
import * as vscode from 'vscode';
import { commands, rowClicked } from '../contributions';
import { registerLanguageModelTool } from './languageModelTool';
import { registerWaitTask } from './links/waitTask';
import type { Disposable } from './disposables';
import type { Session } from './session';

export function registerNames(session: Promise<Session>): Disposable[] {
  const monitor = async (): Promise<Session['monitor']> => (await session).monitor;
  return [
    ...[...Object.values(commands), rowClicked].map((id) =>
      vscode.commands.registerCommand(id, async (argument: unknown) => (await session).run(id, argument)),
    ),
    registerWaitTask(monitor),
    ...registerLanguageModelTool(monitor),
  ];
}

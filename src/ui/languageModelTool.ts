import * as vscode from 'vscode';
import { languageModelTool } from '../contributions';
import type { Monitor } from '../monitor/monitor';
import type { Disposable } from './disposables';
import type { ToolInput } from './languageModelAnswer';
import { codeSpan } from './text/words/sanitize';

/**
 * `get_lock_holders` for agents, read-only. Nothing that ends a process or removes a file is exposed to agents.
 * Empty: this VS Code has no such API.
 */
export function registerLanguageModelTool(monitor: () => Promise<Monitor>): Disposable[] {
  // Hosts that imitate VS Code may lack the namespace, whatever version they claim.
  const lm = vscode.lm as typeof vscode.lm | undefined;
  if (typeof lm?.registerTool !== 'function') {
    return [];
  }
  const tool = lm.registerTool<ToolInput>(languageModelTool, {
    prepareInvocation: ({ input }) => prepared(input),
    invoke: async ({ input }) => {
      const { languageModelAnswer } = await import('./languageModelAnswer');
      const answer = await languageModelAnswer(await monitor(), input, workspaceFolders());
      return new vscode.LanguageModelToolResult([
        new vscode.LanguageModelTextPart(JSON.stringify(answer, null, 2)),
      ]);
    },
  });
  return [tool];
}

/** Arguments leave this machine only after the user has seen what they are about to share. */
export function prepared(input: ToolInput): vscode.PreparedToolInvocation {
  const invocationMessage = vscode.l10n.t('Looking up who holds the lock');
  const about = input.service ?? input.path ?? (input.port === undefined ? undefined : `:${input.port}`);
  if (input.includeArguments !== true || about === undefined) {
    return { invocationMessage };
  }
  return {
    invocationMessage,
    confirmationMessages: {
      title: vscode.l10n.t('Share command lines with the language model?'),
      message: new vscode.MarkdownString(
        vscode.l10n.t(
          'The model asks for the command lines of the processes around {0}, with all arguments, not only for the names of programs and scripts. Values that look secret are hidden; file names, host names and other arguments are not.',
          codeSpan(about),
        ),
      ),
    },
  };
}

function workspaceFolders(): string[] {
  return (vscode.workspace.workspaceFolders ?? [])
    .filter(({ uri }) => uri.scheme === 'file')
    .map(({ uri }) => uri.fsPath);
}

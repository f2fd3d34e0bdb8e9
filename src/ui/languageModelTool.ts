import * as vscode from 'vscode';
import { languageModelTool } from '../contributions';
import type { Monitor } from '../monitor/client';
import type { Disposable } from './disposables';
import type { ToolInput } from './languageModelAnswer';

/**
 * `get_lock_holders` for agents, read-only. Nothing that ends a process or removes a file is exposed to agents.
 * undefined: this VS Code has no such API.
 */
export function registerLanguageModelTool(monitor: Monitor): Disposable | undefined {
  // Hosts that imitate VS Code may lack the namespace, whatever version they claim.
  const lm = vscode.lm as typeof vscode.lm | undefined;
  if (typeof lm?.registerTool !== 'function') {
    return undefined;
  }
  return lm.registerTool<ToolInput>(languageModelTool, {
    prepareInvocation: () => ({ invocationMessage: vscode.l10n.t('Looking who holds the lock') }),
    invoke: async ({ input }) => {
      const { languageModelAnswer } = await import('./onDemand');
      const answer = await languageModelAnswer(monitor, input);
      return new vscode.LanguageModelToolResult([
        new vscode.LanguageModelTextPart(JSON.stringify(answer, null, 2)),
      ]);
    },
  });
}

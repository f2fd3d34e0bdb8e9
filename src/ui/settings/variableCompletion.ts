import * as vscode from 'vscode';
import type { Disposable } from '../disposables';

/** Completes `${…}` in the paths of `instanceMonitor.services`, wherever settings are written. */
export function registerVariableCompletion(): Disposable {
  const selector = ['**/settings.json', '**/*.code-workspace'].flatMap((pattern) =>
    ['json', 'jsonc'].map((language) => ({ language, pattern })),
  );
  return vscode.languages.registerCompletionItemProvider(
    selector,
    {
      provideCompletionItems: async (document, position) =>
        (await import('../onDemand')).variableItems(document, position),
    },
    '$',
    '{',
  );
}

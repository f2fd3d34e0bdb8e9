/** Carries out what was confirmed, and says meanwhile what is waited for. */
import * as vscode from 'vscode';
import type { TerminationCandidate, TerminationPlan, TerminationResult } from '../../actions/index';
import { terminationSettings } from '../settings/config';
import { forceDetail, forceText } from '../text/dialogs/terminationText';
import { inertLabel } from '../text/words/sanitize';
import type { CommandDeps } from './command';
import { observeNow } from './observeNow';

/** Longest sentence beside a progress bar. */
const PROGRESS_LIMIT = 400;

/** All has ended; `result` follows once it is seen whether something starts it again. */
interface Ended {
  sentence: string;
  result: Promise<TerminationResult>;
}

export async function runTermination(
  deps: CommandDeps,
  plan: TerminationPlan,
  chosen: readonly TerminationCandidate[],
): Promise<TerminationResult> {
  const abort = new AbortController();
  const reached = await untilEnded(deps, plan, chosen, abort);
  if (!('result' in reached)) {
    return reached;
  }
  // Nothing is terminated any more: Cancel ends the watching alone. Without a button VS Code shows a single line of it.
  return vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: inertLabel(plan.serviceName),
      cancellable: true,
    },
    (progress, token) => {
      token.onCancellationRequested(() => abort.abort());
      progress.report({ message: inertLabel(reached.sentence, PROGRESS_LIMIT) });
      return reached.result;
    },
  );
}

function untilEnded(
  deps: CommandDeps,
  { id, serviceName }: TerminationPlan,
  chosen: readonly TerminationCandidate[],
  abort: AbortController,
): Thenable<TerminationResult | Ended> {
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: vscode.l10n.t('Terminating {0}', inertLabel(serviceName)),
    cancellable: true,
  };
  return vscode.window.withProgress(options, (progress, token) => {
    token.onCancellationRequested(() => abort.abort());
    return new Promise((resolve, reject) => {
      const result = deps.monitor.actions.terminate(
        id,
        chosen.map((candidate) => candidate.id),
        terminationSettings(),
        {
          progress: (sentence) => progress.report({ message: inertLabel(sentence, PROGRESS_LIMIT) }),
          ended: (sentence) => void observeNow(deps).then(() => resolve({ sentence, result })),
          askForce: async (question) => {
            const yes = vscode.l10n.t('Kill (SIGKILL)');
            return (
              (await vscode.window.showWarningMessage(
                inertLabel(forceText(question)),
                { modal: true, detail: forceDetail(question) },
                yes,
              )) === yes
            );
          },
        },
        abort.signal,
      );
      result.then(resolve, reject);
    });
  });
}

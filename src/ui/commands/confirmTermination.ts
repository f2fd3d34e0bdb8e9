/** The last question before anything is signalled. */
import * as vscode from 'vscode';
import type { TerminationCandidate, TerminationPlan } from '../../actions/index';
import { shortenPath } from '../paths';
import { candidateLabel, confirmationDetail, otherLocks } from '../text/dialogs/terminationText';
import { inertLabel } from '../text/words/sanitize';
import type { CommandDeps } from './command';
import { heldLocksNow } from './picks';
import { isTrusted } from './trust';

export async function confirmTermination(
  { monitor, terminals }: CommandDeps,
  { serviceName, target }: TerminationPlan,
  chosen: readonly TerminationCandidate[],
): Promise<boolean> {
  const terminate = vscode.l10n.t('Terminate');
  const [first] = chosen;
  const question =
    chosen.length === 1 && first !== undefined
      ? target.kind === 'restarter'
        ? vscode.l10n.t('Terminate {0}, which restarted {1}?', candidateLabel(first), serviceName)
        : vscode.l10n.t('Terminate {0} of {1}?', candidateLabel(first), serviceName)
      : vscode.l10n.t('Terminate {0} instances of {1}?', chosen.length, serviceName);
  const alsoHeld = otherLocks(chosen, await heldLocksNow(monitor)).map(shortenPath);
  const picked = target.kind === 'holder' ? target.pid : undefined;
  const choice = await vscode.window.showWarningMessage(
    inertLabel(question),
    { modal: true, detail: confirmationDetail(chosen, { alsoHeld, picked, terminalOf: terminals.nameOf }) },
    terminate,
  );
  return choice === terminate && isTrusted();
}

/** The last question before anything is signalled. */
import * as vscode from 'vscode';
import type { TerminationCandidate, TerminationPlan } from '../../actions/index';
import type { HeldLock } from '../../os/platform';
import { shortenPath } from '../paths';
import { candidateLabel, confirmationDetail } from '../text/dialogs/terminationText';
import { inertLabel } from '../text/words/sanitize';
import type { CommandDeps } from './command';
import { heldLocksNow } from './picks';
import { isTrusted } from './trust';

export async function confirmTermination(
  { monitor }: CommandDeps,
  { serviceName, target }: TerminationPlan,
  chosen: readonly TerminationCandidate[],
): Promise<boolean> {
  const terminate = vscode.l10n.t('Terminate');
  const [first] = chosen;
  const question =
    chosen.length === 1 && first !== undefined
      ? target.kind === 'restarter'
        ? vscode.l10n.t('Terminate {0}, which has started {1} again?', candidateLabel(first), serviceName)
        : vscode.l10n.t('Terminate {0} of {1}?', candidateLabel(first), serviceName)
      : vscode.l10n.t('Terminate {0} instances of {1}?', chosen.length, serviceName);
  const alsoHeld = otherLocks(chosen, await heldLocksNow(monitor)).map(shortenPath);
  const picked = target.kind === 'holder' ? target.pid : undefined;
  const choice = await vscode.window.showWarningMessage(
    inertLabel(question),
    { modal: true, detail: confirmationDetail(chosen, { alsoHeld, picked }) },
    terminate,
  );
  return choice === terminate && isTrusted();
}

/** The files that these processes have locked beside those of the service: these locks are released too. */
function otherLocks(chosen: readonly TerminationCandidate[], locks: readonly HeldLock[]): string[] {
  const processes = chosen.flatMap((candidate) => candidate.processes);
  const known = new Set(processes.flatMap(({ holds }) => holds));
  const isTheirs = ({ holders }: HeldLock): boolean =>
    holders.some(({ process }) =>
      processes.some(({ pid, startTicks }) => pid === process.pid && startTicks === process.startTicks),
    );
  const paths = locks.filter((lock) => !known.has(lock.path) && isTheirs(lock)).map(({ path }) => path);
  return [...new Set(paths)].sort();
}

/** Waits until a file is no longer locked or a port is no longer listened on: for a notification, and for a task. */
import * as vscode from 'vscode';
import { waitByTimer } from '../../actions/deps';
import type { UseAnswer, UseQuestion } from '../../model/users';
import type { Monitor } from '../../monitor/monitor';
import { questionOf } from '../../model/useTarget';

/** Time between two looks, ms. */
const INTERVAL_MS = 1000;
/** A lock counts as released when so many looks in a row see it free: who renews it does so in between. */
const LOOKS = 2;

export type Waited = 'released' | 'cancelled';

/** Resolves with `released` as soon as it is free, at once where it is free already. @throws when that cannot be seen. */
export async function whenReleased(
  monitor: Pick<Monitor, 'whoUses'>,
  question: UseQuestion,
  signal: AbortSignal,
  onHeld: (answer: UseAnswer) => void = () => undefined,
): Promise<Waited> {
  for (let free = 0; ;) {
    const answer = await monitor.whoUses(question, { signal, onProgress: () => undefined });
    if (signal.aborted) {
      return 'cancelled';
    }
    if (answer.isUncertain === true) {
      throw new Error(answer.notes.join(' '));
    }
    if (isHeld(answer)) {
      free = 0;
      onHeld(answer);
    } else {
      free += 1;
    }
    if (free >= LOOKS) {
      return 'released';
    }
    await waitByTimer(INTERVAL_MS, signal);
  }
}

/** Locked, recorded by a live process, listened on; or a file that locks by being there. */
function isHeld({ users, unknown, locksByExistence }: UseAnswer): boolean {
  return (
    unknown.length > 0 ||
    users.some(({ uses }) =>
      uses.some(({ kind }) => kind === 'lock' || kind === 'record' || kind === 'listens'),
    ) ||
    locksByExistence === true
  );
}

/** The question for what a task waits for; undefined: that is neither a path nor a port. */
export function awaitedQuestion(text: string, folder: string | undefined): UseQuestion | undefined {
  const question = questionOf(text);
  return question?.kind === 'path'
    ? { ...question, locksOnly: true, ...(folder === undefined ? {} : { base: { folder } }) }
    : question?.kind === 'port'
      ? question
      : undefined;
}

/** Tells when it is released; can be cancelled, and costs one look a second until then. */
export async function notifyWhenReleased(
  monitor: Monitor,
  question: UseQuestion,
  what: string,
): Promise<void> {
  const abort = new AbortController();
  const waited = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Waiting until {0} is released', what),
      cancellable: true,
    },
    (_progress, token) => {
      token.onCancellationRequested(() => abort.abort());
      return whenReleased(monitor, question, abort.signal);
    },
  );
  if (waited === 'released') {
    void vscode.window.showInformationMessage(vscode.l10n.t('{0} is released.', what));
  }
}

/** What an interrupted clean-up has left aside, put back at the next start, and said in one sentence. */
import * as l10n from '@vscode/l10n';
import { assertNever } from '../../common/assertNever';
import type { RemovalGuards } from '../../os/removal/guards';
import type { Owner } from '../../os/removal/owner';
import { recoverRecords, type Recovered } from '../../os/removal/recover';
import type { ActionDeps } from '../deps';

export interface RecoveryDeps extends Pick<ActionDeps, 'wait' | 'log'> {
  folder: string;
  owner: Owner;
  guards: RemovalGuards;
  /** `isComplete`: every record is back under its name. */
  tell(sentence: string, isComplete: boolean): void;
}

/** ms between two looks at what someone who may still be at work has begun: a closing window takes seconds. */
const FIRST_WAIT_MS = 10_000;
const LONGEST_WAIT_MS = 600_000;
/** Records that are named in the sentence. */
const NAMED = 3;

/** Resolves once nothing is left that someone else may still decide. */
export async function recoverInterrupted(deps: RecoveryDeps): Promise<void> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    const { recovered, pending } = await recoverRecords(deps.folder, deps.owner, deps.guards);
    for (const { path, at, outcome } of recovered) {
      const why = outcome.result === 'failed' ? ` (${outcome.code} in ${outcome.syscall})` : '';
      deps.log(`interrupted clean-up: ${path}, left at ${at}: ${outcome.result}${why}`);
    }
    if (recovered.length > 0) {
      deps.tell(
        sentenceOf(recovered),
        recovered.every(({ outcome }) => outcome.result === 'back'),
      );
    }
    if (!pending) {
      return;
    }
    await deps.wait(waitMs);
  }
}

/** Those that are not back first. */
function sentenceOf(recovered: readonly Recovered[]): string {
  const isBack = ({ outcome }: Recovered): boolean => outcome.result === 'back';
  const sorted = [...recovered.filter((one) => !isBack(one)), ...recovered.filter(isBack)];
  return [
    l10n.t('A clean-up was interrupted.'),
    ...sorted.slice(0, NAMED).map(one),
    ...(sorted.length > NAMED ? [l10n.t('The log lists {0} more.', sorted.length - NAMED)] : []),
  ].join(' ');
}

function one({ path, at, outcome }: Recovered): string {
  switch (outcome.result) {
    case 'back':
      return l10n.t('{0} was restored.', path);
    case 'superseded':
      return l10n.t('{0} has a new record, which was kept; the old one is at {1}.', path, at);
    case 'notOurs':
      return l10n.t('{0} was not restored: another file is at {1} now.', path, at);
    case 'failed':
      return l10n.t(
        '{0} could not be restored ({2}: {1}); it is at {3}.',
        path,
        outcome.code,
        outcome.syscall,
        at,
      );
    default:
      return assertNever(outcome);
  }
}

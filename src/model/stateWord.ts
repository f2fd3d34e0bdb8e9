import * as l10n from '@vscode/l10n';
import type { ServiceState } from '../api';
import { assertNever } from '../common/assertNever';

/** A state in the user's language. */
export function stateWord(state: ServiceState): string {
  switch (state) {
    case 'conflict':
      return l10n.t('conflict');
    case 'stale':
      return l10n.t('stale');
    case 'unverified':
      return l10n.t('unverified');
    case 'held':
      return l10n.t('held');
    case 'free':
      return l10n.t('free');
    case 'absent':
      return l10n.t('absent');
    default:
      return assertNever(state);
  }
}

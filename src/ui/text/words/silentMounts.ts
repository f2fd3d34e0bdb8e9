import * as l10n from '@vscode/l10n';
import { localTime } from '../../../model/text';
import type { SilentMount } from '../../../model/mounts';
import { inertLabel } from './sanitize';

/** Mounts named in full; more are rarely the trouble of more than one server. */
const NAMED = 2;

/** What the view says while mounts give no answer; undefined: all answer. */
export function silentMountsText(silent: readonly SilentMount[] = []): string | undefined {
  if (silent.length === 0) {
    return undefined;
  }
  const named = silent
    .slice(0, NAMED)
    .map(({ point, type, since }) =>
      l10n.t('{0} ({1}) has not answered since {2}.', inertLabel(point), inertLabel(type), localTime(since)),
    );
  const more = silent.length - named.length;
  return [
    ...named,
    ...(more > 0 ? [l10n.t('{0} more mounts do not answer.', more)] : []),
    l10n.t('What is there is unknown; everything else is watched.'),
  ].join(' ');
}

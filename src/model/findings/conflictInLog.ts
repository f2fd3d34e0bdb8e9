/** The service itself says, in its log, that somebody else does the same work. */
import * as l10n from '@vscode/l10n';
import { CONFLICT_LINE_FRESH_MS } from '../conflictPatterns';
import type { DiagnosisContext, FoundEvidence } from '../context';
import { showLog, showProcesses } from '../evidence';
import { pidAndCommand } from '../process';
import { hideSecrets } from '../secrets';
import { localTime, oneLine } from '../text';

export function conflictInLog({ facts, instances }: DiagnosisContext): FoundEvidence[] {
  const { log, takenAt, service } = facts;
  const fresh = (log?.lines ?? []).filter(({ seenAt }) => takenAt - seenAt <= CONFLICT_LINE_FRESH_MS);
  const newest = fresh.at(-1);
  if (log === undefined || newest === undefined) {
    return [];
  }
  const local = instances.all.filter(({ role }) => role !== 'possibleDuplicate');
  const possible = instances.all.length - local.length;
  const path = oneLine(log.path);
  const [only] = local;
  let message: string;
  if (local.length > 1) {
    message = l10n.t('{0} reports a conflict, and {1} instances run here.', path, local.length);
  } else if (only === undefined) {
    message = l10n.t(
      '{0} reports a conflict, and no instance of {1} was found here: the others run elsewhere, on another host or as another user.',
      path,
      oneLine(service.name),
    );
  } else if (possible > 0) {
    message = l10n.t(
      '{0} reports a conflict; besides pid {1} there is a possible second instance here.',
      path,
      pidAndCommand(only.root),
    );
  } else {
    message = l10n.t(
      '{0} reports a conflict, and pid {1} is the only instance here: the other one is elsewhere, on another host or as another user.',
      path,
      pidAndCommand(only.root),
    );
  }
  return [
    {
      severity: 'conflict',
      message,
      evidence: [
        ...fresh
          .slice(-5)
          .map(({ text, seenAt }) => l10n.t('Seen {0}: {1}', localTime(seenAt), oneLine(hideSecrets(text)))),
        l10n.t('A line counts for {0} s after it was seen.', CONFLICT_LINE_FRESH_MS / 1000),
        ...showLog(log.path, facts.host),
        ...showProcesses(
          local.map(({ root }) => root.pid),
          facts.host,
        ),
      ],
    },
  ];
}

/** Nothing says how to recognise the service, and others run the holder's script in its working directory. */
import * as l10n from '@vscode/l10n';
import { commandsFor } from '../commands/index';
import type { DiagnosisContext, FindingDraft } from '../context';
import { processLine } from '../evidence';
import { commandLines, factLines } from '../evidenceLine';
import { listPids } from '../processes/process';
import { instanceProofText } from '../proofText';
import { oneLine } from '../text';

/** A pool of hundreds is not evidence any more: these many lines can be read. */
const EVIDENCE_LIMIT = 20;

export function possibleDuplicates({ facts, instances }: DiagnosisContext): FindingDraft[] {
  const all = instances.all.filter(({ role, starting }) => role === 'possibleDuplicate' && starting !== true);
  const possible = all.map(({ root }) => root);
  const known = instances.all.find(({ role }) => role !== 'possibleDuplicate')?.root;
  if (possible.length === 0 || known === undefined) {
    return [];
  }
  const shown = [known, ...possible.slice(0, EVIDENCE_LIMIT)].map(({ pid }) => pid);
  return [
    {
      // Other arguments are as likely another job of the same program: a queue, a shard, a folder.
      severity: all.every(({ unlike }) => unlike === true) ? 'information' : 'warning',
      message: l10n.t(
        'Process {0} may be another instance of {1}: same script and working directory as pid {2}.',
        listPids(possible),
        oneLine(facts.service.name),
        known.pid,
      ),
      pids: possible.map(({ pid }) => pid),
      evidence: [
        ...factLines(
          processLine(known),
          ...all
            .slice(0, EVIDENCE_LIMIT)
            .flatMap(({ root, proof }) => [processLine(root), `${root.pid}: ${instanceProofText(proof)}.`]),
          ...(possible.length > EVIDENCE_LIMIT
            ? [l10n.t('… and {0} more processes.', possible.length - EVIDENCE_LIMIT)]
            : []),
          l10n.t('No "process" is configured for this service. With one, instances are counted exactly.'),
        ),
        ...commandLines(...commandsFor(facts.host).processes(shown)),
      ],
    },
  ];
}

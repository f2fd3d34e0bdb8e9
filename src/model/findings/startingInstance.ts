/** A newcomer in its first seconds: it may still find the lock held and exit, or take over what the owner gives up. */
import * as l10n from '@vscode/l10n';
import { commandsFor } from '../commands/index';
import type { DiagnosisContext, FindingDraft } from '../context';
import { processLine } from '../evidence';
import { commandLines, factLines } from '../evidenceLine';
import { STARTING_MS } from '../instances/rivals';
import { listPids } from '../processes/process';
import { oneLine } from '../text';

export function startingInstance({ facts, instances }: DiagnosisContext): FindingDraft[] {
  const starting = instances.all.filter((instance) => instance.starting === true).map(({ root }) => root);
  if (starting.length === 0) {
    return [];
  }
  const pids = starting.map(({ pid }) => pid);
  return [
    {
      severity: 'information',
      message: l10n.t('Process {0} is starting as {1}.', listPids(starting), oneLine(facts.service.name)),
      evidence: [
        ...factLines(
          ...starting.map(processLine),
          l10n.t(
            'It has neither lock nor record. If it is still running {0} s after its start, it counts as an instance.',
            STARTING_MS / 1000,
          ),
        ),
        ...commandLines(...commandsFor(facts.host).processes(pids)),
      ],
      pids,
    },
  ];
}

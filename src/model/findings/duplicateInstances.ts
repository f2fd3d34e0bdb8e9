/** More instances run than may. */
import * as l10n from '@vscode/l10n';
import { commandsFor } from '../commands/index';
import type { DiagnosisContext, FindingDraft } from '../context';
import { processLine } from '../evidence';
import { commandLines, factLines } from '../evidenceLine';
import { listPids } from '../processes/process';
import { recordedPid } from '../records/records';
import { instanceProofText } from '../proofText';
import { oneLine } from '../text';

/** Which of them the pid file names, and which holds the lock: what tells the one that stays from the others. */
function ownerSentence({ records, instances, facts }: DiagnosisContext): string[] {
  const rivals = instances.all.filter(({ counted }) => counted);
  const isIn = (pid: number | undefined): boolean =>
    rivals.some(({ processes }) => processes.some((process) => process.pid === pid));
  const named = records
    .filter((record) => record.owner !== undefined && isIn(recordedPid(record)))
    .map((record) => l10n.t('{0} names {1}.', oneLine(record.path), recordedPid(record) ?? 0));
  const held = facts.lockFiles
    .filter(({ locks }) => locks.some(({ holders }) => holders.some(({ process }) => isIn(process.pid))))
    .map(({ file, locks }) => {
      const pids = locks.flatMap(({ holders }) => holders.map(({ process }) => process.pid));
      return l10n.t('{0} is locked by {1}.', oneLine(file.path), [...new Set(pids)].join(', '));
    });
  return [...named, ...held];
}

export function duplicateInstances(context: DiagnosisContext): FindingDraft[] {
  const { facts, instances } = context;
  const { maxInstances, name } = facts.service;
  if (instances.count <= maxInstances) {
    return [];
  }
  const rivals = instances.all.filter(({ counted }) => counted);
  const roots = rivals.map(({ root }) => root);
  const pids = rivals.flatMap(({ processes }) => processes.map(({ pid }) => pid));
  const hints = ownerSentence(context);
  const running = l10n.t(
    '{0} instances of {1} are running (at most {2} allowed): pids {3}.',
    instances.count,
    oneLine(name),
    maxInstances,
    listPids(roots),
  );
  const message = hints[0] === undefined ? running : `${running} ${hints[0]}`;
  const noOwner = rivals.every(({ role }) => role === 'duplicate');
  return [
    {
      severity: 'conflict',
      message,
      evidence: [
        ...factLines(
          ...rivals.flatMap(({ root, proof }) => [
            processLine(root),
            `${root.pid}: ${instanceProofText(proof)}.`,
          ]),
          ...hints,
          ...(noOwner ? [l10n.t('Neither a lock nor a record shows which one should stay.')] : []),
        ),
        ...commandLines(...commandsFor(facts.host).processes(pids)),
      ],
      pids: roots.map(({ pid }) => pid),
    },
  ];
}

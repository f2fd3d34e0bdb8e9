/** The lock is held by someone who is neither the recorded process nor of its family. */
import * as l10n from '@vscode/l10n';
import { commandsFor } from '../commands';
import type { DiagnosisContext, FoundEvidence } from '../context';
import { commandLines, factLines } from '../evidenceLine';
import type { LockFacts } from '../facts';
import { locksProtecting } from '../held';
import { heldByFamilyOf } from '../judgeRecord';
import { lockLine } from '../lockText';
import { listPids } from '../process';
import { recordedPid, type JudgedRecord } from '../records';
import { oneLine } from '../text';

/** Same instance, though neither is the other's ancestor: siblings below one wrapper, sharers of one descriptor. */
function sameInstance(record: JudgedRecord, lock: LockFacts, { instances }: DiagnosisContext): boolean {
  const { owner } = record;
  return (
    owner !== undefined &&
    instances.all.some(({ processes }) => {
      const pids = new Set(processes.map(({ pid }) => pid));
      return pids.has(owner.pid) && lock.holders.some(({ process }) => pids.has(process.pid));
    })
  );
}

export function pidMismatch(context: DiagnosisContext): FoundEvidence[] {
  const { facts, records, tree } = context;
  const commands = commandsFor(facts.host);
  return records.flatMap((record): FoundEvidence[] => {
    const pid = recordedPid(record);
    if (pid === undefined || record.verdict === 'unverifiable') {
      return [];
    }
    const locks = locksProtecting(record, facts)
      .flatMap((path) => path.locks.map((lock) => ({ path: path.path, lock })))
      .filter(({ lock }) => lock.access === 'write' && lock.holders.length > 0);
    const fits = ({ lock }: { lock: LockFacts }): boolean =>
      heldByFamilyOf(pid, record.owner, lock, tree) || sameInstance(record, lock, context);
    if (locks.length === 0 || locks.some(fits)) {
      return [];
    }
    const holders = new Map(
      locks.flatMap(({ lock }) => lock.holders.map(({ process }) => [process.pid, process])),
    );
    const paths = [...new Set(locks.map(({ path }) => oneLine(path)))].join(', ');
    return [
      {
        severity: 'warning',
        message: l10n.t(
          '{0} names pid {1}, but {2} is locked by pid {3}.',
          oneLine(record.path),
          pid,
          paths === oneLine(record.path) ? l10n.t('it') : paths,
          listPids([...holders.values()]),
        ),
        evidence: [
          ...factLines(
            ...locks.map(({ path, lock }) => lockLine(lock, path)),
            l10n.t('None of the holders is pid {0}, its ancestor or its descendant.', pid),
          ),
          ...commandLines(
            ...commands.content(record.path),
            ...commands.processes([pid, ...holders.keys()]),
            ...new Set(locks.flatMap(({ path, lock }) => commands.kernelLock(lock, path))),
          ),
        ],
      },
    ];
  });
}

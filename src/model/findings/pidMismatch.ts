/** The lock is held by someone who is neither the recorded process nor of its family. */
import * as l10n from '@vscode/l10n';
import { commandsFor } from '../commands/index';
import type { DiagnosisContext, FindingDraft } from '../context';
import { commandLines, factLines } from '../evidenceLine';
import type { LockFacts, ProcessFacts } from '../facts';
import { locksProtecting } from '../held';
import { heldByFamilyOf } from '../records/judgeRecord';
import { lockLine } from '../lockText';
import { listPids } from '../processes/process';
import { recordedPid, type JudgedRecord } from '../records/records';
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

const isGone = ({ content }: JudgedRecord): boolean => content?.liveness?.state === 'dead';

/** A holder that was seen below the recorded process while that ran. */
function wasBelow({ content }: JudgedRecord, { holders }: LockFacts): boolean {
  const { liveness } = content ?? {};
  const children = liveness?.state === 'dead' ? (liveness.childrenRun ?? []) : [];
  return children.some(({ pid }) => holders.some(({ process }) => process.pid === pid));
}

function sentence(
  recordPath: string,
  pid: number,
  locked: readonly string[],
  holders: readonly ProcessFacts[],
): string {
  const record = oneLine(recordPath);
  return locked.length === 1 && locked[0] === recordPath
    ? l10n.t('{0} names pid {1}, but it is locked by pid {2}.', record, pid, listPids(holders))
    : l10n.t(
        '{0} names pid {1}, but {2} is locked by pid {3}.',
        record,
        pid,
        locked.map((path) => oneLine(path)).join(', '),
        listPids(holders),
      );
}

export function pidMismatch(context: DiagnosisContext): FindingDraft[] {
  const { facts, records, tree } = context;
  if (records.length === 0) {
    return [];
  }
  const commands = commandsFor(facts.host);
  return records.flatMap((record): FindingDraft[] => {
    const pid = recordedPid(record);
    if (pid === undefined || record.verdict === 'unverifiable') {
      return [];
    }
    const locks = locksProtecting(record, facts)
      .flatMap((path) => path.locks.map((lock) => ({ path: path.path, lock })))
      .filter(({ lock }) => lock.access === 'write' && lock.holders.length > 0);
    const fits = ({ lock }: { lock: LockFacts }): boolean =>
      heldByFamilyOf(pid, record.owner, lock, tree) ||
      wasBelow(record, lock) ||
      sameInstance(record, lock, context);
    if (locks.length === 0 || locks.some(fits)) {
      return [];
    }
    const holders = new Map(
      locks.flatMap(({ lock }) => lock.holders.map(({ process }) => [process.pid, process])),
    );
    return [
      {
        severity: 'warning',
        message: sentence(
          record.path,
          pid,
          [...new Set(locks.map(({ path }) => path))],
          [...holders.values()],
        ),
        evidence: [
          ...factLines(
            ...locks.map(({ path, lock }) => lockLine(lock, path)),
            isGone(record)
              ? l10n.t(
                  'Process {0} has ended, so it cannot be known any more whether a holder was started by it.',
                  pid,
                )
              : l10n.t('No holder is pid {0}, and none is known to be related to it.', pid),
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

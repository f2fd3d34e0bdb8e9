/** Who took the lock is gone; a process that inherited its descriptor holds it. */
import * as l10n from '@vscode/l10n';
import { commandsFor } from '../commands/index';
import type { DiagnosisContext, FindingDraft } from '../context';
import { processLine } from '../evidence';
import { commandLines, factLines } from '../evidenceLine';
import type { LockFacts } from '../facts';
import { lockedPaths, takerIsGone } from '../locks';
import { lockLine } from '../lockText';
import { listPids } from '../processes/process';
import { recordedPid, type JudgedRecord } from '../records/records';
import { oneLine } from '../text';

/** OFD locks have no taker: there a record that names a process which is gone stands in for it. */
function goneTaker(lock: LockFacts, records: readonly JudgedRecord[]): number | undefined {
  if (lock.taker !== undefined) {
    return takerIsGone(lock) ? lock.taker : undefined;
  }
  const orphaned = records.find(
    (record) =>
      lock.holders.length > 0 &&
      record.reason === 'lockInherited' &&
      record.owner === undefined &&
      lock.holders.every(({ process }) => process.pid !== recordedPid(record)),
  );
  return orphaned === undefined ? undefined : recordedPid(orphaned);
}

/** `isThere`: a process has the taker's number, be it the taker or another one by now. */
function inheritedText(
  where: string,
  taker: number,
  holders: string,
  isThere: boolean,
  record: string | undefined,
): string {
  if (isThere) {
    return l10n.t(
      '{0} was locked by pid {1}, which no longer has the lock; the lock was inherited, and is held, by pid {2}.',
      where,
      taker,
      holders,
    );
  }
  return record === undefined
    ? l10n.t(
        '{0} was locked by pid {1}, which is gone; the lock was inherited, and is held, by pid {2}.',
        where,
        taker,
        holders,
      )
    : l10n.t(
        '{0} was locked by pid {1}, which is gone although {3} still names it; the lock was inherited, and is held, by pid {2}.',
        where,
        taker,
        holders,
        oneLine(record),
      );
}

export function inheritedLock({ facts, records }: DiagnosisContext): FindingDraft[] {
  const commands = commandsFor(facts.host);
  return lockedPaths(facts).flatMap(({ path, locks }) =>
    locks.flatMap((lock): FindingDraft[] => {
      const taker = goneTaker(lock, records);
      if (taker === undefined) {
        return [];
      }
      const named = records.filter((record) => recordedPid(record) === taker && record.owner === undefined);
      const holders = listPids(lock.holders.map(({ process }) => process));
      const where = oneLine(path);
      const [record] = named;
      const message = inheritedText(where, taker, holders, lock.takenBy !== undefined, record?.path);
      // Its number may belong to another process by now; then the kernel's table names an unrelated one.
      const stranger = lock.takenBy ?? facts.processes.get(taker);
      return [
        {
          severity: record === undefined ? 'information' : 'warning',
          message,
          evidence: [
            ...factLines(
              lockLine(lock, path),
              l10n.t(
                '/proc/locks lists the process that took the lock ({0}); fdinfo shows who holds it now.',
                taker,
              ),
              ...(stranger === undefined
                ? []
                : [l10n.t('Process {0} no longer has the lock.', taker), processLine(stranger)]),
              ...lock.holders.map(({ process }) => processLine(process)),
            ),
            ...commandLines(
              ...commands.kernelLock(lock, path),
              ...commands.processes([taker, ...lock.holders.map(({ process }) => process.pid)]),
            ),
          ],
          path,
          pids: lock.holders.map(({ process }) => process.pid),
        },
      ];
    }),
  );
}

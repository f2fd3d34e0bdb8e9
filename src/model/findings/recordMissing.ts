/** Held, but the pid file says nothing: a contender that opens with `w` truncates it before the lock decides. */
import * as l10n from '@vscode/l10n';
import type { DiagnosisContext, FoundEvidence } from '../context';
import { showFile, showKernelLock, showUsers } from '../evidence';
import { locksProtecting } from '../held';
import { holdersOf } from '../locks';
import { lockLine } from '../lockText';
import { listPids } from '../process';
import { oneLine } from '../text';

export function recordMissing({ facts, records }: DiagnosisContext): FoundEvidence[] {
  return records.flatMap((record): FoundEvidence[] => {
    const missing = record.reason === 'empty' || record.reason === 'notAPid';
    const locks = locksProtecting(record, facts);
    if (record.source !== 'pidFile' || !missing || locks.length === 0) {
      return [];
    }
    const holders = holdersOf(locks.flatMap((path) => path.locks)).map(({ holder }) => holder.process);
    const path = oneLine(record.path);
    const who = listPids(holders);
    const empty = record.reason === 'empty';
    let message: string;
    if (who === '') {
      message = empty
        ? l10n.t('The service is held, but {0} is empty, and the kernel does not tell the holder.', path)
        : l10n.t('The service is held, but {0} holds no pid, and the kernel does not tell the holder.', path);
    } else {
      message = empty
        ? l10n.t('{0} is empty, but the lock is held by pid {1}, says the kernel.', path, who)
        : l10n.t('{0} holds no pid, but the lock is held by pid {1}, says the kernel.', path, who);
    }
    return [
      {
        severity: 'warning',
        message,
        evidence: [
          ...locks.flatMap((locked) => locked.locks.map((lock) => lockLine(lock, locked.path))),
          ...showFile(record.path, facts.host),
          ...showUsers(record.path, facts.host),
          ...new Set(
            locks.flatMap((locked) =>
              locked.locks.flatMap((lock) => showKernelLock(lock, locked.path, facts.host)),
            ),
          ),
        ],
      },
    ];
  });
}

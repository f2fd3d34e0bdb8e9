/** One path, two inodes, a holder on each: the lock file was deleted under its holder and made again. */
import * as l10n from '@vscode/l10n';
import type { DiagnosisContext, FoundEvidence } from '../context';
import { showFile, showKernelLock } from '../evidence';
import type { LockFacts } from '../facts';
import { lockedPaths } from '../locks';
import { lockLine } from '../lockText';
import { listPids } from '../process';
import { oneLine } from '../text';

const holderText = (locks: readonly LockFacts[]): string => {
  const holders = new Map(locks.flatMap((lock) => lock.holders.map(({ process }) => [process.pid, process])));
  return holders.size === 0 ? l10n.t('unknown') : listPids([...holders.values()]);
};

export function splitBrain({ facts }: DiagnosisContext): FoundEvidence[] {
  return lockedPaths(facts).flatMap(({ path, locks }) => {
    // Readers share by design; a writer on either inode believes to be alone.
    const inodes = new Set(locks.map(({ id }) => `${id.dev} ${id.ino}`));
    const deleted = locks.filter(({ deletedInode }) => deletedInode);
    if (deleted.length === 0 || inodes.size < 2 || locks.every(({ access }) => access === 'read')) {
      return [];
    }
    const current = locks.filter(({ deletedInode }) => !deletedInode);
    const where = oneLine(path);
    const gone = [...new Set(deleted.map(({ id }) => id.ino))].join(', ');
    return [
      {
        severity: 'conflict',
        message:
          current.length > 0
            ? l10n.t(
                'Two inodes of {0} are locked: pid {1} holds the file that is there now, pid {2} one that was deleted (inode {3}).',
                where,
                holderText(current),
                holderText(deleted),
                gone,
              )
            : l10n.t(
                'Several deleted inodes of {0} are locked: pid {1} (inodes {2}).',
                where,
                holderText(deleted),
                gone,
              ),
        evidence: [
          ...locks.map((lock) => lockLine(lock, path)),
          ...showFile(path, facts.host),
          ...new Set(locks.flatMap((lock) => showKernelLock(lock, path, facts.host))),
          ...((facts.host.platform ?? 'linux') === 'linux'
            ? deleted.flatMap(({ holders }) =>
                holders.map(({ process }) => `$ ls -l /proc/${process.pid}/fd | grep -F '(deleted)'`),
              )
            : []),
        ],
      },
    ];
  });
}

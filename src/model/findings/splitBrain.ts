/** One path, two inodes, a holder on each: the lock file was deleted under its holder and made again. */
import * as l10n from '@vscode/l10n';
import { commandsFor } from '../commands/index';
import type { DiagnosisContext, FindingDraft } from '../context';
import { commandLines, factLines, type EvidenceLine } from '../evidenceLine';
import type { HostFacts, LockFacts } from '../facts';
import { lockedPaths } from '../locks';
import { lockLine } from '../lockText';
import { listPids } from '../processes/process';
import { oneLine } from '../text';

const holderText = (locks: readonly LockFacts[]): string => {
  const holders = new Map(locks.flatMap((lock) => lock.holders.map(({ process }) => [process.pid, process])));
  return holders.size === 0 ? l10n.t('unknown') : listPids([...holders.values()]);
};

/** Who has it, as far as that is known: its holders, or else who took it. Empty: unknown. */
const ownersOf = ({ holders, taker }: LockFacts): number[] =>
  holders.length > 0 ? holders.map(({ process }) => process.pid) : taker === undefined ? [] : [taker];

/** A daemon that made its lock file again holds both inodes, and no one else does: that is no conflict. */
function areRivals(locks: readonly LockFacts[]): boolean {
  const byInode = new Map<string, Set<number>>();
  for (const lock of locks) {
    const inode = `${lock.id.dev} ${lock.id.ino}`;
    byInode.set(inode, new Set([...(byInode.get(inode) ?? []), ...ownersOf(lock)]));
  }
  const owners = [...byInode.values()];
  return owners.some((one, index) =>
    owners.slice(index + 1).some((other) => ![...one].some((pid) => other.has(pid))),
  );
}

export function splitBrain({ facts }: DiagnosisContext): FindingDraft[] {
  return lockedPaths(facts).flatMap(({ path, locks }) => {
    const deleted = locks.filter(({ deletedInode }) => deletedInode);
    // Readers share by design; a writer on either inode believes that it is alone.
    if (deleted.length === 0 || locks.every(({ access }) => access === 'read') || !areRivals(locks)) {
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
                'Two files have had the path {0}, and both are locked: pid {1} holds the current one, pid {2} the deleted one (inode {3}).',
                where,
                holderText(current),
                holderText(deleted),
                gone,
              )
            : l10n.t(
                'Several deleted files have had the path {0}, and they are locked: pid {1} (inodes {2}).',
                where,
                holderText(deleted),
                gone,
              ),
        evidence: evidenceOf(path, locks, facts.host),
        path,
        pids: [...new Set(locks.flatMap(ownersOf))].sort((a, b) => a - b),
      },
    ];
  });
}

function evidenceOf(path: string, locks: readonly LockFacts[], host: HostFacts): EvidenceLine[] {
  const deleted = locks.filter(({ deletedInode }) => deletedInode);
  const commands = commandsFor(host);
  return [
    ...factLines(...locks.map((lock) => lockLine(lock, path))),
    ...commandLines(
      ...commands.file(path),
      ...new Set(locks.flatMap((lock) => commands.kernelLock(lock, path))),
      ...deleted.flatMap(({ holders }) =>
        holders.flatMap(({ process }) => commands.deletedFiles(process.pid)),
      ),
    ),
  ];
}

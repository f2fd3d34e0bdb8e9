/** Processes that are blocked until the lock is free. */
import * as l10n from '@vscode/l10n';
import { commandsFor } from '../commands/index';
import type { DiagnosisContext, FindingDraft } from '../context';
import { processLine } from '../evidence';
import { commandLines, factLines } from '../evidenceLine';
import { lockedPaths } from '../locks';
import { listWords, pidAndCommand } from '../processes/process';
import { oneLine } from '../text';

export function waiters({ facts }: DiagnosisContext): FindingDraft[] {
  const commands = commandsFor(facts.host);
  return lockedPaths(facts).flatMap(({ path, locks }): FindingDraft[] => {
    const all = locks.flatMap((lock) => lock.waiters);
    if (all.length === 0) {
      return [];
    }
    // Outside this PID namespace a waiter has no number here.
    const words = listWords(all, (process) =>
      process.pid > 0 ? pidAndCommand(process) : l10n.t('a process outside this container'),
    );
    const known = all.filter(({ pid }) => pid > 0);
    return [
      {
        severity: 'information',
        message:
          all.length === 1
            ? l10n.t('One process is waiting for {0}: {1}.', oneLine(path), words)
            : l10n.t('{0} processes are waiting for {1}: {2}.', all.length, oneLine(path), words),
        evidence: [
          ...factLines(...known.map(processLine)),
          ...commandLines(
            ...locks.slice(0, 1).flatMap((lock) => commands.kernelLock(lock, path)),
            ...commands.processes(known.map(({ pid }) => pid)),
          ),
        ],
      },
    ];
  });
}

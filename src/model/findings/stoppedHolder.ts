/** A holder that is stopped keeps its lock and does nothing; SIGTERM reaches it only after SIGCONT. */
import * as l10n from '@vscode/l10n';
import { commandsFor } from '../commands/index';
import type { DiagnosisContext, FindingDraft } from '../context';
import { processLine } from '../evidence';
import { commandLines, factLines, type EvidenceLine } from '../evidenceLine';
import type { HostFacts, LockFacts, ProcessFacts } from '../facts';
import { holdersOf, lockedPaths } from '../locks';
import { isStopped, pidAndCommand } from '../processes/process';
import { oneLine } from '../text';

function sentence(process: ProcessFacts, path: string): string {
  if (process.frozen === true) {
    return l10n.t(
      'Process {0} holds {1} and is frozen: it keeps the lock, does nothing, and cannot even be killed until it is thawed.',
      pidAndCommand(process),
      path,
    );
  }
  switch (process.state) {
    case 'Z':
      return l10n.t(
        'Process {0}, listed as the holder of {1}, has exited and is a zombie.',
        pidAndCommand(process),
        path,
      );
    case 't':
      return l10n.t('Process {0} holds {1} and is stopped by a debugger.', pidAndCommand(process), path);
    default:
      return l10n.t(
        'Process {0} holds {1} and is stopped: it keeps the lock but does nothing.',
        pidAndCommand(process),
        path,
      );
  }
}

/** Returns how to let a process go on; one that a debugger stopped is the debugger's to continue. */
function howToResume({ state, pid }: ProcessFacts, host: HostFacts): EvidenceLine[] {
  const commands = state === 'T' ? commandsFor(host).signal('SIGCONT', pid) : [];
  return commands.length === 0 ? [] : [...factLines(l10n.t('To resume it:')), ...commandLines(...commands)];
}

const isHolderStopped = ({ holders }: LockFacts): boolean =>
  holders.some(({ process }) => isStopped(process));

export function stoppedHolder({ facts, records }: DiagnosisContext): FindingDraft[] {
  const isAnyStopped =
    records.some(({ owner }) => owner !== undefined && isStopped(owner)) ||
    lockedPaths(facts).some(({ locks }) => locks.some(isHolderStopped));
  if (!isAnyStopped) {
    return [];
  }
  const holders = new Map<number, { process: ProcessFacts; path: string }>();
  for (const { path, owner } of records) {
    if (owner !== undefined) {
      holders.set(owner.pid, { process: owner, path });
    }
  }
  for (const { path, locks } of lockedPaths(facts)) {
    for (const { holder } of holdersOf(locks)) {
      holders.set(holder.process.pid, { process: holder.process, path });
    }
  }
  return [...holders.values()]
    .filter(({ process }) => isStopped(process))
    .map(({ process, path }) => ({
      severity: 'warning',
      message: sentence(process, oneLine(path)),
      evidence: [
        ...factLines(
          processLine(process),
          ...(process.frozen === true ? [l10n.t('Its control group is frozen, as by “docker pause”.')] : []),
          l10n.t('State {0} in /proc/{1}/stat.', process.state ?? '?', process.pid),
        ),
        ...commandLines(...commandsFor(facts.host).processes([process.pid])),
        ...howToResume(process, facts.host),
      ],
    }));
}

/** The recorded process is gone, and no lock protects the record. */
import * as l10n from '@vscode/l10n';
import { commandsFor } from '../commands/index';
import type { DiagnosisContext, FindingDraft } from '../context';
import { writtenLine } from '../evidence';
import { commandLines, factLines } from '../evidenceLine';
import { adviceOn } from '../presets/index';
import { isStale, recordedPid, type JudgedRecord } from '../records/records';
import { pidWithCommand } from '../processes/process';
import { recordProofText } from '../proofText';
import { lineOf, oneLine } from '../text';

function sentence(record: JudgedRecord, pid: number, path: string): string {
  const { command, host } = record.content?.record ?? {};
  switch (record.reason) {
    case 'zombie':
      return l10n.t('{0} names pid {1}, which has exited and is only a zombie.', path, pid);
    case 'thread': {
      const liveness = record.content?.liveness;
      const of = liveness?.state === 'dead' ? liveness.threadOf : undefined;
      return of === undefined
        ? l10n.t('{0} names pid {1}, which is not a process but a thread of another process.', path, pid)
        : l10n.t('{0} names pid {1}, which is not a process but a thread of process {2}.', path, pid, of);
    }
    default:
      if (command !== undefined) {
        return l10n.t('{0} names pid {1}, which is gone.', path, pidWithCommand(pid, command));
      }
      return host === undefined
        ? l10n.t('{0} names pid {1}, which is gone.', path, pid)
        : l10n.t('{0} names pid {1} on this host ({2}), which is gone.', path, pid, oneLine(host, 100));
  }
}

export function stalePidDead({ facts, records }: DiagnosisContext): FindingDraft[] {
  if (records.length === 0) {
    return [];
  }
  const commands = commandsFor(facts.host);
  return records
    .filter((record) => record.verdict === 'dead' && isStale(record))
    .map((record) => {
      const pid = recordedPid(record) ?? 0;
      return {
        severity: 'stale',
        message: sentence(record, pid, oneLine(record.path)),
        path: record.path,
        fingerprint: String(pid),
        evidence: [
          ...factLines(
            ...lineOf(recordProofText(record)),
            ...writtenLine(record.file),
            l10n.t('No lock is held on it, and no relative of pid {0} holds a lock of this service.', pid),
            ...(facts.host.nestedPidNamespace
              ? [l10n.t('This window sees only the processes of its own container; others were not checked.')]
              : []),
            ...adviceOn(facts.service, record.path),
          ),
          ...commandLines(
            ...commands.content(record.path),
            ...commands.processes([pid]),
            ...commands.openers(record.path),
          ),
        ],
      };
    });
}

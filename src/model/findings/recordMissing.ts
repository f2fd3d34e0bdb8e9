/** Held, but the pid file says nothing: a contender that opens with `w` truncates it before the lock decides. */
import * as l10n from '@vscode/l10n';
import { commandsFor } from '../commands/index';
import type { DiagnosisContext, FindingDraft } from '../context';
import { processLine } from '../evidence';
import { commandLines, factLines } from '../evidenceLine';
import { locksProtecting } from '../held';
import { holdersOf } from '../locks';
import { lockLine } from '../lockText';
import { listPids } from '../processes/process';
import type { JudgedRecord } from '../records/records';
import { oneLine } from '../text';

/** Nothing is locked, but the service runs: its pid file should say so. */
function runningWithout(record: JudgedRecord, { facts, instances }: DiagnosisContext): FindingDraft[] {
  const running = instances.all.filter(({ counted, starting }) => counted && starting !== true);
  if (running.length === 0) {
    return [];
  }
  const roots = running.map(({ root }) => root);
  const commands = commandsFor(facts.host);
  const path = oneLine(record.path);
  return [
    {
      severity: 'warning',
      message:
        record.reason === 'empty'
          ? l10n.t('{0} is empty, but pid {1} is running.', path, listPids(roots))
          : l10n.t('{0} contains no pid, but pid {1} is running.', path, listPids(roots)),
      evidence: [
        ...factLines(...roots.map(processLine)),
        ...commandLines(...commands.file(record.path), ...commands.processes(roots.map(({ pid }) => pid))),
      ],
      path: record.path,
    },
  ];
}

export function recordMissing(context: DiagnosisContext): FindingDraft[] {
  const { facts, records } = context;
  if (records.length === 0) {
    return [];
  }
  const commands = commandsFor(facts.host);
  return records.flatMap((record): FindingDraft[] => {
    const missing = record.reason === 'empty' || record.reason === 'notAPid';
    const locks = locksProtecting(record, facts);
    if (record.source !== 'pidFile' || !missing) {
      return [];
    }
    if (locks.length === 0) {
      return runningWithout(record, context);
    }
    const holders = holdersOf(locks.flatMap((path) => path.locks)).map(({ holder }) => holder.process);
    const path = oneLine(record.path);
    const who = listPids(holders);
    const empty = record.reason === 'empty';
    let message: string;
    if (who === '') {
      message = empty
        ? l10n.t('The lock is held, but {0} is empty and the kernel does not say by whom.', path)
        : l10n.t('The lock is held, but {0} contains no pid and the kernel does not say by whom.', path);
    } else {
      message = empty
        ? l10n.t('{0} is empty, but according to the kernel pid {1} holds the lock.', path, who)
        : l10n.t('{0} contains no pid, but according to the kernel pid {1} holds the lock.', path, who);
    }
    return [
      {
        severity: 'warning',
        message,
        evidence: [
          ...factLines(...locks.flatMap((locked) => locked.locks.map((lock) => lockLine(lock, locked.path)))),
          ...commandLines(
            ...commands.file(record.path),
            ...commands.openers(record.path),
            ...new Set(
              locks.flatMap((locked) =>
                locked.locks.flatMap((lock) => commands.kernelLock(lock, locked.path)),
              ),
            ),
          ),
        ],
      },
    ];
  });
}

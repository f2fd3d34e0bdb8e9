/** The public view of one lock file and one pid file. */
import * as l10n from '@vscode/l10n';
import type { Holder, LockFileSnapshot, PidFileSnapshot, ProcessRef } from '../api';
import { defined } from '../common/defined';
import type { DiagnosisContext } from './context';
import type { LockFileFacts } from './facts';
import { byWeight, holdersOf } from './locks';
import { whyUnknownText } from './lockText';
import { processInfo, processRef } from './processes/process';
import { recordedPid, existenceRecord, type JudgedRecord } from './records/records';

function kernelHolders({ locks }: LockFileFacts): Holder[] {
  const known = holdersOf(locks).map(({ lock, holder }): Holder => ({
    pid: holder.process.pid,
    process: processInfo(holder.process),
    inherited: holder.inherited,
    deletedInode: lock.deletedInode,
  }));
  const unknown = locks
    .filter(({ holders }) => holders.length === 0)
    .map((lock): Holder => ({
      inherited: false,
      deletedInode: lock.deletedInode,
      unknownReason: whyUnknownText(lock),
    }));
  return [...known, ...unknown];
}

function waitersOf({ locks }: LockFileFacts): ProcessRef[] {
  if (locks.every((lock) => lock.waiters.length === 0)) {
    return [];
  }
  const waiters = new Map(locks.flatMap((lock) => lock.waiters.map((process) => [process.pid, process])));
  return [...waiters.values()].map(processRef);
}

/** An existence lock: held by the live process it names, or by someone unknown as long as it names no process. */
function existenceLock(
  file: LockFileFacts,
  { facts, records }: DiagnosisContext,
): Pick<LockFileSnapshot, 'held' | 'holders' | 'kind' | 'access'> {
  const declared = file.existence === true || facts.service.existence === true;
  const exists = file.file.status !== 'absent';
  const { path } = file.file;
  const record =
    declared && exists ? existenceRecord(path, records) : records.find((one) => one.path === path);
  const kind = { kind: 'existence', access: 'write' } as const;
  const pid = record === undefined ? undefined : recordedPid(record);
  if (record?.verdict === 'live' && record.owner !== undefined) {
    const process = processInfo(record.owner);
    return {
      held: true,
      holders: [{ pid: process.pid, process, inherited: false, deletedInode: false }],
      ...kind,
    };
  }
  if (!declared || !exists || record?.verdict === 'dead' || record?.verdict === 'reused') {
    return { held: false, holders: [], ...(declared ? kind : {}) };
  }
  const unknown: Holder = {
    inherited: false,
    deletedInode: false,
    unknownReason:
      pid === undefined
        ? l10n.t('the file names no process')
        : l10n.t('the file names pid {0}, which cannot be checked from here', pid),
  };
  return { held: true, holders: [unknown], ...kind };
}

export function lockFileSnapshot(file: LockFileFacts, context: DiagnosisContext): LockFileSnapshot {
  const [lock] = byWeight(file.locks);
  const { path, status } = file.file;
  const exists = status !== 'absent';
  const waiters = waitersOf(file);
  if (lock === undefined) {
    return { path, exists, waiters, ...existenceLock(file, context) };
  }
  const { kind, access } = lock;
  return { path, exists, waiters, held: true, kind, access, holders: kernelHolders(file) };
}

export function pidFileSnapshot(record: JudgedRecord): PidFileSnapshot {
  const pid = recordedPid(record);
  const { port, url } = record.content?.record ?? {};
  return {
    path: record.path,
    exists: record.file.status !== 'absent',
    ...(pid === undefined ? {} : { recordedPid: pid }),
    verdict: record.verdict,
    proof: record.proof,
    ...(record.reason === 'fileLocked' && record.owner === undefined ? { locked: true as const } : {}),
    ...defined({ port, url }),
  };
}

/** Which records of a service are stale, and which of those must not be removed. */
import * as l10n from '@vscode/l10n';
import type { FileFacts, LockFileFacts, ServiceFacts } from '../../model/facts';
import { isUncertain, lockedPaths } from '../../model/locks';
import { adviceOn } from '../../model/presets';
import { listPids } from '../../model/process';
import { ProcessTree } from '../../model/processTree';
import { countsAsRecord, judgeRecords, type JudgedRecord } from '../../model/records';
import { localTime } from '../../model/text';
import type { InspectedService } from '../deps';
import type { CleanUpItem } from './plan';

export interface StaleRecord {
  path: string;
  status: FileFacts['status'];
  recordedPid?: number;
  verdict: CleanUpItem['verdict'];
  why: string;
  evidence: string[];
}

export interface KeptRecord {
  path: string;
  reason: string;
}

export interface StaleRecords {
  stale: StaleRecord[];
  kept: KeptRecord[];
}

/**
 * A lock directory is renewed every few seconds (proper-lockfile: its owner counts as gone after 10 s by default). Six
 * times that leaves room for a busy or briefly suspended owner.
 */
const HEARTBEAT_MS = 60_000;

export function staleRecords(inspected: InspectedService): StaleRecords {
  const { facts } = inspected;
  const tree = new ProcessTree(facts.processes, facts.host);
  const judged = judgeRecords(facts, tree).filter(countsAsRecord);
  const found: StaleRecords = { stale: [], kept: [] };
  for (const record of judged) {
    if (record.verdict === 'dead' || record.verdict === 'reused') {
      found.stale.push(fromRecord(inspected, record, record.verdict));
    } else if (record.verdict === 'unverifiable' && record.file.status !== 'directory') {
      found.kept.push({ path: record.path, reason: findingOn(inspected, record.path) ?? unverifiable() });
    }
  }
  for (const { file } of facts.lockFiles.filter((lock) => isLockDirectory(lock, facts))) {
    const stopped = stoppedHeartbeat(file, facts.takenAt);
    if (stopped !== undefined) found.stale.push(stopped);
  }
  const refusal = refusalFor(facts);
  const refused = found.stale.flatMap(({ path }): KeptRecord[] => {
    const reason = adviceOn(facts.service, path)[0] ?? refusal;
    return reason === undefined ? [] : [{ path, reason }];
  });
  const paths = new Set(refused.map(({ path }) => path));
  return {
    stale: found.stale.filter(({ path }) => !paths.has(path)),
    kept: [...refused, ...found.kept],
  };
}

const unverifiable = (): string =>
  l10n.t('Whether its process is gone cannot be verified from here; what is uncertain is kept.');

/** What the diagnosis says about this very file, with the evidence that it gave. */
function findingOn({ snapshot }: InspectedService, path: string): string | undefined {
  return snapshot.findings.find(
    ({ kind, message, evidence }) =>
      kind === 'recordUnverifiable' && [message, ...evidence].some((text) => text.includes(path)),
  )?.message;
}

function fromRecord(
  { snapshot }: InspectedService,
  { path, file, content }: JudgedRecord,
  verdict: 'dead' | 'reused',
): StaleRecord {
  const pid = content?.record.pid;
  const kind = verdict === 'dead' ? 'stalePidDead' : 'stalePidReused';
  const findings = snapshot.findings.filter((finding) => finding.kind === kind);
  const own =
    findings.find(({ message, evidence }) => [message, ...evidence].some((text) => text.includes(path))) ??
    (findings.length === 1 ? findings[0] : undefined);
  const why =
    verdict === 'dead'
      ? l10n.t('PID {0} is gone.', pid ?? '?')
      : l10n.t('PID {0} now belongs to another process.', pid ?? '?');
  return {
    path,
    status: file.status,
    ...(pid === undefined ? {} : { recordedPid: pid }),
    verdict,
    why: own?.message ?? why,
    evidence: [
      ...(own?.evidence ?? [why]),
      ...writtenAt(file),
      l10n.t('No lock on it or its service is held.'),
    ],
  };
}

const writtenAt = ({ mtimeNs }: FileFacts): string[] =>
  mtimeNs === undefined ? [] : [l10n.t('Last written {0}.', localTime(Number(mtimeNs / 1_000_000n)))];

function isLockDirectory({ file, existence }: LockFileFacts, facts: ServiceFacts): boolean {
  return file.status === 'directory' && (existence === true || facts.service.existence === true);
}

function stoppedHeartbeat(file: FileFacts, now: number): StaleRecord | undefined {
  if (file.mtimeNs === undefined) {
    return undefined;
  }
  const age = now - Number(file.mtimeNs / 1_000_000n);
  if (age < HEARTBEAT_MS) {
    return undefined;
  }
  const why = l10n.t('Its owner has not renewed it for {0} s.', Math.round(age / 1000));
  return {
    path: file.path,
    status: file.status,
    verdict: 'heartbeat',
    why,
    evidence: [why, ...writtenAt(file)],
  };
}

/** Why nothing of this service may be removed. */
function refusalFor(facts: ServiceFacts): string | undefined {
  const held = lockedPaths(facts).find(({ locks }) => locks.length > 0);
  if (held !== undefined) {
    const holders = held.locks.flatMap((lock) => lock.holders.map(({ process }) => process));
    return holders.length === 0
      ? l10n.t('The lock on {0} is held; nothing is removed from under a running service.', held.path)
      : l10n.t(
          'The lock on {0} is held by PID {1}; nothing is removed from under a running service.',
          held.path,
          listPids(holders),
        );
  }
  const uncertain = [...facts.lockFiles, ...facts.pidFiles].find(isUncertain);
  return uncertain === undefined
    ? undefined
    : l10n.t(
        'Whether {0} is locked cannot be seen from here; what is uncertain is kept.',
        uncertain.file.path,
      );
}

/** Lock directories: empty, without a record, held for as long as their owner renews their time. */
import * as path from 'node:path';
import * as l10n from '@vscode/l10n';
import { factLines } from '../../model/evidenceLine';
import type { FileFacts, LockFileFacts, ServiceFacts } from '../../model/facts';
import { toolWithHeartbeat } from '../../model/presets/index';
import { mayLock } from '../../model/records/lockFolder';
import { oneLine } from '../../model/text';
import { isAloneInFolder } from '../../os/aloneInFolder';
import { writtenAt, type StaleRecord, type StaleRecords } from './records';

/**
 * The owner of a lock directory renews it every few seconds (proper-lockfile: it counts as gone after 10 s by default).
 * Six times that leaves room for a busy or briefly suspended owner.
 */
const HEARTBEAT_MS = 60_000;
/** How many times the longest interval seen, where the owner takes its time. */
const INTERVALS = 6;
/** The first may be what the monitor only met; two are a rhythm. */
const RENEWALS = 2;

/** Lock directories that have not been renewed for long: stale only where a heartbeat is known. */
export function lockDirectories(facts: ServiceFacts): StaleRecords {
  const found: StaleRecords = { stale: [], kept: [] };
  for (const lock of facts.lockFiles.filter((one) => isLockDirectory(one, facts))) {
    const { file } = lock;
    const age = file.mtimeNs === undefined ? 0 : facts.takenAt - Number(file.mtimeNs / 1_000_000n);
    const heartbeat = heartbeatOf(file, facts);
    // A step of the wall clock makes an owner look late.
    if (age < HEARTBEAT_MS + (facts.host.clockStepMs ?? 0)) {
      continue;
    }
    if (heartbeat === undefined) {
      found.kept.push({ path: file.path, reason: neverSeenRenewed() });
    } else if (age >= heartbeat.intervalMs * INTERVALS) {
      found.stale.push(stopped(file, age, heartbeat.evidence));
    }
  }
  return found;
}

const neverSeenRenewed = (): string =>
  l10n.t(
    'Nothing shows that its owner renews it, so its age says nothing: an owner may keep a lock directory for hours.',
  );

function isLockDirectory({ file, existence }: LockFileFacts, facts: ServiceFacts): boolean {
  return file.status === 'directory' && (existence === true || facts.service.existence === true);
}

/** Returns the folders that lock by being there. */
export const lockFolders = (facts: ServiceFacts): string[] =>
  facts.lockFiles.filter((one) => isLockDirectory(one, facts)).map(({ file }) => file.path);

/** A lock directory stays when the record inside it goes, still locks, and says no more whose it is. */
export function keptByFolder(record: string, folders: readonly string[]): string | undefined {
  const folder = folders.find((one) => record.startsWith(`${one}/`) || record.startsWith(`${one}\\`));
  return folder === undefined
    ? undefined
    : l10n.t(
        'It lies in the lock directory {0}, which would stay and still lock. Only the record says whose it is.',
        oneLine(folder),
      );
}

/** The same of a folder that nothing says to be one, where its names and what is in it do. */
export function keptByOwnFolder({ path: record, status, verdict }: StaleRecord): string | undefined {
  const isRecord = status !== 'directory' && (verdict === 'dead' || verdict === 'reused');
  const folder = path.dirname(record);
  return isRecord && mayLock(folder, path.basename(record)) && isAloneInFolder(record)
    ? l10n.t(
        'It lies alone in the folder {0}, which may be the lock itself. That would stay and still lock; remove it only when you know that the service has ended.',
        oneLine(folder),
      )
    : undefined;
}

interface Heartbeat {
  intervalMs: number;
  evidence: string;
}

function heartbeatOf({ renewals }: FileFacts, { service }: ServiceFacts): Heartbeat | undefined {
  if (renewals !== undefined && renewals.count >= RENEWALS) {
    const { count, longestMs } = renewals;
    return {
      intervalMs: longestMs,
      evidence: l10n.t(
        'Its owner renewed it {0} times while the monitor watched, at most {1} s apart.',
        count,
        Math.ceil(longestMs / 1000),
      ),
    };
  }
  const tool = toolWithHeartbeat(service);
  return tool === undefined
    ? undefined
    : { intervalMs: 0, evidence: l10n.t('{0} renews it every few seconds for as long as it runs.', tool) };
}

function stopped(file: FileFacts, ageMs: number, heartbeat: string): StaleRecord {
  const why = l10n.t('Its owner has not renewed it for {0} s.', Math.round(ageMs / 1000));
  return {
    path: file.path,
    status: file.status,
    verdict: 'heartbeat',
    // An owner that is stopped, or a clock that was set, looks the same.
    proof: 'plausible',
    why: `${oneLine(file.path)}: ${why}`,
    evidence: factLines(heartbeat, ...writtenAt(file)),
  };
}

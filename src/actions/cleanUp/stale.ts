/** Which records of a service are stale, and which of those must not be removed. */
import * as l10n from '@vscode/l10n';
import type { FindingKind, Finding, InstanceSnapshot, Proof } from '../../api';
import { factLines, readLine } from '../../model/evidenceLine';
import type { HostFacts, ServiceFacts } from '../../model/facts';
import { isUncertain, lockedPaths } from '../../model/locks';
import { gitLockPath } from '../../model/ownerless/gitLock';
import { adviceOn } from '../../model/presets/index';
import { listPids, pidAndCommand } from '../../model/processes/process';
import { treeOf } from '../../model/processes/processTree';
import { countsAsRecord, judgeRecords, type JudgedRecord } from '../../model/records/records';
import { localTime, oneLine } from '../../model/text';
import type { InspectedService } from '../deps';
import { keptByFolder, lockDirectories, lockFolders } from './lockDirectory';
import { leftOverLocks } from './ownerless';
import { writtenAt, type KeptRecord, type StaleRecord, type StaleRecords } from './records';

/** Returns the proof with which a verdict is offered; undefined: what is guessed is not. */
export const proofToOffer = (proof: Proof): StaleRecord['proof'] | undefined =>
  proof === 'guessed' ? undefined : proof;

export function staleRecords(inspected: InspectedService): StaleRecords {
  const { facts } = inspected;
  const tree = treeOf(facts);
  const judged = judgeRecords(facts, tree).filter(countsAsRecord);
  const found = lockDirectories(facts);
  const unowned = leftOverLocks(inspected, judgeRecords(facts, tree));
  const left = new Set(unowned.stale.map(({ path }) => path));
  found.stale.push(...unowned.stale);
  found.kept.push(...unowned.kept);
  for (const record of judged) {
    if (record.verdict === 'dead' || record.verdict === 'reused') {
      const proof = proofToOffer(record.proof);
      if (proof === undefined) {
        found.kept.push({ path: record.path, reason: unverifiable() });
      } else {
        found.stale.push(fromRecord(inspected, record, record.verdict, proof));
      }
    } else if (record.verdict === 'unverifiable' && record.file.status !== 'directory') {
      const told = findingOn(inspected, 'recordUnverifiable', record.path)?.message;
      found.kept.push({ path: record.path, reason: told ?? unverifiable() });
    }
  }
  found.stale = mindDoubts(found.stale, facts);
  const refusal = refusalFor(inspected);
  const refused = found.stale.flatMap(({ path }): KeptRecord[] => {
    // The record beside a lock of git goes with the lock.
    const isLeft = left.has(path) || left.has(gitLockPath(path));
    const advice = isLeft ? undefined : adviceOn(facts.service, path)[0];
    const reason = advice ?? refusal ?? keptByFolder(path, lockFolders(facts));
    return reason === undefined ? [] : [{ path, reason }];
  });
  const paths = new Set(refused.map(({ path }) => path));
  return {
    stale: found.stale.filter(({ path }) => !paths.has(path)),
    kept: [...refused, ...found.kept],
  };
}

/**
 * What may start the service at any moment may write its record at any moment, and a server that no one can see may still
 * answer on its port: none of the records is chosen beforehand.
 */
function mindDoubts(stale: StaleRecord[], facts: ServiceFacts): StaleRecord[] {
  const starters = (facts.wrapping ?? []).flatMap((pid) => facts.processes.get(pid) ?? []);
  const unseen = (facts.ports ?? []).filter(
    (port) => port.unknown !== undefined && port.listeners.length === 0,
  );
  const lines = factLines(
    ...starters.map((one) => l10n.t('Process {0} may start the service at any moment.', pidAndCommand(one))),
    ...unseen.map(({ port }) => l10n.t('It is not known whether a process listens on port {0}.', port)),
  );
  const hidden = hiddenFrom(facts);
  return stale.map((one) => {
    const doubts = [...lines, ...(hidden.has(one.path) ? factLines(hiddenHere()) : [])];
    return doubts.length === 0 ? one : { ...one, proof: 'plausible', evidence: [...one.evidence, ...doubts] };
  });
}

/** The records of which it could not be looked up whether their service lives on. */
const hiddenFrom = ({ pidFiles, lockFiles }: ServiceFacts): ReadonlySet<string> =>
  new Set(
    [
      ...pidFiles.map(({ file, content }) => ({ file, content })),
      ...lockFiles.map(({ file, record }) => ({ file, content: record })),
    ]
      .filter(({ content }) => content?.signs?.unseen === true)
      .map(({ file }) => file.path),
  );

const hiddenHere = (): string =>
  l10n.t('Processes, sockets or locks are hidden here (hidepid), and one of them may belong to the service.');

const unverifiable = (): string => l10n.t('It cannot be verified from here that its process is gone.');

/** What the diagnosis says about this very file, with the evidence that it gave. */
const findingOn = ({ snapshot }: InspectedService, kind: FindingKind, path: string): Finding | undefined =>
  snapshot.findings.find((finding) => finding.kind === kind && finding.path === path);

function fromRecord(
  inspected: InspectedService,
  record: JudgedRecord,
  verdict: 'dead' | 'reused',
  proof: StaleRecord['proof'],
): StaleRecord {
  const { path, file, content } = record;
  const pid = content?.record.pid;
  const own = findingOn(inspected, verdict === 'dead' ? 'stalePidDead' : 'stalePidReused', path);
  const why =
    verdict === 'dead'
      ? l10n.t('Process {0} is gone.', pid ?? '?')
      : l10n.t('The pid {0} now belongs to another process.', pid ?? '?');
  return {
    path,
    status: file.status,
    ...(pid === undefined ? {} : { recordedPid: pid }),
    verdict,
    proof,
    why: own?.message ?? `${oneLine(path)}: ${why}`,
    evidence: [
      ...(own?.evidence ?? []).map(readLine),
      ...factLines(
        ...writtenAt(file),
        ...(proof === 'proven' ? [] : clockWitness(inspected.facts.host)),
        l10n.t('No lock on it or its service is held, and no instance of the service is known to run.'),
      ),
    ],
  };
}

/** A clock that is off by less than this was not stepped: NTP slews more than that in a week. */
const STEP_MS = 2000;

/** What else is known of the clock on which the verdict rests. */
function clockWitness({ bootTime, bootWitness }: HostFacts): string[] {
  const alone = l10n.t('This rests on the wall clock alone and is not proven.');
  if (bootTime === undefined || bootWitness === undefined) {
    return [alone];
  }
  const stepMs = Math.abs(bootTime - bootWitness);
  const times = [localTime(bootWitness), localTime(bootTime)] as const;
  return [
    alone,
    stepMs < STEP_MS
      ? l10n.t(
          'The machine started {0} by its clock then and {1} by its clock now: the clock has not been set since.',
          ...times,
        )
      : l10n.t(
          'The machine started {0} by its clock then and {1} by its clock now: the clock was set, or stood still, by {2} s.',
          ...times,
          Math.round(stepMs / 1000),
        ),
  ];
}

/** Returns why nothing of this service may be removed, nor any file of it that another service names. */
export function refusalFor({ facts, snapshot }: InspectedService): string | undefined {
  return lockHeld(facts) ?? instanceRuns(snapshot.instances) ?? lockUncertain(facts);
}

function lockHeld(facts: ServiceFacts): string | undefined {
  const held = lockedPaths(facts).find(({ locks }) => locks.length > 0);
  if (held === undefined) {
    return undefined;
  }
  const holders = held.locks.flatMap((lock) => lock.holders.map(({ process }) => process));
  return holders.length === 0
    ? l10n.t('The lock on {0} is held; nothing is removed from under a running service.', held.path)
    : l10n.t(
        'The lock on {0} is held by pid {1}; nothing is removed from under a running service.',
        held.path,
        listPids(holders),
      );
}

/**
 * A daemon that forks, a wrapper, a container: the pid in the record is gone, and the service lives. Whatever its record
 * says then, its next start or its own clean exit deals with it.
 */
function instanceRuns(instances: readonly InstanceSnapshot[]): string | undefined {
  const live = instances.find(({ counted, role }) => counted ?? role !== 'possibleDuplicate');
  return live === undefined
    ? undefined
    : l10n.t('Process {0} of this service is running; nothing is removed from under it.', live.root.pid);
}

function lockUncertain(facts: ServiceFacts): string | undefined {
  const uncertain = [...facts.lockFiles, ...facts.pidFiles].find(isUncertain);
  return uncertain === undefined
    ? undefined
    : l10n.t('It cannot be determined from here whether {0} is locked.', uncertain.file.path);
}

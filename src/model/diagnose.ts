/** From facts to findings and a state: pure, and the same for the same facts. */
import type { Finding, InstanceSnapshot, ServiceSnapshot, ServiceState } from '../api';
import { contextOf, type DiagnosisContext } from './context';
import { writeLine } from './evidenceLine';
import type { LockFileFacts, ServiceFacts } from './facts';
import { isToldByPort } from './service';
import { FINDINGS } from './findings/index';
import { lockFileSnapshot, pidFileSnapshot } from './fileSnapshots';
import { portSnapshot } from './ports/portText';
import { processInfo } from './processes/process';

const WORST = ['conflict', 'stale', 'unverified'] as const;

function stateOf(
  { facts, instances, records, ports }: DiagnosisContext,
  findings: readonly Finding[],
  snapshot: Pick<ServiceSnapshot, 'lockFiles'>,
): ServiceState {
  for (const worst of findings.length === 0 ? [] : WORST) {
    if (findings.some(({ severity }) => severity === worst)) {
      return worst;
    }
  }
  const isPortOnly = isToldByPort(facts.service);
  const held =
    snapshot.lockFiles.some((file) => file.held) ||
    facts.pidFiles.some(({ locks }) => locks.length > 0) ||
    records.some(({ verdict, source }) => source === 'pidFile' && verdict === 'live') ||
    instances.all.some(({ role }) => role !== 'possibleDuplicate') ||
    (isPortOnly && ports.some(({ hidden }) => hidden.length > 0));
  if (held) {
    return 'held';
  }
  if (isPortOnly) {
    return ports.some(({ unknown }) => unknown !== undefined) ? 'unverified' : 'free';
  }
  return [...facts.lockFiles, ...facts.pidFiles].some(({ file }) => file.status !== 'absent')
    ? 'free'
    : 'absent';
}

const RULES = Object.entries(FINDINGS).map(([kind, find]) => ({ kind, find }));

/** Returns the lock files, and the pid files that turn out to be locked: those are lock files as well. */
function allLockFiles({ lockFiles, pidFiles }: ServiceFacts): readonly LockFileFacts[] {
  if (pidFiles.length === 0) {
    return lockFiles;
  }
  const listed = new Set(lockFiles.map(({ file }) => file.path));
  const lockedPidFiles = pidFiles
    .filter(({ file, locks }) => locks.length > 0 && !listed.has(file.path))
    .map(({ file, locks, certainty }) => ({ file, locks, certainty }));
  return [...lockFiles, ...lockedPidFiles];
}

/** Judges one service. Never throws for any facts; knows no clock but `facts.takenAt`. */
export function diagnose(facts: ServiceFacts): ServiceSnapshot {
  const context = contextOf(facts);
  const findings: Finding[] = [];
  for (const { kind, find } of RULES) {
    const drafts = find(context);
    // Nearly always.
    if (drafts.length === 0) {
      continue;
    }
    for (const found of drafts) {
      findings.push({ kind, ...found, evidence: found.evidence.map(writeLine) });
    }
  }
  const lockFiles = allLockFiles(facts).map((file) => lockFileSnapshot(file, context));
  const instances = context.instances.all.map(
    ({ root, processes, role, proof, counted }): InstanceSnapshot => ({
      root: processInfo(root),
      processes: processes.map(processInfo),
      role,
      proof: proof.proof,
      counted,
    }),
  );
  const snapshot: ServiceSnapshot = {
    id: facts.service.id,
    name: facts.service.name,
    state: stateOf(context, findings, { lockFiles }),
    lockFiles,
    pidFiles: context.records.filter(({ source }) => source === 'pidFile').map(pidFileSnapshot),
    instances,
    findings,
  };
  if (context.ports.length > 0) {
    snapshot.ports = context.ports.map(portSnapshot);
  }
  return snapshot;
}

/** The record names another machine or namespace, or cannot be read: neither live nor stale can be said of it. */
import * as l10n from '@vscode/l10n';
import { commandsFor } from '../commands/index';
import type { DiagnosisContext, FindingDraft } from '../context';
import { writtenLine } from '../evidence';
import { commandLines, factLines } from '../evidenceLine';
import type { ServiceFacts } from '../facts';
import { isHeldAnywhere } from '../held';
import { parseBootId } from '../records/pidRecordValues';
import { countsAsRecord, recordedPid, type JudgedRecord } from '../records/records';
import { listPids, pidAndCommand } from '../processes/process';
import { contradictionText } from '../proofText';
import { oneLine } from '../text';
import { lifeLines, lifeSentence } from './lifeText';

const elsewhere = (record: JudgedRecord): string =>
  record.foreign === 'otherHost' ? l10n.t('this host') : l10n.t('this container');

/** A UUID is no name of a host, and may be a boot id or anything else. */
const otherHost = (path: string, pid: number, host: string): string =>
  parseBootId(host) === undefined
    ? l10n.t('{0} names pid {1} on host {2}, which cannot be checked from this one.', path, pid, host)
    : l10n.t(
        '{0} names pid {1} and the id {2}, which is not that of this boot, so it cannot be determined from here whose number it is.',
        path,
        pid,
        host,
      );

/** Returns what is said of a record. One function because it is a list: each reason has its sentence. */
function sentence(record: JudgedRecord, facts: ServiceFacts): string {
  const life = lifeSentence(record, facts);
  if (life !== undefined) {
    return life;
  }
  const path = oneLine(record.path);
  const pid = recordedPid(record) ?? 0;
  const host = oneLine(record.content?.record.host ?? '?', 100);
  const liveness = record.content?.liveness;
  switch (record.reason) {
    case 'otherHost':
      return otherHost(path, pid, host);
    case 'mayBeOtherHost':
      return l10n.t(
        '{0} names pid {1} and {2}, which may be another host, so it cannot be determined from here whose number it is.',
        path,
        pid,
        host,
      );
    case 'mayBeNoPid':
      return l10n.t(
        '{0} has the number {1}, but neither its name nor its text says that this is a pid.',
        path,
        pid,
      );
    case 'otherNamespace':
      return l10n.t(
        '{0} names pid {1} of another PID namespace, which cannot be checked from this one.',
        path,
        pid,
      );
    case 'livenessUnavailable':
      return l10n.t(
        '{0} names pid {1}, but it could not be determined whether that process is running: {2}.',
        path,
        pid,
        oneLine(liveness?.state === 'unavailable' ? liveness.reason : l10n.t('it was not looked up')),
      );
    case 'locksUncertain':
      return l10n.t(
        '{0} names pid {1}, which is not running here, but a lock that cannot be seen from here may protect the record.',
        path,
        pid,
      );
    case 'mayBeElsewhere':
      return liveness?.state === 'alive'
        ? l10n.t(
            '{0} names pid {1}, but processes outside {2} write there too, so it cannot be determined from here whose number it is.',
            path,
            pid,
            elsewhere(record),
          )
        : l10n.t(
            '{0} names pid {1}, which is not running here; it may be running outside {2}, where the file can be written too.',
            path,
            pid,
            elsewhere(record),
          );
    case 'innerCandidate':
      return liveness?.state === 'alive'
        ? l10n.t(
            '{0} names pid {1}. That may be process {2} here, or process {3}, which has this number in its own PID namespace.',
            path,
            pid,
            pidAndCommand(liveness.process),
            listPids(record.content?.inner ?? []),
          )
        : l10n.t(
            '{0} names pid {1}. No such process is running here, but process {2} has this number in its own PID namespace.',
            path,
            pid,
            listPids(record.content?.inner ?? []),
          );
    case 'writtenAfterStart':
      return l10n.t(
        '{0} names pid {1}, which started after the time or boot in the record. The file was written later still, so the record may mean it.',
        path,
        liveness?.state === 'alive' ? pidAndCommand(liveness.process) : pid,
      );
    case 'onlyNumber':
      return l10n.t(
        '{0} names pid {1}, but only the number suggests that this process wrote it.',
        path,
        liveness?.state === 'alive' ? pidAndCommand(liveness.process) : pid,
      );
    case 'contradicted':
      return l10n.t(
        '{0} names pid {1}, but {2}.',
        path,
        liveness?.state === 'alive' ? pidAndCommand(liveness.process) : pid,
        contradictionText(record.contradiction ?? 'process'),
      );
    case 'partlyRead':
      return l10n.t(
        '{0} names pid {1} in its first 4 KiB. The rest is not read, and may name a process that runs.',
        path,
        pid,
      );
    case 'guessedPid':
      return l10n.t('The file name {0} suggests pid {1}, but no such process is running.', path, pid);
    case 'notAFile':
      return record.file.status === 'directory'
        ? l10n.t('{0} is a directory, not a pid file.', path)
        : l10n.t('{0} is not a regular file (a FIFO, socket or device), so it was not opened.', path);
    case 'notAPid':
      return l10n.t('{0} does not contain a readable pid.', path);
    default: {
      const { problem } = record.file;
      if (problem?.mount !== undefined) {
        const { point, type } = problem.mount;
        return l10n.t('{0} cannot be read: {1} ({2}) does not answer.', path, oneLine(point), oneLine(type));
      }
      return problem === undefined
        ? l10n.t('{0} cannot be read.', path)
        : l10n.t('{0} cannot be read: {1} failed with {2}.', path, problem.syscall, problem.code);
    }
  }
}

export function recordUnverifiable(context: DiagnosisContext): FindingDraft[] {
  const { facts, records } = context;
  if (records.length === 0) {
    return [];
  }
  const commands = commandsFor(facts.host);
  return (
    records
      .filter((record) => record.verdict === 'unverifiable' && countsAsRecord(record))
      // While the service is held, a record that is no pid is a missing one, which is said more exactly there.
      .filter((record) => record.reason !== 'notAPid' || !isHeldAnywhere(record, facts))
      .filter((record) => record.source === 'pidFile' || record.reason !== 'notAPid')
      .map((record) => {
        const pid = recordedPid(record);
        const inside = (record.content?.inner ?? []).map((process) => process.pid);
        return {
          severity: 'unverified',
          message: sentence(record, facts),
          path: record.path,
          fingerprint: String(pid ?? ''),
          evidence: [
            ...factLines(
              ...writtenLine(record.file),
              ...(record.reason === 'otherHost'
                ? [l10n.t('This host is {0}.', oneLine(facts.host.hostname, 255))]
                : []),
              ...lifeLines(record, facts),
              l10n.t('Records that cannot be verified are never offered for removal.'),
            ),
            ...commandLines(
              ...commands.file(record.path),
              ...(record.file.status === 'file' ? commands.content(record.path) : []),
              ...(record.reason === 'otherHost' ? commands.hostName() : []),
              ...(pid === undefined ? [] : commands.processes([pid, ...inside])),
            ),
          ],
        };
      })
  );
}

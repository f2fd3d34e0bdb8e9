/** What shows that the service of a record may still run, in words: no more than was seen. */
import * as l10n from '@vscode/l10n';
import { assertNever } from '../../common/assertNever';
import { processLine } from '../evidence';
import type { ProcessFacts, ServiceFacts, SignsOfLife } from '../facts';
import { listPids, listWords, pidAndCommand } from '../processes/process';
import { recordedPid, type JudgedRecord } from '../records/records';
import { besideInUse, servedPorts } from '../records/signsOfLife';
import { oneLine } from '../text';

/** Something is reached at an address of the service. */
const portSentence = (path: string, pid: number, ports: readonly number[]): string =>
  l10n.t(
    '{0} names pid {1}, and that process seems to have ended. But port {2} of this service is in use, perhaps by what it left running.',
    path,
    pid,
    ports.join(', '),
  );

const addressSentence = (path: string, pid: number, served: readonly string[]): string =>
  l10n.t(
    '{0} names pid {1}, and that process seems to have ended. But a socket listens at {2}, which the record names too.',
    path,
    pid,
    served.map((address) => oneLine(address)).join(', '),
  );

/** Returns why the record is kept that names a process which is gone; undefined: for another reason, or not at all. */
export function lifeSentence(record: JudgedRecord, facts: ServiceFacts): string | undefined {
  const { content } = record;
  if (content === undefined) {
    return undefined;
  }
  const path = oneLine(record.path);
  const pid = recordedPid(record) ?? 0;
  const { liveness, namedBefore = [], signs } = content;
  const dead = liveness?.state === 'dead' ? liveness : undefined;
  switch (record.reason) {
    case 'olderThread':
      return l10n.t(
        '{0} names pid {1}, a thread of process {2} that ran when the record was written, so it may have meant itself.',
        path,
        pid,
        dead?.threadOf ?? 0,
      );
    case 'groupRuns':
      return l10n.t(
        '{0} names pid {1}, which has ended, but processes of the group or session that it led still run: pid {2}.',
        path,
        pid,
        listWords(dead?.groupRuns ?? [], String),
      );
    case 'childrenRun':
      return l10n.t(
        '{0} names pid {1}, which has ended, but what ran below it still runs: pid {2}.',
        path,
        pid,
        listPids(dead?.childrenRun ?? []),
      );
    case 'namedBefore':
      return l10n.t(
        '{0} names pid {1}, and that process seems to have ended. But pid {2}, which this record named before, still runs.',
        path,
        pid,
        listPids(namedBefore),
      );
    case 'writtenSince':
      return l10n.t(
        '{0} names pid {1}, which has ended, but the file was written after that. A live process may go on with it.',
        path,
        pid,
      );
    case 'portServed':
      return portSentence(path, pid, servedPorts(content, facts));
    case 'addressServed':
      return addressSentence(path, pid, signs?.served ?? []);
    case 'pathNamed': {
      const [first] = signs?.naming ?? [];
      return first && namedSentence(first, path, pid);
    }
    case 'besideInUse': {
      const [first] = besideInUse(content, facts);
      return first && besideSentence(first, path, pid);
    }
    default:
      return undefined;
  }
}

function namedSentence({ process, by }: SignsOfLife['naming'][number], path: string, pid: number): string {
  const who = pidAndCommand(process);
  switch (by) {
    case 'pid':
      return l10n.t(
        '{0} names pid {1}, and that process seems to have ended. But process {2} was started with this pid as an option.',
        path,
        pid,
        who,
      );
    case 'environment':
      return l10n.t(
        '{0} names pid {1}, and that process seems to have ended. But process {2} has the path of this file in its environment.',
        path,
        pid,
        who,
      );
    case 'arguments':
      return l10n.t(
        '{0} names pid {1}, and that process seems to have ended. But process {2} has the path of this file in its arguments.',
        path,
        pid,
        who,
      );
    default:
      return assertNever(by);
  }
}

function besideSentence(
  { is, path: at, process }: NonNullable<SignsOfLife['beside']>[number],
  path: string,
  pid: number,
): string {
  const beside = oneLine(at);
  switch (is) {
    case 'record':
      return l10n.t(
        '{0} names pid {1}, and that process seems to have ended. But {2} beside it names process {3}, which runs.',
        path,
        pid,
        beside,
        process === undefined ? '?' : pidAndCommand(process),
      );
    case 'served':
      return l10n.t(
        '{0} names pid {1}, and that process seems to have ended. But a socket listens at {2} beside it.',
        path,
        pid,
        beside,
      );
    case 'locked':
      return l10n.t(
        '{0} names pid {1}, and that process seems to have ended. But {2} beside it is locked.',
        path,
        pid,
        beside,
      );
    default:
      return assertNever(is);
  }
}

/** How many processes are shown. */
const SHOWN = 5;

/** Returns the processes that such a record is kept for, a line each. */
export function lifeLines(record: JudgedRecord, facts: ServiceFacts): string[] {
  const processes = new Map(keptFor(record, facts).map((process) => [process.pid, process]));
  return [...processes.values()].slice(0, SHOWN).map((process) => processLine(process));
}

function keptFor({ reason, content }: JudgedRecord, facts: ServiceFacts): readonly ProcessFacts[] {
  if (content === undefined) {
    return [];
  }
  const { liveness, namedBefore = [], signs } = content;
  switch (reason) {
    case 'childrenRun':
      return (liveness?.state === 'dead' ? liveness.childrenRun : undefined) ?? [];
    case 'namedBefore':
      return namedBefore;
    case 'pathNamed':
      return (signs?.naming ?? []).map(({ process }) => process);
    case 'besideInUse':
      return besideInUse(content, facts).flatMap(({ process }) => process ?? []);
    case 'portServed':
      return (facts.ports ?? []).flatMap(({ listeners }) => listeners.flatMap(({ processes }) => processes));
    default:
      return [];
  }
}

/** What shows that the service of a record may still run, in words: no more than was seen. */
import * as l10n from '@vscode/l10n';
import { processLine } from '../evidence';
import type { ServiceFacts } from '../facts';
import { listPids, listWords, pidAndCommand } from '../processes/process';
import { recordedPid, type JudgedRecord } from '../records/records';
import { besideInUse, servedPorts } from '../records/signsOfLife';
import { oneLine } from '../text';

/** Something is reached at an address of the service. */
function servedSentence(record: JudgedRecord, facts: ServiceFacts): string {
  const path = oneLine(record.path);
  const pid = recordedPid(record) ?? 0;
  return record.reason === 'portServed'
    ? l10n.t(
        '{0} names pid {1}, and that process seems to have ended. But port {2} of this service is in use, perhaps by what it left running.',
        path,
        pid,
        record.content === undefined ? '?' : servedPorts(record.content, facts).join(', '),
      )
    : l10n.t(
        '{0} names pid {1}, and that process seems to have ended. But a socket listens at {2}, which the record names too.',
        path,
        pid,
        (record.content?.signs?.served ?? []).map((address) => oneLine(address)).join(', '),
      );
}

/** Returns why the record is kept that names a process which is gone; undefined: for another reason, or not at all. */
export function lifeSentence(record: JudgedRecord, facts: ServiceFacts): string | undefined {
  const path = oneLine(record.path);
  const pid = recordedPid(record) ?? 0;
  const { liveness, namedBefore } = record.content ?? {};
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
        listPids(namedBefore ?? []),
      );
    case 'writtenSince':
      return l10n.t(
        '{0} names pid {1}, which has ended, but the file was written after that. A live process may go on with it.',
        path,
        pid,
      );
    case 'portServed':
    case 'addressServed':
      return servedSentence(record, facts);
    case 'pathNamed':
      return namedSentence(record, path, pid);
    case 'besideInUse':
      return besideSentence(record, facts, path, pid);
    default:
      return undefined;
  }
}

function namedSentence({ content }: JudgedRecord, path: string, pid: number): string {
  const [first] = content?.signs?.naming ?? [];
  const who = first === undefined ? '?' : pidAndCommand(first.process);
  if (first?.by === 'pid') {
    return l10n.t(
      '{0} names pid {1}, and that process seems to have ended. But process {2} was started with this pid as an option.',
      path,
      pid,
      who,
    );
  }
  return first?.by === 'environment'
    ? l10n.t(
        '{0} names pid {1}, and that process seems to have ended. But process {2} has the path of this file in its environment.',
        path,
        pid,
        who,
      )
    : l10n.t(
        '{0} names pid {1}, and that process seems to have ended. But process {2} has the path of this file in its arguments.',
        path,
        pid,
        who,
      );
}

function besideSentence({ content }: JudgedRecord, facts: ServiceFacts, path: string, pid: number): string {
  const [first] = content === undefined ? [] : besideInUse(content, facts);
  const beside = oneLine(first?.path ?? '?');
  switch (first?.is) {
    case 'record':
      return l10n.t(
        '{0} names pid {1}, and that process seems to have ended. But {2} beside it names process {3}, which runs.',
        path,
        pid,
        beside,
        first.process === undefined ? '?' : pidAndCommand(first.process),
      );
    case 'served':
      return l10n.t(
        '{0} names pid {1}, and that process seems to have ended. But a socket listens at {2} beside it.',
        path,
        pid,
        beside,
      );
    default:
      return l10n.t(
        '{0} names pid {1}, and that process seems to have ended. But {2} beside it is locked.',
        path,
        pid,
        beside,
      );
  }
}

/** How many processes are shown. */
const SHOWN = 5;

/** Returns the processes that such a record is kept for, a line each. */
export function lifeLines(record: JudgedRecord, facts: ServiceFacts): string[] {
  const { ports = [] } = facts;
  const { liveness, namedBefore, signs } = record.content ?? {};
  const processesOf = (): readonly Parameters<typeof processLine>[0][] => {
    switch (record.reason) {
      case 'childrenRun':
        return (liveness?.state === 'dead' ? liveness.childrenRun : undefined) ?? [];
      case 'namedBefore':
        return namedBefore ?? [];
      case 'pathNamed':
        return (signs?.naming ?? []).map(({ process }) => process);
      case 'besideInUse':
        return (record.content === undefined ? [] : besideInUse(record.content, facts)).flatMap(
          ({ process }) => process ?? [],
        );
      case 'portServed':
        return ports.flatMap(({ listeners }) => listeners.flatMap(({ processes }) => processes));
      default:
        return [];
    }
  };
  return [...new Map(processesOf().map((process) => [process.pid, process])).values()]
    .slice(0, SHOWN)
    .map((process) => processLine(process));
}

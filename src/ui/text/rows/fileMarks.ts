/** What the Explorer shows of watched files: a letter, and a sentence for whoever points at it. */
import * as l10n from '@vscode/l10n';
import type { LockFileSnapshot, PidFileSnapshot, ServiceSnapshot } from '../../../api';
import { pidWithCommand } from '../../../model/processes/process';
import { localTime } from '../../../model/text';
import { inert } from '../words/sanitize';

export interface FileMark {
  /** The letter of its word: conflict, stale, held. */
  badge: 'C' | 'S' | 'H';
  tooltip: string;
}

const LIMIT = 400;

/** By path, of each file that is there and says something. */
export function fileMarks(service: ServiceSnapshot): Map<string, FileMark> {
  const marks = new Map<string, FileMark>();
  const conflict = service.findings.find(({ severity }) => severity === 'conflict');
  for (const file of [...service.pidFiles, ...service.lockFiles]) {
    const stale = service.findings.find(({ severity, path }) => severity === 'stale' && path === file.path);
    if (!file.exists) {
      continue;
    } else if (conflict !== undefined) {
      marks.set(file.path, { badge: 'C', tooltip: inert(conflict.message, LIMIT) });
    } else if (stale !== undefined) {
      marks.set(file.path, { badge: 'S', tooltip: inert(stale.message, LIMIT) });
    } else {
      const held = 'held' in file ? heldText(file) : liveText(file, service);
      if (held !== undefined) {
        marks.set(file.path, { badge: 'H', tooltip: inert(held, LIMIT) });
      }
    }
  }
  return marks;
}

function heldText({ held, holders }: LockFileSnapshot): string | undefined {
  const [first] = holders;
  if (!held) {
    return undefined;
  }
  if (first?.pid === undefined) {
    return first?.unknownReason === undefined
      ? l10n.t('Held by an unknown process.')
      : l10n.t('Held by an unknown process: {0}.', first.unknownReason);
  }
  const who = pidWithCommand(first.pid, first.process?.command ?? '');
  const start = first.process?.startTime;
  const more = holders.length - 1;
  const others = more === 0 ? '' : ` ${l10n.t('{0} more hold it as well.', more)}`;
  return (
    (start === undefined
      ? l10n.t('Held by process {0}.', who)
      : l10n.t('Held by process {0}, which started {1}.', who, localTime(start))) + others
  );
}

function liveText({ verdict, recordedPid }: PidFileSnapshot, service: ServiceSnapshot): string | undefined {
  if (verdict !== 'live' || recordedPid === undefined) {
    return undefined;
  }
  const process = service.instances
    .flatMap(({ processes }) => processes)
    .find(({ pid }) => pid === recordedPid);
  return process?.startTime === undefined
    ? l10n.t('Names process {0}, which is running.', recordedPid)
    : l10n.t(
        'Names process {0}, which has been running since {1}.',
        pidWithCommand(recordedPid, process.command),
        localTime(process.startTime),
      );
}

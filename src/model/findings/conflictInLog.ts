/** The service itself says, in its log, that another one does the same work. */
import * as l10n from '@vscode/l10n';
import { CONFLICT_LINE_FRESH_MS, writtenAt } from '../conflictPatterns';
import { commandsFor } from '../commands/index';
import type { DiagnosisContext, FindingDraft } from '../context';
import { commandLines, factLines } from '../evidenceLine';
import type { EndedProcess, LogLine } from '../facts';
import type { Instances } from '../instances/instance';
import { pidAndCommand } from '../processes/process';
import { hideSecrets } from '../secrets/index';
import { localTime, oneLine } from '../text';

/**
 * Logs write whole seconds, so a line of a process's first second seems to come from before its start; and its last line
 * may be read a moment after its end was noticed.
 */
const LOG_SECOND_MS = 1000;

/**
 * Reports whether a process that has ended may have written the line, or been the other one that it is about: then the
 * conflict that it tells of is over. One that lasts writes the next line soon.
 */
const isSettled = (line: LogLine, ended: readonly EndedProcess[]): boolean =>
  ended.some(
    ({ startTime = 0, endedAt }) =>
      startTime < writtenAt(line) + LOG_SECOND_MS && writtenAt(line) < endedAt + LOG_SECOND_MS,
  );

interface Here {
  path: string;
  name: string;
  instances: Instances;
  /** Ended within the time in which a line counts. */
  ended: readonly EndedProcess[];
}

/** Who the two may be: elsewhere is only where nothing here can have written the line. */
function sentence({ path, name, instances, ended }: Here): string {
  const counted = instances.all.filter((instance) => instance.counted);
  const one = counted[0] ?? instances.all[0];
  const last = ended.at(-1);
  if (counted.length > 1) {
    return l10n.t('{0} reports a conflict, and {1} instances are running here.', path, counted.length);
  }
  if (one === undefined) {
    return last === undefined
      ? l10n.t('{0} reports a conflict, and no instance of {1} was found here.', path, name)
      : l10n.t(
          '{0} reports a conflict; no instance of {1} is running here now, and pid {2} exited {3}.',
          path,
          name,
          last.pid,
          localTime(last.endedAt),
        );
  }
  const who = pidAndCommand(one.root);
  if (instances.all.length > 1) {
    return l10n.t(
      '{0} reports a conflict, and a second instance besides pid {1} may be running here.',
      path,
      who,
    );
  }
  if (last !== undefined) {
    return l10n.t(
      '{0} reports a conflict; pid {1} is the only instance here now, and pid {2} exited {3}.',
      path,
      who,
      last.pid,
      localTime(last.endedAt),
    );
  }
  return l10n.t(
    '{0} reports a conflict, and pid {1} is the only instance here. The other one is elsewhere, on another host or as another user, unless pid {2} itself does the work twice.',
    path,
    who,
    one.root.pid,
  );
}

/**
 * The same for lines that differ only in times, counters, pids and ids. A number (FNV-1a) instead of words: whoever keeps
 * it keeps nothing of the log.
 */
function fingerprintOf(text: string): string {
  let hash = 0x811c9dc5;
  for (const c of text.slice(0, 300).replace(/\b[\da-f]*\d[\da-f-]*\b/gi, '#')) {
    hash = Math.imul(hash ^ (c.codePointAt(0) ?? 0), 0x01000193);
  }
  return (hash >>> 0).toString(16);
}

export function conflictInLog({ facts, instances }: DiagnosisContext): FindingDraft[] {
  const { log, takenAt, service } = facts;
  if (log === undefined) {
    return [];
  }
  const isRecent = (at: number): boolean => takenAt - at <= CONFLICT_LINE_FRESH_MS;
  const ended = (facts.ended ?? []).filter(({ endedAt }) => isRecent(endedAt));
  const fresh = log.lines.filter((line) => isRecent(writtenAt(line)) && !isSettled(line, ended));
  if (fresh.length === 0) {
    return [];
  }
  const pids = instances.all.map(({ root }) => root.pid);
  const commands = commandsFor(facts.host);
  return [
    {
      severity: 'conflict',
      message: sentence({ path: oneLine(log.path), name: oneLine(service.name), instances, ended }),
      path: log.path,
      pids,
      fingerprint: fingerprintOf(fresh.at(-1)?.text ?? ''),
      evidence: [
        ...factLines(
          ...fresh
            .slice(-5)
            .map(({ text, seenAt }) =>
              l10n.t('Seen {0}: {1}', localTime(seenAt), oneLine(hideSecrets(text))),
            ),
          ...ended.map(({ pid, endedAt }) => l10n.t('Process {0} exited {1}.', pid, localTime(endedAt))),
          l10n.t(
            'A line counts for {0} s after it was written, but no longer once a process that may have written it has exited.',
            CONFLICT_LINE_FRESH_MS / 1000,
          ),
        ),
        ...commandLines(...commands.log(log.path), ...commands.processes(pids)),
      ],
    },
  ];
}

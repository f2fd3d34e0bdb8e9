/** The recorded pid is alive, but belongs to another process than the one that wrote the record. */
import * as l10n from '@vscode/l10n';
import { commandsFor } from '../commands/index';
import type { DiagnosisContext, FindingDraft } from '../context';
import { processLine, writtenLine } from '../evidence';
import { commandLines, factLines } from '../evidenceLine';
import type { HostFacts, ProcessFacts } from '../facts';
import { toMs } from '../records/recordIdentity';
import { adviceOn } from '../presets/index';
import { pidAndCommand } from '../processes/process';
import { isStale, type JudgedRecord } from '../records/records';
import { recordProofText } from '../proofText';
import { lineOf, localTime, oneLine } from '../text';

const strangerOf = (record: JudgedRecord): ProcessFacts | undefined =>
  record.content?.liveness?.state === 'alive' ? record.content.liveness.process : undefined;

function why(record: JudgedRecord, stranger: ProcessFacts, host: HostFacts): string {
  const { startTicks, startedAt, zoneless } = record.content?.record ?? {};
  const started = stranger.startTime === undefined ? '?' : localTime(stranger.startTime);
  const written = record.file.mtimeNs === undefined ? '?' : localTime(toMs(record.file.mtimeNs));
  switch (record.reason) {
    case 'startTicksDiffer':
      return l10n.t(
        'The record says start tick {0}; process {1} has start tick {2}.',
        startTicks ?? '?',
        stranger.pid,
        stranger.startTicks ?? '?',
      );
    case 'startedAfterRecord': {
      const recorded = startedAt === undefined ? '?' : localTime(startedAt);
      return zoneless === true
        ? l10n.t(
            'The record names a time without a time zone, {0} at the latest; process {1} started {2}.',
            recorded,
            stranger.pid,
            started,
          )
        : l10n.t('The record says {0}; process {1} started {2}.', recorded, stranger.pid, started);
    }
    case 'otherBoot':
      return l10n.t(
        'The record names the boot that it was written in, and the machine has been restarted since.',
      );
    case 'bootedSince':
      return l10n.t(
        'The file was written {0}; the machine started {1}.',
        written,
        host.bootTime === undefined ? '?' : localTime(host.bootTime),
      );
    default:
      return l10n.t('The file was written {0}; process {1} started {2}.', written, stranger.pid, started);
  }
}

/** A verdict of the clock alone is only probable, and what the clock itself tells stands beside it. */
function clockWitness({ proof }: JudgedRecord, { bootTime, bootWitness }: HostFacts): string[] {
  if (proof === 'proven' || bootTime === undefined || bootWitness === undefined) {
    return [];
  }
  const apart = Math.round(Math.abs(bootTime - bootWitness) / 1000);
  return [
    apart < 2
      ? l10n.t('The clock has not been set since the machine started {0}.', localTime(bootTime))
      : l10n.t('The clock and the machine’s own count are {0} s apart since it started.', apart),
  ];
}

/** What only a clock speaks for. */
function probably({ reason }: JudgedRecord, path: string, who: string): string {
  switch (reason) {
    case 'bootedSince':
      return l10n.t(
        '{0} names pid {1}, which now probably belongs to another process: the machine has been restarted since.',
        path,
        who,
      );
    case 'startedAfterRecord':
      return l10n.t(
        '{0} names pid {1}, which now probably belongs to another process: that one started after the time in the record.',
        path,
        who,
      );
    default:
      return l10n.t(
        '{0} names pid {1}, which now probably belongs to another process: that one started after the file was written.',
        path,
        who,
      );
  }
}

function sentence(record: JudgedRecord, stranger: ProcessFacts, path: string): string {
  const who = pidAndCommand(stranger);
  if (record.proof !== 'proven') {
    return probably(record, path, who);
  }
  switch (record.reason) {
    case 'otherBoot':
      return l10n.t(
        '{0} names pid {1}, which now belongs to another process: the machine has been restarted since.',
        path,
        who,
      );
    case 'startTicksDiffer':
      return l10n.t(
        '{0} names pid {1}, which now belongs to another process: that one started later than the record says.',
        path,
        who,
      );
    default:
      return l10n.t('{0} names pid {1}, which now belongs to another process.', path, who);
  }
}

/** Another instance may have the number of one that has ended. */
function unrelated({ pid }: ProcessFacts, { instances }: DiagnosisContext): string[] {
  return instances.all.some(({ processes }) => processes.some((one) => one.pid === pid))
    ? []
    : [l10n.t('Process {0} is unrelated to this service; leave it alone.', pid)];
}

export function stalePidReused(context: DiagnosisContext): FindingDraft[] {
  const { facts, records } = context;
  if (records.length === 0) {
    return [];
  }
  const commands = commandsFor(facts.host);
  return records
    .filter((record) => record.verdict === 'reused' && isStale(record))
    .flatMap((record): FindingDraft[] => {
      const stranger = strangerOf(record);
      if (stranger === undefined) {
        return [];
      }
      return [
        {
          severity: 'stale',
          message: sentence(record, stranger, oneLine(record.path)),
          path: record.path,
          fingerprint: String(stranger.pid),
          evidence: [
            ...factLines(
              ...lineOf(recordProofText(record)),
              why(record, stranger, facts.host),
              ...clockWitness(record, facts.host),
              processLine(stranger),
              ...writtenLine(record.file),
              ...unrelated(stranger, context),
              ...adviceOn(facts.service, record.path),
            ),
            ...commandLines(
              ...commands.content(record.path),
              ...commands.file(record.path),
              ...commands.processes([stranger.pid]),
              ...(record.reason === 'startTicksDiffer' ? commands.startTicks(stranger.pid) : []),
              ...(record.reason === 'bootedSince' ? commands.bootTime() : []),
            ),
          ],
        },
      ];
    });
}

/** What the dialogs say before an instance is ended. */
import * as l10n from '@vscode/l10n';
import type {
  CandidateProcess,
  ForceQuestion,
  TerminationCandidate,
  TerminationTarget,
} from '../../../actions/index';
import { assertNever } from '../../../common/assertNever';
import type { HeldLock } from '../../../os/platform';
import { joined, processParts } from '../../../model/processes/processParts';
import { supervisorText } from '../../../model/processes/supervisors';
import { pidAndProgram, programName, ROOMY_NAME_LIMIT } from '../rows/processText';
import { ageAmong, placeOf } from '../rows/whichInstance';
import { inert } from '../words/sanitize';
import { roleWord } from '../words/stateText';
import { since } from '../words/time';

/** Longest command line in a dialog; the evidence document has all of it. */
const COMMAND_LIMIT = 160;

const INERT = { text: (text: string) => inert(text), path: (path: string) => inert(path) };

export function candidateLabel({ root, processes }: TerminationCandidate): string {
  const name = pidAndProgram(root.pid, root.command, ROOMY_NAME_LIMIT);
  return processes.length > 1 ? l10n.t('{0} and {1} more', name, processes.length - 1) : name;
}

/** Names the terminal of this window in which one of these pids was started. */
type TerminalOf = (pids: readonly (number | undefined)[]) => string | undefined;

interface Shown {
  now: number;
  /** All that are offered: which of them is the oldest? */
  all: readonly TerminationCandidate[];
  terminalOf: TerminalOf;
}

/** Role, age and place as on the row of an instance, then the rest, the shortest first: a quick pick cuts what does not fit. */
export function candidateDescription(
  candidate: TerminationCandidate,
  { now, all, terminalOf }: Shown,
): string {
  const { role, root, processes, refusal, supervisor } = candidate;
  const ports = new Set(processes.flatMap((process) => process.ports));
  const surroundings = {
    supervisor: supervisor && supervisorText(supervisor),
    parents: processes.map(({ parent }) => parent?.pid),
  };
  return listed([
    partWord(role),
    refusal === undefined ? '' : l10n.t('left alone'),
    ageAmong(
      root.startTime,
      all.map((each) => each.root.startTime),
    ),
    placeOf(surroundings, terminalOf(startersOf(candidate))),
    root.startTime === undefined ? '' : since(root.startTime, now),
    root.holds.length > 0 ? l10n.t('holds the lock') : '',
    ...[...ports].map((port) => l10n.t('listens on port {0}', port)),
    parentText(root),
    processParts(root, INERT).folder,
  ]);
}

const startersOf = ({ processes }: TerminationCandidate): (number | undefined)[] =>
  processes.flatMap(({ pid, parent }) => [parent?.pid, pid]);

function partWord(role: TerminationCandidate['role']): string {
  switch (role) {
    case 'holder':
      return l10n.t('holder');
    case 'restarter':
      return l10n.t('restarts it');
    default:
      return roleWord(role);
  }
}

/** The grade of proof with the command line, which a quick pick cuts, or why it cannot be chosen. */
export function candidateDetail({ root, refusal, proofText }: TerminationCandidate): string {
  return refusal === undefined
    ? listed([proofText === undefined ? '' : inert(proofText, 200), inert(root.command)])
    : inert(refusal, 400);
}

export function choiceTitle(target: TerminationTarget, serviceName: string): string {
  switch (target.kind) {
    case 'duplicates':
      return l10n.t('Kill duplicate instance of {0}', serviceName);
    case 'holder':
      return l10n.t('Terminate lock holder of {0}', serviceName);
    case 'keep':
      return l10n.t('Keep pid {0}, and terminate the other instances of {1}', target.pid, serviceName);
    case 'instance':
      return l10n.t('Terminate an instance of {0}', serviceName);
    case 'restarter':
      return l10n.t('Terminate what restarts {0}', serviceName);
    default:
      return assertNever(target);
  }
}

/** What is asked, and why nothing is ticked where nothing is. */
export function choicePlaceholder(candidates: readonly TerminationCandidate[]): string {
  if (
    candidates.some(({ preselected }) => preselected) ||
    candidates.every(({ role }) => role === 'holder')
  ) {
    return l10n.t('Select the instances to terminate');
  }
  return candidates.some(({ role }) => role === 'owner')
    ? l10n.t('No duplicate is proven: select the instances to terminate')
    : l10n.t('No clear owner: select the instances to terminate');
}

/** Files that are named of those that the processes have locked as well. */
const ALSO_HELD = 5;

export interface Beside {
  /** Files locked by the same processes, not of the service. */
  alsoHeld?: readonly string[];
  /** The process that the user picked. */
  picked?: number | undefined;
  terminalOf?: TerminalOf;
}

/** The modal dialog's body: every process that gets a signal, and nothing else. */
export function confirmationDetail(
  chosen: readonly TerminationCandidate[],
  { alsoHeld = [], picked, terminalOf }: Beside = {},
): string {
  const processes = chosen.flatMap((candidate) => candidate.processes);
  const warnings = new Set(chosen.flatMap((candidate) => warningOf(candidate, terminalOf)));
  return [
    processes.length === 1
      ? l10n.t('SIGTERM will be sent to this process only, after its identity has been re-checked:')
      : l10n.t(
          'SIGTERM will be sent to these {0} processes only, after their identity has been re-checked:',
          processes.length,
        ),
    ...processes.map((process) => `• ${processFacts(process)}`),
    ...chosen.flatMap(({ root, proofText }) =>
      proofText === undefined ? [] : [l10n.t('pid {0}: {1}', root.pid, inert(proofText, 300))],
    ),
    ...chosen.flatMap((candidate) => belongsTo(candidate, picked)),
    ...chosen.flatMap(({ follows }) => (follows === undefined ? [] : [inert(follows, 600)])),
    ...(alsoHeld.length === 0 ? [] : [alsoHeldText(alsoHeld)]),
    ...warnings,
  ].join('\n\n');
}

/** Of this window's terminals the user knows the name. */
function warningOf(candidate: TerminationCandidate, terminalOf: TerminalOf | undefined): string[] {
  const { warning, supervisor } = candidate;
  const terminal = supervisor?.kind === 'vscode' ? terminalOf?.(startersOf(candidate)) : undefined;
  if (terminal !== undefined) {
    return [l10n.t('It runs in your terminal “{0}”.', inert(terminal, 60))];
  }
  return warning === undefined ? [] : [inert(warning, 300)];
}

/** Why the question is about another process than the one that was picked. */
function belongsTo({ root, processes }: TerminationCandidate, picked: number | undefined): string[] {
  return picked === undefined || picked === root.pid || !processes.some(({ pid }) => pid === picked)
    ? []
    : [
        l10n.t(
          'pid {0} belongs to pid {1}; both are one instance, which is terminated as a whole.',
          picked,
          root.pid,
        ),
      ];
}

/** The files that these processes have locked beside those of the service: these locks are released too. */
export function otherLocks(chosen: readonly TerminationCandidate[], locks: readonly HeldLock[]): string[] {
  const processes = chosen.flatMap((candidate) => candidate.processes);
  const known = new Set(processes.flatMap(({ holds }) => holds));
  const isTheirs = ({ holders }: HeldLock): boolean =>
    holders.some(({ process }) =>
      processes.some(({ pid, startTicks }) => pid === process.pid && startTicks === process.startTicks),
    );
  const paths = locks.filter((lock) => !known.has(lock.path) && isTheirs(lock)).map(({ path }) => path);
  return [...new Set(paths)].sort();
}

function alsoHeldText(paths: readonly string[]): string {
  const named = paths
    .slice(0, ALSO_HELD)
    .map((path) => inert(path, 200))
    .join(', ');
  const more = paths.length - ALSO_HELD;
  return l10n.t(
    'Other locks that are released with it: {0}.',
    more > 0 ? l10n.t('{0} and {1} more', named, more) : named,
  );
}

export function forceText({ candidate, running, seconds, isUnasked }: ForceQuestion): string {
  if (isUnasked) {
    return l10n.t('{0} cannot be asked to exit on this system. Kill it?', candidateLabel(candidate));
  }
  return running.length === 1
    ? l10n.t(
        '{0} is still running {1} s after SIGTERM. Kill it (SIGKILL)?',
        candidateLabel(candidate),
        Math.round(seconds),
      )
    : l10n.t(
        '{0} processes of {1} are still running {2} s after SIGTERM. Kill them (SIGKILL)?',
        running.length,
        candidateLabel(candidate),
        Math.round(seconds),
      );
}

export function forceDetail({ running }: ForceQuestion): string {
  return l10n.t(
    'A killed process cannot clean up: it leaves its pid file behind and may lose unsaved data. Still running: pid {0}.',
    running.join(', '),
  );
}

function processFacts(process: CandidateProcess): string {
  const { started, user, folder } = processParts(process, INERT);
  return joined(
    [
      l10n.t('pid {0}: {1}', process.pid, inert(process.command, COMMAND_LIMIT)),
      folder,
      listed([
        ...process.ports.map((port) => l10n.t('listens on port {0}', port)),
        started,
        parentText(process),
        user,
      ]),
    ],
    '\n',
  );
}

function parentText({ parent }: CandidateProcess): string {
  if (parent === undefined) {
    return '';
  }
  return parent.command === undefined
    ? processParts({ ppid: parent.pid }).parent
    : l10n.t('parent {0} {1}', parent.pid, programName(parent.command, ROOMY_NAME_LIMIT));
}

const listed = (parts: readonly string[]): string => joined(parts, ' · ');

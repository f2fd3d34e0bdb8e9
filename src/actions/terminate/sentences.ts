/** The outcome of terminating one instance, in one sentence that says no more than was seen. */
import * as l10n from '@vscode/l10n';
import type { Commands } from '../../model/commands/index';
import { listPids, listWords, pidWithCommand } from '../../model/processes/process';
import { isZombie, type Member } from './members';
import type { TerminationCandidate } from './plan';
import type { LockState } from './release';

export const nameOf = ({ root }: TerminationCandidate): string => pidWithCommand(root.pid, root.command);

const pids = (members: readonly Member[]): string =>
  listWords(members, ({ pid, command }) => pidWithCommand(pid, command));

/** `Process 4242 (bot) and its 2 other processes`. */
function whole(candidate: TerminationCandidate): string {
  const others = candidate.processes.length - 1;
  if (others < 1) return l10n.t('Process {0}', nameOf(candidate));
  return others === 1
    ? l10n.t('Process {0} and its other process', nameOf(candidate))
    : l10n.t('Process {0} and its {1} other processes', nameOf(candidate), others);
}

export function goneSentence(
  candidate: TerminationCandidate,
  members: readonly Member[],
  how: 'alreadyGone' | 'ended' | 'killed',
  locks: LockState | undefined,
): string {
  const who = whole(candidate);
  const what =
    how === 'alreadyGone'
      ? l10n.t('{0} had already exited', who)
      : how === 'ended'
        ? l10n.t('{0} exited', who)
        : members.some(({ isUnasked }) => isUnasked) && members.every(({ termAt }) => termAt === undefined)
          ? l10n.t('{0} was killed', who)
          : l10n.t('{0} did not exit in time after SIGTERM and was killed', who);
  const told = withLocks(what, locks);
  const zombie = members.find(isZombie);
  // What became of it first; what is left in the process table does no harm.
  return zombie === undefined
    ? told
    : l10n.t(
        '{0} Process {1} remains a zombie until its parent {2} reaps it; it holds nothing.',
        told,
        zombie.pid,
        parentOf(zombie, candidate),
      );
}

function parentOf({ pid, facts }: Member, { processes }: TerminationCandidate): string {
  const planned = processes.find((process) => process.pid === pid)?.parent;
  const command = planned?.pid === facts?.ppid ? planned?.command : undefined;
  const parent = facts?.ppid;
  return parent === undefined || command === undefined
    ? String(parent ?? '?')
    : pidWithCommand(parent, command);
}

function withLocks(what: string, locks: LockState | undefined): string {
  switch (locks?.state) {
    case undefined:
      return l10n.t('{0}.', what);
    case 'released':
      return l10n.t('{0}; its lock is released.', what);
    case 'taken':
      return locks.by.length === 0
        ? l10n.t('{0}; its lock on {1} was released and has been taken again.', what, locks.path)
        : l10n.t(
            '{0}; its lock on {1} was released and is now held by {2}.',
            what,
            locks.path,
            listPids(locks.by),
          );
    case 'kept':
      return locks.by.length === 0
        ? l10n.t(
            '{0}, but its lock on {1} is still held by a process that could not be identified.',
            what,
            locks.path,
          )
        : l10n.t(
            '{0}, but its lock on {1} is still held by {2}, which inherited it.',
            what,
            locks.path,
            listPids(locks.by),
          );
  }
}

export type WhyRunning = 'ignored' | 'declined' | 'afterKill';

export function stillRunningSentence(left: readonly Member[], why: WhyRunning, seconds: number): string {
  const who = pids(left);
  const isOne = left.length === 1;
  const isUninterruptible = left.every(({ facts }) => facts?.state === 'D');
  if (why === 'afterKill') {
    if (isUninterruptible) return uninterruptible(who, isOne, 'SIGKILL');
    return isOne
      ? l10n.t(
          'Process {0} is still there {1} s after SIGKILL; it may be frozen or waiting in the kernel.',
          who,
          seconds,
        )
      : l10n.t(
          'Processes {0} are still there {1} s after SIGKILL; they may be frozen or waiting in the kernel.',
          who,
          seconds,
        );
  }
  const traced = left.filter(({ facts }) => facts?.state === 't');
  if (traced.length > 0) {
    return l10n.t(
      'Stopped by a debugger: {0}. SIGTERM was sent, and takes effect when the debugger continues.',
      pids(traced),
    );
  }
  if (isUninterruptible) return uninterruptible(who, isOne, 'SIGTERM');
  if (left.every(({ isUnasked }) => isUnasked === true)) return unaskedSentence(who, isOne, why);
  if (why === 'declined') {
    return isOne
      ? l10n.t('Process {0} is still running {1} s after SIGTERM; it was not killed.', who, seconds)
      : l10n.t('Processes {0} are still running {1} s after SIGTERM; they were not killed.', who, seconds);
  }
  return isOne
    ? l10n.t(
        'Process {0} is still running {1} s after SIGTERM; SIGKILL is disabled in the settings.',
        who,
        seconds,
      )
    : l10n.t(
        'Processes {0} are still running {1} s after SIGTERM; SIGKILL is disabled in the settings.',
        who,
        seconds,
      );
}

const uninterruptible = (who: string, isOne: boolean, signal: 'SIGTERM' | 'SIGKILL'): string =>
  isOne
    ? l10n.t(
        'Process {0} is in uninterruptible sleep (state D); {1} takes effect once the system call returns.',
        who,
        signal,
      )
    : l10n.t(
        'Processes {0} are in uninterruptible sleep (state D); {1} takes effect once their system calls return.',
        who,
        signal,
      );

function unaskedSentence(who: string, isOne: boolean, why: WhyRunning): string {
  if (why === 'declined') {
    return isOne
      ? l10n.t('Process {0} cannot be asked to exit on this system; it was not killed.', who)
      : l10n.t('Processes {0} cannot be asked to exit on this system; they were not killed.', who);
  }
  return isOne
    ? l10n.t(
        'Process {0} cannot be asked to exit on this system, and killing it is disabled in the settings.',
        who,
      )
    : l10n.t(
        'Processes {0} cannot be asked to exit on this system, and killing them is disabled in the settings.',
        who,
      );
}

export function cancelledSentence(left: readonly Member[], signalled: boolean): string {
  if (!signalled) return l10n.t('Cancelled; nothing was signalled.');
  return left.length === 1
    ? l10n.t('Process {0} was sent SIGTERM and was still running when you stopped waiting.', pids(left))
    : l10n.t('Processes {0} were sent SIGTERM and were still running when you stopped waiting.', pids(left));
}

export function deniedSentence(left: readonly Member[], commands: Commands): string {
  const unproven = left.find(({ refused }) => refused?.result === 'unproven');
  if (unproven?.refused?.result === 'unproven') {
    return l10n.t('Process {0} was not signalled: {1}', pids([unproven]), unproven.refused.reason);
  }
  const lost = left.filter(({ refused }) => refused?.result === 'lost');
  if (lost.length > 0) {
    return l10n.t(
      'It is unknown whether process {0} got the signal, because the native helper ended before it answered; it was not sent again.',
      pids(lost),
    );
  }
  return l10n.t(
    'The system did not allow a signal to pid {0}; it may now run as another user. An administrator can terminate it with: {1}',
    pids(left),
    commands.endAsAdministrator(left.map(({ pid }) => pid)),
  );
}

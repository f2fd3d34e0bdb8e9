/** Terminates the selected instances in parallel and watches for respawns. */
import * as l10n from '@vscode/l10n';
import { assertNever } from '../../common/assertNever';
import { commandsFor } from '../../model/commands/index';
import { InstanceEnd, type EndDeps } from './endInstance';
import type { OutcomeKind, Respawn, TerminationOutcome, TerminationResult } from './outcome';
import type { TerminationCandidate, TerminationOptions } from './plan';
import { describeRespawn, findRespawn, ProcessesBefore } from './respawn';
import type { TerminationSession } from './session';
import type { Termination } from './termination';

const RESPAWN_WATCH_MS = 5000;
const RESPAWN_POLL_MS = 200;

export interface ExecuteDeps extends EndDeps {
  /** Everything selected is gone; for so many seconds a respawn is being watched for. */
  watching: (sentence: string, seconds: number) => void;
}

export async function execute(
  deps: ExecuteDeps,
  session: TerminationSession,
  selected: readonly string[],
  options: TerminationOptions,
  abort: AbortSignal,
): Promise<TerminationResult> {
  const chosen = session.plan.candidates.filter(({ id }) => selected.includes(id));
  const refusal = refusalToExecute(session, chosen);
  if (refusal !== undefined) {
    deps.log(`refused: ${refusal}`);
    return { outcomes: [], sentence: refusal, success: false };
  }
  const termination = { session, chosen, options, abort, before: new ProcessesBefore() };
  const ends = endsOf(deps, termination);
  const outcomes = await Promise.all(ends.map((end) => end.run()));
  const goneAt = Math.min(...ends.flatMap(({ goneAt: at }) => at ?? []));
  if (!Number.isFinite(goneAt)) {
    return resultOf(outcomes);
  }
  const watchMs = options.respawnWatchMs ?? RESPAWN_WATCH_MS;
  deps.watching(resultOf(outcomes).sentence, Math.ceil(watchMs / 1000));
  const respawn = await watchForRespawn(deps, termination, ends, { goneAt, watchMs });
  return resultOf(outcomes, respawn);
}

function endsOf(deps: ExecuteDeps, termination: Termination): InstanceEnd[] {
  const { session, chosen, before } = termination;
  if (session.inspected === undefined) {
    // Then nothing was found that could have been chosen.
    return [];
  }
  const { facts } = session.inspected;
  before.add(facts);
  const withCommands = { ...deps, commands: commandsFor(facts.host) };
  return chosen.map((candidate) => new InstanceEnd(withCommands, termination, candidate));
}

function refusalToExecute(
  session: TerminationSession,
  chosen: readonly TerminationCandidate[],
): string | undefined {
  if (chosen.length === 0) {
    return l10n.t('Nothing was selected, so nothing was signalled.');
  }
  const refused = chosen.find(({ refusal }) => refusal !== undefined);
  if (refused?.refusal !== undefined) {
    return refused.refusal;
  }
  // The command ends what is too many. Ending the last one is another decision, with another command.
  const counted = session.plan.candidates.filter((candidate) => candidate.counted);
  const { kind } = session.plan.target;
  return (kind === 'duplicates' || kind === 'keep') &&
    counted.every((candidate) => chosen.includes(candidate))
    ? l10n.t(
        'That would terminate every instance of {0}; leave one of them unselected.',
        session.plan.serviceName,
      )
    : undefined;
}

async function watchForRespawn(
  deps: ExecuteDeps,
  { session, chosen, abort, before }: Termination,
  ends: readonly InstanceEnd[],
  { goneAt, watchMs }: { goneAt: number; watchMs: number },
): Promise<Respawn | undefined> {
  const survivors = new Set(
    session.plan.candidates
      .filter((candidate) => !chosen.includes(candidate))
      .flatMap(({ processes }) => processes.map(({ pid }) => pid)),
  );
  const heirs = new Set(ends.flatMap((end) => [...end.heirs]));
  while (deps.now() - goneAt < watchMs && !abort.aborted) {
    const now = await deps.inspections.fresh(session.plan.serviceId);
    const again = now === undefined ? undefined : findRespawn(now, before, survivors, heirs);
    if (now !== undefined && again !== undefined) {
      const respawn = describeRespawn(again, now.facts, before, deps.now() - goneAt);
      deps.log(respawn.sentence);
      return respawn;
    }
    await deps.wait(RESPAWN_POLL_MS, abort);
  }
  deps.log(`no respawn seen within ${((deps.now() - goneAt) / 1000).toFixed(1)} s`);
  return undefined;
}

function resultOf(all: readonly TerminationOutcome[], respawn?: Respawn): TerminationResult {
  const outcomes = all.map((outcome, index) =>
    respawn !== undefined && index === 0 ? { ...outcome, respawn } : outcome,
  );
  const failed = outcomes.filter(({ kind }) => !hasEnded(kind));
  const ended = outcomes.length - failed.length;
  const summary =
    outcomes.length === 1 ? [] : [l10n.t('{0} of {1} instances ended.', ended, outcomes.length)];
  const told = outcomes.length === 1 ? outcomes : failed;
  return {
    outcomes,
    sentence: [
      ...summary,
      ...told.map(({ sentence }) => sentence),
      ...(respawn ? [respawn.sentence] : []),
    ].join(' '),
    success: failed.length === 0 && respawn === undefined,
  };
}

function hasEnded(kind: OutcomeKind): boolean {
  switch (kind) {
    case 'alreadyGone':
    case 'ended':
    case 'killed':
      return true;
    case 'lockStillHeld':
    case 'stillRunning':
    case 'denied':
    case 'aborted':
    case 'cancelled':
      return false;
    default:
      return assertNever(kind);
  }
}

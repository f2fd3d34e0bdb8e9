/** Did it come back, and who brought it back? */
import * as l10n from '@vscode/l10n';
import { defined } from '../../common/defined';
import type { ProcessFacts, ServiceFacts } from '../../model/facts';
import { commandLine, pidAndCommand, processInfo } from '../../model/processes/process';
import { identityKey } from '../../model/processes/processIdentity';
import { ancestorsOf, parentIn } from '../../model/processes/treeWalk';
import type { InspectedService } from '../deps';
import { locksOf, provenLocks } from './locks';
import type { Respawn } from './outcome';

/** The processes that were there before the first signal. */
export class ProcessesBefore {
  readonly #identities = new Set<string>();
  #isClosed = false;

  /** The first signal is about to be sent: whoever appears from now on is new. */
  close(): void {
    this.#isClosed = true;
  }

  add(facts: ServiceFacts): void {
    if (this.#isClosed) return;
    for (const process of facts.processes.values()) this.#identities.add(identityKey(process));
  }

  has(process: ProcessFacts): boolean {
    return this.#identities.has(identityKey(process));
  }
}

/**
 * The first process that plays the service's part and was not there before. New children of an instance that was left
 * running are its own business. `heirs`: already reported as keeping a lock.
 */
export function findRespawn(
  { snapshot, facts }: InspectedService,
  before: ProcessesBefore,
  survivors: ReadonlySet<number>,
  heirs: ReadonlySet<number>,
): ProcessFacts | undefined {
  const players = [
    ...locksOf(facts).flatMap(({ lock }) => lock.holders.map(({ process }) => process.pid)),
    ...snapshot.instances.flatMap(({ root }) => root.pid),
  ];
  return [...new Set(players)]
    .flatMap((pid) => facts.processes.get(pid) ?? [])
    .find(
      (process) => !before.has(process) && !heirs.has(process.pid) && !isOffspring(process, facts, survivors),
    );
}

function isOffspring({ pid }: ProcessFacts, { processes }: ServiceFacts, of: ReadonlySet<number>): boolean {
  return of.has(pid) || [...ancestorsOf(pid, parentIn(processes))].some((above) => of.has(above));
}

/** Who was there before and outlives what it starts: wrappers between it and the process are as new as that. */
function starterOf(
  { pid }: ProcessFacts,
  { processes }: ServiceFacts,
  before: ProcessesBefore,
): ProcessFacts | undefined {
  const above = [...ancestorsOf(pid, parentIn(processes))]
    .filter((ancestor) => ancestor > 1)
    .flatMap((ancestor) => processes.get(ancestor) ?? []);
  return above.find((ancestor) => before.has(ancestor)) ?? above[0];
}

export function describeRespawn(
  process: ProcessFacts,
  facts: ServiceFacts,
  before: ProcessesBefore,
  afterMs: number,
): Respawn {
  const parent = starterOf(process, facts, before);
  const supervisor = processInfo(process).supervisor ?? (parent && processInfo(parent).supervisor);
  const stopCommand = process.supervisor?.stopCommand ?? parent?.supervisor?.stopCommand;
  const holds = [...new Set(provenLocks(facts, process.pid).map(({ path }) => path))];
  return {
    pid: process.pid,
    command: commandLine(process),
    afterMs,
    holds,
    ...(parent === undefined
      ? {}
      : {
          by: { pid: parent.pid, command: commandLine(parent), ...defined({ startTime: parent.startTime }) },
        }),
    ...defined({ supervisor, stopCommand }),
    sentence: sentenceFor(process, parent, supervisor, stopCommand, afterMs),
  };
}

function sentenceFor(
  process: ProcessFacts,
  parent: ProcessFacts | undefined,
  supervisor: string | undefined,
  stopCommand: string | undefined,
  afterMs: number,
): string {
  const seconds = (afterMs / 1000).toFixed(1);
  const again = pidAndCommand(process);
  const starter =
    parent === undefined
      ? supervisor
      : supervisor === undefined
        ? l10n.t('pid {0}', pidAndCommand(parent))
        : l10n.t('pid {0} under {1}', pidAndCommand(parent), supervisor);
  if (starter === undefined) {
    return l10n.t('It was running again after {0} s as pid {1}; what started it is unknown.', seconds, again);
  }
  return stopCommand === undefined
    ? l10n.t('It was running again after {0} s as pid {1}, started by {2}.', seconds, again, starter)
    : l10n.t(
        'It was running again after {0} s as pid {1}, started by {2}; to stop it there: {3}',
        seconds,
        again,
        starter,
        stopCommand,
      );
}

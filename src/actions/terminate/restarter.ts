/** Is a process what starts a service, and no part of it? */
import { contextOf } from '../../model/context';
import type { ProcessFacts, ServiceFacts } from '../../model/facts';
import { ancestorsOf, parentIn } from '../../model/processes/treeWalk';
import { locksOf } from './locks';

/** Reports whether an instance or a holder of the service runs below it. */
export function startsService({ pid }: ProcessFacts, facts: ServiceFacts): boolean {
  const instances = contextOf(facts).instances.all;
  if (instances.some(({ processes }) => processes.some((one) => one.pid === pid))) return false;
  const players = [
    ...instances.map(({ root }) => root.pid),
    ...locksOf(facts).flatMap(({ lock }) => lock.holders.map(({ process }) => process.pid)),
  ];
  return players.some((player) => [...ancestorsOf(player, parentIn(facts.processes))].includes(pid));
}

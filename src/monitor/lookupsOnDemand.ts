/** Questions of the moment, as the worker thread offers them: loaded when the first is asked. */
import { during } from '../os/heartbeat';
import type { LookupDeps, Lookups } from './lookups/index';
import type { LookupThread } from './protocol';

export function lookupsOnDemand(deps: LookupDeps): LookupThread {
  let loaded: Promise<Lookups> | undefined;
  const lookups = (): Promise<Lookups> =>
    (loaded ??= import('./lookups/index').then((module) => new module.Lookups(deps)));
  return {
    whoUses: (id, question) => during(async () => (await lookups()).ask(id, question)),
    stopLooking: (id) =>
      void loaded?.then(
        (found) => found.cancel(id),
        () => undefined, // who asked has been told
      ),
  };
}

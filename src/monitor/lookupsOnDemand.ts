/** Questions of the moment, as the worker thread offers them: loaded when the first is asked. */
import { during } from '../os/heartbeat';
import type { LookupDeps, Lookups } from './lookups/index';
import type { Platform } from '../os/platform';
import type { LookupThread } from './protocol';

/** `platform`: loads it. */
export function lookupsOnDemand(
  deps: Omit<LookupDeps, 'platform'> & { platform: () => Promise<Platform> },
): LookupThread {
  let loaded: Promise<Lookups> | undefined;
  const lookups = (): Promise<Lookups> =>
    (loaded ??= Promise.all([import('./lookups/index'), deps.platform()]).then(
      ([module, platform]) => new module.Lookups({ ...deps, platform }),
    ));
  return {
    whoUses: (id, question) => during(async () => (await lookups()).ask(id, question)),
    stopLooking: (id) =>
      void loaded?.then(
        (found) => found.cancel(id),
        () => undefined, // who asked has been told
      ),
  };
}

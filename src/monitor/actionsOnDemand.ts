/** The actions as the worker offers them to the main thread: loaded when one is first asked for. */
import type { Actions, ActionsThread } from '../actions/index';
import { during } from '../os/heartbeat';

type Offered = ActionsThread & Pick<Actions, 'recover'>;

/** `load` is called once, by the first that plans, acts, undoes or recovers. */
export function actionsOnDemand(load: () => Promise<Offered>): Offered {
  let loaded: Promise<Offered> | undefined;
  const call = (actions: Offered, name: keyof Offered, args: never[]): unknown => {
    const act: (...args: never[]) => unknown = actions[name];
    return act.apply(actions, args);
  };
  const asked = <Name extends keyof Offered>(name: Name): Offered[Name] =>
    ((...args: never[]) =>
      during(async () => call(await (loaded ??= load()), name, args))) as unknown as Offered[Name];
  /** What was never loaded has nothing to stop; if it could not be loaded, whoever asked for it has the error. */
  const stopping = <Name extends keyof Offered>(name: Name): Offered[Name] =>
    (async (...args: never[]) => {
      const actions = await loaded?.catch(() => undefined);
      if (actions !== undefined) await call(actions, name, args);
    }) as unknown as Offered[Name];
  return {
    planTermination: asked('planTermination'),
    terminate: asked('terminate'),
    cancelTermination: stopping('cancelTermination'),
    planCleanUp: asked('planCleanUp'),
    cleanUp: asked('cleanUp'),
    cancelCleanUp: stopping('cancelCleanUp'),
    undoCleanUp: asked('undoCleanUp'),
    finishCleanUps: stopping('finishCleanUps'),
    recover: asked('recover'),
  };
}

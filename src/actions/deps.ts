/**
 * What the actions are given. They know no window, no worker and no monitor: whoever composes them passes a way to
 * check again, the clock and the log.
 */
import type { ServiceSnapshot } from '../api';
import type { ServiceFacts } from '../model/facts';

/** A service as it is now, diagnosed, with the facts it was diagnosed from. */
export interface InspectedService {
  snapshot: ServiceSnapshot;
  facts: ServiceFacts;
}

/** English, for the log channel: what was seen or done. */
export type ActionLog = (text: string) => void;

export interface ActionDeps {
  /** Everything about one service, read now, nothing from a cache. Not called again before it has answered. */
  inspect(serviceId: string): Promise<InspectedService | undefined>;
  /** ms on a clock that never jumps. */
  now(): number;
  /** Resolves after `ms`, or at once when `signal` is aborted; never rejects. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
  log: ActionLog;
}

/** `wait` by a timer of the event loop. */
export function waitByTimer(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}

/** A log that puts the ms since `start` before each line, so that the order and the pauses can be read. */
export function timedLog(deps: Pick<ActionDeps, 'now' | 'log'>, title: string): ActionLog {
  const start = deps.now();
  return (text) => deps.log(`${title} +${(deps.now() - start).toFixed(1)} ms: ${text}`);
}

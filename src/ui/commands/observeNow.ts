import type { Snapshot } from '../../api';
import type { CommandDeps } from './command';

/** After an act: the rows agree with what is then told of it. undefined: not to be had, which the log explains. */
export async function observeNow({
  monitor,
  heldLocks,
  log,
}: Pick<CommandDeps, 'monitor' | 'heldLocks' | 'log'>): Promise<Snapshot | undefined> {
  try {
    const [snapshot] = await Promise.all([monitor.refresh(), heldLocks.refresh()]);
    return snapshot;
  } catch (error) {
    log.error(String(error));
    return undefined;
  }
}

/** Who has begun a clean-up, so exactly that it can be proven gone: only then is what it left undone someone else's. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { ProcessMark, RemovalGuards } from './guards';

export interface Owner extends ProcessMark {
  host: string;
  /** One of the lives of the observer's thread in that process. */
  life: string;
}

/** Returns this process, in a new life of its observer. */
export const newOwner = (guards: Pick<RemovalGuards, 'markSelf'>): Owner => ({
  host: hostname(),
  ...guards.markSelf(),
  life: randomUUID(),
});

/** Is it proven that `owner` does nothing any more? `self`: who asks. */
export function isProvenGone(owner: Owner, self: Owner, guards: Pick<RemovalGuards, 'mayStillRun'>): boolean {
  if (owner.host !== self.host) {
    return false; // one home directory, several machines
  }
  if (owner.bootId !== self.bootId) {
    return owner.bootId !== undefined && self.bootId !== undefined;
  }
  if (owner.pidNamespace !== self.pidNamespace) {
    return false;
  }
  if (owner.pid === self.pid && owner.startTicks === self.startTicks) {
    // A new thread is started only once the one before it has ended.
    return owner.life !== self.life;
  }
  return !guards.mayStillRun(owner);
}

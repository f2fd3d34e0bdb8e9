/** Everything that is read only where a service is inspected. */
import type { ServiceFacts } from '../model/facts';
import type { Platform } from '../os/platform';
import { withOwnerless } from './ownerless';
import { withSignsOfLife, type LooksForLife } from './signsOfLife';

/** Returns the facts with what speaks for and against their locks and records being left over. */
export const withEvidence = async (
  facts: ServiceFacts,
  platform: Pick<Platform, 'ownerless'> & LooksForLife,
): Promise<ServiceFacts> => withSignsOfLife(await withOwnerless(facts, platform), platform);

/** Everything that is read only where a service is inspected. */
import type { ServiceFacts } from '../model/facts';
import type { Apart } from '../os/apart/index';
import type { Platform } from '../os/platform';
import { withOwnerless } from './ownerless';

/** Returns the facts with what speaks for and against their locks and records being left over. */
export const withEvidence = async (
  facts: ServiceFacts,
  platform: Pick<Platform, 'ownerless' | 'signsOfLife'> & { apart?: Pick<Apart, 'mountAt'> | undefined },
): Promise<ServiceFacts> => {
  const { withSignsOfLife } = await import('./signsOfLife');
  return withSignsOfLife(await withOwnerless(facts, platform), platform);
};

import type { ServiceSnapshot } from '../api';
import type { ServiceFacts } from '../model/facts';

/** A diagnosed service together with the facts it was diagnosed from: for evidence documents and actions. */
export interface ServiceReport {
  snapshot: ServiceSnapshot;
  facts: ServiceFacts;
  /** What the vendor of the tool says about its files instead of "delete it". */
  advice: readonly string[];
}

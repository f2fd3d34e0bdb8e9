/** What observes and diagnoses, in one part: a window in which nothing is watched and nothing asked never reads it. */
import { diagnose } from '../model/diagnose';
import type { ServiceFacts } from '../model/facts';
import type { Proposal } from '../model/settings/proposal';
import { createPlatform, type PlatformDeps } from '../os/index';
import type { Platform } from '../os/platform';
import { withEvidence } from './evidence';
import { liveRecords, type LiveRecord } from './liveRecords';
import { propose } from './proposals';
import type { ServiceReport } from './report';
import { StaleRecords } from './staleRecords';

export interface ObservingParts {
  platform: Platform;
  diagnose: typeof diagnose;
  withEvidence(facts: ServiceFacts): Promise<ServiceFacts>;
  staleRecords: StaleRecords;
  propose(report: ServiceReport | undefined): Proposal | undefined;
  liveRecords(paths: readonly string[]): Promise<LiveRecord[]>;
}

/** @throws on a system there is no observer for. */
export function createObserving(deps: PlatformDeps): ObservingParts {
  const platform = createPlatform(deps);
  return {
    platform,
    diagnose,
    withEvidence: (facts) => withEvidence(facts, platform),
    staleRecords: new StaleRecords(platform, () => performance.now()),
    propose: (report) => propose(report, platform),
    liveRecords: (paths) => liveRecords(platform, paths),
  };
}

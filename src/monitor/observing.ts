/** What observes and diagnoses, in one part: a window in which nothing is watched and nothing asked never reads it. */
import { diagnose } from '../model/diagnose';
import type { Proposal } from '../model/settings/proposal';
import { createPlatform, type PlatformDeps } from '../os/index';
import type { Platform } from '../os/platform';
import { liveRecords, type LiveRecord } from './liveRecords';
import { propose } from './proposals';
import type { ServiceReport } from './report';

export interface ObservingParts {
  platform: Platform;
  diagnose: typeof diagnose;
  propose(report: ServiceReport | undefined): Proposal | undefined;
  liveRecords(paths: readonly string[]): Promise<LiveRecord[]>;
}

/** @throws on a system there is no observer for. */
export function createObserving(deps: PlatformDeps): ObservingParts {
  const platform = createPlatform(deps);
  return {
    platform,
    diagnose,
    propose: (report) => propose(report, platform),
    liveRecords: (paths) => liveRecords(platform, paths),
  };
}

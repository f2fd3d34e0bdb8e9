/** A record as the clean-up sees it: stale, or kept for a reason. */
import * as l10n from '@vscode/l10n';
import type { FileFacts } from '../../model/facts';
import { localTime } from '../../model/text';
import type { CleanUpItem } from './plan';

export interface StaleRecord extends Pick<
  CleanUpItem,
  'path' | 'recordedPid' | 'verdict' | 'proof' | 'why' | 'evidence'
> {
  status: FileFacts['status'];
}

export interface KeptRecord {
  path: string;
  /** One sentence. */
  reason: string;
}

export interface StaleRecords {
  stale: StaleRecord[];
  kept: KeptRecord[];
}

export const writtenAt = ({ mtimeNs }: FileFacts): string[] =>
  mtimeNs === undefined ? [] : [l10n.t('Last written {0}.', localTime(Number(mtimeNs / 1_000_000n)))];

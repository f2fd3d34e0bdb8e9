/** Lock files of git, which name no process: offered where every piece of evidence says that they are left over. */
import * as l10n from '@vscode/l10n';
import { factLines, readLine } from '../../model/evidenceLine';
import type { ServiceFacts } from '../../model/facts';
import { isGitLock } from '../../model/ownerless/gitLock';
import { existenceRecord, type JudgedRecord } from '../../model/records/records';
import { leftOverText, missingText, ownerlessLocks } from '../../model/ownerless/judge';
import type { InspectedService } from '../deps';
import { writtenAt, type KeptRecord, type StaleRecords } from './records';

export function leftOverLocks(
  { facts, snapshot }: InspectedService,
  records: readonly JudgedRecord[],
): StaleRecords {
  const found: StaleRecords = { stale: [], kept: unread(facts, records) };
  for (const one of ownerlessLocks(facts, records)) {
    const { file } = one.lock;
    const [missing] = one.missing;
    if (missing !== undefined) {
      found.kept.push({ path: file.path, reason: missingText(missing, one) });
    } else {
      const own = snapshot.findings.find(({ kind, path }) => kind === 'leftOver' && path === file.path);
      found.stale.push({
        path: file.path,
        status: file.status,
        verdict: 'leftOver',
        // No kernel says who made it.
        proof: 'plausible',
        why: leftOverText(one),
        evidence: own?.evidence.map(readLine) ?? factLines(...writtenAt(file)),
      });
    }
  }
  return found;
}

/** Locks of git on which nothing could be found out: another system, a folder that is no repository. */
function unread({ lockFiles }: ServiceFacts, records: readonly JudgedRecord[]): KeptRecord[] {
  return lockFiles.flatMap(({ file: { path, status }, ownerless }): KeptRecord[] => {
    const isUnnamed = existenceRecord(path, records)?.content?.record.pid === undefined;
    return status === 'file' && ownerless === undefined && isGitLock(path) && isUnnamed
      ? [
          {
            path,
            reason: l10n.t('It does not say which process made it, and that cannot be found out here.'),
          },
        ]
      : [];
  });
}

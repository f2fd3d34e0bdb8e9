/** The process that a record names, as Markdown: who, proven how, since when. */
import { contextOf } from '../../../model/context';
import { processInfo } from '../../../model/processes/process';
import { recordProofText } from '../../../model/proofText';
import { recordedPid } from '../../../model/records/records';
import type { ServiceReport } from '../../../monitor/report';
import { markdownText } from '../words/sanitize';
import { verdictText } from '../words/stateText';
import { paragraphs } from './markdown';
import { processFacts } from './processFacts';

/** undefined: the file on disk does not name this pid. */
export function recordHoverText(
  { facts, snapshot }: ServiceReport,
  path: string,
  pid: number,
): string | undefined {
  const record = contextOf(facts).records.find((one) => one.path === path && recordedPid(one) === pid);
  if (record === undefined) {
    return undefined;
  }
  const { verdict, reason, owner, content } = record;
  const isLocked = reason === 'fileLocked' && owner === undefined;
  const named = owner ?? (content?.liveness?.state === 'alive' ? content.liveness.process : undefined);
  const found = snapshot.findings.find((finding) => finding.path === path);
  return paragraphs([
    `**${markdownText(verdictText(verdict, pid, isLocked))}**`,
    verdict === 'live' || found === undefined ? '' : markdownText(found.message, 600),
    markdownText(recordProofText(record) ?? ''),
    named === undefined ? '' : processFacts(processInfo(named)),
  ]);
}

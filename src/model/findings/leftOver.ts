/** A lock file that names no process, and every piece of evidence says that the one that made it has ended. */
import * as l10n from '@vscode/l10n';
import { commandsFor } from '../commands/index';
import type { DiagnosisContext, FindingDraft } from '../context';
import { writtenLine } from '../evidence';
import { commandLines, factLines } from '../evidenceLine';
import { isLeftOver, leftOverText, ownerlessLocks, type OwnerlessLock } from '../ownerless/judge';
import { toMs } from '../records/recordIdentity';
import { localTime } from '../text';

export function leftOver({ facts, records }: DiagnosisContext): FindingDraft[] {
  const commands = commandsFor(facts.host);
  return ownerlessLocks(facts, records)
    .filter(isLeftOver)
    .map((found): FindingDraft => {
      const { file } = found.lock;
      return {
        severity: 'stale',
        message: leftOverText(found),
        path: file.path,
        evidence: [
          ...factLines(
            ...writtenLine(file),
            ...bootedSince(found, facts.host.bootTime),
            l10n.t(
              'Every process that could have made it was inspected. A program with a git of its own that keeps the file closed would not be recognised, so this is not proven.',
            ),
          ),
          ...commandLines(...commands.file(file.path), ...commands.openers(file.path)),
        ],
      };
    });
}

/** No process is older than the boot. */
function bootedSince({ lock: { file } }: OwnerlessLock, bootTime: number | undefined): string[] {
  const isOlder = bootTime !== undefined && file.mtimeNs !== undefined && toMs(file.mtimeNs) < bootTime;
  return isOlder ? [l10n.t('The machine was started {0}, after that.', localTime(bootTime))] : [];
}

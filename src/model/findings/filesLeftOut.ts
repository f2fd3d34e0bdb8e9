/** A pattern that matches more files than are watched: silence about the rest would be taken for their being fine. */
import * as l10n from '@vscode/l10n';
import type { DiagnosisContext, FindingDraft } from '../context';
import { factLines } from '../evidenceLine';
import { oneLine } from '../text';

export function filesLeftOut({ facts }: DiagnosisContext): FindingDraft[] {
  return (facts.leftOut ?? []).map(({ pattern, watched, more }) => ({
    severity: 'warning',
    message: l10n.t(
      '{0} files match {1}; the first {2} by name are watched. Narrow the pattern to watch the others.',
      watched + more,
      oneLine(pattern),
      watched,
    ),
    evidence: factLines(
      l10n.t('Watched: {0} files. Not watched, so nothing is known about them: {1}.', watched, more),
    ),
  }));
}

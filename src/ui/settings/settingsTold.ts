/** Wrong settings, told in one sentence however many they are. */
import * as l10n from '@vscode/l10n';
import { inertLabel } from '../text/words/sanitize';

/** `problems`: a sentence each, the first one whole. */
export function problemsSentence(problems: readonly string[]): string {
  const [first = '', ...more] = problems.map((problem) => inertLabel(problem, 400));
  return more.length === 0 ? first : l10n.t('{0} settings are wrong. The first: {1}', problems.length, first);
}

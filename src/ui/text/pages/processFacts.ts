/** A process in a tooltip or a page, as Markdown. */
import type { ProcessInfo } from '../../../api';
import { joined, processParts } from '../../../model/processes/processParts';
import { codeSpan, markdownText } from '../words/sanitize';

/** Enough to recognise; the evidence document has the rest. */
const COMMAND_LIMIT = 400;

/** `notes`: what else is to be said of it, in a word. */
export function processFacts(
  { pid, command, supervisor, ...process }: ProcessInfo,
  ...notes: readonly string[]
): string {
  const parts = processParts({ ...process, supervisor }, { text: markdownText, path: codeSpan });
  return joined(
    [
      joined([`pid ${pid}`, parts.started, parts.parent, parts.user, parts.supervisor, ...notes], ' · '),
      command === '' ? '' : codeSpan(command, COMMAND_LIMIT),
      parts.folder,
    ],
    '  \n',
  );
}

/** What the question says before a service is written into the settings that was learned from its live owner. */
import * as l10n from '@vscode/l10n';
import type { Proposal } from '../../../model/settings/proposal';
import { pidAndProgram, ROOMY_NAME_LIMIT } from '../rows/processText';
import { inert } from '../words/sanitize';

/** Longest path in the question. */
const PATH_LIMIT = 200;

/** `place`: the settings that it goes into. */
export function proposalText(
  { owner, name, program, cwd, logFile, ports = [] }: Proposal,
  place: string,
  shorten: (path: string) => string,
): string {
  const who = pidAndProgram(owner.pid, owner.command, ROOMY_NAME_LIMIT);
  const path = (text: string): string => inert(shorten(text), PATH_LIMIT);
  return [
    owner.proof === 'proven' ? l10n.t('{0} uses it now.', who) : l10n.t('{0} probably uses it now.', who),
    l10n.t('This will be written into {0}:', place),
    `• ${l10n.t('name: {0}', inert(name, PATH_LIMIT))}`,
    program === undefined
      ? `• ${l10n.t('process: none, because the command line does not distinguish this program from others')}`
      : `• ${
          cwd === undefined
            ? l10n.t('process: {0}. A second one is a conflict.', inert(program, PATH_LIMIT))
            : l10n.t(
                'process: {0} in {1}. A second one is a conflict.',
                inert(program, PATH_LIMIT),
                path(cwd),
              )
        }`,
    logFile === undefined
      ? ''
      : `• ${l10n.t('log: {0}. Fresh conflict lines in it are reported.', path(logFile))}`,
    ports.length === 0
      ? ''
      : `• ${l10n.t('port: {0}. Another process that listens there is reported.', ports.join(', '))}`,
  ]
    .filter((line) => line !== '')
    .join('\n');
}

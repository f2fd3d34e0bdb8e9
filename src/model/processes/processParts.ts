/** What is said of a process besides its pid and command, each part the same wherever it is said. */
import * as l10n from '@vscode/l10n';
import { localTime, oneLine } from '../text';

interface Described {
  startTime?: number | undefined;
  ppid?: number | undefined;
  user?: string | undefined;
  cwd?: string | undefined;
  supervisor?: string | undefined;
}

/** How text is written that is not ours. */
interface Writing {
  text: (text: string) => string;
  path: (path: string) => string;
}

/** Each part is empty where it is not known. */
export interface ProcessParts {
  started: string;
  parent: string;
  user: string;
  supervisor: string;
  folder: string;
}

const PLAIN: Writing = { text: oneLine, path: oneLine };

export function processParts(
  { startTime, ppid, user, cwd, supervisor }: Described,
  { text, path }: Writing = PLAIN,
): ProcessParts {
  return {
    started: startTime === undefined ? '' : l10n.t('started {0}', localTime(startTime)),
    parent: ppid === undefined ? '' : l10n.t('parent {0}', ppid),
    user: user === undefined ? '' : l10n.t('user {0}', text(user)),
    supervisor: supervisor === undefined ? '' : l10n.t('under {0}', text(supervisor)),
    folder: cwd === undefined ? '' : l10n.t('in {0}', path(cwd)),
  };
}

/** Joins those that there are. */
export const joined = (parts: readonly string[], separator: string): string =>
  parts.filter((part) => part !== '').join(separator);

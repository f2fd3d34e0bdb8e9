/** What tells one instance from the others when the user has to say which stays: its part, its age, where it runs, what it has. */
import * as l10n from '@vscode/l10n';
import type { InstanceSnapshot, ProcessInfo, ServiceSnapshot } from '../../../api';
import { inert } from '../words/sanitize';

/** Longest name of a terminal or a unit in a row. */
const NAME_LIMIT = 40;

/** Returns the pids of the instance and those that it was started from, as far as they are known. */
export function startersOf({ root, processes }: InstanceSnapshot): (number | undefined)[] {
  return [...processes, root].flatMap(({ pid, ppid }) => [ppid, pid]);
}

/** `oldest` or `newest`, where there are several whose starts are known. `own`, `all`: ms since the epoch. */
export function ageAmong(own: number | undefined, all: readonly (number | undefined)[]): string {
  const starts = all.flatMap((start) => start ?? []);
  if (own === undefined || starts.length < 2 || new Set(starts).size < 2) {
    return '';
  }
  return own === Math.min(...starts) ? l10n.t('oldest') : own === Math.max(...starts) ? l10n.t('newest') : '';
}

export interface Surroundings {
  /** In words. */
  supervisor: string | undefined;
  /** The pids that its processes were started by. */
  parents: readonly (number | undefined)[];
}

export const surroundingsOf = ({ root, processes }: InstanceSnapshot): Surroundings => ({
  supervisor: [root, ...processes].find((process) => process.supervisor !== undefined)?.supervisor,
  parents: [root, ...processes].map(({ ppid }) => ppid),
});

/** `in your terminal “bash”`, `in systemd unit x.service`, `detached`. `terminal`: its name, where it is one of this window's. */
export function placeOf({ supervisor, parents }: Surroundings, terminal: string | undefined): string {
  if (terminal !== undefined) {
    return inYourTerminal(terminal);
  }
  if (supervisor !== undefined) {
    return l10n.t('in {0}', inert(supervisor, NAME_LIMIT));
  }
  // Whoever started it is gone: init has taken it over.
  return parents.includes(1) ? l10n.t('detached') : '';
}

const inYourTerminal = (terminal: string): string =>
  l10n.t('in your terminal “{0}”', inert(terminal, NAME_LIMIT));

/** `holds the lock`, `named in the pid file`, `listens on port 3000`. */
export function possessionsOf({ root, processes }: InstanceSnapshot, service: ServiceSnapshot): string[] {
  const pids = new Set([root, ...processes].map(({ pid }: ProcessInfo) => pid));
  const holds = service.lockFiles.some(({ holders }) =>
    holders.some(({ pid }) => pid !== undefined && pids.has(pid)),
  );
  const named = service.pidFiles.some(
    ({ recordedPid, verdict }) => verdict === 'live' && recordedPid !== undefined && pids.has(recordedPid),
  );
  const ports = (service.ports ?? []).filter(({ listeners }) => listeners.some(({ pid }) => pids.has(pid)));
  return [
    holds ? l10n.t('holds the lock') : '',
    named ? l10n.t('named in the pid file') : '',
    ...ports.map(({ port }) => l10n.t('listens on port {0}', port)),
  ].filter((text) => text !== '');
}

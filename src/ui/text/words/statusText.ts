import * as l10n from '@vscode/l10n';
import type { Steps } from '../../../common/steps';
import type { ServiceSnapshot, Snapshot } from '../../../api';
import { commands, views } from '../../../contributions';
import type { MonitorStatus } from '../../../monitor/protocol';
import { bySeverityThenName } from '../rows/rows';
import { inert, inertLabel, markdownText } from './sanitize';
import { serviceText } from '../rows/serviceText';
import { list, paragraphs } from '../pages/markdown';

export interface StatusText {
  text: string;
  /** What a screen reader says. */
  spoken: string;
  conflict: boolean;
}

/** Longest service name in the status bar. */
const NAME_LIMIT = 30;

/** undefined: nothing is watched, so there is nothing to say. */
export function statusText(snapshot: Snapshot, status: MonitorStatus): StatusText | undefined {
  const { services } = snapshot;
  if (services.length === 0) {
    return undefined;
  }
  const conflicts = services.filter(({ state }) => state === 'conflict');
  const [first] = conflicts;
  if (first !== undefined) {
    return conflicts.length === 1
      ? {
          text: `$(warning) ${l10n.t('Conflict: {0}', inertLabel(first.name, NAME_LIMIT))}`,
          spoken: l10n.t('Conflict: {0}', inert(first.name)),
          conflict: true,
        }
      : {
          text: `$(warning) ${l10n.t('{0} conflicts', conflicts.length)}`,
          spoken: l10n.t('{0} conflicts', conflicts.length),
          conflict: true,
        };
  }
  const held = services.filter(
    ({ state, lockFiles }) => state === 'held' || lockFiles.some((file) => file.held),
  );
  const stale = services.filter(({ state }) => state === 'stale');
  const heldText = l10n.t('{0} of {1} services held', held.length, services.length);
  const staleText = stale.length === 0 ? '' : l10n.t('{0} stale', stale.length);
  const icon = status.kind === 'paused' ? 'debug-pause' : status.kind === 'failing' ? 'sync-ignored' : 'lock';
  return {
    // A number without its word says nothing, and the icon means something else to everyone.
    text: [`$(${icon}) ${l10n.t('{0} held', held.length)}`, staleText]
      .filter((part) => part !== '')
      .join(' · '),
    spoken: [heldText, staleText].filter((part) => part !== '').join(', '),
    conflict: false,
  };
}

/** All that a link in the tooltip can run: nothing that asks for no confirmation and changes anything. */
export const statusCommands = [commands.showEvidence, `${views.services}.focus`] as const;

/** `argument`: one that names a service; encoded so that nothing in it ends the link. */
function commandLink(text: string, command: (typeof statusCommands)[number], argument?: string): string {
  const encoded =
    argument === undefined
      ? ''
      : `?${encodeURIComponent(JSON.stringify([argument])).replace(/[!'()*]/g, percent)}`;
  return `[${text}](command:${command}${encoded})`;
}

const percent = (char: string): string => `%${char.charCodeAt(0).toString(16)}`;

/** Services in the tooltip; the view has them all. */
const LISTED = 8;

/** Of thousands of services in some steps. */
export function* statusTooltip(snapshot: Snapshot, now: number): Steps<string> {
  const chosen = yield* worst(snapshot.services, LISTED);
  const lines = chosen.map(
    (service) =>
      `${commandLink(`**${markdownText(service.name)}**`, commands.showEvidence, service.id)} · ${markdownText(serviceText(service, now).line)}`,
  );
  const more = snapshot.services.length - lines.length;
  const view = commandLink(l10n.t('Open the Services view'), `${views.services}.focus`);
  return paragraphs([list(lines), more > 0 ? l10n.t('and {0} more', more) : '', view]);
}

/** The first few of the sorted list, without sorting thousands at every tick that changes something. */
function* worst(services: readonly ServiceSnapshot[], count: number): Steps<ServiceSnapshot[]> {
  const chosen: ServiceSnapshot[] = [];
  for (const service of services) {
    let at = chosen.length;
    for (let last = chosen[at - 1]; last !== undefined && bySeverityThenName(service, last) < 0;) {
      at -= 1;
      last = chosen[at - 1];
    }
    if (at < count) {
      chosen.splice(at, 0, service);
      chosen.length = Math.min(chosen.length, count);
    }
    yield;
  }
  return chosen;
}

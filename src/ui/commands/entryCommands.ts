/** What is watched, changed from its row: edited, no longer watched, hidden, muted. */
import * as vscode from 'vscode';
import type { ServiceSnapshot } from '../../api';
import { settings } from '../../contributions';
import { presetOfId } from '../../model/service';
import type { CommandDeps } from './command';
import type { EntryPlace } from '../settings/config';
import { openSetting } from '../settings/openSetting';
import { hidePreset, removeService, type TakeBack } from '../settings/writeSettings';
import { pickService, serviceOf } from './picks';
import { inertLabel } from '../text/words/sanitize';

/** Edit Service: its entry in settings.json, selected. */
export async function editService(deps: CommandDeps, argument: unknown): Promise<void> {
  const service = await chosen(deps, argument, isConfigured(deps), {
    question: vscode.l10n.t('Edit which service?'),
    nothing: vscode.l10n.t(
      'No service is configured in the settings. “Watch a Lock File” adds the first one.',
    ),
  });
  const place = service === undefined ? undefined : deps.config.current.entries.get(service.id);
  if (place !== undefined) {
    await openSetting(settings.services, place.level, place.index);
  }
}

/** Stop Watching: removes its entry from the settings; of a known tool, hides it. */
export async function stopWatching(deps: CommandDeps, argument: unknown): Promise<void> {
  const service = await chosen(deps, argument, () => true, {
    question: vscode.l10n.t('Stop watching which service?'),
    nothing: vscode.l10n.t('Nothing is watched.'),
  });
  if (service === undefined) {
    return;
  }
  const place = deps.config.current.entries.get(service.id);
  if (place === undefined) {
    await hide(service);
    return;
  }
  // Counted before: afterwards the settings know it no longer.
  const others = sameEntry(deps.config.current.entries, place) - 1;
  const takeBack = await removeService(place);
  if (takeBack === undefined) {
    void vscode.window.showWarningMessage(
      vscode.l10n.t('The settings have changed meanwhile, so nothing was removed. Try again.'),
    );
    return;
  }
  await offerUndo(stoppedText(service, others), takeBack);
}

/** An entry that several folders share is a service of each of them. */
const sameEntry = (entries: ReadonlyMap<string, EntryPlace>, place: EntryPlace): number =>
  [...entries.values()].filter(({ level, index }) => level === place.level && index === place.index).length;

function stoppedText({ name }: ServiceSnapshot, others: number): string {
  const said = inertLabel(name);
  return others === 0
    ? vscode.l10n.t('{0} is no longer watched. Its files and processes are untouched.', said)
    : vscode.l10n.t(
        '{0} is no longer watched, nor are {1} other services of the same entry. Their files and processes are untouched.',
        said,
        others,
      );
}

/** Hide This Tool: switches its preset off. */
export async function hideTool(deps: CommandDeps, argument: unknown): Promise<void> {
  const service = await chosen(deps, argument, ({ id }) => presetOfId(id) !== undefined, {
    question: vscode.l10n.t('Hide which tool?'),
    nothing: vscode.l10n.t('No known tool is shown.'),
  });
  if (service !== undefined) {
    await hide(service);
  }
}

async function hide({ id, name }: ServiceSnapshot): Promise<void> {
  const preset = presetOfId(id);
  if (preset === undefined) {
    return;
  }
  const { inWorkspace, takeBack } = await hidePreset(preset);
  const said = inertLabel(name);
  await offerUndo(
    inWorkspace
      ? vscode.l10n.t(
          '{0} and everything else of this kind ({1}) are hidden in this workspace.',
          said,
          preset,
        )
      : vscode.l10n.t('{0} and everything else of this kind ({1}) are hidden.', said, preset),
    takeBack,
  );
}

/** Mute Notifications: the status bar and the view still show its conflicts. */
export async function mute(deps: CommandDeps, argument: unknown): Promise<void> {
  const service = await chosen(deps, argument, (one) => !deps.muted.has(one), {
    question: vscode.l10n.t('Mute notifications of which service?'),
    nothing: vscode.l10n.t('No watched service has notifications left to mute.'),
  });
  if (service !== undefined) {
    await deps.muted.mute(service);
  }
}

export async function unmute(deps: CommandDeps, argument: unknown): Promise<void> {
  const service = await chosen(deps, argument, deps.muted.has, {
    question: vscode.l10n.t('Unmute notifications of which service?'),
    nothing: vscode.l10n.t('No watched service is muted.'),
  });
  if (service !== undefined) {
    await deps.muted.unmute(service);
  }
}

const isConfigured =
  ({ config }: CommandDeps) =>
  ({ id }: ServiceSnapshot): boolean =>
    config.current.entries.has(id);

/** The service of the row, or of those that fit the one that is picked; says so where none fits. */
async function chosen(
  { monitor }: CommandDeps,
  argument: unknown,
  fits: (service: ServiceSnapshot) => boolean,
  { question, nothing }: { question: string; nothing: string },
): Promise<ServiceSnapshot | undefined> {
  const service = serviceOf(argument, monitor);
  if (service !== undefined) {
    return service;
  }
  const services = monitor.snapshot.services.filter(fits);
  if (services.length === 0) {
    void vscode.window.showInformationMessage(nothing);
    return undefined;
  }
  return pickService(services, question);
}

async function offerUndo(sentence: string, takeBack: TakeBack): Promise<void> {
  const undo = vscode.l10n.t('Undo');
  if ((await vscode.window.showInformationMessage(sentence, undo)) === undo) {
    await takeBack();
  }
}

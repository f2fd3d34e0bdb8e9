/** The one writer of settings: each change is made where the effective value stands, so that nothing is overridden. */
import * as vscode from 'vscode';
import { section, settings, type SettingKey } from '../../contributions';
import type { EntryPlace, SettingLevel } from './config';
import { withEntryAgain, withoutEntry } from './entryList';

/** Takes a change of the settings back. */
export type TakeBack = () => Promise<void>;

interface Value {
  value: unknown;
  write: (value: unknown) => Thenable<void>;
}

function valueAt(key: SettingKey, level: SettingLevel): Value {
  const folder = level.kind === 'folder' ? level.folder : undefined;
  const configuration = vscode.workspace.getConfiguration(section, folder ?? null);
  const inspected = configuration.inspect<unknown>(key);
  const targets = {
    folder: [inspected?.workspaceFolderValue, vscode.ConfigurationTarget.WorkspaceFolder],
    workspace: [inspected?.workspaceValue, vscode.ConfigurationTarget.Workspace],
    user: [inspected?.globalValue, vscode.ConfigurationTarget.Global],
  } as const;
  const [value, target] = targets[level.kind];
  return { value, write: (next) => configuration.update(key, next, target) };
}

const listIn = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** Adds an entry to `instanceMonitor.services`. */
export async function addService(entry: unknown, level: SettingLevel): Promise<void> {
  const { value, write } = valueAt(settings.services, level);
  await write([...listIn(value), entry]);
}

/** Removes an entry of `instanceMonitor.services`. undefined: another stands there now, and nothing was changed. */
export async function removeService(place: EntryPlace): Promise<TakeBack | undefined> {
  const { value, write } = valueAt(settings.services, place.level);
  const others = withoutEntry(listIn(value), place);
  if (others === undefined) {
    return undefined;
  }
  await write(others);
  return async () => {
    const now = valueAt(settings.services, place.level);
    await now.write(withEntryAgain(listIn(now.value), place));
  };
}

/** Switches a preset off: in the workspace where a folder is open and trusted, else for the user. */
export async function hidePreset(preset: string): Promise<{ inWorkspace: boolean; takeBack: TakeBack }> {
  const inWorkspace = vscode.workspace.isTrusted && (vscode.workspace.workspaceFolders?.length ?? 0) > 0;
  const level: SettingLevel = { kind: inWorkspace ? 'workspace' : 'user' };
  const { value, write } = valueAt(settings.presets, level);
  const before = Object.entries(objectIn(value)).filter(([key]) => key === preset);
  await write({ ...objectIn(value), [preset]: false });
  return {
    inWorkspace,
    takeBack: async () => {
      const now = valueAt(settings.presets, level);
      const others = Object.entries(objectIn(now.value)).filter(([key]) => key !== preset);
      const entries = [...others, ...before];
      await now.write(entries.length === 0 ? undefined : Object.fromEntries(entries));
    },
  };
}

const objectIn = (value: unknown): object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};

/** Adds a name to `instanceMonitor.muted`, or takes it out wherever it stands. */
export async function setMuted(name: string, isMuted: boolean): Promise<void> {
  if (isMuted) {
    const inWorkspace = vscode.workspace.isTrusted && isSet(settings.muted);
    const { value, write } = valueAt(settings.muted, { kind: inWorkspace ? 'workspace' : 'user' });
    await write([...new Set([...listIn(value), name])]);
    return;
  }
  for (const level of [{ kind: 'workspace' }, { kind: 'user' }] as const) {
    const { value, write } = valueAt(settings.muted, level);
    const others = listIn(value).filter((one) => one !== name);
    if (others.length < listIn(value).length) {
      await write(others.length === 0 ? undefined : others);
    }
  }
}

const isSet = (key: SettingKey): boolean =>
  vscode.workspace.getConfiguration(section, null).inspect<unknown>(key)?.workspaceValue !== undefined;

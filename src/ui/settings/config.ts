/** The one reader of our settings; `writeSettings.ts` is their one writer. */
import { homedir } from 'node:os';
import * as vscode from 'vscode';
import {
  activeProbePolicies,
  forcePolicies,
  gracePeriod,
  pollInterval,
  section,
  settings,
  type ForcePolicy,
  type SettingKey,
} from '../../contributions';
import { whenMade, type Steps } from '../../common/steps';
import { apartByFolder } from '../../model/settings/apartNames';
import { AT_ONCE, parseServices } from '../../model/settings/config';
import type { Service } from '../../model/service';
import { lazyRegexEngine } from '../../os/lazyRegex';
import type { MonitorConfig } from '../../monitor/protocol';
import { systemName } from '../../os/system';
import { DisposableList } from '../disposables';
import type { ListedEntry } from './entryList';
import { excludedFolderNames } from './excludedFolders';
import { limited } from './limits';

/** Where the effective value of a setting is written. */
export type SettingLevel =
  | { kind: 'folder'; folder: vscode.WorkspaceFolder }
  | { kind: 'workspace' }
  | { kind: 'user' };

/** A bad value or entry: what is wrong with it and where it stands. */
export interface SettingProblem {
  setting: SettingKey;
  /** Of the entry in its array; undefined: the value as a whole. */
  index: number | undefined;
  /** One sentence that names the setting, the entry and the reason. */
  message: string;
  level: SettingLevel;
}

/** Where the entry of a service stands. */
export interface EntryPlace extends ListedEntry {
  level: SettingLevel;
}

export interface Settings {
  monitor: MonitorConfig;
  problems: readonly SettingProblem[];
  notifyOnConflict: boolean;
  /** Names of services whose conflicts are not notified. */
  muted: readonly string[];
  /** By service id, of those that a setting names. */
  entries: ReadonlyMap<string, EntryPlace>;
  terminalLinks: boolean;
  fileDecorations: boolean;
}

/** Ours, and what the user has excluded from view. */
const WATCHED_SECTIONS = [section, 'files.exclude', 'search.exclude'];

export class Config implements vscode.Disposable {
  readonly #disposables = new DisposableList();
  readonly #changes = this.#disposables.add(new vscode.EventEmitter<Settings>());
  #current: Settings | undefined;
  /** The newest reading; one that is overtaken counts for nothing. */
  #reading = 0;

  /** Fires after any of our settings, the folders or the workspace's trust changed. */
  readonly onDidChange = this.#changes.event;

  /** Resolves when they have been read once. */
  readonly ready: Promise<void>;

  constructor() {
    this.ready = new Promise((resolve) => {
      const reread = (): void => this.#read(resolve);
      this.#disposables.add(
        vscode.workspace.onDidChangeConfiguration((event) => {
          if (WATCHED_SECTIONS.some((name) => event.affectsConfiguration(name))) {
            reread();
          }
        }),
      );
      this.#disposables.add(vscode.workspace.onDidChangeWorkspaceFolders(reread));
      this.#disposables.add(vscode.workspace.onDidGrantWorkspaceTrust(reread));
      reread();
    });
  }

  /** @throws before they are ready. */
  get current(): Settings {
    if (this.#current === undefined) {
      throw new Error('the settings are not read yet');
    }
    return this.#current;
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  /** A few turns of the loop are needed for thousands of services only. */
  #read(then: () => void): void {
    const reading = (this.#reading += 1);
    whenMade(read(), (settings) => {
      if (reading !== this.#reading) {
        return;
      }
      const isFirst = this.#current === undefined;
      this.#current = settings;
      if (isFirst) {
        then();
      } else {
        this.#changes.fire(settings);
      }
    });
  }
}

/**
 * Where a new entry for a file of this folder (undefined: of none) belongs: beside the entries that are in effect
 * there, else with the folder, else with the user.
 */
export function levelForNewService(folder: vscode.WorkspaceFolder | undefined): SettingLevel {
  const inspected = vscode.workspace
    .getConfiguration(section, folder ?? null)
    .inspect<unknown>(settings.services);
  const inWorkspaceFile = vscode.workspace.workspaceFile !== undefined;
  if (!vscode.workspace.isTrusted) {
    return { kind: 'user' }; // what the workspace configures is ignored until it is trusted
  }
  if (folder !== undefined && inWorkspaceFile && inspected?.workspaceFolderValue !== undefined) {
    return { kind: 'folder', folder };
  }
  if (inspected?.workspaceValue !== undefined) {
    return { kind: 'workspace' };
  }
  if (folder === undefined || isFilled(inspected?.globalValue)) {
    return { kind: 'user' };
  }
  return inWorkspaceFile ? { kind: 'folder', folder } : { kind: 'workspace' };
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

/** Every configuration and every inspection is put together again by VS Code, ms each while it starts: once will do. */
function* read(): Steps<Settings> {
  const shared = vscode.workspace.getConfiguration(section, null);
  const get = (key: SettingKey): unknown => shared.get(key);
  const folders = localFolders().map((folder) => ({ folder, own: ownConfiguration(folder) }));
  const { services, problems, entries } = yield* readServices(shared, folders);
  const interval = limited(get(settings.pollInterval), pollInterval, `${section}.${settings.pollInterval}`);
  return {
    monitor: {
      services,
      pollIntervalMs: interval.value,
      activeProbe: oneOf(get(settings.activeProbe), activeProbePolicies, 'auto'),
      presets: {
        folders: folders.map(({ folder, own }) => ({
          ...plain(folder),
          setting: toPlainData(own === undefined ? get(settings.presets) : own.get(settings.presets)),
        })),
        setting: toPlainData(get(settings.presets)),
        excluded: excludedFolderNames([
          vscode.workspace.getConfiguration('files', null).get('exclude'),
          vscode.workspace.getConfiguration('search', null).get('exclude'),
        ]),
      },
    },
    problems: [
      ...(interval.problem === undefined ? [] : [problemOf(settings.pollInterval, interval.problem, shared)]),
      ...problems,
    ],
    notifyOnConflict: get(settings.notifyOnConflict) !== false,
    muted: textsIn(get(settings.muted)),
    entries,
    terminalLinks: get(settings.terminalLinks) !== false,
    fileDecorations: get(settings.fileDecorations) !== false,
  };
}

function problemOf(
  setting: SettingKey,
  message: string,
  configuration: vscode.WorkspaceConfiguration,
): SettingProblem {
  const inspected = configuration.inspect<unknown>(setting);
  const isWorkspaces = vscode.workspace.isTrusted && inspected?.workspaceValue !== undefined;
  return { setting, index: undefined, message, level: { kind: isWorkspaces ? 'workspace' : 'user' } };
}

interface LocalFolder {
  folder: vscode.WorkspaceFolder;
  /** Our section as it is for this folder; undefined: as for the workspace, whose only folder it is. */
  own: vscode.WorkspaceConfiguration | undefined;
}

function ownConfiguration(folder: vscode.WorkspaceFolder): vscode.WorkspaceConfiguration | undefined {
  return vscode.workspace.workspaceFile === undefined
    ? undefined
    : vscode.workspace.getConfiguration(section, folder);
}

/**
 * How processes are ended. What may be killed is never a workspace's to say: read past whatever it sets, though the scope
 * forbids it already.
 */
export function terminationSettings(): { gracePeriodMs: number; force: ForcePolicy } {
  const configuration = vscode.workspace.getConfiguration(section, null);
  const userValue = (key: SettingKey): unknown => {
    const inspected = configuration.inspect<unknown>(key);
    return inspected?.globalValue ?? inspected?.defaultValue;
  };
  return {
    gracePeriodMs: limited(userValue(settings.terminateGracePeriod), gracePeriod, '').value,
    force: oneOf(userValue(settings.terminateForce), forcePolicies, 'ask'),
  };
}

/** VS Code hands out objects behind a proxy, which cannot be sent to the worker. */
function toPlainData(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

interface ReadServices {
  services: Service[];
  problems: SettingProblem[];
  entries: Map<string, EntryPlace>;
}

interface Source {
  raw: unknown;
  level: SettingLevel;
  /** Those for which a relative path of this value is looked up. */
  folders: readonly vscode.WorkspaceFolder[];
}

/** The folders' own values each for their folder; the value that the others share once, for all of them. */
function* readServices(
  shared: vscode.WorkspaceConfiguration,
  folders: readonly LocalFolder[],
): Steps<ReadServices> {
  const sources: Source[] = [];
  const sharing: vscode.WorkspaceFolder[] = [];
  for (const { folder, own } of folders) {
    const raw = own?.inspect<unknown>(settings.services)?.workspaceFolderValue;
    if (raw === undefined) {
      sharing.push(folder);
    } else {
      sources.push({ raw, level: { kind: 'folder', folder }, folders: [folder] });
    }
  }
  if (sharing.length > 0 || folders.length === 0) {
    const inspected = shared.inspect<unknown>(settings.services);
    sources.push(
      inspected?.workspaceValue !== undefined
        ? { raw: inspected.workspaceValue, level: { kind: 'workspace' }, folders: sharing }
        : {
            raw: inspected?.globalValue ?? inspected?.defaultValue ?? [],
            level: { kind: 'user' },
            folders: sharing,
          },
    );
  }
  const result: ReadServices = { services: [], problems: [], entries: new Map() };
  const known = new Set<string>();
  for (const { raw, level, folders: each } of sources) {
    const parsed = yield* parseServices(raw, {
      settingName: `${section}.${settings.services}`,
      ...(level.kind === 'folder' ? { folder: plain(level.folder) } : {}),
      folders: each.map(plain),
      home: homedir(),
      env: process.env,
      platform: systemName(),
      regex: lazyRegexEngine,
    });
    for (const [index, service] of parsed.services.entries()) {
      if (index >= AT_ONCE) yield;
      if (!known.has(service.id)) {
        known.add(service.id);
        result.services.push(service);
        noteEntry(result.entries, service, raw, level);
      }
    }
    result.problems.push(
      ...parsed.problems.map(({ index, message }) => ({
        setting: settings.services,
        index,
        message,
        level,
      })),
    );
  }
  const names = new Map(folders.map(({ folder }) => [folder.uri.fsPath, folder.name]));
  return { ...result, services: apartByFolder(result.services, (path) => names.get(path)) };
}

function noteEntry(
  entries: Map<string, EntryPlace>,
  { id, origin }: Service,
  raw: unknown,
  level: SettingLevel,
): void {
  if (origin.kind === 'setting' && Array.isArray(raw)) {
    entries.set(id, { level, index: origin.index, written: JSON.stringify(raw[origin.index]) });
  }
}

function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function localFolders(): vscode.WorkspaceFolder[] {
  return (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
}

function plain(folder: vscode.WorkspaceFolder): { name: string; path: string } {
  return { name: folder.name, path: folder.uri.fsPath };
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[], otherwise: T): T {
  return allowed.find((each) => each === value) ?? otherwise;
}

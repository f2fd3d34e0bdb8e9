/** What the user who watches a file is offered to watch: the service that its live owner shows, or the file alone. */
import * as vscode from 'vscode';
import { isPidFileName } from '../../model/settings/configEntry';
import type { Proposal } from '../../model/settings/proposal';
import type { Monitor } from '../../monitor/monitor';
import { isWindows } from '../../os/system';
import { shortenPath } from '../paths';
import type { SettingLevel } from '../settings/config';
import { settingFolder, settingPath } from '../settings/settingPath';
import { proposalText } from '../text/dialogs/proposalText';
import { inertLabel } from '../text/words/sanitize';

const FOLDER_SETTINGS = '.vscode/settings.json';

interface WatchedFile {
  path: string;
  /** As it is written into the setting. */
  written: string;
  /** The workspace folder that relative paths belong to; undefined: paths are written whole. */
  folder: string | undefined;
  level: SettingLevel;
  proposal: Proposal | undefined;
}

/** Without an answer the file alone is watched, as it always could be. */
export async function proposalFor(monitor: Monitor, path: string): Promise<Proposal | undefined> {
  try {
    return await monitor.propose(path);
  } catch {
    return undefined;
  }
}

/** Returns the entry for the setting; undefined: the user has changed their mind. */
export async function whatToWatch(file: WatchedFile): Promise<unknown> {
  const { proposal, path, written, level } = file;
  if (proposal === undefined) {
    return written;
  }
  const watch = vscode.l10n.t('Watch');
  const fileOnly = vscode.l10n.t('Watch the File Only');
  const choice = await vscode.window.showInformationMessage(
    vscode.l10n.t('Watch {0} with the process that uses it?', inertLabel(shortenPath(path))),
    { modal: true, detail: proposalText(proposal, placeOf(level), shortenPath) },
    watch,
    fileOnly,
  );
  return choice === watch ? entryOf(file, proposal) : choice === fileOnly ? written : undefined;
}

/** Where it will be written: a file that is usually committed, or the user's own. */
function placeOf(level: SettingLevel): string {
  switch (level.kind) {
    case 'user':
      return vscode.l10n.t('your user settings');
    case 'workspace':
      return vscode.workspace.workspaceFile === undefined
        ? FOLDER_SETTINGS
        : inertLabel(shortenPath(vscode.workspace.workspaceFile.fsPath));
    case 'folder':
      return vscode.l10n.t('{0} in the folder {1}', FOLDER_SETTINGS, inertLabel(level.folder.name));
  }
}

function entryOf({ path, written, folder }: WatchedFile, proposal: Proposal): Record<string, unknown> {
  const { name, program, cwd, logFile, ports } = proposal;
  const windows = isWindows();
  return {
    name,
    [isPidFileName(path) ? 'pidFile' : 'lockFile']: written,
    ...(program === undefined
      ? {}
      : {
          process: {
            command: program,
            ...(cwd === undefined ? {} : { cwd: settingFolder(cwd, folder, windows) }),
          },
        }),
    ...(logFile === undefined
      ? {}
      : { logFile: settingPath({ path: logFile, folder, windows, typed: false }) }),
    ...(ports === undefined ? {} : { port: ports.length === 1 ? ports[0] : ports }),
  };
}

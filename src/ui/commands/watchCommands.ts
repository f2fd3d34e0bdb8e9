import { homedir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Monitor } from '../../monitor/monitor';
import { isWindows } from '../../os/system';
import type { CommandDeps } from './command';
import { proposalFor, whatToWatch } from './learnedEntry';
import { levelForNewService } from '../settings/config';
import { addService } from '../settings/writeSettings';
import { HeldLockNode } from '../views/heldLockNodes';
import { folderOf, shortenPath } from '../paths';
import { serviceOfPath } from './picks';
import { candidateGlob, isDependencyLock } from '../text/words/lockFileNames';
import { heldRow, isElsewhere } from '../text/rows/heldRows';
import { inertLabel } from '../text/words/sanitize';
import { settingPath } from '../settings/settingPath';

/** Files offered before "Browse". */
const CANDIDATES_LIMIT = 100;
/** How long to wait for the row of what was just configured, ms. */
const APPEAR_MS = 10_000;

/** Watch a Lock File: picked here, clicked in the Explorer, or typed. */
export async function watchLockFile(deps: CommandDeps, argument: unknown): Promise<void> {
  const file = argument instanceof vscode.Uri ? { path: argument.fsPath } : await pickLockFile(deps.monitor);
  if (file !== undefined) {
    await watch(deps, file);
  }
}

/** Watch a File in Use: from its row, or from a list of everything that is held now. */
export async function watchHeldLock(deps: CommandDeps, argument: unknown): Promise<void> {
  const path = argument instanceof HeldLockNode ? argument.row.path : await pickHeldLock(deps.monitor);
  if (path !== undefined) {
    await watch(deps, { path });
  }
}

interface ChosenFile {
  path: string;
  typed?: true;
}

async function watch({ monitor, reveal }: CommandDeps, { path, typed }: ChosenFile): Promise<void> {
  const known = serviceOfPath(path, monitor);
  if (known !== undefined) {
    await reveal(known.id);
    void vscode.window.showInformationMessage(
      vscode.l10n.t('{0} is already watched as {1}.', inertLabel(shortenPath(path)), inertLabel(known.name)),
    );
    return;
  }
  const folder = folderOf(vscode.Uri.file(path));
  const level = levelForNewService(folder);
  // Relative to its folder, so that the setting can be shared; several folders would each resolve it on their own.
  const several = (vscode.workspace.workspaceFolders?.length ?? 0) > 1;
  const portable =
    folder !== undefined && (level.kind === 'folder' || (level.kind === 'workspace' && !several));
  const entry = settingPath({
    path,
    folder: portable ? folder.uri.fsPath : undefined,
    windows: isWindows(),
    typed: typed === true,
  });
  const wanted = await whatToWatch({
    path,
    written: entry,
    folder: portable ? folder.uri.fsPath : undefined,
    level,
    // Of a typed pattern there is no such file, and so no proposal.
    proposal: await proposalFor(monitor, path),
  });
  if (wanted === undefined) {
    return;
  }
  await addService(wanted, level);
  const serviceId = await whenWatched(monitor, path);
  if (serviceId !== undefined) {
    await reveal(serviceId);
  }
}

/** The id of the service that watches the path, as soon as there is one: perhaps there is while the setting is still written. */
function whenWatched(monitor: Monitor, path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const finish = (serviceId: string | undefined): void => {
      clearTimeout(timer);
      subscription.dispose();
      resolve(serviceId);
    };
    const look = (): void => {
      const service = serviceOfPath(path, monitor);
      if (service !== undefined) {
        finish(service.id);
      }
    };
    const timer = setTimeout(() => finish(undefined), APPEAR_MS);
    const subscription = monitor.onDidChange(look);
    look();
  });
}

interface FileItem extends vscode.QuickPickItem {
  file?: ChosenFile;
}

async function pickLockFile(monitor: Monitor): Promise<ChosenFile | undefined> {
  const browse: FileItem = { label: vscode.l10n.t('$(folder-opened) Browse…'), alwaysShow: true };
  const pick = vscode.window.createQuickPick<FileItem>();
  pick.title = vscode.l10n.t('Watch a lock file');
  pick.placeholder = vscode.l10n.t('Pick a lock or pid file, or type its path');
  pick.items = [browse];
  pick.busy = true;
  let found: FileItem[] = [];
  const show = (): void => {
    const typed = pick.value.trim();
    const typedItem: FileItem[] = /[/\\~]/.test(typed)
      ? [
          {
            label: inertLabel(typed),
            description: vscode.l10n.t('as typed'),
            file: { path: absolute(typed), typed: true },
            alwaysShow: true,
          },
        ]
      : [];
    pick.items = [...typedItem, ...found, browse];
  };
  const cancel = new vscode.CancellationTokenSource();
  try {
    const chosen = await new Promise<FileItem | undefined>((resolve) => {
      pick.onDidChangeValue(show);
      pick.onDidAccept(() => resolve(pick.selectedItems[0]));
      pick.onDidHide(() => resolve(undefined));
      pick.show();
      void findCandidates(monitor, cancel.token).then((items) => {
        found = items;
        pick.busy = false;
        show();
      });
    });
    return chosen === browse ? await browseForFile() : chosen?.file;
  } finally {
    cancel.cancel();
    cancel.dispose();
    pick.dispose();
  }
}

async function findCandidates(monitor: Monitor, token: vscode.CancellationToken): Promise<FileItem[]> {
  const uris = await vscode.workspace.findFiles(candidateGlob, undefined, CANDIDATES_LIMIT, token);
  return uris
    .map(({ fsPath }) => fsPath)
    .filter((path) => !isDependencyLock(path) && serviceOfPath(path, monitor) === undefined)
    .sort()
    .map((path) => ({ label: inertLabel(shortenPath(path)), file: { path } }));
}

async function browseForFile(): Promise<ChosenFile | undefined> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  const picked = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Watch a lock file'),
    openLabel: vscode.l10n.t('Watch'),
    ...(folder === undefined ? {} : { defaultUri: folder.uri }),
  });
  const path = picked?.[0]?.fsPath;
  return path === undefined ? undefined : { path };
}

function absolute(typed: string): string {
  if (typed.startsWith('~/') || (isWindows() && typed.startsWith('~\\'))) {
    return join(homedir(), typed.slice(2));
  }
  if (typed.startsWith('/')) {
    return typed;
  }
  if (/^[A-Za-z]:[\\/]/.test(typed)) {
    // The drive's letter as in every other path of VS Code.
    return vscode.Uri.file(typed).fsPath;
  }
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  return folder === undefined ? typed : vscode.Uri.joinPath(folder.uri, typed).fsPath;
}

async function pickHeldLock(monitor: Monitor): Promise<string | undefined> {
  const context = { now: Date.now(), shorten: shortenPath, watched: () => false };
  const items = monitor.heldLocks(undefined).then((locks) =>
    locks
      .filter(({ deletedInode, path }) => !deletedInode && serviceOfPath(path, monitor) === undefined)
      // What lies in the workspace is what the user most likely means.
      .sort((a, b) => Number(isElsewhere(shortenPath(a.path))) - Number(isElsewhere(shortenPath(b.path))))
      .map((lock) => {
        const { label, description } = heldRow(
          { lock, holders: lock.holders },
          lock.id,
          'processOfFile',
          context,
        );
        // Here is room for the whole path, and what is typed is sought in it.
        return {
          label: inertLabel(shortenPath(lock.path)),
          description: inertLabel(`${label} · ${description}`),
          path: lock.path,
        };
      }),
  );
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Watch a file in use'),
    placeHolder: vscode.l10n.t('Locks currently held and not yet watched'),
    matchOnDescription: true,
  });
  return picked?.path;
}

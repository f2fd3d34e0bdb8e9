/** How the path of a file is written into a setting, so that it means this file and no other. */
import { posix, win32 } from 'node:path';
import { escapeGlob } from '../../model/settings/globText';

export interface SettingPath {
  path: string;
  /** What the setting's relative paths belong to; undefined: the path is written whole. */
  folder: string | undefined;
  windows: boolean;
  /** It was typed, in the notation of settings: what looks like a pattern is meant as one. */
  typed: boolean;
}

/**
 * Returns how a directory is written into a setting, where a pattern means nothing: relative to the workspace's folder if
 * it lies in it, `${workspaceFolder}` for that itself.
 */
export function settingFolder(path: string, folder: string | undefined, windows: boolean): string {
  const paths = windows ? win32 : posix;
  if (folder === undefined || !isBelow(folder, path, paths)) {
    return path;
  }
  const inFolder = paths.relative(folder, path);
  const text = windows ? inFolder.replaceAll('\\', '/') : inFolder;
  return text === '' ? '${workspaceFolder}' : /^[~\s]/.test(text) ? `./${text}` : text;
}

function isBelow(folder: string, path: string, paths: typeof posix): boolean {
  const inFolder = paths.relative(folder, path);
  return inFolder !== '..' && !/^\.\.[/\\]/.test(inFolder) && !paths.isAbsolute(inFolder);
}

export function settingPath({ path, folder, windows, typed }: SettingPath): string {
  // On Windows a backslash parts folders, so that a name is what it looks like.
  const written = (text: string): string => (windows || typed ? text : escapeGlob(text));
  if (folder === undefined) {
    return written(path);
  }
  const paths = windows ? win32 : posix;
  const inFolder = paths.relative(folder, path);
  if (inFolder === '' || paths.isAbsolute(inFolder)) {
    return written(path);
  }
  const text = written(windows ? inFolder.replaceAll('\\', '/') : inFolder);
  // `~` means a home in front, and spaces there are dropped.
  return /^[~\s]/.test(text) ? `./${text}` : text;
}

/** Paths of settings: variables, `~` and folders resolved, globs kept. Text only; no file is touched. */
import * as l10n from '@vscode/l10n';
import { escapeGlob, isTooComplex } from './globText';

export interface Folder {
  name: string;
  path: string;
}

export interface PathContext {
  /** What relative paths and `${workspaceFolder}` mean; undefined: no folder is open. */
  folder: Folder | undefined;
  folders: readonly Folder[];
  home: string;
  env: Readonly<Record<string, string | undefined>>;
  windows: boolean;
}

/** Why a path cannot be used, as a sentence with the next step. */
export class PathProblem extends Error {}

/** Linux's PATH_MAX; what follows may take more than linear time in the length. */
const MAX_LENGTH = 4096;

/** Does what the path means depend on a workspace folder? */
export function needsFolder(text: string, windows: boolean): boolean {
  return text.includes('${workspaceFolder}') || !(isAbsolute(text, windows) || /^~|^\$\{/.test(text));
}

function isAbsolute(path: string, windows: boolean): boolean {
  return path.startsWith('/') || (windows && /^(?:[A-Za-z]:)?[\\/]/.test(path));
}

/** Index of the brace that closes the `${` at `start`; defaults may contain variables themselves. */
function closingBrace(text: string, start: number): number {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    if (text.startsWith('${', i)) {
      depth++;
      i++;
    } else if (text[i] === '}' && --depth === 0) {
      return i;
    }
  }
  return -1;
}

function variable(name: string, context: PathContext, depth: number): string {
  if (name === 'workspaceFolder') {
    if (context.folder === undefined) {
      throw new PathProblem(
        l10n.t('no folder is open for "{0}"; write an absolute path', '${workspaceFolder}'),
      );
    }
    return escapeGlob(context.folder.path);
  }
  if (name.startsWith('workspaceFolder:')) {
    const wanted = name.slice('workspaceFolder:'.length);
    const found = context.folders.find((folder) => folder.name === wanted);
    if (found === undefined) {
      throw new PathProblem(l10n.t('no workspace folder is named "{0}"; correct the name', wanted));
    }
    return escapeGlob(found.path);
  }
  if (name === 'userHome') {
    return escapeGlob(context.home);
  }
  if (name.startsWith('env:')) {
    const [key = '', ...rest] = name.slice('env:'.length).split(':-');
    const value = context.env[key];
    if (value !== undefined && value !== '') {
      return escapeGlob(value);
    }
    if (rest.length > 0) {
      return expandVariables(rest.join(':-'), context, depth + 1);
    }
    throw new PathProblem(
      l10n.t('the environment variable "{0}" is not set; give a default with {1}', key, `\${env:${key}:-…}`),
    );
  }
  throw new PathProblem(
    l10n.t(
      'the variable "{0}" is unknown; use workspaceFolder, workspaceFolder:name, userHome, env:NAME or env:NAME:-default',
      name,
    ),
  );
}

/** Only what is written is a glob, never what a variable stands for. */
function expandVariables(text: string, context: PathContext, depth: number): string {
  if (depth > 8) {
    throw new PathProblem(l10n.t('the variables are nested too deeply; simplify the path'));
  }
  let out = '';
  let from = 0;
  for (let start = text.indexOf('${'); start >= 0; start = text.indexOf('${', from)) {
    const end = closingBrace(text, start);
    if (end < 0) {
      throw new PathProblem(l10n.t('a "{0}" is not closed; add the "}"', '${'));
    }
    out += text.slice(from, start) + variable(text.slice(start + 2, end), context, depth);
    from = end + 1;
  }
  return out + text.slice(from);
}

/** Without `.`, `..` and doubled slashes; a trailing slash goes, since a watched path is a file. */
function normalize(path: string, windows: boolean): string {
  const slashed = windows ? path.replaceAll('\\', '/') : path;
  const drive = windows ? (/^[A-Za-z]:|^\/\/(?!\.)[^/]+\/(?!\.)[^/]+/.exec(slashed)?.[0] ?? '') : '';
  const out: string[] = [];
  for (const part of slashed.slice(drive.length).split('/')) {
    if (part === '..') {
      out.pop();
    } else if (part !== '' && part !== '.') {
      out.push(part);
    }
  }
  const joined = `${drive}/${out.join('/')}`;
  return windows ? joined.replaceAll('/', '\\') : joined;
}

/** Absolute and normalized; a pattern (`globText.ts`). Throws `PathProblem`. */
export function resolvePath(text: string, context: PathContext): string {
  if (text.length > MAX_LENGTH) {
    throw new PathProblem(l10n.t('the path is longer than {0} characters; shorten it', MAX_LENGTH));
  }
  if (/[\u0000-\u001f\u007f]/.test(text)) {
    throw new PathProblem(l10n.t('the path contains a control character; remove it'));
  }
  const expanded = expandVariables(text.trim(), context, 0);
  // What a variable leaves empty would mean the workspace folder itself.
  if (expanded.trim() === '') {
    throw new PathProblem(l10n.t('the path is empty; write one or remove it'));
  }
  if (isTooComplex(expanded)) {
    throw new PathProblem(
      l10n.t(
        'the pattern has too many wildcards (three in a name, three "**", four "{…}" at most); simplify it',
      ),
    );
  }
  if (expanded === '~' || expanded.startsWith('~/') || (context.windows && expanded.startsWith('~\\'))) {
    return normalize(`${escapeGlob(context.home)}/${expanded.slice(2)}`, context.windows);
  }
  if (expanded.startsWith('~')) {
    throw new PathProblem(
      l10n.t('"{0}" refers to another user\'s home folder; use an absolute path', expanded),
    );
  }
  if (isAbsolute(expanded, context.windows)) {
    return normalize(expanded, context.windows);
  }
  if (context.folder === undefined) {
    throw new PathProblem(l10n.t('"{0}" is relative and no folder is open; write an absolute path', text));
  }
  return normalize(`${escapeGlob(context.folder.path)}/${expanded}`, context.windows);
}

/** One entry of `instanceMonitor.services`. */
import * as l10n from '@vscode/l10n';
import { defined } from '../../common/defined';
import type { ConfigContext, ConfigProblem } from './configContext';
import { DEFAULT_CONFLICT_PATTERNS } from '../conflictPatterns';
import { PathProblem, resolvePath, type Folder } from './paths';
import { validPort } from '../records/pidRecordValues';
import { unescapeGlob } from './globText';
import { regexLiteral, regexProblem } from './regex';
import { commandOf, type CommandMatcher, type LogWatch, type ProcessMatcher, type Service } from '../service';

export interface EntryContext extends Omit<ConfigContext, 'folder'> {
  folder: Folder | undefined;
  index: number;
  /** Several folders share this entry: each service's name says which folder it is in. */
  appendFolderName: boolean;
}

export interface ParsedEntry {
  /** Absent: the entry cannot be used. */
  service?: Service;
  problems: ConfigProblem[];
}

const KEYS = [
  'name',
  'lockFile',
  'pidFile',
  'process',
  'logFile',
  'conflictPattern',
  'port',
  'maxInstances',
] as const;
const KNOWN: ReadonlySet<string> = new Set(KEYS);

/** Ends the parsing of an entry; the message is a reason with its next step, without the setting's name. */
class EntryError extends Error {
  readonly key: string | undefined;
  constructor(key: string | undefined, reason: string) {
    super(reason);
    this.key = key;
  }
}

/** JSON has no undefined: who writes `null` leaves a key out. */
const isAbsent = (value: unknown): value is undefined | null => value === undefined || value === null;

const wrongType = (key: string, expected: string): EntryError =>
  new EntryError(key, l10n.t('"{0}" must be {1}', key, expected));

function resolve(text: string, key: string | undefined, context: EntryContext): string {
  try {
    return resolvePath(text, { ...context, windows: context.platform === 'win32' });
  } catch (error) {
    if (error instanceof PathProblem) {
      throw new EntryError(
        key,
        key === undefined ? error.message : l10n.t('in "{0}" {1}', key, error.message),
      );
    }
    throw error;
  }
}

/** A text or several. */
function texts(value: unknown, key: string, expected: () => string): readonly string[] {
  if (isAbsent(value)) {
    return [];
  }
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((item) => {
    if (typeof item !== 'string' || item.trim() === '') {
      throw wrongType(key, expected());
    }
    return item;
  });
}

const paths = (value: unknown, key: string, context: EntryContext): string[] => [
  ...new Set(
    texts(value, key, () => l10n.t('a path or an array of paths')).map((text) => resolve(text, key, context)),
  ),
];

function checkedRegex(text: string, key: string, context: EntryContext): ReturnType<typeof regexLiteral> {
  const literal = regexLiteral(text);
  const problem = literal === undefined ? undefined : regexProblem(literal, context.regex);
  if (problem !== undefined) {
    throw new EntryError(
      key,
      l10n.t(
        'in "{0}", the pattern {1} is not supported: {2} (no look-around or back-references)',
        key,
        text,
        problem,
      ),
    );
  }
  return literal;
}

function command(value: unknown, key: string, context: EntryContext): CommandMatcher {
  if (typeof value !== 'string' || value.trim() === '') {
    throw wrongType(key, l10n.t('part of the command line, or a /regex/'));
  }
  const literal = checkedRegex(value, key, context);
  return literal === undefined ? { kind: 'substring', text: value } : { kind: 'regex', ...literal };
}

function processMatcher(value: unknown, context: EntryContext): ProcessMatcher | undefined {
  if (isAbsent(value)) {
    return undefined;
  }
  if (typeof value !== 'object' || Array.isArray(value)) {
    return command(value, 'process', context);
  }
  const fields = value as Readonly<Record<string, unknown>>;
  const { cwd } = fields;
  if (!isAbsent(cwd) && typeof cwd !== 'string') {
    throw wrongType('process.cwd', l10n.t('a path'));
  }
  return {
    kind: 'commandAndCwd',
    command: command(fields['command'], 'process.command', context),
    cwd: typeof cwd === 'string' ? resolve(cwd, 'process.cwd', context) : undefined,
  };
}

function logWatch(fields: Readonly<Record<string, unknown>>, context: EntryContext): LogWatch | undefined {
  const [path, second] = paths(fields['logFile'], 'logFile', context);
  if (second !== undefined) {
    throw wrongType('logFile', l10n.t('one path (a glob watches the newest match)'));
  }
  const patterns = texts(fields['conflictPattern'], 'conflictPattern', () =>
    l10n.t('a string, a /regex/ or an array of them'),
  );
  patterns.forEach((pattern) => checkedRegex(pattern, 'conflictPattern', context));
  return path === undefined
    ? undefined
    : { path, patterns: patterns.length > 0 ? patterns : DEFAULT_CONFLICT_PATTERNS };
}

function maxInstances(value: unknown): number {
  if (isAbsent(value)) {
    return 1;
  }
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) {
    throw wrongType('maxInstances', l10n.t('a whole number, at least 1'));
  }
  return value;
}

/** A port or several. */
function ports(value: unknown): readonly number[] | undefined {
  if (isAbsent(value)) {
    return undefined;
  }
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return [
    ...new Set(
      list.map((item) => {
        const port = typeof item === 'number' ? validPort(item) : undefined;
        if (port === undefined) {
          throw wrongType('port', l10n.t('a whole number from 1 to 65535, or an array of them'));
        }
        return port;
      }),
    ),
  ];
}

/** A single path is a pid file if its name says so, else a lock file. Locks on pid files are looked for anyway. */
export const isPidFileName = (path: string): boolean =>
  /(?:^|[._-])pid(?:file)?s?(?:[._-]|$)/i.test(baseName(path));

const baseName = (path: string): string =>
  path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);

function matcherText(matcher: ProcessMatcher): string {
  const named = commandOf(matcher);
  return named.kind === 'substring' ? named.text : named.source;
}

interface Files {
  lockFiles: readonly string[];
  pidFiles: readonly string[];
}

const filesOf = (fields: Readonly<Record<string, unknown>>, context: EntryContext): Files => ({
  lockFiles: paths(fields['lockFile'], 'lockFile', context),
  pidFiles: paths(fields['pidFile'], 'pidFile', context),
});

function makeService(
  fields: Readonly<Record<string, unknown>>,
  { lockFiles, pidFiles }: Files,
  context: EntryContext,
): Service {
  const process = processMatcher(fields['process'], context);
  const log = logWatch(fields, context);
  const listening = ports(fields['port']);
  const [firstPort] = listening ?? [];
  const first = lockFiles[0] ?? pidFiles[0];
  if (first === undefined && process === undefined && log === undefined && firstPort === undefined) {
    throw new EntryError(
      undefined,
      l10n.t('names nothing to watch; add "lockFile", "pidFile", "process", "logFile" or "port"'),
    );
  }
  const { name: given } = fields;
  if (!isAbsent(given) && (typeof given !== 'string' || given.trim() === '')) {
    throw wrongType('name', l10n.t('a string'));
  }
  const fallback =
    first ??
    (process === undefined ? (log?.path ?? l10n.t('port {0}', firstPort ?? '?')) : matcherText(process));
  const derived =
    baseName(unescapeGlob(fallback)).trim() || fallback.trim() || `${context.settingName}[${context.index}]`;
  const name = typeof given === 'string' ? given.trim() : derived;
  return {
    id: `setting:${context.folder?.path ?? ''}:${name}`,
    name:
      context.appendFolderName && context.folder !== undefined ? `${name} (${context.folder.name})` : name,
    lockFiles,
    pidFiles,
    ...defined({ process, log, ports: firstPort === undefined ? undefined : listening }),
    maxInstances: maxInstances(fields['maxInstances']),
    origin: { kind: 'setting', index: context.index, folder: context.folder?.path },
  };
}

/** Keys that mean nothing: told, but the entry works. */
function unknownKeys(
  fields: Readonly<Record<string, unknown>>,
  place: string,
  index: number,
): ConfigProblem[] {
  const process = fields['process'];
  const inner =
    typeof process === 'object' && process !== null && !Array.isArray(process) ? Object.keys(process) : [];
  const unknown = [
    ...Object.keys(fields).filter((key) => !KNOWN.has(key)),
    ...inner.filter((key) => key !== 'command' && key !== 'cwd').map((key) => `process.${key}`),
  ];
  const told = unknown.map((key): ConfigProblem => ({
    index,
    key,
    message: l10n.t(
      '{0} has an unknown key "{1}", which is ignored; the keys are {2}.',
      place,
      key,
      KEYS.join(', '),
    ),
  }));
  if (!isAbsent(fields['conflictPattern']) && isAbsent(fields['logFile'])) {
    told.push({
      index,
      key: 'conflictPattern',
      message: l10n.t('{0} has a "conflictPattern" but no "logFile" to search; add one.', place),
    });
  }
  return told;
}

export function parseEntry(entry: unknown, context: EntryContext): ParsedEntry {
  const place = `${context.settingName}[${context.index}]`;
  const dropped = (reason: string, key?: string): ParsedEntry => ({
    problems: [
      {
        index: context.index,
        ...(key === undefined ? {} : { key }),
        message: l10n.t('{0} is ignored: {1}.', place, reason),
      },
    ],
  });
  try {
    if (typeof entry === 'string') {
      const path = resolve(entry, undefined, context);
      const files = isPidFileName(path)
        ? { lockFiles: [], pidFiles: [path] }
        : { lockFiles: [path], pidFiles: [] };
      return { service: makeService({}, files, context), problems: [] };
    }
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
      return dropped(l10n.t('an entry must be a path or an object; correct or remove it'));
    }
    const fields = entry as Readonly<Record<string, unknown>>;
    return {
      service: makeService(fields, filesOf(fields, context), context),
      problems: unknownKeys(fields, place, context.index),
    };
  } catch (error) {
    if (error instanceof EntryError) {
      return dropped(error.message, error.key);
    }
    throw error;
  }
}

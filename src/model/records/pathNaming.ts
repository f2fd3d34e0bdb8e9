/** Does a text of a process, an argument or a variable, name this very file? In doubt it does: then a record is kept. */
import { resolvePath } from '../processes/program';

/** Ends the name of a file in a command line: `"run/bot.pid"`, `--pidfile=bot.pid`, `rm -f bot.pid; exit`. */
const SEPARATOR = /[\s"'`=:;,|&<>()[\]]/;
/** After it the name would go on, as in `bot.pid.bak` and `bot.pid2`. */
const GOES_ON = /^(?:[\w/+~@%-]|\.\w)/;
/** A folder that only a shell knows: `~/run/bot.pid`, `$HOME/bot.pid`, `${DIR}/bot.pid`. */
const UNKNOWN_FOLDER = /^(?:~[^/]*|[^/]*\$[^/]*)(?=\/)/;

const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** `folders`: those that a relative name may start from; none: any. */
function leadsTo(name: string, path: string, folders: readonly string[]): boolean {
  const unknown = UNKNOWN_FOLDER.exec(name)?.[0];
  if (unknown !== undefined) {
    return path.endsWith(name.slice(unknown.length));
  }
  if (name.startsWith('/') || folders.length > 0) {
    return (name.startsWith('/') ? ['/'] : folders).some((folder) => resolvePath(name, folder) === path);
  }
  return path.endsWith(resolvePath(name.replace(/^(?:\.\.?\/)+/, ''), '/'));
}

/** Returns what the text says up to each place where it says a file's name, and the word that this ends. */
function* placesOf(base: string, text: string): Generator<{ before: string; name: string }> {
  for (let at = text.indexOf(base); at !== -1 && base !== ''; at = text.indexOf(base, at + 1)) {
    const end = at + base.length;
    if (GOES_ON.test(text.slice(end, end + 2))) {
      continue;
    }
    let start = at;
    while (start > 0 && !SEPARATOR.test(text[start - 1] ?? '')) start -= 1;
    yield { before: text.slice(0, end), name: text.slice(start, end) };
  }
}

/** Whole, and right behind an option of one letter: `-Prun/bot.pid`. */
const namesIn = (word: string): string[] => (/^-\w/.test(word) ? [word, word.slice(2)] : [word]);

/** Reports whether the text names the file. `path`: absolute; `folders`: as in `leadsTo`, absolute. */
export function namesPath(text: string, path: string, folders: readonly string[]): boolean {
  for (const { before, name } of placesOf(baseOf(path), text)) {
    // What stands before a whole path does not matter: `-P/run/bot.pid`, `file:///run/bot.pid`, another root.
    if (before.endsWith(path) || namesIn(name).some((one) => leadsTo(one, path, folders))) {
      return true;
    }
  }
  return false;
}

/** Returns the absolute paths in the text that end in that name, as they are written: a link may lead to it. */
export const pathsEndingIn = (text: string, base: string, folders: readonly string[]): string[] =>
  [...placesOf(base, text)].flatMap(({ name }) => {
    if (name.startsWith('/')) return [name];
    // `-P/run/bot.pid`
    const whole = /^-[^/]*(\/.*)/.exec(name)?.[1];
    const relative = /^-\w\//.test(name) ? [] : namesIn(name).filter((one) => one.endsWith(base));
    return [
      ...(whole === undefined ? [] : [whole]),
      ...folders.flatMap((folder) => relative.map((one) => `${folder}/${one}`)),
    ];
  });

/** Returns the folders above the file that the text names: a relative name beside one may start from it (`nginx -p`). */
export const foldersAbove = (text: string, path: string): string[] =>
  text
    .split(/[\s"'`=;,|&<>()[\]]+/)
    .flatMap((word) => /\/.*/.exec(word.replace(/\/+$/, ''))?.[0] ?? [])
    .filter((word) => word.length > 1 && path.startsWith(`${word}/`));

/** Returns the text as it is, and without what a shell, a URL or JSON writes before characters: `my\ bot.pid`, `%20`, `\/`. */
export function spellings(text: string): string[] {
  const plain = text
    .replace(/\\([^\0])/g, '$1')
    .replace(/%([0-7][0-9A-Fa-f])/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return plain === text ? [text] : [text, plain];
}

/** What stands for any text in the name of a file: `%n` of celery, `*`, `{id}`, `$ID`, `%(name)s`, `[ab]`. */
const ANY = /%\(\w*\)s|%%|%-?\w|\$?\{[^}]*\}|\$\w+|\*+|\?|\[[^\]]*\]/g;
const NAME_PATTERN = /[^\s"'`=:;,|&<>]*[%*?$[{][^\s"'`;|&<>/]*/g;

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Reports whether the text has a pattern in the file's own folder that its name fits, and which says more than "all". */
export function hasPatternFor(text: string, path: string): boolean {
  const base = baseOf(path);
  const folder = path.slice(0, path.length - base.length);
  return (text.match(NAME_PATTERN) ?? []).some((word) => {
    const at = word.lastIndexOf(folder);
    const name = at === -1 ? '' : word.slice(at + folder.length);
    const said = name.split(ANY);
    return (
      said.length > 1 &&
      said.some((part) => /\w/.test(part)) &&
      new RegExp(`^${said.map(escaped).join('.*')}$`).test(base)
    );
  });
}

/** Reports whether an option that names a pid has this one: `--parent-pid=4242`, `--ppid 4242`. `texts`: with NUL between. */
export const namesPid = (texts: string, pid: number): boolean =>
  texts.includes(String(pid)) &&
  new RegExp(`(?:^|[\\s\\0])--?[\\w-]*(?:pid|process-?id)[=\\s\\0]${pid}(?![\\w.])`, 'i').test(texts);

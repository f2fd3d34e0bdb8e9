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
  return path.endsWith(`/${name.replace(/^(?:\.\.?\/)+/, '')}`);
}

/** Reports whether the text names the file. `path`: absolute; `folders`: as in `leadsTo`, absolute. */
export function namesPath(text: string, path: string, folders: readonly string[]): boolean {
  const base = baseOf(path);
  for (let at = text.indexOf(base); at !== -1 && base !== ''; at = text.indexOf(base, at + 1)) {
    const end = at + base.length;
    if (GOES_ON.test(text.slice(end, end + 2))) {
      continue;
    }
    const before = text.slice(0, end);
    // What stands before a whole path does not matter: `-P/run/bot.pid`, `file:///run/bot.pid`, another root.
    if (before.endsWith(path)) {
      return true;
    }
    let start = at;
    while (start > 0 && !SEPARATOR.test(text[start - 1] ?? '')) start -= 1;
    if (leadsTo(text.slice(start, end), path, folders)) {
      return true;
    }
  }
  return false;
}

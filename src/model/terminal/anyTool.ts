/** Lines of tools that are not known: a pid beside *running, locked, held, in use*, a path beside *lock, busy, exists*. */
import type { TerminalLine } from './terminalLine';

export const ANY_LINES: readonly TerminalLine[] = [
  // lib/internal/errors.js of Node: `EBUSY: resource busy or locked, unlink '/a/b'`
  {
    id: 'busy',
    word: 'resource busy or locked',
    pattern: /(?<link>EBUSY: resource busy or locked), \w{1,20} '(?<path>[^'\n]{1,1024})'/d,
  },
  // src/Tasks/Copy.cs of MSBuild, from the Restart Manager: `The file is locked by: "Code.exe (12345)"`
  {
    id: 'msbuild',
    word: 'locked by: "',
    pattern: /locked by: "[^"(\n]{1,80} \((?<pid>\d{1,10})\)/d,
  },
  {
    id: 'already-running',
    word: 'already ',
    pattern:
      /\b[Aa]lready (?:running|started|active|in use|locked|held)\b[^\n]{0,60}?\b[Pp][Ii][Dd][:=#]? {0,2}(?<pid>\d{1,10})\b/d,
  },
  {
    id: 'held-by-pid',
    word: ' by ',
    pattern:
      /\b(?:locked|held|in use|used|owned)\b[^\n]{0,20}? by (?:another |an? )?(?:running )?(?:instance|process)?[^\n\d]{0,20}?\b(?:[Pp][Ii][Dd]|[Pp]rocess)(?: id)?[:=#]? {0,2}\(?(?<pid>\d{1,10})\b/d,
  },
  {
    id: 'lock-file-of',
    word: 'lock',
    pattern:
      /\b(?:[Ll]ock(?:ed|ing)?|acquire|obtain)\b[^\n/]{0,40}?(?<=[\s'"`(=:])(?<path>(?:~|\.{1,2})?\/[^\s'"`()<>,;:]{1,400}\.(?:lock|lck|pid|LOCK|PID))(?![\w/])/d,
  },
  {
    id: 'file-is-locked',
    word: '.',
    pattern:
      /(?<=^|[\s'"`(=:])(?<path>(?:~|\.{1,2})?\/[^\s'"`()<>,;:]{1,400}\.(?:lock|lck|pid|LOCK|PID))['"`)]?[:,]? (?<link>(?:already exists|is (?:already )?(?:locked|busy|held|in use)|exists\b|[Ff]ile exists|locked by))/d,
  },
];

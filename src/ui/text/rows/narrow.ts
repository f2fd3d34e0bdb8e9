/**
 * What of a row's text a narrow side bar shows. VS Code cuts a row off at its end and knows no other way: a long name
 * pushes out of sight what stands behind it, so that is shortened which can be read in the tooltip as well.
 */

/** What a side bar of 300 px shows of a row, in letters of the label's size. The window tests measure it. */
const ROOM = 25.5;
/** Size of the description's letters, as a part of the label's. */
const SMALLER = 0.9;
/** How far a row below another is moved in, and the gap before its description. */
const INDENT = 1.5;
/** With fewer letters a name says nothing. */
const LEAST = 7;
/** Of a holder that stands first, with room for a sign that more follows. */
const HOLDER_ROOM = 24;
/** How long a program's name may be beside the name of a file, the longest first. */
const PROGRAM_ROOMS = [15, 13, 11, 9];

const ELLIPSIS = '…';
const NARROW = /[fijlrtI1.,:;'|!()[\]\-_/\\ ]/;
const WIDE = /[mwMW@%…]/;
/** From here on a character is as wide as two letters: Hangul, CJK, emoji. */
const DOUBLE = 0x1100;

/** Of a script. */
const EXTENSION = /(?<=.)\.[A-Za-z]\w{0,3}$/;
/** What nearly every locked file is called. */
const LOCK = /(?<=.)\.lock$/;

/** The name of a service before its state and its first warning, which must be in sight. */
export function nameBefore(name: string, lead: string): string {
  return lead === '' ? name : shortened(name, Math.max(LEAST, ROOM - SMALLER * widthOf(lead)), 0.5);
}

/** The holder as a row names it first. `name`: its program; `named`: makes "pid 4242 bot.py" of "bot.py". */
export function holderFirst(name: string, named: (name: string) => string): string {
  const [whole = name, ...shorter] = programs(name);
  return (
    [whole, ...shorter].map(named).find((who) => widthOf(who) <= HOLDER_ROOM) ?? named(shorter[0] ?? whole)
  );
}

/** The same below a service, before what must be in sight as well. */
export function holderBefore(name: string, named: (name: string) => string, lead: string): string {
  const all = programs(name).map(named);
  return all.find((who) => fitsBelow(who, lead)) ?? all.at(-1) ?? named(name);
}

/** A file below its service, before what is said of it: its name, where the whole path leaves no room for that. */
export function fileBefore(path: string, lead: string): { label: string; rest: string } {
  const { file, folder } = splitPath(path);
  return fitsBelow(path, lead) ? { label: path, rest: '' } : { label: file, rest: folder };
}

const fitsBelow = (label: string, lead: string): boolean =>
  widthOf(label) + SMALLER * widthOf(lead) <= ROOM - INDENT;

export interface FileAndHolder {
  label: string;
  who: string;
  /** What the label leaves out, for the end of the row: the folder, or the whole path where the name is shortened. */
  rest: string;
}

/**
 * The file first, then its holder: of the holder's program no more than leaves room for the name of the file.
 * `isElsewhere`: outside the workspace, where only the name stands first. `names`: of the program; none: `named` is all.
 */
export function fileFirst(
  path: string,
  isElsewhere: boolean,
  { name, named }: { name: string; named: (name: string) => string },
): FileAndHolder {
  const { file, folder } = splitPath(path);
  const bare = file.replace(LOCK, '');
  const [whole = name, ...shorter] = programs(name);
  const labels = [...(isElsewhere ? [] : [{ label: path, rest: '' }]), { label: file, rest: folder }];
  const whos = [whole, ...shorter].map(named);
  const forms = [
    ...whos.slice(0, 2).flatMap((who) => labels.map((label) => ({ ...label, who }))),
    ...whos.slice(1).map((who) => ({ label: bare, rest: path, who })),
  ];
  const fits = ({ label, who }: FileAndHolder): boolean => widthOf(label) + SMALLER * widthOf(who) <= ROOM;
  const who = whos.at(-1) ?? named(name);
  return (
    forms.find(fits) ?? {
      label: shortened(bare, Math.max(LEAST, ROOM - SMALLER * widthOf(who)), 0.75),
      rest: path,
      who,
    }
  );
}

export function splitPath(path: string): { file: string; folder: string } {
  const at = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
  return { file: path.slice(at + 1) || path, folder: at < 0 ? '' : path.slice(0, Math.max(at, 1)) };
}

/** What a program may be called, the longest first: "memtomem_server.py", "memtomem_server", "memtomem…". */
function programs(name: string): string[] {
  const bare = name.replace(EXTENSION, '');
  return [...new Set([name, bare, ...PROGRAM_ROOMS.map((room) => cut(bare, room))])];
}

function cut(text: string, room: number): string {
  return widthOf(text) <= room
    ? text
    : `${taken(Array.from(text), room - widthOf(ELLIPSIS)).join('')}${ELLIPSIS}`;
}

/** `endShare`: how much of what is kept is its end. */
function shortened(name: string, room: number, endShare: number): string {
  if (widthOf(name) <= room) {
    return name;
  }
  const characters = Array.from(name);
  const left = room - widthOf(ELLIPSIS);
  const end = taken([...characters].reverse(), left * endShare).reverse();
  const start = taken(characters, left - widthOf(end.join('')));
  return `${start.join('')}${ELLIPSIS}${end.join('')}`;
}

/** As many of them as fit. */
function taken(characters: readonly string[], room: number): string[] {
  const fitting: string[] = [];
  let left = room;
  for (const character of characters) {
    left -= widthOf(character);
    if (left < 0) break;
    fitting.push(character);
  }
  return fitting;
}

/** In letters of usual width; roughly, as fonts differ. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    width += NARROW.test(character) ? 0.6 : WIDE.test(character) ? 1.6 : isDouble(character) ? 2 : 1;
  }
  return width;
}

const isDouble = (character: string): boolean => (character.codePointAt(0) ?? 0) >= DOUBLE;

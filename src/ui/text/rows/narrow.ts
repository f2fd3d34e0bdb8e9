/**
 * What of a row's text a narrow side bar shows. VS Code cuts a row off at its end and knows no other way: a long name
 * pushes out of sight what stands behind it, so that is shortened which can be read in the tooltip as well.
 */

/** What a side bar of 300 px shows of a row, in letters of the label's size. The window tests measure it. */
const ROOM = 27;
/** Size of the description's letters, as a part of the label's. */
const SMALLER = 0.9;
/** With fewer letters a name says nothing. */
const LEAST = 7;
/** As much of a program's name stands beside the name of a file. */
const PROGRAM_ROOM = 12;

/** Of a script. */
const EXTENSION = /(?<=.)\.[A-Za-z]\w{0,3}$/;

const ELLIPSIS = '…';
const NARROW = /[fijlrtI1.,:;'|!()[\]\-_/\\ ]/;
const WIDE = /[mwMW@%…]/;
/** From here on a character is as wide as two letters: Hangul, CJK, emoji. */
const DOUBLE = 0x1100;

/** The name of a service before its state and its first warning, which must be in sight. */
export function nameBefore(name: string, lead: string): string {
  return shortened(name, roomBeside(lead), 0.5);
}

/** What a holder's program may be called beside the name of a file, the longest first: "bot.py", "bot". */
export function programsBeside(name: string): string[] {
  const bare = name.replace(EXTENSION, '');
  const short =
    widthOf(bare) <= PROGRAM_ROOM
      ? bare
      : `${taken(Array.from(bare), PROGRAM_ROOM - widthOf(ELLIPSIS)).join('')}${ELLIPSIS}`;
  return [...new Set([name, bare, short])];
}

export interface FileLabel {
  label: string;
  /** What the label leaves out, for the end of the row: the folder, or the whole path where the name is shortened. */
  rest: string;
  /** The name is there, all of it. */
  isWhole: boolean;
}

/** The file before its holder. `isElsewhere`: outside the workspace, where only the name stands first. */
export function fileBefore(path: string, isElsewhere: boolean, who: string): FileLabel {
  const room = roomBeside(who);
  const { file, folder } = splitPath(path);
  if (!isElsewhere && widthOf(path) <= room) {
    return { label: path, rest: '', isWhole: true };
  }
  // At its end there are the numbers and the kind of file.
  const label = shortened(file, room, 0.85);
  const isWhole = label === file;
  return { label, rest: isWhole ? folder : path, isWhole };
}

export function splitPath(path: string): { file: string; folder: string } {
  const at = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
  return { file: path.slice(at + 1) || path, folder: at < 0 ? '' : path.slice(0, Math.max(at, 1)) };
}

const roomBeside = (description: string): number =>
  Math.max(LEAST, ROOM - (description === '' ? 0 : SMALLER * widthOf(description)));

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

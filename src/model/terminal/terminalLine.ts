/** What one line of a terminal says of a process, a file or a port that is in the way. */

/** Files of a tool whose lines name none: the kernel's lock table knows which of them is locked. */
export interface HeldFiles {
  /** Matched against absolute paths with `/`. */
  names: RegExp;
  /** The lines are about files below the terminal's own folder. */
  isBelow?: true;
  /** Those that lock by being there, from that folder. */
  files?: readonly string[];
}

export interface LineClaim {
  /** Where the telling words stand, UTF-16 units. */
  start: number;
  length: number;
  /** `id` of the entry. */
  tool: string;
  pid?: number;
  /** As written: it may begin with `~` or be relative to the terminal's folder. */
  path?: string;
  port?: number;
  /** The host that the line names for its process. */
  host?: string;
  /** Names of the programs that the pid can only be; absent: any. */
  programs?: readonly string[];
  held?: HeldFiles;
  /** Another poller of the same bot: of the service that is watched here. */
  isPoller?: true;
}

/**
 * One kind of line. The named groups `pid`, `path`, `port` and `host` of its pattern are what the line names; `link`
 * are the words to press, without it all that matched.
 */
export interface TerminalLine {
  id: string;
  /** In lower case. No pattern is tried on a line without it, so that an ordinary line costs a search for a few words. */
  word: string;
  /** With the flag `d`. Repetitions are bounded, so that the time stays in proportion to the line. */
  pattern: RegExp;
  /** The file that is meant where the pattern's `path` is a folder. */
  fileIn?: string;
  programs?: readonly string[];
  held?: HeldFiles;
  isPoller?: true;
}

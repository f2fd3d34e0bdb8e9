/** A line of evidence. Inside it is what it is; the public API has text, where a command starts with `$ `. */
export type EvidenceLine =
  /** Something that the user can check, in words. */
  | { fact: string }
  /** A shell command, as one would type it. */
  | { command: string };

/** No fact starts with it: they all start with a word, a number or an absolute path. */
const PROMPT = '$ ';

/** Returns the line as the public API has it. */
export const writeLine = (line: EvidenceLine): string =>
  'command' in line ? `${PROMPT}${line.command}` : line.fact;

/** Returns what a line of the public API is. */
export const readLine = (text: string): EvidenceLine =>
  text.startsWith(PROMPT) ? { command: text.slice(PROMPT.length) } : { fact: text };

export const factLines = (...facts: readonly string[]): EvidenceLine[] => facts.map((fact) => ({ fact }));

export const commandLines = (...commands: readonly string[]): EvidenceLine[] =>
  commands.map((command) => ({ command }));

export const factsIn = (lines: readonly EvidenceLine[]): string[] =>
  lines.flatMap((line) => ('fact' in line ? line.fact : []));

export const commandsIn = (lines: readonly EvidenceLine[]): string[] =>
  lines.flatMap((line) => ('command' in line ? line.command : []));

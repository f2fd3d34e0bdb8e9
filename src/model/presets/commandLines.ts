/**
 * Patterns for the command lines of known tools. They start at the start: a name further on (an editor's file, an
 * agent's prompt, a log's path) makes no instance. For an engine without look-around (RE2).
 */
import type { PresetProcess } from './preset';

/** A path up to a program's name. Only after a drive letter may it contain spaces. */
const PATH = String.raw`"?(?:[A-Za-z]:[^"]*[\\/]|[^\s"]*[\\/])?`;

/** Options of interpreters, those that take the next word as their value first. `-m module` reads as an option too. */
const OPTIONS = String.raw`(?:\s+(?:-[WXrC]|--require|--import|--loader|--env-file)\s+\S+|\s+--?[A-Za-z]\S*)*`;

const INTERPRETER = String.raw`${PATH}(?:python|pypy|ruby|jruby|truffleruby|node|nodejs|bun|deno)[\d.]*w?(?:\.exe)?"?${OPTIONS}(?:\s+run)?\s+`;

/** Returns a pattern of a program, run itself or by an interpreter, and of all that follows it. */
export const program = (name: string, rest: string): string =>
  String.raw`^(?:${INTERPRETER})?${PATH}(?:${name})(?:\.exe)?"?${rest}$`;

/** Any arguments. */
export const ANYTHING = String.raw`(?:\s.*)?`;
/** Options only: no further sub-command. */
export const OPTIONS_ONLY = String.raw`(?:\s+-.*)?`;

/** Returns how instances are recognised whose command line matches one of the patterns, in which folder they may be. */
export const recognised = (patterns: readonly string[], workingFolder?: number): PresetProcess => ({
  command: { kind: 'regex', source: patterns.join('|'), flags: '' },
  ...(workingFolder === undefined ? {} : { workingFolder }),
});

/**
 * The linear-time engine for regular expressions from settings: RE2's algorithm, by re2js. A bundle of its own: import
 * this file only dynamically, and only when a setting uses a regular expression.
 */
import { RE2JS } from 're2js';
import type { RegexEngine } from '../model/settings/regex';

const FLAGS = [
  ['i', RE2JS.CASE_INSENSITIVE],
  ['m', RE2JS.MULTILINE],
  ['s', RE2JS.DOTALL],
] as const;

/** Throws re2js's syntax error for patterns that RE2 does not have (look-around, back-references) or that are broken. */
export const regexEngine: RegexEngine = (source, flags) => {
  const pattern = RE2JS.compile(
    source,
    FLAGS.reduce((bits, [flag, bit]) => (flags.includes(flag) ? bits | bit : bits), 0),
  );
  return { test: (text) => pattern.matcher(text).find() };
};

/** The regular-expression engine, read from its own bundle (`dist/regex.js`) the first time a setting needs it. */
import { createRequire } from 'node:module';
import type { RegexEngine } from '../model/settings/regex';

let engine: RegexEngine | undefined;

export const lazyRegexEngine: RegexEngine = (source, flags) => {
  if (engine === undefined) {
    const bundle = createRequire(import.meta.url)('./regex.js') as { regexEngine: RegexEngine };
    engine = bundle.regexEngine;
  }
  return engine(source, flags);
};

import { existsSync } from 'node:fs';
import path from 'node:path';

/** npm's own script: the npm that runs us, or the one beside this Node; undefined: not to be found. */
export function npmScript() {
  const beside = ['../lib/node_modules/npm/bin/npm-cli.js', 'node_modules/npm/bin/npm-cli.js'].map((file) =>
    path.resolve(path.dirname(process.execPath), file),
  );
  return [process.env.npm_execpath ?? '', ...beside].find(
    (file) => /npm-cli\.c?js$/.test(file) && existsSync(file),
  );
}

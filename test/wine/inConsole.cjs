'use strict';
/** Says in files of a folder that it is ready, and that it got Ctrl+C. argv: folder, name; `pair` starts a second one in its console. */
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const [, , folder, name] = process.argv;
/** No check takes that long. */
const LIFE_MS = 60_000;

process.on('SIGINT', () => {
  fs.writeFileSync(path.join(folder, `${name}.interrupted`), '');
  process.exit(0);
});
if (name === 'pair') {
  const second = spawn(process.execPath, [__filename, folder, 'second'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  second.on('exit', () => process.exit(0));
}
// It ends with the one that started it.
if (name === 'second') {
  process.stdin
    .resume()
    .on('end', () => process.exit(0))
    .on('error', () => process.exit(0));
}
fs.writeFileSync(path.join(folder, `${name}.ready`), '');
setTimeout(() => process.exit(5), LIFE_MS);

/** A daemon that starts as often as it can: open, LOCK_EX|LOCK_NB, close. `daemon <file> <starts>`; a line of JSON. */
import * as fs from 'node:fs';
import { flock, LOCK_EX, LOCK_NB } from './flock';

const [file = '', startsText = ''] = process.argv.slice(2);
const starts = Number(startsText);
let refused = 0;
const began = performance.now();
for (let start = 0; start < starts; start += 1) {
  const fd = fs.openSync(file, 'a');
  if (!flock(fd, LOCK_EX | LOCK_NB)) refused += 1;
  fs.closeSync(fd);
}
process.stdout.write(`${JSON.stringify({ starts, refused, seconds: (performance.now() - began) / 1000 })}\n`);

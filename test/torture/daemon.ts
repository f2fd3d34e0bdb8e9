/**
 * A daemon that starts as often as it can: open, LOCK_EX|LOCK_NB, hold, close, and at once again. `daemon <file> <starts>
 * <hold µs>`; prints a line of JSON.
 */
import * as fs from 'node:fs';
import { flock, LOCK_EX, LOCK_NB, sleepMicroseconds } from './flock';

const [file = '', startsText = '', holdText = '0'] = process.argv.slice(2);
const starts = Number(startsText);
const hold = Number(holdText);
let refused = 0;
const began = performance.now();
for (let start = 0; start < starts; start += 1) {
  const fd = fs.openSync(file, 'a');
  if (!flock(fd, LOCK_EX | LOCK_NB)) refused += 1;
  // Refused or not: who is refused comes back after a while, and counts once.
  if (hold > 0) sleepMicroseconds(hold);
  fs.closeSync(fd);
}
process.stdout.write(`${JSON.stringify({ starts, refused, seconds: (performance.now() - began) / 1000 })}\n`);

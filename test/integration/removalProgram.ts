/**
 * The removal of records in a process of its own: as another user, or where file systems may hang.
 * `removalProgram scan|scan:<procfs>|obstacle|remove|removeSlowly|restore <path>…`: prints one line of JSON for each
 * path. `restore` removes it and puts it back; `removeSlowly` leaves time for others to act while it is aside.
 */
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findOpeners } from '../../src/os/linux/locks/openers';
import { linuxGuards as guards } from '../../src/os/linux/removalGuards';
import { isProblem, readGeneration } from '../../src/os/recordGeneration';
import { removeRecord } from '../../src/os/removal/remove';
import { restoreRecord } from '../../src/os/removal/restore';
import { obstacleTo } from '../../src/os/removal/obstacle';

async function answer(order: string, path: string): Promise<object> {
  if (order === 'scan') return findOpeners(path);
  if (order.startsWith('scan:')) return findOpeners(path, { procfs: order.slice('scan:'.length) });
  const judged = readGeneration(path);
  if (isProblem(judged)) return judged;
  if (order === 'obstacle') {
    const folder = guards.openFolder(dirname(path));
    return obstacleTo(folder, path.slice(dirname(path).length + 1), judged, guards) ?? {};
  }
  const removed = await removeRecord(path, judged, {
    guards,
    wait: (ms) => delay(ms),
    waitMs: order === 'removeSlowly' ? 2000 : 20,
    log: () => undefined,
  });
  return order === 'restore' && removed.result === 'removed' ? restoreRecord(path, judged, guards) : removed;
}

async function main(): Promise<void> {
  const [order = '', ...paths] = process.argv.slice(2);
  for (const path of paths) {
    const said = await answer(order, path);
    const folder = fs.readdirSync(dirname(path)).filter((name) => name.endsWith('.aside'));
    process.stdout.write(`${JSON.stringify({ ...said, left: folder.length })}\n`);
  }
}

void main();

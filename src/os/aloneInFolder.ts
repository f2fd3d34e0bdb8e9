/** Is there anything beside a file? */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { touching } from './heartbeat';

/** Returns whether it is all that its folder has, or, of a folder that may not be listed, all that is known of it. */
export function isAloneInFolder(file: string): boolean {
  const folder = path.dirname(file);
  const own = path.basename(file);
  touching(folder);
  let listed: fs.Dir | undefined;
  try {
    listed = fs.opendirSync(folder);
    for (let entry = listed.readSync(); entry !== null; entry = listed.readSync()) {
      if (entry.name !== own) return false;
    }
    return true;
  } catch {
    return true;
  } finally {
    listed?.closeSync();
  }
}

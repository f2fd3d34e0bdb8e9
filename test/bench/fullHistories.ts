/** Histories as they are kept, each as long as one may become. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const EVENTS = 200;
const MADE = 'made for the bench';

/** Fills each history of the folder, of which there must be so many. */
export function fillHistories(folder: string, count: number): void {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  if (names.length < count) throw new Error(`${names.length} of ${count} histories are kept`);
  for (const name of names) {
    const file = path.join(folder, name);
    const kept = JSON.parse(readFileSync(file, 'utf8')) as { events: unknown[] };
    const at = Date.now() - 1e7;
    kept.events = Array.from({ length: EVENTS }, (_, index) => ({
      at: at + index,
      kind: 'held',
      text: `${MADE}, number ${index}: held by pid ${1000 + index}, python3 bot.py --config bench.toml`,
    }));
    writeFileSync(file, JSON.stringify(kept));
  }
}

/** How many of them have noted something since. */
export const notedSince = (folder: string): number =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .filter((name) => {
      const kept = JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as {
        events: { text: string }[];
      };
      return kept.events.at(-1)?.text.startsWith(MADE) !== true;
    }).length;

/** Looks at files on mounts that may not answer, in a process of its own: `src/os/apart`. */
import { Looker } from './os/apart/looker';
import type { Part, Round } from './os/apart/messages';
import { onStep } from './os/heartbeat';
import { serveHelper } from './os/helper/serve';
import { createFileReaders } from './os/fileReaders';
import { lazyRegexEngine } from './os/lazyRegex';

/** A walk takes long where each step takes a round trip: it shows that it goes on. */
const SIGN_EVERY_MS = 500;
const NOTHING: Part = { looked: [], changed: [] };

const looker = new Looker(createFileReaders(), lazyRegexEngine);
serveHelper((round, part) => {
  let due = performance.now() + SIGN_EVERY_MS;
  onStep(() => {
    if (performance.now() < due) return;
    due = performance.now() + SIGN_EVERY_MS;
    part(NOTHING);
  });
  return looker.look(round as Round, part);
});

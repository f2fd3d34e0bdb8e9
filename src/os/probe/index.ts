/**
 * The active probe: asks the kernel who is in the way of a lock on a file, and for a shared flock, which it gives back at
 * once. Only where nothing passive
 * can know (`policy.ts`), never faster than `pace.ts` allows, on the main thread of a process of its own (`src/probe.ts`).
 * Costs about 20 µs a probe.
 */
import { statSync } from 'node:fs';
import { reasonOf } from '../../common/errors';
import { loadFileLocks } from '../native/fileLocks';
import { isWindows } from '../system';
import { loadFsExt, type FsExt } from './fsExt';
import { Pace } from './pace';
import { probeFile, type ProbeMeans, type ProbeResult } from './probeFile';

export interface ActiveProbe {
  /** `none`: nothing native is to be had here, and the answer is always 'unavailable'. */
  readonly source: 'fs-ext' | 'native' | 'none';
  /**
   * Never throws. May answer from the last probe of that file, at most 10 s old for a free file that did not change,
   * 2 s otherwise. 'unavailable': nothing to ask with, not a regular file, may not be read, open in this process, or a
   * file system without flock; with the reason.
   */
  probe(path: string, isPassive?: boolean): ProbeResult;
}

interface Loaded extends ProbeMeans {
  source: ActiveProbe['source'];
  reason: string | undefined;
}

/**
 * `extensionDir`: the folder with `prebuilds/`. Loads nothing until it is asked; `log` hears what came of that. `library`:
 * instead of the one to be found there.
 */
export function createActiveProbe(
  extensionDir: string,
  log: (text: string) => void = () => undefined,
  now: () => number = () => performance.now(),
  library?: FsExt,
): ActiveProbe {
  const pace = new Pace<ProbeResult>(now);
  let loaded: Loaded | undefined =
    library === undefined ? undefined : { flock: library, source: 'fs-ext', reason: undefined };
  const load = (): Loaded => (loaded ??= loadMeans(extensionDir, log));

  const probe = (path: string, isPassive = false): ProbeResult => {
    const means = load();
    if (means.source === 'none') {
      return { answer: 'unavailable', reason: means.reason ?? '' };
    }
    let file: string;
    let state: string;
    try {
      const stat = statSync(path, { bigint: true });
      file = `${stat.dev}:${stat.ino}${isPassive ? ' passive' : ''}`;
      state = `${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;
    } catch (error) {
      return { answer: 'unavailable', reason: reasonOf(error) };
    }
    const remembered = pace.recall(file, state);
    if (remembered !== undefined) {
      return remembered;
    }
    const result = probeFile(means, path, isPassive);
    pace.remember(file, state, result, result.answer === 'free' || result.answer === 'freeOfAll');
    return result;
  };

  return {
    get source() {
      return load().source;
    },
    probe,
  };
}

/** fs-ext where it was built for this host; koffi for all else, and for flock where there is no fs-ext. */
function loadMeans(extensionDir: string, log: (text: string) => void): Loaded {
  const fsExt = loadFsExt(extensionDir);
  // Windows has neither call.
  const native = isWindows() ? undefined : loadFileLocks(extensionDir);
  const records = native?.ok === true ? native.locks : undefined;
  if (fsExt.ok) {
    log(`Active probe: fs-ext from ${fsExt.file}`);
    return { flock: fsExt.fsExt, records, source: 'fs-ext', reason: undefined };
  }
  if (records !== undefined) {
    log(`Active probe: flock(2) through koffi. ${fsExt.reason}`);
    return { flock: records, records, source: 'native', reason: undefined };
  }
  log(`No active probe. ${fsExt.reason}`);
  return { source: 'none', reason: fsExt.reason };
}

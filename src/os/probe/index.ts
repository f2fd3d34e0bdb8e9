/**
 * The active probe: asks the kernel for a shared flock on a file, and gives it back at once. Only where nothing passive
 * can know (`policy.ts`), never faster than `pace.ts` allows, on the main thread of a process of its own (`src/probe.ts`).
 * Costs about 20 µs a probe.
 */
import { statSync } from 'node:fs';
import { reasonOf } from '../../common/errors';
import { loadFsExt, type FsExt, type LoadedFsExt } from './fsExt';
import { Pace } from './pace';
import { probeFile, type ProbeResult } from './probeFile';

export interface ActiveProbe {
  /** `none`: fs-ext is not to be had here, and the answer is always 'unavailable'. */
  readonly source: 'fs-ext' | 'none';
  /**
   * Never throws. May answer from the last probe of that file, at most 10 s old for a free file that did not change,
   * 2 s otherwise. 'unavailable': no fs-ext, not a regular file, may not be read, open in this process, or a file
   * system without flock; with the reason.
   */
  probe(path: string): ProbeResult;
}

/** `extensionDir`: the folder with `prebuilds/`. Loads nothing until it is asked; `log` hears what came of that. `library`:
 * instead of the one to be found there. */
export function createActiveProbe(
  extensionDir: string,
  log: (text: string) => void = () => undefined,
  now: () => number = () => performance.now(),
  library?: FsExt,
): ActiveProbe {
  const pace = new Pace<ProbeResult>(now);
  let loaded: LoadedFsExt | undefined =
    library === undefined ? undefined : { ok: true, fsExt: library, file: 'given' };
  const load = (): LoadedFsExt => {
    if (loaded === undefined) {
      loaded = loadFsExt(extensionDir);
      log(loaded.ok ? `Active probe: fs-ext from ${loaded.file}` : `No active probe. ${loaded.reason}`);
    }
    return loaded;
  };

  const probe = (path: string): ProbeResult => {
    const found = load();
    if (!found.ok) {
      return { answer: 'unavailable', reason: found.reason };
    }
    let file: string;
    let state: string;
    try {
      const stat = statSync(path, { bigint: true });
      file = `${stat.dev}:${stat.ino}`;
      state = `${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;
    } catch (error) {
      return { answer: 'unavailable', reason: reasonOf(error) };
    }
    const remembered = pace.recall(file, state);
    if (remembered !== undefined) {
      return remembered;
    }
    const result = probeFile(found.fsExt, path);
    pace.remember(file, state, result, result.answer === 'free');
    return result;
  };

  return {
    get source() {
      return load().ok ? 'fs-ext' : 'none';
    },
    probe,
  };
}

/** Which pid files name a process that is alive and wrote them. */
import { diagnose } from '../model/diagnose';
import type { ProcessFacts } from '../model/facts';
import { escapeGlob } from '../model/settings/globText';
import type { Service } from '../model/service';
import type { Platform } from '../os/platform';

export interface LiveRecord {
  path: string;
  process: ProcessFacts;
}

/** Reads them with an observer of its own: nothing of them is kept. */
export async function liveRecords(
  platform: Pick<Platform, 'createObserver'>,
  paths: readonly string[],
): Promise<LiveRecord[]> {
  if (paths.length === 0) {
    return [];
  }
  const observer = platform.createObserver();
  try {
    observer.configure(paths.map(serviceOf), { probe: undefined, probePolicy: 'never' });
    const { changed } = await observer.tick();
    return changed.flatMap((facts) => {
      const [record] = diagnose(facts).pidFiles;
      const process = record?.recordedPid === undefined ? undefined : facts.processes.get(record.recordedPid);
      return record?.verdict === 'live' && process !== undefined ? [{ path: record.path, process }] : [];
    });
  } finally {
    observer.close();
  }
}

function serviceOf(path: string): Service {
  return {
    id: path,
    name: path,
    lockFiles: [],
    pidFiles: [escapeGlob(path)],
    maxInstances: 1,
    origin: { kind: 'setting', index: -1, folder: undefined },
  };
}

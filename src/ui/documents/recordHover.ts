/** The process that an open record names, asked of the observer's thread: who, proven how, since when. */
import { basename } from 'node:path';
import { pidPlaceIn } from '../../model/records/pidPlace';
import { isPidFileName } from '../../model/settings/configEntry';
import type { Monitor } from '../../monitor/monitor';
import { lockSubject } from '../../monitor/protocol';
import { recordHoverText } from '../text/pages/recordHoverText';

export interface RecordHover {
  markdown: string;
  /** Offsets of the number, `end` behind it. */
  start: number;
  end: number;
}

/** undefined: the pointer does not rest on the pid of a record. */
export async function recordHover(
  monitor: Pick<Monitor, 'snapshot' | 'inspect'>,
  path: string,
  { text, offset }: { text: string; offset: number },
): Promise<RecordHover | undefined> {
  const place = pidPlaceIn(text, basename(path));
  if (place === undefined || offset < place.start || offset > place.end) {
    return undefined;
  }
  const service = monitor.snapshot.services.find(({ lockFiles, pidFiles }) =>
    [...lockFiles, ...pidFiles].some((file) => file.path === path),
  );
  if (service === undefined && !isPidFileName(path)) {
    return undefined;
  }
  const report = await monitor.inspect(service?.id ?? lockSubject(path));
  const markdown = report && recordHoverText(report, path, place.pid);
  return markdown === undefined ? undefined : { markdown, start: place.start, end: place.end };
}

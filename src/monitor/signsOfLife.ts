/** Adds what shows that a record's service lives on: only where it is inspected and would be offered, so that ticks cost nothing. */
import type { RecordFacts, ServiceFacts, SignsOfLife } from '../model/facts';
import { treeOf } from '../model/processes/processTree';
import { isStale, judgeRecords } from '../model/records/records';
import type { Apart } from '../os/apart/index';
import type { Platform } from '../os/platform';

export async function withSignsOfLife(
  facts: ServiceFacts,
  { signsOfLife, apart }: Pick<Platform, 'signsOfLife'> & { apart?: Pick<Apart, 'mountAt'> | undefined },
): Promise<ServiceFacts> {
  if (signsOfLife === undefined) return facts;
  const paths = judgeRecords(facts, treeOf(facts))
    .filter((record) => isStale(record) && apart?.mountAt(record.path) === undefined)
    .map(({ path }) => path);
  if (paths.length === 0) return facts;
  const found = await signsOfLife(paths, facts.host);
  if (found.size === 0) return facts;
  return {
    ...facts,
    pidFiles: facts.pidFiles.map((one) => ({
      ...one,
      ...seen('content', one.content, found.get(one.file.path)),
    })),
    lockFiles: facts.lockFiles.map((one) => ({
      ...one,
      ...seen('record', one.record, found.get(one.file.path)),
    })),
  };
}

const seen = <K extends string>(
  key: K,
  content: RecordFacts | undefined,
  signs: SignsOfLife | undefined,
): Partial<Record<K, RecordFacts>> =>
  content === undefined || signs === undefined
    ? {}
    : ({ [key]: { ...content, signs } } as Record<K, RecordFacts>);

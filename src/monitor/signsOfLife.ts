/** Adds what shows that a record's service lives on, to the records that look left behind. */
import type { FileFacts, RecordFacts, ServiceFacts, SignsOfLife } from '../model/facts';
import { treeOf } from '../model/processes/processTree';
import { isStale, judgeRecords } from '../model/records/records';
import type { Apart } from '../os/apart/index';
import type { Platform } from '../os/platform';

export type LooksForLife = Pick<Platform, 'signsOfLife'> & { apart?: Pick<Apart, 'mountAt'> | undefined };

/** Returns the files of the records that look left behind and may be touched. */
export const staleRecords = (facts: ServiceFacts, apart: LooksForLife['apart']): FileFacts[] =>
  judgeRecords(facts, treeOf(facts))
    .filter((record) => isStale(record) && !apartBy(apart)(record.path))
    .map(({ file }) => file);

/** Returns the question whether a path is on a mount that may not answer. */
export const apartBy =
  (apart: LooksForLife['apart']) =>
  (path: string): boolean =>
    apart?.mountAt(path) !== undefined;

/** Looks for all the records of one service. Returns its facts with what was found. */
export async function withSignsOfLife(
  facts: ServiceFacts,
  { signsOfLife, apart }: LooksForLife,
): Promise<ServiceFacts> {
  if (signsOfLife === undefined) return facts;
  const paths = staleRecords(facts, apart).map(({ path }) => path);
  return paths.length === 0 ? facts : withSigns(facts, await signsOfLife(paths, facts.host, apartBy(apart)));
}

/** `found`: by the records' paths. Returns the facts with it. */
export function withSigns(facts: ServiceFacts, found: ReadonlyMap<string, SignsOfLife>): ServiceFacts {
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

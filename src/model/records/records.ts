/** The pid records of a service, judged: of its pid files, and those that lock files carry. */
import type { FileFacts, ForeignOrigin, LockFacts, RecordFacts, ServiceFacts } from '../facts';
import { judgeRecord, type Judged, type Judgement } from './judgeRecord';
import type { ProcessTree } from '../processes/processTree';

export interface JudgedRecord extends Judgement {
  path: string;
  /** `lockFile`: a kernel lock's file keeps its record after release, so a dead record in it is not stale. */
  source: 'pidFile' | 'lockFile';
  /** The file locks by being there: its record counts like that of a pid file. */
  existence: boolean;
  file: FileFacts;
  content: RecordFacts | undefined;
  /** Kernel locks on this very file. */
  locks: readonly LockFacts[];
  /** Processes elsewhere can write the file: see `PidFileFacts`. */
  foreign?: ForeignOrigin;
}

const at = (foreign: ForeignOrigin | undefined): { foreign?: ForeignOrigin } =>
  foreign === undefined ? {} : { foreign };

/** Judges the record as the first of its live numbers by which it is not left behind. No live one is judged dead. */
function judgeAny(
  judged: Judged,
  facts: ServiceFacts,
  tree: ProcessTree,
): Judgement & Pick<JudgedRecord, 'content'> {
  const { content } = judged;
  const first = { ...judgeRecord(judged, facts, tree), content };
  if (first.verdict !== 'reused') {
    return first;
  }
  for (const other of content?.alternatives ?? []) {
    const judgement = judgeRecord({ ...judged, content: other }, facts, tree);
    if (judgement.verdict !== 'reused') {
      return { ...judgement, content: other };
    }
  }
  return first;
}

export function judgeRecords(facts: ServiceFacts, tree: ProcessTree): JudgedRecord[] {
  if (facts.pidFiles.length === 0 && facts.lockFiles.every(({ record }) => record === undefined)) {
    return [];
  }
  const pidFiles = facts.pidFiles.map(({ file, content, locks, certainty, foreign }): JudgedRecord => {
    const judgement = judgeAny({ file, content, locks, certainty, foreign }, facts, tree);
    return {
      path: file.path,
      source: 'pidFile',
      existence: false,
      file,
      locks,
      ...at(foreign),
      ...judgement,
    };
  });
  const known = new Set(pidFiles.map(({ path }) => path));
  const lockFiles = facts.lockFiles
    .filter(({ file, record }) => record !== undefined && !known.has(file.path))
    .map(({ file, record, locks, certainty, existence, foreign }): JudgedRecord => {
      const judgement = judgeAny({ file, content: record, locks, certainty, foreign }, facts, tree);
      const byExistence = existence === true || facts.service.existence === true;
      return {
        path: file.path,
        source: 'lockFile',
        existence: byExistence,
        file,
        locks,
        ...at(foreign),
        ...judgement,
      };
    });
  return [...pidFiles, ...lockFiles];
}

/** The pid that the record names, judged or not. */
export const recordedPid = (record: JudgedRecord): number | undefined => record.content?.record.pid;

/** Is the record left behind? One whose lock others inherited stays as long as they hold it. */
export const isStale = (record: JudgedRecord): boolean =>
  (record.verdict === 'dead' || record.verdict === 'reused') &&
  record.reason !== 'lockInherited' &&
  countsAsRecord(record);

/** Records whose death makes the service stale: those in pid files and in existence locks. */
export const countsAsRecord = (record: JudgedRecord): boolean =>
  record.source === 'pidFile' || record.existence;

/** Who an existence lock names: in itself, or in the one pid file beside it (git's `index~pid.lock`). */
export function existenceRecord(path: string, records: readonly JudgedRecord[]): JudgedRecord | undefined {
  const own = records.find((record) => record.path === path);
  const beside = records.filter(({ source }) => source === 'pidFile');
  return own?.content?.record.pid === undefined && beside.length === 1 ? (beside[0] ?? own) : own;
}

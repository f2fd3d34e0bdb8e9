/** Which of the processes that a record names speaks for it. */
import type { Liveness, RecordFacts } from '../facts';
import { defined } from '../../common/defined';
import type { PidRecord } from './pidRecordTypes';

/** It has ended, and what it led or started has not. */
const isSurvived = (liveness: Liveness): boolean =>
  liveness.state === 'dead' && (liveness.groupRuns !== undefined || liveness.childrenRun !== undefined);

/** Every program may be what a number means that stands somewhere in a record, and every group. */
const mayBeMeant = (liveness: Liveness): boolean =>
  liveness.state === 'unavailable' ||
  isSurvived(liveness) ||
  (liveness.state === 'alive' && liveness.process.kernelThread !== true);

/** The record as one of its other processes: the start and the command are those of the first. */
function ofPart(record: PidRecord, pid: number): PidRecord {
  const { shape, host, mayBeOther, bootId, pids, others, isCut, pidNamespace, port, url } = record;
  return {
    shape,
    pid,
    ...defined({ host, mayBeOther, bootId, pids, others, isCut, pidNamespace, port, url }),
  };
}

/**
 * Returns the record with the liveness of its pid. Of several pids the first that lives becomes the pid. Its alternatives
 * are the others that live, could not be looked up, or have others of their group that run; where none lives, the first
 * of those becomes the pid. So the record is dead only where each of them is, and where no other number in it is the pid
 * of a live program.
 */
export function withLiveness(record: PidRecord, livenessOf: (pid: number) => Liveness): RecordFacts {
  if (record.pid === undefined) {
    return { record };
  }
  const named = (record.pids ?? [record.pid]).map((pid) => factsOf(record, pid, livenessOf));
  const meant = (record.others ?? [])
    .map((pid) => factsOf(record, pid, livenessOf))
    .filter(({ liveness }) => mayBeMeant(liveness));
  const all = [...named, ...meant];
  const live = all.filter(({ liveness }) => liveness.state === 'alive');
  const unknown = all.filter(({ liveness }) => liveness.state === 'unavailable');
  const survived = all.filter(({ liveness }) => isSurvived(liveness));
  const [first, ...alternatives] = [...live, ...unknown, ...survived];
  if (first === undefined) {
    return named[0] ?? { record };
  }
  return alternatives.length === 0 ? first : { ...first, alternatives };
}

const factsOf = (
  record: PidRecord,
  pid: number,
  livenessOf: (pid: number) => Liveness,
): RecordFacts & { liveness: Liveness } => ({
  record: pid === record.pid ? record : ofPart(record, pid),
  liveness: livenessOf(pid),
});

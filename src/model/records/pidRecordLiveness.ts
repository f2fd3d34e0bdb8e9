/** Which of the processes that a record names speaks for it. */
import type { Liveness, RecordFacts } from '../facts';
import { defined } from '../../common/defined';
import type { PidRecord } from './pidRecordTypes';

/** The record as one of its other processes: the start and the command are those of the first. */
function ofPart({ shape, host, bootId, pids, pidNamespace, port, url }: PidRecord, pid: number): PidRecord {
  return { shape, pid, ...defined({ host, bootId, pids, pidNamespace, port, url }) };
}

/**
 * Returns the record with the liveness of its pid. Of several pids the first that lives becomes the pid; where none
 * does but one could not be looked up, that one does. So the record is dead only where each of them is.
 */
export function withLiveness(record: PidRecord, livenessOf: (pid: number) => Liveness): RecordFacts {
  let uncertain: RecordFacts | undefined;
  let dead: RecordFacts | undefined;
  for (const pid of record.pids ?? (record.pid === undefined ? [] : [record.pid])) {
    const facts = { record: pid === record.pid ? record : ofPart(record, pid), liveness: livenessOf(pid) };
    switch (facts.liveness.state) {
      case 'alive':
        return facts;
      case 'unavailable':
        uncertain ??= facts;
        break;
      case 'dead':
        dead ??= facts;
        break;
    }
  }
  return uncertain ?? dead ?? { record };
}

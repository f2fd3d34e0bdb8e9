/**
 * Whom a record named before it was rewritten. A second start that writes its number first and fails then leaves a
 * record of a dead process, while the first serves on.
 */
import type { FileFacts, HostFacts, ProcessFacts, RecordFacts } from '../../model/facts';
import { compareIdentity } from '../../model/processes/processIdentity';
import type { ProcessReader } from '../readers';
import { mayHaveWritten } from './claims';

/** So many are remembered of one path, the last ones, and so many paths that are not watched any more. */
const KEPT = 16;
const MAX_FORGOTTEN = 256;

/** Those that a record names or has named, each as it was seen last, and that may have been its owner. */
export type Named = readonly ProcessFacts[];

export const NOT_NAMED: Named = [];

type Processes = Pick<ProcessReader, 'liveness' | 'host'>;

/** Returns those that the record has named and that run, the latest last, and which of them it does not name any more. */
export function namedNow(
  before: Named,
  record: RecordFacts,
  file: FileFacts,
  processes: Processes,
): { named: Named; former: Named } {
  const now = ownersNamed(record, file, processes.host);
  const pids = new Set(now.map(({ pid }) => pid));
  // Whom the record still names, by whatever number in it, has not lost it.
  for (const { liveness } of [record, ...(record.alternatives ?? [])]) {
    if (liveness?.state === 'alive') pids.add(liveness.process.pid);
  }
  const former = before.filter(({ pid }) => !pids.has(pid)).flatMap((one) => asItRuns(one, processes));
  return { named: [...former, ...now].slice(-KEPT), former };
}

/** A number that is only one of the others in a record names no owner. */
function ownersNamed(record: RecordFacts, file: FileFacts, host: HostFacts): ProcessFacts[] {
  const others = new Set(record.record.others);
  return [record, ...(record.alternatives ?? [])].flatMap((one) => {
    if (one.liveness?.state !== 'alive') return [];
    const { process } = one.liveness;
    // Outside a container the first process is no service; a record with its number is from within one.
    const mayOwn = (process.pid > 1 || host.nestedPidNamespace) && !others.has(process.pid);
    return mayOwn && mayHaveWritten(process, one, file, host) ? [process] : [];
  });
}

/** The same process as it is now; none: it has ended. What cannot be looked up has not. */
function asItRuns(one: ProcessFacts, processes: Processes): ProcessFacts[] {
  const liveness = processes.liveness(one.pid);
  if (liveness.state === 'unavailable') return [one];
  const isIt = liveness.state === 'alive' && compareIdentity(one, liveness.process) !== 'other';
  return isIt ? [liveness.process] : [];
}

/** What is remembered of paths that are not watched for now: a pattern meets a record again that was made again. */
export class ForgottenRecords {
  readonly #named = new Map<string, Named>();

  keep(path: string, named: Named): void {
    if (named.length === 0) return;
    this.#named.set(path, named);
    for (const first of this.#named.keys()) {
      if (this.#named.size <= MAX_FORGOTTEN) return;
      this.#named.delete(first);
    }
  }

  take(path: string): Named {
    const named = this.#named.get(path) ?? NOT_NAMED;
    this.#named.delete(path);
    return named;
  }
}

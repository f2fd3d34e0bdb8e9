/** One service and what its facts were made from. */
import type { ProcessFacts } from '../../model/facts';
import type { Service } from '../../model/service';
import { stemOf } from './claims';
import type { Place } from './folders';
import type { FormerHolders } from './formerHolders';
import type { Lifetimes } from './lifetimes';
import type { Glob } from './watchedGlob';
import type { LogWatch } from './watchedLog';

export interface WatchedService {
  readonly service: Service;
  readonly json: string;
  /** Which of its paths were checked apart when they were last taken up, as a text to compare. */
  readonly apart: string;
  readonly matches: ((process: ProcessFacts) => boolean) | undefined;
  /** Of a match: is it named only as what it runs? */
  readonly isWrapper: ((match: ProcessFacts) => boolean) | undefined;
  /** Where its instances work: its path, its pattern, or both. */
  readonly places: readonly Place[];
  readonly lockGlobs: readonly (string | Glob)[];
  readonly pidGlobs: readonly (string | Glob)[];
  readonly logGlob: Glob | undefined;
  /** Its paths are known: those with patterns are looked up by the first look. */
  isExpanded: boolean;
  log: LogWatch | undefined;
  lockPaths: readonly string[];
  pidPaths: readonly string[];
  /** Of these: where and how they are called but for the ending, and how they are called. */
  stems: ReadonlySet<string>;
  names: ReadonlySet<string>;
  readonly matched: Set<number>;
  /** Processes whose coming, going or changing changes the facts. */
  pids: ReadonlySet<number>;
  /** Holders, recorded owners and matches among them: their state should be fresh. */
  seeds: ReadonlySet<number>;
  /** Its owners: they hold its locks, or are named by its records. */
  owners: ReadonlySet<number>;
  /** May be its instances and own none of its files: what else they own matters. */
  candidates: ReadonlySet<number>;
  readonly lifetimes: Lifetimes;
  readonly formerHolders: FormerHolders;
  /** Same program in the same directory: whoever starts with one of these may be a duplicate. */
  signatures: ReadonlySet<string>;
}

/** Reports whether it is one of the service's files, or another one of the same program, watched as a service of its own. */
export const isOwnFile = ({ stems }: WatchedService, path: string): boolean => stems.has(stemOf(path));

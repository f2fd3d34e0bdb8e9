/** What the instances of a service are told by. */
import type { InstanceRole } from '../../api';
import type { ProcessFacts } from '../facts';
import { type InstanceProof } from './proof';

export interface Instance {
  root: ProcessFacts;
  /** Root and wrappers included, parents before children. */
  processes: readonly ProcessFacts[];
  role: InstanceRole;
  /** Takes part in the count against `maxInstances`. */
  counted: boolean;
  proof: InstanceProof;
  /** Started a moment ago, without lock, record or log line of its own: it is not counted yet. */
  starting?: true;
  /** Of a possible duplicate: its arguments differ in more than numbers and temporary names. */
  unlike?: boolean;
}

export interface Instances {
  all: readonly Instance[];
  /** How many of them compete for being the one that runs. */
  count: number;
}

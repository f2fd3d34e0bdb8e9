/** What every finding is derived from: the facts, and what was worked out from them once. */
import type { Severity } from '../api';
import type { EvidenceLine } from './evidenceLine';
import type { ServiceFacts } from './facts';
import { judgePorts, type JudgedPort } from './ports/judgePorts';
import { findInstances } from './instances/index';
import type { Instances } from './instances/instance';
import { treeOf, type ProcessTree } from './processes/processTree';
import { judgeRecords, type JudgedRecord } from './records/records';

export interface DiagnosisContext {
  facts: ServiceFacts;
  tree: ProcessTree;
  records: readonly JudgedRecord[];
  instances: Instances;
  ports: readonly JudgedPort[];
}

export interface FindingDraft {
  severity: Severity;
  /** One sentence. */
  message: string;
  evidence: readonly EvidenceLine[];
  /** The file it is about. */
  path?: string;
  /** The processes it is about. */
  pids?: number[];
  /** As in `Finding`. */
  fingerprint?: string;
}

export function contextOf(facts: ServiceFacts): DiagnosisContext {
  const tree = treeOf(facts);
  const records = judgeRecords(facts, tree);
  const instances = findInstances(facts, records, tree);
  return {
    facts,
    tree,
    records,
    instances,
    ports: judgePorts({ facts, tree, records, instances }),
  };
}

/** A row as plain data: everything that is visible, and what it stands for. */
import type {
  Finding,
  Holder,
  InstanceSnapshot,
  LockFileSnapshot,
  PidFileSnapshot,
  PortListener,
  PortSnapshot,
  ProcessInfo,
  ServiceSnapshot,
} from '../../../api';
import type { Capability } from '../../../contributions';

/** What the row stands for: for tooltips and commands. Every subject knows its service. */
export type Subject = { service: ServiceSnapshot } & (
  | { kind: 'service' }
  | { kind: 'finding'; finding: Finding }
  | { kind: 'instance'; instance: InstanceSnapshot }
  | { kind: 'process'; process: ProcessInfo }
  | { kind: 'lockFile'; file: LockFileSnapshot }
  | { kind: 'holder'; file: LockFileSnapshot; holder: Holder }
  | { kind: 'waiter'; pid: number }
  | { kind: 'pidFile'; file: PidFileSnapshot }
  | { kind: 'port'; port: PortSnapshot }
  | { kind: 'listener'; port: PortSnapshot; listener: PortListener }
);

export interface Icon {
  /** A codicon. */
  name: string;
  /** A theme colour; absent: the tree's own foreground. */
  color?: string;
}

export interface Row {
  id: string;
  label: string;
  description: string;
  icon: Icon;
  /** What a screen reader says. */
  spoken: string;
  capabilities: readonly Capability[];
  /** Compared but not shown: when it changes, the tooltip has changed. */
  detail: string;
  /** Made when first asked for: of most services no one opens the row. */
  readonly children: readonly Row[];
  hasChildren: boolean;
  subject: Subject;
}

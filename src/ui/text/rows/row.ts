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

export type RowWithoutChildren = Omit<Row, 'children'>;

/** A class, since objects that each have a getter of their own share no shape, and V8 looks all their properties up slowly. */
export class LazyRow implements Row {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly icon: Icon;
  readonly spoken: string;
  readonly capabilities: readonly Capability[];
  readonly detail: string;
  readonly hasChildren: boolean;
  readonly subject: Subject;
  readonly #make: () => readonly Row[];
  #children: readonly Row[] | undefined;

  /** `make`: makes its children, once. */
  constructor(shown: RowWithoutChildren, make: () => readonly Row[]) {
    this.id = shown.id;
    this.label = shown.label;
    this.description = shown.description;
    this.icon = shown.icon;
    this.spoken = shown.spoken;
    this.capabilities = shown.capabilities;
    this.detail = shown.detail;
    this.hasChildren = shown.hasChildren;
    this.subject = shown.subject;
    this.#make = make;
  }

  get children(): readonly Row[] {
    return (this.#children ??= this.#make());
  }
}

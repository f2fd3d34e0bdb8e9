/**
 * Which processes this procfs has, kept from tick to tick: one readdir of /proc, one short read of each program's
 * `stat`, and more only of what is new, changed, or next in a slow round.
 */
import * as fs from 'node:fs';
import { MultiMap } from '../../../common/multiMap';
import type { ProcessFacts } from '../../../model/facts';
import { ancestorsOf, withDescendants } from '../../../model/processes/treeWalk';
import type { ProcessChange } from '../../readers';
import { Arrivals } from './arrivals';
import { TICKS_PER_SECOND, type BootClock } from './bootClock';
import {
  readArgv,
  readCgroup,
  readStat,
  withLivingThread,
  type Ancestor,
  type Details,
} from './processDetails';
import { ProcessRounds } from './processRounds';
import { copyOf, isGone, readText } from '../procfs/read';
import { parseProcStat, parseProcStatus, type ProcStat } from '../procfs/procStat';
import { StatFile } from './statFile';

/** A process this young (ms) may still be setting its title: its command line is read once more when it is older. */
const YOUNG_MS = 3_000;

/** include/linux/threads.h, PID_MAX_LIMIT: no pid is greater. */
export const PID_MAX = 4_194_304;

export interface Known {
  readonly statFile: StatFile;
  /** What `stat` was made from. */
  bytes: Buffer;
  stat: ProcStat;
  argv: readonly string[];
  startTime: number | undefined;
  seen: number;
  isYoung: boolean;
  /** It may have run since its words were read. */
  hasRun: boolean;
  cwd?: string | undefined;
  details: Details | undefined;
  /** Made from the above; dropped when any of it, or an ancestor, changes. */
  facts: ProcessFacts | undefined;
}

/** What one tick has found out. */
interface Found {
  readonly added: number[];
  readonly removed: number[];
  readonly changed: Set<number>;
}

/** What else is kept by pid hears of it here. */
export interface ProcessListEvents {
  onAdded(pid: number): void;
  onRemoved(pid: number): void;
}

export class ProcessList {
  readonly #clock: BootClock;
  readonly #events: ProcessListEvents;
  readonly #known = new Map<number, Known>();
  /** All of them that are no kernel threads. */
  readonly programs = new Set<number>();
  readonly #children = new MultiMap<number, number>();
  readonly #discovered: number[] = [];
  #serial = 0;
  readonly #rounds = new ProcessRounds();
  readonly #arrivals = new Arrivals();

  constructor(clock: BootClock, events: ProcessListEvents) {
    this.#clock = clock;
    this.#events = events;
  }

  update(relevant: ReadonlySet<number>): ProcessChange {
    const found: Found = { added: [], removed: [], changed: new Set() };
    const before = this.programs.size;
    this.#list(found);
    this.#rounds.updateStats(this.programs, before, relevant, (pid) => this.#recheck(pid, found, false));
    this.#rounds.readFully(this.#known, this.programs, (pid) => this.#recheck(pid, found, true));
    for (const pid of found.added) found.changed.delete(pid);
    return { added: found.added, removed: found.removed, changed: [...found.changed] };
  }

  /** Who came, and who went. */
  #list({ added, removed, changed }: Found): void {
    // With hidepid, a process that changes its user appears and disappears without a new one: pid 1 is hidden then.
    if (this.#known.has(1) && !this.#arrivals.mayHaveCome()) return;
    const serial = ++this.#serial;
    let present = 0;
    for (const name of fs.readdirSync('/proc')) {
      const first = name.charCodeAt(0);
      if (first < 0x31 || first > 0x39) continue;
      const pid = Number(name);
      const known = this.#known.get(pid);
      if (known !== undefined) {
        known.seen = serial;
        present++;
      } else if (this.#add(pid) !== undefined) {
        added.push(pid);
        present++;
      }
    }
    if (present !== this.#known.size) {
      for (const [pid, known] of this.#known) {
        if (known.seen !== serial) removed.push(pid);
      }
    }
    for (const pid of removed) this.#remove(pid, changed);
    if (added.length > 0) this.#arrivals.noteFound();
  }

  pids(): Iterable<number> {
    return this.#known.keys();
  }

  parentOf(pid: number): number | undefined {
    return this.#known.get(pid)?.stat.ppid;
  }

  childrenOf(pid: number): Iterable<number> {
    return this.#children.get(pid);
  }

  /** ms since the process started; undefined when unknown. */
  ageOf(pid: number): number | undefined {
    const known = this.#known.get(pid);
    const now = this.#clock.now();
    return known === undefined || now === undefined
      ? undefined
      : (now - known.stat.startTicks / TICKS_PER_SECOND) * 1000;
  }

  /** Lets go of what is kept open. */
  close(): void {
    for (const { statFile } of this.#known.values()) statFile.close();
  }

  /** As of the last update, or met since. */
  known(pid: number): Known | undefined {
    return this.#known.get(pid);
  }

  /** Looks for processes that came after the last update; returns all met outside it that no one has taken yet. */
  discoverNew(): readonly number[] {
    for (const name of listProcesses()) {
      const pid = Number(name);
      if (!this.#known.has(pid)) this.discover(pid);
    }
    return [...this.#discovered];
  }

  takeDiscovered(): readonly number[] {
    return this.#discovered.splice(0);
  }

  /** Reads it again, whatever hints there are. */
  reread(pid: number): void {
    const known = this.#known.get(pid);
    if (known === undefined) return;
    const stat = readStat(pid);
    if (typeof stat === 'string') {
      if (isGone(stat)) this.#remove(pid, new Set());
      return;
    }
    known.details = undefined;
    known.cwd = undefined;
    this.#refresh(pid, known, stat);
  }

  #add(pid: number, stat = readStat(pid)): Known | undefined {
    if (typeof stat === 'string') return undefined;
    const known = firstKnown(pid, stat, this.#clock.startTime(stat.startTicks), this.#serial);
    this.#known.set(pid, known);
    this.#children.add(stat.ppid, pid);
    if (!stat.isKernelThread) {
      this.programs.add(pid);
      this.#events.onAdded(pid);
      known.isYoung = (this.ageOf(pid) ?? 0) < YOUNG_MS;
    }
    return known;
  }

  /** A pid that readdir has not shown (yet). A thread's id is no process. */
  discover(pid: number): Known | undefined {
    if (!Number.isInteger(pid) || pid <= 0 || pid > PID_MAX) return undefined;
    const stat = readStat(pid);
    if (typeof stat === 'string') return undefined;
    const status = readText(`/proc/${pid}/status`);
    if (typeof status !== 'string' || parseProcStatus(status).tgid !== pid) return undefined;
    const known = this.#add(pid, stat);
    if (known !== undefined) this.#discovered.push(pid);
    return known;
  }

  #remove(pid: number, changed: Set<number>): void {
    const known = this.#known.get(pid);
    if (known === undefined) return;
    known.statFile.close();
    this.#known.delete(pid);
    this.programs.delete(pid);
    this.#events.onRemoved(pid);
    this.#children.delete(known.stat.ppid, pid);
    this.#rereadChildren(pid, changed);
  }

  /** They have another parent once it has ended, also while it is a zombie, whether or not they have run since. */
  #rereadChildren(pid: number, changed: Set<number>): void {
    for (const child of [...this.#children.get(pid)]) {
      const orphan = this.#known.get(child);
      const stat = readStat(child);
      if (orphan !== undefined && typeof stat !== 'string' && this.#refresh(child, orphan, stat)) {
        changed.add(child);
      }
    }
  }

  /** `full`: reads all of it even if nothing hints at a change; some processes write their title into their words. */
  #recheck(pid: number, { added, removed, changed }: Found, full: boolean): void {
    const known = this.#known.get(pid);
    if (known === undefined) return;
    const isSettled = known.isYoung && (this.ageOf(pid) ?? Infinity) >= YOUNG_MS;
    if (known.stat.isKernelThread || known.statFile.mayHaveRun()) known.hasRun = true;
    else if (known.bytes.length > 0 && !isSettled && !full) return;
    const read = known.statFile.readIfChanged(known.bytes);
    if (read === undefined && !isSettled && !full) return;
    const stat = read === undefined ? known.stat : statOf(pid, known, read);
    if (typeof stat === 'string') {
      known.bytes = NO_BYTES;
      if (!isGone(stat)) return;
      this.#remove(pid, changed);
      removed.push(pid);
      return;
    }
    if (stat.startTicks !== known.stat.startTicks) {
      this.#remove(pid, changed);
      removed.push(pid);
      if (this.#add(pid, stat) !== undefined) added.push(pid);
      return;
    }
    if (isSettled) known.isYoung = false;
    if (full && regroup(pid, known)) changed.add(pid);
    // Any of its threads may write its title, and only the first one's runs are counted.
    const isRetitled = full && (known.hasRun || stat.threads > 1);
    const isChanged =
      isRetitled || isSettled || (!stat.isKernelThread && mayHaveExeced(known.stat, stat))
        ? this.#refresh(pid, known, stat)
        : this.#updateStat(pid, known, stat);
    if (isChanged) changed.add(pid);
    if (stateGroup(stat.state) === 'dead') this.#rereadChildren(pid, changed);
  }

  /** Takes over what changed; returns whether anybody would notice. */
  #updateStat(pid: number, known: Known, stat: ProcStat): boolean {
    const before = known.stat;
    known.stat = stat;
    if (before.ppid !== stat.ppid) {
      this.#children.delete(before.ppid, pid);
      this.#children.add(stat.ppid, pid);
    }
    const isChanged = differs(before, stat);
    if (isChanged) {
      known.facts = undefined;
      // Who supervises it may have changed with its parent, and its descendants' answer with it.
      if (before.ppid !== stat.ppid) this.#forgetFactsBelow(pid);
    }
    return isChanged;
  }

  #refresh(pid: number, known: Known, stat: ProcStat): boolean {
    let isChanged = this.#updateStat(pid, known, stat);
    if (!stat.isKernelThread) {
      const argv = readArgv(pid);
      known.hasRun = false;
      if (argv.length !== known.argv.length || argv.some((word, index) => word !== known.argv[index])) {
        Object.assign(known, { argv, details: undefined, cwd: undefined, facts: undefined });
        this.#forgetFactsBelow(pid);
        isChanged = true;
      }
    }
    if (known.details === undefined) known.facts = undefined;
    return isChanged;
  }

  #forgetFactsBelow(pid: number): void {
    for (const at of withDescendants(pid, (parent) => this.childrenOf(parent))) {
      const known = this.#known.get(at);
      if (known !== undefined && at !== pid) known.facts = undefined;
    }
  }

  /** Nearest first. */
  *ancestorsOf(pid: number): Generator<Ancestor> {
    for (const at of ancestorsOf(pid, (child) => this.parentOf(child))) {
      const known = this.#known.get(at);
      if (known !== undefined) yield { pid: at, comm: known.stat.comm, argv: known.argv };
    }
  }
}

const NO_BYTES = Buffer.alloc(0);

function firstKnown(pid: number, stat: ProcStat, startTime: number | undefined, seen: number): Known {
  return {
    statFile: new StatFile(pid),
    bytes: NO_BYTES,
    stat,
    argv: stat.isKernelThread ? [] : readArgv(pid),
    startTime,
    seen,
    isYoung: false,
    hasRun: true,
    details: undefined,
    facts: undefined,
  };
}

function listProcesses(): string[] {
  try {
    return fs.readdirSync('/proc').filter((name) => /^[1-9]\d*$/.test(name));
  } catch {
    return []; // the next update says so
  }
}

function statOf(pid: number, known: Known, read: Buffer | { code: string }): ProcStat | string {
  if (!Buffer.isBuffer(read)) return read.code;
  const stat = parseProcStat(read.toString('utf8'));
  if (stat === undefined) return 'EBADMSG';
  // Its first thread has ended and others run on: what they do is not in these bytes.
  known.bytes = stat.state === 'Z' && stat.threads > 1 ? NO_BYTES : copyOf(read);
  return withLivingThread(pid, stat);
}

/** systemd moves a process once it is started, and `docker pause` may have made the group. */
function regroup(pid: number, known: Known): boolean {
  if (known.details === undefined || known.stat.isKernelThread) return false;
  const cgroup = readCgroup(pid);
  if (cgroup === known.details.cgroup) return false;
  if (JSON.stringify(cgroup) === JSON.stringify(known.details.cgroup)) return false;
  known.details = { ...known.details, cgroup };
  known.facts = undefined;
  return true;
}

/** Running and sleeping are the same to the user; stopped and gone are not. */
function stateGroup(state: string): 'stopped' | 'dead' | 'live' {
  if (state === 'T' || state === 't') return 'stopped';
  return state === 'Z' || state === 'X' ? 'dead' : 'live';
}

/** Would anybody notice? */
function differs(before: ProcStat, now: ProcStat): boolean {
  return (
    before.ppid !== now.ppid ||
    before.comm !== now.comm ||
    before.sid !== now.sid ||
    before.pgid !== now.pgid ||
    stateGroup(before.state) !== stateGroup(now.state)
  );
}

/** Another user's stack may not be seen; there every fault might have been an execve(2). */
function mayHaveExeced(before: ProcStat, now: ProcStat): boolean {
  return (
    before.comm !== now.comm ||
    before.startStack !== now.startStack ||
    (now.startStack === 0 && before.minorFaults !== now.minorFaults)
  );
}

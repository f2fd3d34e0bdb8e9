/**
 * The processes of this procfs, kept from tick to tick: one readdir of /proc, and reads only of what is new, young,
 * relevant or next in a slow round.
 */
import * as fs from 'node:fs';
import type { HostFacts, Liveness, ProcessFacts, SupervisorFacts } from '../../model/facts';
import type { ProcessChange, ProcessReader } from '../readers';
import { supervisorOf, SUPERVISOR_VARIABLES, type SupervisorVariable } from '../supervisor';
import { parseCgroup, type CgroupFacts } from './cgroup';
import { BootClock, canSignalByProcPid, readHost, TICKS_PER_SECOND } from './host';
import { failureOf, isGone, readLink, readText, readUtf8 } from './procFs';
import { parseCmdline, parseProcStat, parseProcStatus, type ProcStat } from './procStat';
import { livingThreadOf } from './threads';
import { userName } from './users';

/** Longest command line that is read, in bytes: enough to tell, and a process can make its own as long as it likes. */
const CMDLINE_LIMIT = 32 * 1024;

/** A process this young (ms) may still be between fork and exec: its command line is its parent's. */
const YOUNG_MS = 3_000;

/** How many old processes are read again in one tick, in case they called exec or the pid is another's by now. */
const ROUND = 4;

/** Of the relevant ones at least this many, or the twentieth part, have their state read again in one tick. */
const RELEVANT_ROUND = 12;

const REAPERS =
  /^(?:systemd|init|tini|dumb-init|catatonit|docker-init|conmon|containerd-shim.*|upstart|gnome-session.*)$/;

interface Details {
  cwd?: string;
  exe?: string;
  uid?: number;
  tgid?: number;
  cgroup: CgroupFacts;
}

interface Known {
  stat: ProcStat;
  argv: readonly string[];
  startTime: number | undefined;
  seen: number;
  isYoung: boolean;
  /** While young: when it is read again (monotonic ms), and how long it is left alone after that. */
  lookAgainAt: number;
  patience: number;
  cwd?: string | undefined;
  details: Details | undefined;
  /** Made from the above; dropped when any of it, or an ancestor, changes. */
  facts: ProcessFacts | undefined;
}

export class ProcessTable implements ProcessReader {
  readonly #clock = new BootClock();
  #host: HostFacts = readHost(this.#clock);
  readonly #known = new Map<number, Known>();
  readonly #children = new Map<number, Set<number>>();
  readonly #young = new Set<number>();
  #discovered: number[] = [];
  #serial = 0;
  #round: Iterator<number> | undefined;
  #relevantRound: Iterator<number> | undefined;
  #ownUnit: string | undefined;
  readonly #canSignal = canSignalByProcPid();

  constructor() {
    const cgroup = readText('/proc/self/cgroup');
    if (typeof cgroup === 'string') this.#ownUnit = parseCgroup(cgroup).unit;
  }

  get host(): HostFacts {
    return this.#host;
  }

  update(relevant: ReadonlySet<number>): ProcessChange {
    if (this.#clock.check()) this.#host = readHost(this.#clock);
    const names = fs.readdirSync('/proc');
    const serial = ++this.#serial;
    const added: number[] = [];
    const removed: number[] = [];
    const changed = new Set<number>();
    let present = 0;
    for (const name of names) {
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
    const again = (pid: number): void => this.#again(pid, added, removed, changed, true);
    const restat = (pid: number): void => this.#again(pid, added, removed, changed, false);
    const now = performance.now();
    for (const pid of [...this.#young]) {
      const known = this.#known.get(pid);
      if (known?.seen !== serial || known.lookAgainAt > now) continue;
      // 50 ms, 100 ms … after it was first seen: soon, but not at every one of many quick ticks.
      known.patience *= 2;
      known.lookAgainAt = now + known.patience;
      restat(pid);
    }
    this.#round = this.#someOf(this.#round, () => this.#known.keys(), ROUND, again);
    const share = Math.max(RELEVANT_ROUND, Math.ceil(relevant.size / 20));
    this.#relevantRound = this.#someOf(
      this.#relevantRound,
      () => relevant.values(),
      Math.min(share, relevant.size),
      restat,
    );
    for (const pid of added) changed.delete(pid);
    return { added, removed, changed: [...changed] };
  }

  #someOf(
    from: Iterator<number> | undefined,
    restart: () => Iterator<number>,
    count: number,
    each: (pid: number) => void,
  ): Iterator<number> {
    let iterator = from ?? restart();
    let isFresh = from === undefined;
    for (let done = 0; done < count; done++) {
      let next = iterator.next();
      if (next.done === true) {
        if (isFresh) break;
        iterator = restart();
        isFresh = true;
        next = iterator.next();
        if (next.done === true) break;
      }
      each(next.value);
    }
    return iterator;
  }

  pids(): Iterable<number> {
    return this.#known.keys();
  }

  parentOf(pid: number): number | undefined {
    return this.#known.get(pid)?.stat.ppid;
  }

  childrenOf(pid: number): Iterable<number> {
    return this.#children.get(pid) ?? [];
  }

  isKernelThread(pid: number): boolean {
    return this.#known.get(pid)?.stat.isKernelThread === true;
  }

  /** Does it usually take in orphans (PR_SET_CHILD_SUBREAPER)? */
  isReaper(pid: number): boolean {
    const comm = this.#known.get(pid)?.stat.comm;
    return comm !== undefined && REAPERS.test(comm);
  }

  /** ms since the process started; undefined when unknown. */
  ageOf(pid: number): number | undefined {
    const known = this.#known.get(pid);
    const now = this.#clock.now();
    return known === undefined || now === undefined
      ? undefined
      : (now - known.stat.startTicks / TICKS_PER_SECOND) * 1000;
  }

  has(pid: number): boolean {
    return this.#known.has(pid);
  }

  /** Looks for processes that came after the last update; answers all met outside it that nobody has taken yet. */
  discoverNew(): readonly number[] {
    for (const name of listProcesses()) {
      const pid = Number(name);
      if (!this.#known.has(pid)) this.#discover(pid);
    }
    return this.#discovered;
  }

  takeDiscovered(): readonly number[] {
    if (this.#discovered.length === 0) return [];
    const discovered = this.#discovered;
    this.#discovered = [];
    return discovered;
  }

  invalidate(pids: Iterable<number>): void {
    for (const pid of pids) {
      const known = this.#known.get(pid);
      if (known === undefined) continue;
      const stat = readStat(pid);
      if (typeof stat === 'string') {
        if (isGone(stat)) this.#remove(pid, new Set());
        continue;
      }
      known.details = undefined;
      known.cwd = undefined;
      this.#refresh(pid, known, stat);
    }
  }

  glance(pid: number, withCwd: boolean): ProcessFacts | undefined {
    const known = this.#known.get(pid) ?? this.#discover(pid);
    if (known === undefined) return undefined;
    if (known.facts !== undefined) return known.facts;
    if (withCwd) known.cwd ??= readLink(`/proc/${pid}/cwd`);
    const { stat, argv, cwd } = known;
    return {
      pid,
      startTicks: stat.startTicks,
      ppid: stat.ppid,
      comm: stat.comm,
      argv,
      state: stat.state,
      ...(cwd === undefined ? {} : { cwd }),
    };
  }

  get(pid: number): ProcessFacts | undefined {
    const known = this.#known.get(pid) ?? this.#discover(pid);
    if (known === undefined) return undefined;
    known.facts ??= this.#factsOf(pid, known);
    return known.facts;
  }

  liveness(pid: number): Liveness {
    const isListed = this.#known.has(pid);
    // The table may be as old as the tick: a verdict of life or death is read now.
    const stat = readStat(pid);
    if (typeof stat === 'string') {
      if (!isGone(stat)) return { state: 'unavailable', reason: `${stat} reading /proc/${pid}/stat` };
      return this.#absent(pid);
    }
    if (stat.state === 'Z' || stat.state === 'X') return { state: 'dead', why: 'zombie' };
    if (!isListed) {
      const status = readText(`/proc/${pid}/status`);
      const tgid = typeof status === 'string' ? parseProcStatus(status).tgid : undefined;
      // /proc/<n> and kill(n, 0) answer for a thread id too; a thread writes no pid file.
      if (tgid !== undefined && tgid !== pid) return { state: 'dead', why: 'thread', threadOf: tgid };
    }
    const process = this.get(pid);
    return process === undefined ? { state: 'dead', why: 'gone' } : { state: 'alive', process };
  }

  #absent(pid: number): Liveness {
    if (!this.#canSignal || pid <= 0) {
      return this.host.nestedPidNamespace || pid <= 0
        ? { state: 'unavailable', reason: 'this procfs shows only a part of the processes' }
        : { state: 'dead', why: 'gone' };
    }
    try {
      process.kill(pid, 0);
    } catch (error) {
      const { code } = failureOf(error, 'kill');
      if (code === 'ESRCH') return { state: 'dead', why: 'gone' };
      // Mounted with hidepid: alive, another user's, and nothing else may be known.
      if (code === 'EPERM') return { state: 'alive', process: { pid, comm: '', argv: [] } };
      return { state: 'unavailable', reason: `${code} from kill(${pid}, 0)` };
    }
    // It came between the two looks.
    const stat = readStat(pid);
    if (typeof stat === 'string')
      return { state: 'unavailable', reason: `${stat} reading /proc/${pid}/stat` };
    const process_ = this.get(pid);
    return process_ === undefined ? { state: 'dead', why: 'gone' } : { state: 'alive', process: process_ };
  }

  #add(pid: number, stat = readStat(pid)): Known | undefined {
    if (typeof stat === 'string') return undefined;
    const known: Known = {
      stat,
      argv: stat.isKernelThread ? [] : readArgv(pid),
      startTime: this.#clock.startTime(stat.startTicks),
      seen: this.#serial,
      isYoung: false,
      lookAgainAt: 0,
      patience: 25,
      details: undefined,
      facts: undefined,
    };
    this.#known.set(pid, known);
    this.#adopt(pid, stat.ppid);
    if ((this.ageOf(pid) ?? 0) < YOUNG_MS) {
      known.isYoung = true;
      this.#young.add(pid);
    }
    return known;
  }

  /** A pid that readdir has not shown (yet). A thread's id is no process. */
  #discover(pid: number): Known | undefined {
    if (!Number.isInteger(pid) || pid <= 0) return undefined;
    const stat = readStat(pid);
    if (typeof stat === 'string') return undefined;
    const status = readText(`/proc/${pid}/status`);
    if (typeof status !== 'string' || parseProcStatus(status).tgid !== pid) return undefined;
    const known = this.#add(pid, stat);
    if (known !== undefined) this.#discovered.push(pid);
    return known;
  }

  #adopt(pid: number, ppid: number): void {
    const siblings = this.#children.get(ppid);
    if (siblings === undefined) this.#children.set(ppid, new Set([pid]));
    else siblings.add(pid);
  }

  #disown(pid: number, ppid: number): void {
    const siblings = this.#children.get(ppid);
    siblings?.delete(pid);
    if (siblings?.size === 0) this.#children.delete(ppid);
  }

  #remove(pid: number, changed: Set<number>): void {
    const known = this.#known.get(pid);
    if (known === undefined) return;
    this.#known.delete(pid);
    this.#young.delete(pid);
    this.#disown(pid, known.stat.ppid);
    // Its children have another parent now.
    for (const child of [...(this.#children.get(pid) ?? [])]) {
      const orphan = this.#known.get(child);
      const stat = readStat(child);
      if (orphan !== undefined && typeof stat !== 'string' && this.#refresh(child, orphan, stat))
        changed.add(child);
    }
  }

  /** `full`: reads the command line even if nothing hints at a new one; some processes write their title into it. */
  #again(pid: number, added: number[], removed: number[], changed: Set<number>, full: boolean): void {
    const known = this.#known.get(pid);
    if (known === undefined) return;
    const stat = readStat(pid);
    if (typeof stat === 'string') {
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
    const isSettled = known.isYoung && (this.ageOf(pid) ?? Infinity) >= YOUNG_MS;
    if (isSettled) {
      known.isYoung = false;
      this.#young.delete(pid);
    }
    const mayHaveExeced =
      stat.comm !== known.stat.comm || stat.startStack !== known.stat.startStack || stat.startStack === 0;
    const isChanged =
      full || isSettled || (mayHaveExeced && !stat.isKernelThread)
        ? this.#refresh(pid, known, stat)
        : this.#restat(pid, known, stat);
    if (isChanged) changed.add(pid);
  }

  /** Takes over what changed; answers whether anybody would notice. */
  #restat(pid: number, known: Known, stat: ProcStat): boolean {
    const before = known.stat;
    known.stat = stat;
    if (before.ppid !== stat.ppid) {
      this.#disown(pid, before.ppid);
      this.#adopt(pid, stat.ppid);
    }
    const isChanged =
      before.ppid !== stat.ppid ||
      before.comm !== stat.comm ||
      before.sid !== stat.sid ||
      before.pgid !== stat.pgid ||
      stateGroup(before.state) !== stateGroup(stat.state);
    if (isChanged) {
      known.facts = undefined;
      // Who supervises it may have changed with its parent, and its descendants' answer with it.
      if (before.ppid !== stat.ppid) this.#forgetFactsBelow(pid);
    }
    return isChanged;
  }

  #refresh(pid: number, known: Known, stat: ProcStat): boolean {
    let isChanged = this.#restat(pid, known, stat);
    if (!stat.isKernelThread) {
      const argv = readArgv(pid);
      if (argv.length !== known.argv.length || argv.some((word, index) => word !== known.argv[index])) {
        known.argv = argv;
        known.details = undefined;
        known.cwd = undefined;
        known.facts = undefined;
        this.#forgetFactsBelow(pid);
        isChanged = true;
      }
    }
    if (known.details === undefined) known.facts = undefined;
    return isChanged;
  }

  #forgetFactsBelow(pid: number): void {
    for (const child of this.#children.get(pid) ?? []) {
      const known = this.#known.get(child);
      if (known === undefined || child === pid) continue;
      known.facts = undefined;
      this.#forgetFactsBelow(child);
    }
  }

  #factsOf(pid: number, known: Known): ProcessFacts {
    const { stat, argv, startTime } = known;
    const details = (known.details ??= stat.isKernelThread ? { cgroup: {} } : readDetails(pid));
    if (details.cwd !== undefined) known.cwd = details.cwd;
    const { uid, tgid, exe, cwd } = details;
    const user = uid === undefined ? undefined : userName(uid);
    const supervisor = stat.isKernelThread || pid === 1 ? undefined : this.#supervisorOf(pid, details.cgroup);
    return {
      pid,
      startTicks: stat.startTicks,
      ...(startTime === undefined ? {} : { startTime }),
      ppid: stat.ppid,
      pgid: stat.pgid,
      sid: stat.sid,
      ...(uid === undefined ? {} : { uid }),
      ...(user === undefined ? {} : { user }),
      comm: stat.comm,
      argv,
      ...(cwd === undefined ? {} : { cwd }),
      ...(exe === undefined ? {} : { exe }),
      state: stat.state,
      ...(tgid === undefined ? {} : { tgid }),
      ...(supervisor === undefined ? {} : { supervisor }),
    };
  }

  #supervisorOf(pid: number, cgroup: CgroupFacts): SupervisorFacts | undefined {
    const ancestors: { pid: number; comm: string; argv: readonly string[] }[] = [];
    const met = new Set([pid]);
    for (let at = this.parentOf(pid); at !== undefined && at > 0 && !met.has(at); at = this.parentOf(at)) {
      met.add(at);
      const known = this.#known.get(at);
      if (known !== undefined) ancestors.push({ pid: at, comm: known.stat.comm, argv: known.argv });
    }
    let environment: Map<string, string> | undefined;
    return supervisorOf({
      ancestors,
      ...cgroup,
      ...(this.#ownUnit === undefined ? {} : { ownUnit: this.#ownUnit }),
      env: (name: SupervisorVariable) => (environment ??= readEnvironment(pid)).get(name),
    });
  }
}

function listProcesses(): string[] {
  try {
    return fs.readdirSync('/proc').filter((name) => /^[1-9]\d*$/.test(name));
  } catch {
    return []; // the next update says so
  }
}

/** Running and sleeping are the same to a person; stopped and gone are not. */
function stateGroup(state: string): 'stopped' | 'dead' | 'live' {
  if (state === 'T' || state === 't') return 'stopped';
  return state === 'Z' || state === 'X' ? 'dead' : 'live';
}

/** The parsed stat, or the error code. */
export function readStat(pid: number): ProcStat | string {
  const text = readUtf8(`/proc/${pid}/stat`, 8192);
  if (typeof text !== 'string') return text.code;
  const stat = parseProcStat(text);
  if (stat === undefined) return 'EBADMSG';
  if (stat.state === 'Z' && stat.threads > 1) stat.state = livingThreadOf(pid)?.state ?? stat.state;
  return stat;
}

function readArgv(pid: number): string[] {
  const text = readUtf8(`/proc/${pid}/cmdline`, CMDLINE_LIMIT);
  return typeof text === 'string' ? parseCmdline(text) : [];
}

function readDetails(pid: number): Details {
  const cwd = readLink(`/proc/${pid}/cwd`);
  const exe = readLink(`/proc/${pid}/exe`);
  const statusText = readText(`/proc/${pid}/status`);
  const cgroupText = readText(`/proc/${pid}/cgroup`);
  const status = typeof statusText === 'string' ? parseProcStatus(statusText) : { nsPids: [] };
  return {
    ...(cwd === undefined ? {} : { cwd }),
    ...(exe === undefined ? {} : { exe }),
    ...(status.uid === undefined ? {} : { uid: status.uid }),
    ...(status.tgid === undefined ? {} : { tgid: status.tgid }),
    cgroup: typeof cgroupText === 'string' ? parseCgroup(cgroupText) : {},
  };
}

function readEnvironment(pid: number): Map<string, string> {
  const found = new Map<string, string>();
  const text = readUtf8(`/proc/${pid}/environ`, 256 * 1024);
  if (typeof text !== 'string') return found;
  for (const entry of text.split('\0')) {
    const equals = entry.indexOf('=');
    const name = entry.slice(0, equals);
    if ((SUPERVISOR_VARIABLES as readonly string[]).includes(name)) found.set(name, entry.slice(equals + 1));
  }
  return found;
}

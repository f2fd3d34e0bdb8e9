/** The processes of this procfs with everything that is read of one when someone asks for it. */
import { defined } from '../../../common/defined';
import { failureOf } from '../../../common/errors';
import { MultiMap } from '../../../common/multiMap';
import type { HostFacts, Liveness, ProcessFacts } from '../../../model/facts';
import type { RunFacts } from '../../../model/processes/runFacts';
import type { ProcessChange, ProcessReader } from '../../readers';
import { BootClock } from './bootClock';
import { Freezers } from './freezer';
import { canSignalByProcPid, readHost } from './host';
import { NestedProcesses } from './nestedProcesses';
import { factsOf, NO_DETAILS, readCgroup, readDetails, readStat, supervisorFacts } from './processDetails';
import { PID_MAX, ProcessList, type Known } from './processList';
import { isGone, readText } from '../procfs/read';
import { parseProcStatus } from '../procfs/procStat';
import { homeOf } from '../procfs/users';
import { venvOf } from './environment';
import { LinkLists } from './links';
import { readRun } from './runs';
import { SocketLists } from '../ports/socketTables';
import { isToldPid } from './watchers';
import { WorkingDirectories } from './workingDirectory';

const REAPERS =
  /^(?:systemd|init|tini|dumb-init|catatonit|docker-init|conmon|containerd-shim.*|upstart|gnome-session.*)$/;

export class ProcessTable implements ProcessReader {
  readonly #clock = new BootClock();
  #host: HostFacts = readHost(this.#clock);
  readonly #directories = new WorkingDirectories();
  readonly #freezers = new Freezers();
  readonly #nested = new NestedProcesses();
  readonly #list = new ProcessList(this.#clock, {
    onAdded: (pid) => this.#nested.add(pid),
    onRemoved: (pid) => {
      this.#nested.remove(pid);
      this.#freezers.forget(pid);
    },
  });
  readonly #sockets = new SocketLists();
  readonly #links = new LinkLists();
  /** Many services may have the same process above their own. */
  readonly #runs = new Map<number, RunFacts>();
  /** By leaders of groups and sessions: their members. */
  #led: MultiMap<number, number> | undefined;
  /** The unit that this observer runs in itself. */
  readonly #ownUnit = readCgroup('self').unit;
  readonly #canSignal = canSignalByProcPid();

  get host(): HostFacts {
    return this.#host;
  }

  /** What is read once for all processes, and is another one at the next look. */
  #forgetLook(): void {
    this.#led = undefined;
    this.#sockets.forget();
    this.#links.forget();
    this.#runs.clear();
  }

  update(relevant: ReadonlySet<number>): ProcessChange {
    this.#forgetLook();
    if (this.#clock.check()) this.#host = readHost(this.#clock);
    const change = this.#list.update(relevant);
    const frozen = this.#freezers.check();
    if (frozen.length === 0) return change;
    const changed = new Set(change.changed);
    for (const pid of frozen) {
      const known = this.#list.known(pid);
      if (known === undefined || change.added.includes(pid)) continue;
      known.facts = undefined;
      changed.add(pid);
    }
    return { ...change, changed: [...changed] };
  }

  close(): void {
    this.#list.close();
  }

  pids(): Iterable<number> {
    return this.#list.pids();
  }

  parentOf(pid: number): number | undefined {
    return this.#list.parentOf(pid);
  }

  childrenOf(pid: number): Iterable<number> {
    return this.#list.childrenOf(pid);
  }

  isKernelThread(pid: number): boolean {
    return this.#list.known(pid)?.stat.isKernelThread === true;
  }

  /** Does it usually take in orphans (PR_SET_CHILD_SUBREAPER)? */
  isReaper(pid: number): boolean {
    return REAPERS.test(this.#list.known(pid)?.stat.comm ?? '');
  }

  ageOf(pid: number): number | undefined {
    return this.#list.ageOf(pid);
  }

  has(pid: number): boolean {
    return this.#list.known(pid) !== undefined;
  }

  discoverNew(): readonly number[] {
    this.#forgetLook();
    return this.#list.discoverNew();
  }

  takeDiscovered(): readonly number[] {
    return this.#list.takeDiscovered();
  }

  innerPidOf(pid: number): number | undefined {
    return this.#nested.innerOf(pid);
  }

  namedInside(inner: number): Iterable<number> {
    if (!this.#nested.isOn) this.#nested.start(this.#list.programs);
    return this.#nested.named(inner);
  }

  invalidate(pids: Iterable<number>): void {
    this.#forgetLook();
    for (const pid of pids) {
      this.#list.reread(pid);
      this.#freezers.reread(pid);
    }
  }

  glance(pid: number, withCwd: boolean): ProcessFacts | undefined {
    const known = this.#list.known(pid) ?? this.#list.discover(pid);
    if (known === undefined) return undefined;
    if (known.facts !== undefined) return known.facts;
    if (withCwd) known.cwd ??= this.#directories.pathOf(pid);
    const { stat, argv, cwd } = known;
    return {
      pid,
      startTicks: stat.startTicks,
      ppid: stat.ppid,
      comm: stat.comm,
      argv,
      state: stat.state,
      ...(cwd === undefined ? {} : { cwd }),
      ...(stat.isKernelThread ? { kernelThread: true as const } : {}),
    };
  }

  get(pid: number): ProcessFacts | undefined {
    const known = this.#list.known(pid) ?? this.#list.discover(pid);
    if (known === undefined) return undefined;
    known.facts ??= this.#factsOf(pid, known);
    return known.facts;
  }

  liveness(pid: number): Liveness {
    if (!Number.isInteger(pid) || pid <= 0 || pid > PID_MAX) {
      return { state: 'unavailable', reason: `no process can have the pid ${pid}` };
    }
    const isListed = this.#list.known(pid) !== undefined;
    // The table may be as old as the tick: a verdict of life or death is read now.
    const stat = readStat(pid);
    if (typeof stat === 'string') {
      if (!isGone(stat)) return { state: 'unavailable', reason: `${stat} reading /proc/${pid}/stat` };
      return this.#absent(pid);
    }
    if (stat.state === 'Z' || stat.state === 'X') return this.#dead(pid, 'zombie');
    if (!isListed) {
      const status = readText(`/proc/${pid}/status`);
      const tgid = typeof status === 'string' ? parseProcStatus(status).tgid : undefined;
      // /proc/<n> and kill(n, 0) answer for a thread id too; hardly any writes its own number.
      if (tgid !== undefined && tgid !== pid) {
        const startTime = this.#clock.startTime(stat.startTicks);
        return { state: 'dead', why: 'thread', threadOf: tgid, ...defined({ startTime }) };
      }
    }
    const process = this.get(pid);
    return process === undefined ? { state: 'dead', why: 'gone' } : { state: 'alive', process };
  }

  /** `gone` is gone here: whether the number belongs to this namespace is another question. */
  #absent(pid: number): Liveness {
    if (!this.#canSignal) {
      return this.host.nestedPidNamespace
        ? { state: 'unavailable', reason: 'this procfs shows only a part of the processes' }
        : { state: 'dead', why: 'gone' };
    }
    try {
      process.kill(pid, 0);
    } catch (error) {
      const { code } = failureOf(error, 'kill');
      if (code === 'ESRCH') return this.#dead(pid, 'gone');
      // Mounted with hidepid: alive, another user's, and nothing else may be known.
      if (code === 'EPERM') return { state: 'alive', process: { pid, comm: '', argv: [] } };
      return { state: 'unavailable', reason: `${code} from kill(${pid}, 0)` };
    }
    // It came between the two looks.
    const stat = readStat(pid);
    if (typeof stat === 'string') {
      return { state: 'unavailable', reason: `${stat} reading /proc/${pid}/stat` };
    }
    const facts = this.get(pid);
    return facts === undefined ? { state: 'dead', why: 'gone' } : { state: 'alive', process: facts };
  }

  /** Its number is that of the group and of the session that it led as long as one of them is there. */
  #dead(pid: number, why: 'gone' | 'zombie'): Liveness {
    const runs = [...this.#ledBy(pid)].filter((one) => {
      const stat = readStat(one);
      return (
        typeof stat !== 'string' &&
        (stat.pgid === pid || stat.sid === pid) &&
        stat.state !== 'Z' &&
        stat.state !== 'X'
      );
    });
    return { state: 'dead', why, ...(runs.length > 0 ? { groupRuns: runs } : {}) };
  }

  /** Others of its group or session, as they were listed: put together once, for all the records of a tick. */
  #ledBy(pid: number): ReadonlySet<number> {
    if (this.#led === undefined) {
      this.#led = new MultiMap();
      for (const one of this.#list.programs) {
        const { pgid, sid } = this.#list.known(one)?.stat ?? { pgid: one, sid: one };
        for (const leader of [pgid, sid]) if (leader !== one) this.#led.add(leader, one);
      }
    }
    return this.#led.get(pid);
  }

  runOf(pid: number): RunFacts {
    const run = this.#runs.get(pid) ?? this.#readRun(pid);
    this.#runs.set(pid, run);
    return run;
  }

  #readRun(pid: number): RunFacts {
    const { uid, argv: [program = ''] = [], cwd } = this.get(pid) ?? {};
    return readRun(pid, {
      above: () => [...this.#list.ancestorsOf(pid)].flatMap((one) => this.#links.of(one.pid) ?? []),
      sockets: () => this.#sockets.of(pid),
      isAt: (path) => this.#directories.isAt(pid, path),
      isWatched: [...this.#list.programs].some((one) => isToldPid(this.#list.known(one)?.argv ?? [], pid)),
      home: uid === undefined ? undefined : homeOf(uid),
      venv: venvOf(program, cwd),
    });
  }

  #factsOf(pid: number, known: Known): ProcessFacts {
    const { stat, argv, startTime } = known;
    const details = (known.details ??= stat.isKernelThread
      ? NO_DETAILS
      : readDetails(pid, this.#directories));
    if (details.directory !== undefined) known.cwd = details.directory.path;
    const isSupervised = !stat.isKernelThread && pid !== 1;
    return factsOf(pid, {
      stat,
      argv,
      startTime,
      details,
      isFrozen: this.#freezers.isFrozen(pid, details.cgroup.freezer),
      supervisor: isSupervised
        ? supervisorFacts(pid, details.cgroup, this.#list.ancestorsOf(pid), this.#ownUnit)
        : undefined,
    });
  }
}

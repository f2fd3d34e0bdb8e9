/** Who uses a path on Linux, and what a process holds: everything is read from /proc when a user asks, in slices, within a budget. */
import type { Liveness } from '../../../model/facts';
import type { Holdings, PathUsers, ScanOptions, UserFinder } from '../../users';
import { locksBehindLinks } from '../locks/fdScan';
import { ProcessTable } from '../processes/processTable';
import { readStat } from '../processes/processDetails';
import { portsOf } from '../ports/portsOf';
import { kindOf } from '../procfs/lockLine';
import { parseMountInfo } from '../procfs/mountinfo';
import { readUtf8 } from '../procfs/read';
import { linkOf } from '../procfs/threads';
import { drain, type Steps } from '../../../common/steps';
import { Slices } from '../slices';
import { scanFor, type Seen } from './scan';
import { insideOf, targetOf, type Target } from './target';

/** ms of work that one question may take: hundreds of thousands of descriptors. */
const BUDGET_MS = 4000;
const MAX_ANCESTORS = 64;
/** Paths shown of what a process holds. */
const LOCKS_SHOWN = 50;

export class LinuxUsers implements UserFinder {
  readonly #budgetMs: number;

  constructor(budgetMs = BUDGET_MS) {
    this.#budgetMs = budgetMs;
  }

  workingDirectoryOf(pid: number): string | undefined {
    return linkOf(pid, 'cwd')?.link;
  }

  async ofPath(path: string, untouched: boolean, options: ScanOptions): Promise<PathUsers | undefined> {
    const target = untouched ? targetByText(path) : targetOf(path);
    if (target === undefined) return undefined;
    const seen: Seen = { users: [], done: 0, all: 0, hidden: 0 };
    const cut = await this.#within(scanFor(target, seen), seen, options);
    const table = new ProcessTable();
    const users = seen.users.flatMap(({ pid, startTicks, uses }) => {
      const process = table.get(pid);
      return process?.startTicks === startTicks ? { process, uses } : [];
    });
    const { done, all, hidden } = seen;
    return { users, done, all, hidden, ...(cut === undefined ? {} : { cut }) };
  }

  livenessOf(pid: number): Liveness {
    return new ProcessTable().liveness(pid);
  }

  holdingsOf(pid: number): Holdings {
    const links = new Map<number, string>();
    const found = drain(
      locksBehindLinks(pid, (link, fd) => {
        if (link.startsWith('/')) links.set(fd, link);
        return link.startsWith('/');
      }),
    );
    const locks = (typeof found === 'string' ? [] : found).flatMap(({ fd, line }) =>
      kindOf(line) === undefined || line.waiter ? [] : (links.get(fd) ?? []),
    );
    return {
      locks: [...new Set(locks)].slice(0, LOCKS_SHOWN),
      ports: portsOf(pid),
    };
  }

  ancestorsOf(pid: number): readonly number[] {
    const above: number[] = [];
    for (let stat = readStat(pid); typeof stat !== 'string' && stat.ppid > 0; stat = readStat(stat.ppid)) {
      if (above.push(stat.ppid) >= MAX_ANCESTORS) break;
    }
    return above;
  }

  /** Returns why it was left before its end. */
  async #within(
    steps: Steps<void>,
    seen: Seen,
    { signal, onProgress }: ScanOptions,
  ): Promise<'budget' | 'cancelled' | undefined> {
    const slices = new Slices();
    let worked = 0;
    let told = 0;
    for (;;) {
      const began = performance.now();
      const step = steps.next();
      worked += performance.now() - began;
      if (step.done === true) return undefined;
      if (signal.aborted) return 'cancelled';
      if (worked > this.#budgetMs) return 'budget';
      if (seen.done - told >= 50) {
        told = seen.done;
        onProgress(seen.done, seen.all);
      }
      await slices.pause();
    }
  }
}

/** By the path's text alone. A folder, since that is all that can be known: nothing is below a file. */
function targetByText(path: string): Target | undefined {
  const text = readUtf8('/proc/self/mountinfo', 16 << 20);
  const mounts = typeof text === 'string' ? [...parseMountInfo(text).values()] : [];
  const above = mounts.filter(
    ({ mountPoint }) => mountPoint === '/' || path === mountPoint || path.startsWith(`${mountPoint}/`),
  );
  const mount = above.reduce<(typeof mounts)[number] | undefined>(
    (deepest, one) => (one.mountPoint.length >= (deepest?.mountPoint.length ?? 0) ? one : deepest),
    undefined,
  );
  return mount && { path, dev: mount.dev, inside: insideOf(path, mount), isFolder: true };
}

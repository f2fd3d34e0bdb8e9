/** How long code of ours keeps the main thread of the extension host that this runs in, by V8's sampling profiler. */
import { readFileSync } from 'node:fs';
import type { Profiler } from 'node:inspector';
import { Session } from 'node:inspector/promises';

const SAMPLE_US = 200;
const OUR_BUNDLE = /instance-monitor[^/]*\/dist\/[^/]+\.js$/;
/** What the profiler calls collections, whoever made the garbage. */
const COLLECTOR = '(garbage collector)';
/** With fewer samples than this share of those asked for, blocks of some ms go unseen. */
const SHARE_NEEDED = 0.2;

/** A sample that took longer saw a thread that waited for a processor, or a starved sampler: it counts as this, µs. */
const SAMPLE_LIMIT_US = 1000;

export interface Block {
  /**
   * ms; samples at which the thread waited for a processor count as a moment, and no block is longer than the thread ran
   * between two turns. undefined: it was not measured.
   */
  running: number | undefined;
  /** Why not. */
  why?: string;
  /** By the clock, ms: on a machine that others use as well, this is theirs, too. */
  wall: number;
  /** Functions that were most of it; with BENCH_EXPLAIN only, since a minified name says little. */
  where?: string[];
}

/**
 * The longest time in which our code, and what it called, kept the main thread without a turn of the event loop. By V8's
 * sampling profiler and a timer that shows when the loop turned (both use the monotonic clock, µs): the delay of the loop
 * alone says less, since the host blocks it for 10 to 40 ms now and then by itself. `mayBeIdle`: it is right that nothing
 * of ours runs.
 */
export async function longestBlock(
  meanwhile: () => Promise<unknown>,
  { mayBeIdle = false }: { mayBeIdle?: boolean } = {},
): Promise<Block> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_US });
  await session.post('Profiler.start');
  const turns: Turn[] = [thisTurn()];
  const ticker = setInterval(() => turns.push(thisTurn()), 1);
  let profile: Profiler.Profile;
  try {
    await meanwhile();
    turns.push(thisTurn());
    ({ profile } = await session.post('Profiler.stop'));
  } finally {
    clearInterval(ticker);
    session.disconnect();
  }
  const ours = ownNodes(profile.nodes);
  const why = whyUnmeasured(profile, ours, mayBeIdle);
  if (why !== undefined) return { running: undefined, why, wall: NaN };
  const { running, wall, samples } = longestIn(profile, ours, turns);
  return {
    running: running / 1000,
    wall: wall / 1000,
    ...(process.env['BENCH_EXPLAIN'] === undefined ? {} : { where: whereIn(samples, profile.nodes) }),
  };
}

/** When the loop turned, and for how long this thread had run by then: µs. */
interface Turn {
  at: number;
  cpu: number;
}

function thisTurn(): Turn {
  // The kernel brings its account of this very thread up to date when asked for the process's (kernel/sched/cputime.c).
  process.cpuUsage();
  const [ran] = readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ');
  return { at: Number(process.hrtime.bigint() / 1000n), cpu: Number(ran) / 1000 };
}

interface Stretch {
  /** µs */
  running: number;
  wall: number;
  /** Nodes of the call tree. */
  samples: readonly number[];
}

const NONE: Stretch = { running: 0, wall: 0, samples: [] };

/** The longest stretch of ours; `wall`: of whichever was the longest by the clock. */
function longestIn(profile: Profiler.Profile, ours: ReadonlySet<number>, turns: readonly Turn[]): Stretch {
  const collector = profile.nodes.find(({ callFrame }) => callFrame.functionName === COLLECTOR)?.id;
  let longest = NONE;
  let current = NONE;
  let wall = 0;
  let at = profile.startTime + (profile.timeDeltas?.[0] ?? 0);
  let turn = 0;
  profile.samples?.forEach((node, index) => {
    const sampled = profile.timeDeltas?.[index + 1] ?? SAMPLE_US;
    // Between the pieces of work that give the loop a turn the sampler often sees nothing.
    for (; (turns[turn]?.at ?? Infinity) < at; turn += 1) current = NONE;
    if (ours.has(node)) {
      const limit = (turns[turn]?.cpu ?? Infinity) - (turns[turn - 1]?.cpu ?? 0);
      current = {
        running: Math.min(current.running + Math.min(sampled, SAMPLE_LIMIT_US), limit),
        wall: current.wall + sampled,
        samples: current.samples.concat(node),
      };
    } else if (node !== collector) {
      // A collection ends no work of ours, and whose garbage it was is not known.
      current = NONE;
    }
    wall = Math.max(wall, current.wall);
    if (current.running > longest.running) longest = current;
    at += sampled;
  });
  return { ...longest, wall };
}

/** A profile in which nothing of ours could be seen says nothing of how long it took. */
function whyUnmeasured(
  { startTime, endTime, samples = [] }: Profiler.Profile,
  ours: ReadonlySet<number>,
  mayBeIdle: boolean,
): string | undefined {
  const share = (samples.length * SAMPLE_US) / (endTime - startTime);
  if (share < SHARE_NEEDED) return `the profiler got ${(share * 100).toFixed(0)} % of its samples`;
  return ours.size === 0 && !mayBeIdle ? 'the profiler saw no function of ours' : undefined;
}

/** Functions by how many of the samples they were in. */
function whereIn(samples: readonly number[], nodes: readonly Profiler.ProfileNode[]): string[] {
  const parents = new Map(nodes.flatMap(({ id, children }) => (children ?? []).map((child) => [child, id])));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const counts = new Map<string, number>();
  for (const sample of samples) {
    const met = new Set<string>();
    for (let id: number | undefined = sample; id !== undefined; id = parents.get(id)) {
      const frame = byId.get(id)?.callFrame;
      if (frame === undefined) continue;
      met.add(`${frame.functionName}:${frame.url.split('/').at(-1) ?? ''}:${frame.lineNumber}`);
    }
    for (const name of met) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 40)
    .map(([name, count]) => `${count} ${name}`);
}

/** Nodes of the call tree that are functions of our bundle, or were called by one. */
function ownNodes(nodes: readonly Profiler.ProfileNode[]): ReadonlySet<number> {
  const children = new Map(nodes.map(({ id, children: below }) => [id, below ?? []]));
  const ours = new Set<number>();
  const add = (id: number): void => {
    ours.add(id);
    children.get(id)?.forEach(add);
  };
  for (const { id, callFrame } of nodes) if (OUR_BUNDLE.test(callFrame.url)) add(id);
  return ours;
}

/**
 * `npm run soak -- [--minutes N] [--services N] [--interval MS]`: the worker that ships, through the client that ships,
 * over services that come, go and break all the time. What it said is compared with what the churners know to be true;
 * heap and descriptors are compared with those after warm-up. Exit code 1 when anything is missed, untrue or growing.
 */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { BroadcastChannel } from 'node:worker_threads';
import type { ServiceSnapshot } from '../../src/api';
import { MonitorClient } from '../../src/monitor/client';
import type { Service } from '../../src/model/service';
import { Stage } from '../fixtures/stage';
import { judge, type Arrival, type Shown, type Truth } from './truth';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    services: { type: 'string', default: '200' },
    interval: { type: 'string', default: '500' },
  },
});
const minutes = Number(values.minutes);
const count = Number(values.services);
const interval = Number(values.interval);
const seconds = Math.round(minutes * 60);

/** ms between two changes of a service. */
const SHORTEST = 4000;
const LONGEST = 10_000;

const now = (): number => Number(process.hrtime.bigint() / 1000n) / 1000;
const built = path.dirname(process.argv[1] ?? '.');

interface Sample {
  at: number;
  workerHeap: number;
  mainHeap: number;
  rss: number;
  descriptors: number;
}

/** Loads the real worker after something that reports its heap, which nobody outside can ask for on Node 20. */
function instrumentedWorker(folder: string): string {
  const file = path.join(folder, 'instrumented.cjs');
  fs.writeFileSync(
    file,
    `const { BroadcastChannel } = require('node:worker_threads');
     const channel = new BroadcastChannel('soak');
     channel.unref();
     setInterval(() => { globalThis.gc(); channel.postMessage(process.memoryUsage().heapUsed); }, 5000).unref();
     require(${JSON.stringify(path.join(built, 'dist', 'observer.js'))});`,
  );
  return file;
}

function serviceOf(kind: string, name: string, folder: string): Service {
  const lock = kind === 'pid' || kind === 'twins' ? [] : [path.join(folder, `${name}.lock`)];
  const pid = kind === 'pair' || kind === 'pid' ? [path.join(folder, `${name}.pid`)] : [];
  return {
    id: name,
    name,
    lockFiles: lock,
    pidFiles: pid,
    ...(kind === 'twins' ? { process: { kind: 'substring', text: name } } : {}),
    maxInstances: 1,
    origin: { kind: 'setting', index: 0, folder: undefined },
  };
}

/** Whom a person would be shown as holding, owning or running it. */
function pidsShown(kind: string, service: ServiceSnapshot): number[] {
  if (kind === 'twins') return service.instances.map(({ root }) => root.pid);
  if (kind !== 'pid') return service.lockFiles.flatMap(({ holders }) => holders.map(({ pid }) => pid ?? -1));
  return service.pidFiles.flatMap(({ verdict, recordedPid }) =>
    verdict === 'live' ? [recordedPid ?? -1] : [],
  );
}

/** Without those kept of processes, one each: how many processes this machine has is not ours. */
function openDescriptors(): number {
  return fs.readdirSync('/proc/self/fd').filter((fd) => !targetOf(fd).endsWith('/schedstat')).length;
}

/** Empty: it was closed since it was listed. */
function targetOf(fd: string): string {
  try {
    return fs.readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}

const stage = Stage.open();
const folder = stage.subfolder('services');
const shares = [
  // Those that hold locks themselves are apart from those that have children: a tree belongs to its holder.
  ...Array.from({ length: 5 }, (_, index) => ({
    kinds: 'flock',
    first: index * (count / 10),
    count: count / 10,
  })),
  { kinds: 'pair,pair,pid,twins,heir', first: count / 2, count: count / 2 },
];
const logs: string[] = [];
const kindOf = new Map<string, string>();
const started = now();
const churners = await Promise.all(
  shares.map(async (share, index) => {
    const log = stage.path(`truth-${index}.log`);
    logs.push(log);
    const args = [
      path.join(built, '..', '..', 'test', 'soak', 'churner.cjs'),
      ...[
        '--run',
        path.basename(stage.folder),
        '--dir',
        folder,
        '--log',
        log,
        '--seconds',
        String(seconds),
        '--kinds',
        share.kinds,
      ],
      ...['--first', String(share.first), '--count', String(share.count)],
      ...['--shortest', String(SHORTEST), '--longest', String(LONGEST)],
    ];
    // In one directory they would be possible duplicates of each other.
    const actor = await stage.startCommand(process.execPath, args, { cwd: `churner-${index}` });
    for (const { kind, name } of actor.ready('churner')['services'] as { kind: string; name: string }[]) {
      kindOf.set(name, kind);
    }
    return actor;
  }),
);

const shown = new Map<string, Shown[]>([...kindOf.keys()].map((name) => [name, []]));
const problems: string[] = [];
const samples: Sample[] = [];
const arrivals: Arrival[] = [];
const durations: number[] = [];
/** A snapshot is stamped with the wall clock, which must not be set during the run. */
const wallToMonotonic = now() - Date.now();

const client = new MonitorClient({
  workerFile: instrumentedWorker(stage.folder),
  l10nContents: undefined,
  historyFolder: path.join(stage.folder, 'history'),
  cleanUpFolder: path.join(os.tmpdir(), `clean-up-${process.pid}`),
  onRecovery: () => undefined,
  log: (level, message) => {
    if (level === 'error' || level === 'warn') problems.push(`${level}: ${message}`);
  },
});
client.onDidChangeStatus((status) => {
  if (status.kind === 'failing') problems.push(status.message);
});
client.onDidChange(({ changed }) => {
  const at = now();
  const { takenAt, durationMs } = client.snapshot;
  const arrival = { taken: takenAt + wallToMonotonic, at };
  arrivals.push(arrival);
  durations.push(durationMs);
  const names = new Set(changed);
  for (const service of client.snapshot.services) {
    const kind = kindOf.get(service.name);
    if (!names.has(service.id) || kind === undefined) continue;
    const pids = pidsShown(kind, service);
    const findings = service.findings.map((finding) => finding.kind);
    shown.get(service.name)?.push({ ...arrival, state: service.state, pids, findings });
  }
});
const channel = new BroadcastChannel('soak');
channel.onmessage = (message) => {
  globalThis.gc?.();
  samples.push({
    at: now(),
    workerHeap: Number((message as { data: unknown }).data),
    mainHeap: process.memoryUsage().heapUsed,
    rss: process.memoryUsage.rss(),
    descriptors: openDescriptors(),
  });
};
client.configure({
  services: [...kindOf].map(([name, kind]) => serviceOf(kind, name, folder)),
  pollIntervalMs: interval,
  activeProbe: 'never',
});

const cpuBefore = process.cpuUsage();
await Promise.race([
  Promise.all(churners.map((churner) => churner.waitForEvent('done', seconds * 1000 + 120_000))),
  delay(seconds * 1000 + 60_000, undefined, { ref: false }),
]);
const until = now();
const cpu = process.cpuUsage(cpuBefore);
await client.dispose();
channel.close();

const truths = new Map<string, Truth[]>();
for (const log of logs) {
  for (const line of fs.readFileSync(log, 'utf8').trimEnd().split('\n')) {
    const truth = JSON.parse(line) as Truth;
    truths.set(truth.service, [...(truths.get(truth.service) ?? []), truth]);
  }
}
await stage.close();

const verdicts = [...kindOf.keys()].map((name) =>
  judge(truths.get(name) ?? [], shown.get(name) ?? [], arrivals, until),
);
const sum = (of: (verdict: (typeof verdicts)[number]) => number): number =>
  verdicts.reduce((total, verdict) => total + of(verdict), 0);
const latencies = verdicts.flatMap((verdict) => verdict.latencies).sort((a, b) => a - b);
const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.floor((sorted.length - 1) * q)] ?? NaN;
const median = (numbers: readonly number[]): number =>
  quantile(
    [...numbers].sort((a, b) => a - b),
    0.5,
  );

/** Growth from the first quarter after warm-up (a fifth of the run) to the last. */
const warm = samples.filter(({ at }) => at - started > (until - started) / 5);
const quarter = Math.max(1, Math.floor(warm.length / 4));
const growth = (of: (sample: Sample) => number): { first: number; last: number } => ({
  first: median(warm.slice(0, quarter).map(of)),
  last: median(warm.slice(-quarter).map(of)),
});
const heap = growth(({ workerHeap }) => workerHeap);
const mainHeap = growth(({ mainHeap: bytes }) => bytes);
const rss = growth(({ rss: bytes }) => bytes);
const descriptors = growth(({ descriptors: open }) => open);

const missed = verdicts.flatMap((verdict) => verdict.missed);
const untrue = verdicts.flatMap((verdict) => verdict.untrue);
const gaps = arrivals.slice(1).map(({ at }, index) => at - (arrivals[index]?.at ?? at));
const inPassing = [...shown.entries()].flatMap(([name, all]) =>
  all
    .filter(({ state }) => state === 'unverified')
    .map(({ findings }) => `${kindOf.get(name) ?? '?'} ${findings.join(' ')}`),
);
const tally = (words: readonly string[]): string =>
  [...new Set(words)].map((word) => `${words.filter((other) => other === word).length} ${word}`).join(', ');
const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;
const wall = (until - started) / 1000;
const rows: [string, string, boolean][] = [
  ['services, minutes, interval', `${kindOf.size}, ${(wall / 60).toFixed(1)}, ${interval} ms`, true],
  ['changes made', `${sum(({ changes }) => changes)}`, true],
  ['of these looked at while they lasted', `${sum(({ due }) => due)}`, true],
  ['missed', `${missed.length}`, missed.length === 0],
  ['shown and not true', `${untrue.length}`, untrue.length === 0],
  [
    'false conflicts',
    `${sum(({ falseConflicts }) => falseConflicts)}`,
    sum(({ falseConflicts }) => falseConflicts) === 0,
  ],
  [
    'shown after, ms (median, 99 %, most)',
    [0.5, 0.99, 1].map((q) => quantile(latencies, q).toFixed(0)).join(', '),
    true,
  ],
  ['unverified shown in passing', `${inPassing.length} ${tally(inPassing)}`, true],
  [
    'ms between snapshots, and taken by one (median, most)',
    [gaps, durations]
      .map((list) => `${median(list).toFixed(0)} / ${Math.max(...list).toFixed(0)}`)
      .join(', '),
    true,
  ],
  ['snapshots fired, problems told', `${arrivals.length}, ${problems.length}`, problems.length === 0],
  // Caches warm up slowly; a leak of one snapshot a tick would be far above this.
  [
    'worker heap after warm-up → end',
    `${mb(heap.first)} → ${mb(heap.last)}`,
    heap.last < heap.first * 1.1 + 1e6,
  ],
  [
    'descriptors → end',
    `${descriptors.first} → ${descriptors.last}`,
    descriptors.last <= descriptors.first + 1,
  ],
  ["this process's heap, which keeps the record → end", `${mb(mainHeap.first)} → ${mb(mainHeap.last)}`, true],
  ['resident set, record included → end', `${mb(rss.first)} → ${mb(rss.last)}`, true],
  ['CPU, of one core', `${((cpu.user + cpu.system) / 1e4 / wall).toFixed(1)} %`, true],
];
for (const [what, figure, right] of rows) console.log(`${right ? ' ' : '!'} ${what.padEnd(52)}${figure}`);
for (const line of [...missed.slice(0, 20), ...untrue.slice(0, 20), ...problems.slice(0, 20)]) {
  console.log(`  ${line}`);
}
if (samples.length < 4) console.log('! too short a run to judge growth');
process.exitCode = rows.every(([, , right]) => right) && samples.length >= 4 ? 0 : 1;

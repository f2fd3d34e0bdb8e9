/**
 * Worlds made at random (process trees, namespaces, locks, records, clocks), and what must hold in each of them,
 * whatever the rules say: what is ticked for the user is proven, and what may be live is kept.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { staleRecords } from '../../src/actions/cleanUp/stale';
import { candidatesOf, plannedFor } from '../../src/actions/terminate/candidates';
import { diagnose } from '../../src/model/diagnose';
import type { Claim, ForeignOrigin, LockFacts, ProcessFacts, ServiceFacts } from '../../src/model/facts';
import type { Service } from '../../src/model/service';
import { alive, facts, file, gone, holder, lock, lockFile, NOW, pidFile, proc } from '../unit/model/build';

const RUNS = 20_000;

/** What the world was made with; an error where the test itself is wrong. */
function the<T>(thing: T | undefined): T {
  if (thing === undefined) throw new Error('the world lacks what it was made with');
  return thing;
}

const ROOT_PIDS = [1, 2, 900, 901];

const COMMANDS = [
  'python3 bot.py',
  'python3 bot.py',
  'python3 bot.py',
  'python3 bot.py',
  'python3 bot.py --shard 2',
  'python3 -m pylint bot.py',
  'claude -p bot.py',
  'python3 robot.py',
  'bash supervise.sh',
  '-bash',
  'uv run bot.py',
  'ffmpeg -i bot.py out',
  'node server.js',
] as const;
const FOLDERS = ['/home/ann/bot', '/home/ann/bot', '/home/ann/worktree', '/', '/srv/x'] as const;

interface Drawn {
  pid: number;
  ppid: number;
  command: (typeof COMMANDS)[number];
  cwd: (typeof FOLDERS)[number];
  uid: number;
  inner: number | undefined;
  age: number;
  state: string;
}

const pidOf = fc
  .integer({ min: 1, max: 14 })
  .map((n) => (n > 11 ? ([2, 900, 901][n - 12] ?? 2) : n === 1 ? 1 : 100 + n));
const drawn: fc.Arbitrary<Drawn> = fc.record({
  pid: pidOf,
  ppid: pidOf,
  command: fc.constantFrom(...COMMANDS),
  cwd: fc.constantFrom(...FOLDERS),
  uid: fc.constantFrom(1000, 1000, 1000, 0, 1001),
  inner: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined, freq: 6 }),
  age: fc.constantFrom(2, 30, 3600, 90_000, 950_000),
  state: fc.constantFrom('S', 'S', 'S', 'R', 'T', 'Z'),
});

const toProcess = ({ pid, ppid, command, cwd, uid, inner, age, state }: Drawn): ProcessFacts => {
  if (pid === 2) {
    return proc(2, [], { ppid: 0, uid: 0, kernelThread: true, comm: 'kthreadd', startedAgo: 864_000 });
  }
  return proc(pid, command, {
    ppid: pid === 1 ? 0 : ppid,
    uid: pid === 1 ? 0 : uid,
    cwd,
    state,
    startedAgo: age,
    ...(inner === undefined || pid <= 2 ? {} : { nsPids: [pid, inner] }),
  });
};

interface World {
  facts: ServiceFacts;
}

const world: fc.Arbitrary<World> = fc
  .record({
    processes: fc.uniqueArray(drawn, { minLength: 1, maxLength: 9, selector: ({ pid }) => pid }),
    matcher: fc.constantFrom<Service['process']>(
      undefined,
      { kind: 'substring', text: 'bot.py' },
      {
        kind: 'commandAndCwd',
        command: { kind: 'substring', text: 'bot.py' },
        cwd: '/home/ann/bot',
      },
    ),
    // Second runs of what is there already: without them hardly a world would have a duplicate.
    twins: fc.array(
      fc.record({
        at: fc.constantFrom(0, 0, 1, 2),
        age: fc.constantFrom(2, 20, 25, 3000),
        // One program that started both would have meant both.
        isOrphan: fc.constantFrom(true, true, true, false),
      }),
      { maxLength: 2 },
    ),
    max: fc.constantFrom(1, 1, 1, 2),
    holders: fc.array(
      fc.record({
        at: fc.constantFrom(0, 0, 0, 1, 2, 9),
        inherited: fc.constantFrom(false, false, true),
        proven: fc.constantFrom(true, true, true, false),
        read: fc.constantFrom(false, false, false, true),
        deleted: fc.constantFrom(false, false, false, true),
      }),
      { maxLength: 3 },
    ),
    records: fc.array(
      fc.record({
        pid: fc.oneof(pidOf, fc.integer({ min: 1, max: 9 })),
        ticks: fc.constantFrom('none', 'right', 'wrong'),
        writtenAgo: fc.constantFrom(0, 20, 3590, 80_000, 900_000),
        uid: fc.constantFrom(1000, 0),
        foreign: fc.constantFrom<ForeignOrigin | undefined>(
          undefined,
          undefined,
          'outsideNamespace',
          'otherHost',
        ),
      }),
      { maxLength: 2 },
    ),
    claims: fc.array(fc.record({ at: fc.nat(), recorded: fc.boolean() }), { maxLength: 2 }),
    clockStepMs: fc.constantFrom(0, 0, 500_000),
    uncertain: fc.boolean(),
    root: fc.boolean(),
  })
  .map((given): World => {
    const first = given.processes.map(toProcess);
    const processes = [
      ...first,
      ...given.twins.map(({ at: n, age, isOrphan }, index): ProcessFacts => {
        const { argv, cwd, uid, ppid } = the(first[n % first.length]);
        return proc(200 + index, argv, {
          startedAgo: age,
          ...(cwd === undefined ? {} : { cwd }),
          ...(uid === undefined ? {} : { uid }),
          ...(ppid === undefined || isOrphan ? {} : { ppid }),
        });
      }),
    ];
    const at = (n: number): ProcessFacts => the(processes[n % processes.length]);
    const locks: LockFacts[] = given.holders.map(({ at: n, inherited, proven, read, deleted }, index) =>
      lock([holder(at(n), { inherited, proven })], {
        ...(read ? { access: 'read' as const } : {}),
        ...(deleted ? { deletedInode: true, id: { dev: '65024', ino: String(7 + index) } } : {}),
        ...(inherited ? { taker: 77 } : {}),
      }),
    );
    const pidFiles = given.records.map(({ pid, ticks, writtenAgo, uid, foreign }, index) => {
      const live = processes.find((process) => process.pid === pid && process.state !== 'Z');
      const inner = processes.filter(({ nsPids, state }) => nsPids?.at(-1) === pid && state !== 'Z');
      const start = ticks === 'right' ? live?.startTicks : ticks === 'wrong' ? 12_345 : undefined;
      const text = start === undefined ? String(pid) : JSON.stringify({ pid, startTicks: start });
      const made = pidFile(text, live === undefined ? gone : alive(live), {
        file: file(`/home/ann/bot/bot${index}.pid`, { writtenAgo, uid }),
        ...(foreign === undefined ? {} : { foreign }),
      });
      return made.content === undefined || inner.length === 0
        ? made
        : { ...made, content: { ...made.content, inner } };
    });
    const base = facts({
      service: {
        maxInstances: given.max,
        ...(given.matcher === undefined ? {} : { process: given.matcher }),
      },
      host: {
        ...(given.clockStepMs === 0 ? {} : { clockStepMs: given.clockStepMs }),
        uid: given.root ? 0 : 1000,
      },
      processes,
      lockFiles: [lockFile(locks, given.uncertain && locks.length === 0 ? { certainty: 'unknown' } : {})],
      pidFiles,
    });
    const claims = new Map<number, Claim>(
      given.claims.map(({ at: n, recorded }) => [
        at(n).pid,
        { by: recorded ? 'recorded' : 'holds', path: '/home/ann/other/bot.lock' },
      ]),
    );
    return { facts: { ...base, claims } };
  });

const duplicates = { kind: 'duplicates' } as const;

function look(seen: ServiceFacts) {
  const inspected = { facts: seen, snapshot: diagnose(seen) };
  const candidates = candidatesOf(inspected, plannedFor(inspected, duplicates), duplicates, new Set());
  return {
    candidates,
    ticked: candidates.filter(({ preselected }) => preselected),
    offered: staleRecords(inspected).stale,
    snapshot: inspected.snapshot,
  };
}

const holdsHere = (seen: ServiceFacts, pid: number): boolean =>
  seen.lockFiles.some(({ locks }) =>
    locks.some(
      ({ holders, access }) =>
        access === 'write' && holders.some(({ process, proven }) => proven && process.pid === pid),
    ),
  );

/** Told apart without the rules: everything that the kernel shows of a run is the same. */
const isSameRun = (a: ProcessFacts, b: ProcessFacts): boolean =>
  a.exe !== undefined &&
  a.exe === b.exe &&
  a.argv.join('\0') === b.argv.join('\0') &&
  a.cwd !== undefined &&
  a.cwd === b.cwd &&
  a.uid === b.uid &&
  a.nsPids === undefined &&
  b.nsPids === undefined;

/** Worlds in which nothing is ever ticked would prove nothing. */
const found = { ticked: 0, offered: 0 };

/** What is ticked is a second run of what a proven owner runs, and never all of them. */
function ticksOnlyProvenRuns(seen: ServiceFacts): void {
  const { ticked, candidates } = look(seen);
  found.ticked += ticked.length;
  const counted = candidates.filter((one) => one.counted);
  expect(ticked.length === 0 || ticked.length < counted.length).toBe(true);
  for (const { root, proof } of ticked) {
    expect(proof).toBe('proven');
    const process = the(seen.processes.get(root.pid));
    const owners = counted
      .filter(({ role }) => role === 'owner')
      .map((one) => the(seen.processes.get(one.root.pid)));
    expect(owners.some((owner) => isSameRun(owner, process))).toBe(true);
    expect(
      owners.some(
        ({ pid }) => holdsHere(seen, pid) || seen.pidFiles.some(({ content }) => content?.record.pid === pid),
      ) ||
        counted.some(
          ({ role, processes }) => role === 'owner' && processes.some(({ pid }) => holdsHere(seen, pid)),
        ),
    ).toBe(true);
  }
}

/** No signal is offered to a kernel thread, the first process or an ancestor, nor ticked for who owns something else. */
function sparesTheSystem(seen: ServiceFacts): void {
  for (const { refusal, processes, preselected } of look(seen).candidates) {
    for (const { pid } of processes) {
      if (ROOT_PIDS.includes(pid) || seen.processes.get(pid)?.kernelThread === true) {
        expect(refusal).toBeDefined();
      }
      if (preselected && seen.claims?.has(pid) === true) {
        expect(holdsHere(seen, pid)).toBe(true);
      }
    }
  }
}

/** No record is ticked for removal that a live process could have written. */
function keepsWhatMayLive(seen: ServiceFacts): void {
  const { offered, snapshot } = look(seen);
  for (const { path, proof } of offered) {
    expect(
      seen.lockFiles.every(({ locks, certainty }) => locks.length === 0 && certainty === 'certain'),
    ).toBe(true);
    expect(snapshot.instances.every(({ counted }) => counted !== true)).toBe(true);
    const listed = the(seen.pidFiles.find((one) => one.file.path === path));
    expect(listed.foreign).toBeUndefined();
    if (proof !== 'proven') continue;
    found.offered++;
    const { record, liveness, inner } = the(listed.content);
    const writer = liveness?.state === 'alive' ? liveness.process : undefined;
    // Alive and ticked: the recorded start must be another's, by the kernel's own count.
    expect(
      writer === undefined || (record.startTicks !== undefined && record.startTicks !== writer.startTicks),
    ).toBe(true);
    for (const process of inner ?? []) {
      const couldWrite = process.uid === 0 || listed.file.uid === 0 || process.uid === listed.file.uid;
      const isExpected = seen.service.process === undefined || seen.matched.includes(process.pid);
      const isLauncher = process.argv[0] === '-bash';
      expect(
        couldWrite && isExpected && !isLauncher && process.pid > 2 && !ROOT_PIDS.includes(process.pid),
      ).toBe(false);
    }
  }
}

const unrelated = proc(7777, 'java -jar shop.jar', { cwd: '/srv/shop', uid: 1000, startedAgo: 40 });

/** An unrelated process adds no proof. */
function gainsNoProofFromStrangers(seen: ServiceFacts): void {
  const before = look(seen);
  const more = { ...seen, processes: new Map([...seen.processes, [unrelated.pid, unrelated]]) };
  const after = look(more);
  expect(after.ticked.map(({ id }) => id)).toEqual(before.ticked.map(({ id }) => id));
  expect(after.offered.map(({ path, proof }) => [path, proof])).toEqual(
    before.offered.map(({ path, proof }) => [path, proof]),
  );
  expect(after.candidates.some(({ processes }) => processes.some(({ pid }) => pid === unrelated.pid))).toBe(
    false,
  );
}

describe('in any world', () => {
  it(`what must hold does, in ${RUNS} of them`, { timeout: 600_000 }, () => {
    fc.assert(
      fc.property(world, ({ facts: seen }) => {
        ticksOnlyProvenRuns(seen);
        sparesTheSystem(seen);
        keepsWhatMayLive(seen);
        gainsNoProofFromStrangers(seen);
        expect(diagnose(seen)).toEqual(diagnose({ ...seen, takenAt: NOW }));
      }),
      { numRuns: RUNS, seed: 20260131 },
    );
    expect(found.ticked).toBeGreaterThan(RUNS / 1000);
    expect(found.offered).toBeGreaterThan(RUNS / 200);
  });
});

/** What sets a run apart by what it uses, and by what runs below it; beside each case the nearest that does not. */
import { describe, expect, it } from 'vitest';
import { contextOf } from '../../../src/model/context';
import type { ProcessFacts } from '../../../src/model/facts';
import type { RunFacts } from '../../../src/model/processes/runFacts';
import type { Service } from '../../../src/model/service';
import { facts, LOCK_PATH, lock, lockFile, NAMED, proc, without } from './build';

const owner = proc(7, 'python3 bot.py', { startedAgo: 7200 });
const other = proc(8, 'python3 bot.py');

/** The grade of the second run, and in what it differs from the owner. */
function see({
  processes = [owner, other],
  runs = [],
  service = {},
}: {
  processes?: readonly ProcessFacts[];
  runs?: readonly (readonly [number, RunFacts])[];
  service?: Partial<Service>;
}): string {
  const first = processes.find(({ pid }) => pid === 7) ?? owner;
  const given = facts({
    service: { process: { kind: 'commandAndCwd', command: NAMED.process, cwd: '/home/ann/bot' }, ...service },
    processes: [...processes],
    lockFiles: [lockFile([lock([first])])],
  });
  const { instances } = contextOf({ ...given, runs: new Map(runs) });
  const proof = instances.all.find(({ root }) => root.pid === 8)?.proof;
  return [proof?.proof, ...(proof?.differences ?? [])].join(' ');
}

const withRuns = (one: RunFacts, two: RunFacts): string =>
  see({
    runs: [
      [7, one],
      [8, two],
    ],
  });

describe('what a run uses', () => {
  const uses = (two: RunFacts, one: RunFacts = {}): string =>
    withRuns({ uses: new Map(), ...one }, { uses: new Map(), ...two });

  it('sets it apart where it has a file open that the owner has not', () => {
    const files = (...paths: string[]): RunFacts => ({ uses: new Map(paths.map((path) => [path, path])) });
    expect(uses(files('/srv/b.db'))).toBe('plausible ownFile');
    expect(uses(files('/srv/b.db'), files('/srv/a.db'))).toBe('plausible ownFile');
    expect(uses(files('/srv/a.db'), files('/srv/a.db', '/srv/c.db'))).toBe('proven');
    expect(uses({}, files('/srv/a.db'))).toBe('proven');
    // The service's own files are everyone's.
    expect(uses(files(LOCK_PATH))).toBe('proven');
    const log = '/var/log/bot.log';
    const seen = (service: Partial<Service> = {}): string =>
      see({
        runs: [
          [7, files()],
          [8, files(log)],
        ],
        service,
      });
    expect(seen()).toBe('plausible ownFile');
    expect(seen({ log: { path: log, patterns: [] } })).toBe('proven');
  });

  it('leaves it open where the descriptors of one cannot be read', () => {
    expect(withRuns({ uses: new Map() }, {})).toBe('plausible unread');
    expect(withRuns({}, { uses: new Map() })).toBe('plausible unread');
  });

  it('sets it apart where another program feeds it, or another file', () => {
    const apart = (pair: [RunFacts, RunFacts], parent: number): string =>
      see({
        processes: [proc(7, 'python3 bot.py'), proc(8, 'python3 bot.py', { ppid: parent }), proc(5, 'bash')],
        runs: [
          [7, pair[0]],
          [8, pair[1]],
        ],
      });
    expect(apart([{ input: '/srv/a.json' }, { input: '/srv/b.json' }], 5)).toBe('plausible input');
    expect(apart([{}, { input: 'pipe:[4]' }], 5)).toBe('plausible input');
    expect(apart([{ input: '/srv/a.json' }, { input: '/srv/a.json' }], 5)).toBe('proven');
    expect(apart([{ input: 'socket:[3]' }, {}], 5)).toBe('proven');
    expect(apart([{}, { input: 'left pipe:[4]' }], 5)).toBe('plausible input');
  });

  it.each([
    // One program that started both gives each a socket or pipe of its own.
    ['node run.js', 'socket:[3]', 'socket:[4]', 'proven'],
    ['node run.js', 'pipe:[3]', 'pipe:[4]', 'proven'],
    ['supervisord', 'pipe:[3]', 'pipe:[4]', 'proven'],
    // What else feeds it was chosen for it.
    ['node run.js', 'pipe:[3]', 'socket:[4]', 'plausible input'],
    ['node run.js', undefined, 'pipe:[4]', 'plausible input'],
    ['node run.js', 'left pipe:[3]', 'left pipe:[4]', 'plausible input'],
    ['bash', 'pipe:[3]', 'pipe:[4]', 'plausible input'],
    ['bash run.sh', 'pipe:[3]', 'pipe:[4]', 'plausible input'],
  ])('asks who feeds both: `%s` with %s and %s', (parent, a, b, expected) => {
    const inputs = [a, b].map((input): RunFacts => (input === undefined ? {} : { input }));
    const seen = see({
      processes: [
        // A program that is none of the monitor's own would have meant both.
        proc(900, parent, { cwd: '/opt', startedAgo: 9000 }),
        ...[7, 8].map((pid) => proc(pid, 'python3 bot.py', { ppid: 900 })),
      ],
      runs: inputs.map((run, i) => [7 + i, run]),
    });
    expect(seen).toBe(expected);
  });

  it.each<[string, RunFacts | undefined, RunFacts | undefined, string]>([
    ['something else', {}, {}, 'plausible input'],
    ['what is not known', undefined, undefined, 'plausible input'],
    ['something else, the owner’s alone', {}, { input: 'pipe:[4]' }, 'plausible input'],
    ['something else, its own alone', { input: 'pipe:[3]' }, {}, 'plausible input'],
    ['the same', { input: 'pipe:[3]' }, { input: 'pipe:[4]' }, 'proven'],
  ])('asks what a shell of the run was given itself: %s', (_, one, two, expected) => {
    const of = (top: number, pid: number): ProcessFacts[] => [
      proc(top, 'sh -c "python3 bot.py"', { ppid: 900, startedAgo: 7200 - pid }),
      proc(pid, 'python3 bot.py', { ppid: top, startedAgo: 3600 - pid }),
    ];
    const seen = see({
      processes: [proc(900, 'node run.js', { cwd: '/opt', startedAgo: 9000 }), ...of(5, 7), ...of(6, 8)],
      runs: [
        ...(one === undefined ? [] : [[5, one] as const]),
        ...(two === undefined ? [] : [[6, two] as const]),
        [7, { input: 'pipe:[3]' }],
        [8, { input: 'pipe:[4]' }],
      ],
    });
    expect(seen).toBe(expected);
  });

  it.each<[string, number | undefined, number | undefined, string]>([
    ['one program', 900, 900, 'proven'],
    ['two programs', 900, 901, 'plausible input'],
    ['init, which takes orphans in', 1, 1, 'plausible input'],
    ['two that are gone', 98, 99, 'plausible input'],
    ['what is not known', undefined, undefined, 'plausible input'],
  ])('asks who gave each a pipe of its own: %s', (_, one, two, expected) => {
    const below = (run: ProcessFacts, ppid: number | undefined): ProcessFacts =>
      ppid === undefined ? without(run, 'ppid') : { ...run, ppid };
    const program = (pid: number): ProcessFacts =>
      proc(pid, 'node run.js', { cwd: '/opt', startedAgo: 9000 });
    const seen = see({
      processes: [program(900), program(901), below(owner, one), below(other, two)],
      runs: [
        [7, { input: 'pipe:[3]' }],
        [8, { input: 'pipe:[4]' }],
      ],
    });
    expect(seen).toBe(expected);
  });

  it.each(['/dev/fd/63', '--config=/dev/fd/3', '/proc/self/fd/3', '/proc/4711/fd/3'])(
    'counts a descriptor that it was told: %s',
    (word) => {
      const both = (given: string): ProcessFacts[] =>
        [7, 8].map((pid) => proc(pid, `python3 bot.py ${given}`, { startedAgo: 3600 - pid }));
      expect(see({ processes: both(word) })).toBe('plausible input');
      expect(see({ processes: both(`${word}.json`) })).toBe('proven');
    },
  );

  it.each([
    ['a socket that no list names', { 'socket:[4]': 'socket:[4]' }, {}, 'plausible ownUse'],
    ['a device', { '/dev/ttyUSB0': '/dev/ttyUSB0' }, {}, 'plausible ownUse'],
    ['memory', { m: 'memory /srv/b.db' }, { m: 'memory /srv/a.db' }, 'plausible ownUse'],
    ['more sockets than the owner', { a: 'unix', b: 'unix' }, { c: 'unix' }, 'plausible ownUse'],
    ['as many', { a: 'unix', b: 'udp' }, { c: 'unix', d: 'udp' }, 'proven'],
    ['a wait for a child', { 'pid:8': 'pid:8' }, {}, 'proven'],
    ['a wait for the owner', { 'pid:7': 'pid:7' }, {}, 'plausible ownUse'],
    ['a pipe', { 'pipe:[4]': 'pipe:[4]' }, {}, 'plausible feeds'],
    ['an output', { 'out pipe:[4]': 'out pipe:[4]' }, {}, 'plausible feeds'],
    ['the same output', { 'out pipe:[4]': 'out pipe:[4]' }, { 'out pipe:[4]': 'out pipe:[4]' }, 'proven'],
    ['memory of the service’s own file', { m: `memory ${LOCK_PATH}` }, {}, 'proven'],
    // By their names only.
    ['a file called like a pipe', { f: '/srv/pipe:4' }, {}, 'plausible ownFile'],
    ['a file called like a child', { f: '/srv8' }, {}, 'plausible ownFile'],
    [
      'a file called like memory',
      { f: LOCK_PATH.replace('bot.lock', 'memory bot.lock') },
      {},
      'plausible ownFile',
    ],
  ])('tells %s', (_, two, one, expected) => {
    const run = (uses: object): RunFacts => ({ uses: new Map(Object.entries(uses)) });
    expect(uses(run(two), run(one))).toBe(expected);
  });

  it('leaves out a pipe of which it has both ends, but for what it says itself', () => {
    const ends = { writesTo: new Set(['pipe:[4]']), readsFrom: new Set(['pipe:[4]']) };
    expect(uses({ uses: new Map([['pipe:[4]', 'pipe:[4]']]), ...ends })).toBe('proven');
    expect(uses({ uses: new Map([['out pipe:[4]', 'out pipe:[4]']]), ...ends })).toBe('plausible feeds');
    const one: RunFacts = { uses: new Map([['pipe:[4]', 'pipe:[4]']]) };
    expect(uses({ ...one, writesTo: ends.writesTo })).toBe('plausible feeds');
    expect(uses({ ...one, readsFrom: ends.readsFrom })).toBe('plausible feeds');
  });

  it('leaves out what its workers say to each other', () => {
    const worker = proc(9, 'python3 bot.py', { ppid: 8 });
    const said: RunFacts = {
      uses: new Map([['out pipe:[4]', 'out pipe:[4]']]),
      writesTo: new Set(['pipe:[4]']),
    };
    const seen = (root: RunFacts, more: RunFacts): string =>
      see({
        processes: [owner, other, worker],
        runs: [
          [7, { uses: new Map() }],
          [8, root],
          [9, { ...said, ...more }],
        ],
      });
    const readsIt = { readsFrom: new Set(['pipe:[4]']) };
    expect(seen({ uses: new Map(), ...readsIt }, {})).toBe('proven');
    expect(seen({ uses: new Map() }, readsIt)).toBe('proven');
    expect(seen({ uses: new Map() }, {})).toBe('plausible feeds');
  });

  it('sets it apart where not all of it was read', () => {
    expect(uses({ isCut: true })).toBe('plausible cut');
    const below = proc(9, 'python3 bot.py', { ppid: 8 });
    const seen = (more: [number, RunFacts][]): string =>
      see({
        processes: [owner, other, below],
        runs: [[7, { uses: new Map() }], [8, { uses: new Map() }], ...more],
      });
    expect(seen([])).toBe('plausible unread');
    expect(seen([[9, { uses: new Map() }]])).toBe('proven');
    // Of its workers alone it is not enough.
    const ofWorker: [number, RunFacts] = [9, { uses: new Map() }];
    const processes = [owner, other, below];
    expect(see({ processes, runs: [[7, { uses: new Map() }], ofWorker] })).toBe('plausible unread');
    expect(see({ processes, runs: [[7, { uses: new Map() }], [8, {}], ofWorker] })).toBe('plausible unread');
  });

  it('needs to know nothing of what has ended', () => {
    const worker = proc(9, 'python3 bot.py', { ppid: 8 });
    const uses: RunFacts = { uses: new Map() };
    const seen = (state: string): string =>
      see({
        processes: [owner, { ...other, state }, worker],
        runs: [
          [7, uses],
          [9, uses],
        ],
      });
    expect(seen('Z')).toBe('proven');
    expect(seen('S')).toBe('plausible unread');
  });

  it('needs to know nothing of what only runs it', () => {
    const processes = [owner, proc(5, 'timeout 9 python3 bot.py'), proc(8, 'python3 bot.py', { ppid: 5 })];
    const uses: RunFacts = { uses: new Map() };
    const runs = [7, 8].map((pid) => [pid, uses] as const);
    expect(see({ processes, runs })).toBe('proven');
  });

  it('sets it apart where a file or connection joins both, or a socket may', () => {
    const [writes, reads] = [{ writesTo: new Set(['/srv/q']) }, { readsFrom: new Set(['/srv/q']) }];
    expect(uses(writes, { ...writes, ...reads })).toBe('plausible connected');
    expect(uses({ ...writes, ...reads }, { ...writes, ...reads })).toBe('proven');
    const unix = { uses: new Map([['a', 'unix']]) };
    expect(uses(unix, { ...unix, accepts: true })).toBe('plausible connected');
    expect(uses(unix, unix)).toBe('proven');
    const worker = proc(9, 'python3 bot.py', { ppid: 7 });
    const seen = (ofWorker: RunFacts): string =>
      see({
        processes: [owner, worker, other],
        runs: [
          [7, unix],
          [8, unix],
          [9, { uses: new Map(), ...ofWorker }],
        ],
      });
    expect(seen({ accepts: true })).toBe('plausible connected');
    expect(seen({})).toBe('proven');
  });

  it('sets it apart where it reads a terminal', () => {
    expect(uses({ readsTerminal: true })).toBe('plausible terminal');
    expect(uses({}, { readsTerminal: true })).toBe('proven');
  });

  it('sets it apart where a pipe connects it with the owner, or feeds both', () => {
    const [writes, reads] = [{ writesTo: new Set(['pipe:[5]']) }, { readsFrom: new Set(['pipe:[5]']) }];
    expect(uses(reads, writes)).toBe('plausible connected');
    expect(uses(writes, reads)).toBe('plausible connected');
    expect(uses({ input: 'pipe:[6]' }, { input: 'pipe:[6]' })).toBe('plausible connected');
    // Near misses: what started both left them its own pipe.
    expect(uses(writes, writes)).toBe('proven');
    expect(uses(reads, reads)).toBe('proven');
    expect(uses({ ...writes, ...reads }, { ...writes, ...reads })).toBe('proven');
    expect(uses({ ...writes, ...reads }, reads)).toBe('proven');
    expect(uses({ ...writes, ...reads }, writes)).toBe('proven');
    expect(uses({ readsFrom: new Set(['pipe:[6]']) }, writes)).toBe('proven');
  });

  it('sets it apart where it serves, waits for another lock, or is looked into', () => {
    expect(uses({ listens: true })).toBe('plausible listens');
    expect(uses({}, { listens: true })).toBe('proven');
    expect(uses({ waits: true })).toBe('plausible waitsElsewhere');
    expect(uses({ traced: true })).toBe('plausible traced');
    expect(uses({}, { traced: true, waits: true })).toBe('proven');
  });

  it('sets it apart where the owner was asked to end', () => {
    expect(uses({}, { isEnding: true })).toBe('plausible ownerEnds');
    expect(uses({ isEnding: true })).toBe('proven');
  });
});

describe('what runs below a run', () => {
  const seen = (below: string, more: RunFacts = {}, ofOwner = below): string =>
    see({
      processes: [
        owner,
        other,
        proc(10, below, { ppid: 8 }),
        ...(ofOwner === '' ? [] : [proc(11, ofOwner, { ppid: 7 })]),
      ],
      runs: [[10, more]],
    });

  it('sets it apart where it is a shell at which someone may be at work', () => {
    expect(seen('bash -i')).toBe('plausible shell');
    expect(seen('sh -c x')).toBe('proven');
    const [worker, shell] = [proc(9, 'python3 bot.py', { ppid: 8 }), proc(10, 'bash -i', { ppid: 8 })];
    expect(see({ processes: [owner, other, worker, shell] })).toBe('plausible shell');
  });

  it('is nothing where that shell has ended', () => {
    const ended = proc(10, 'bash', { ppid: 8, state: 'Z' });
    expect(see({ processes: [owner, other, ended] })).toBe('proven');
  });

  it.each([
    'vim notes.txt',
    'dd if=/dev/zero of=image',
    'ssh db',
    'sh -c x',
    'python3 other.py',
    'perl -e 1',
  ])('sets it apart where the owner has no like of it: %s', (below) => {
    expect(seen(below, {}, '')).toBe('plausible below');
    expect(seen(below, {}, 'tail -f x')).toBe('plausible below');
    expect(seen(below)).toBe('proven');
  });

  it('says nothing of its own workers, of what lets time pass, and of the numbers in code', () => {
    expect(seen('python3 bot.py', {}, '')).toBe('proven');
    expect(seen('sleep 5', {}, '')).toBe('proven');
    expect(seen('python3 -c spawn_main(fd=5)', {}, 'python3 -c spawn_main(fd=7)')).toBe('proven');
    expect(seen('python3 -c spawn_main(fd=5)', {}, 'python3 -c spawn_main(fd=17)')).toBe('proven');
    expect(seen('python3 -c import(1)', {}, 'python3 -c export(1)')).toBe('plausible below');
    expect(seen('python3 -c import(1)', {}, 'python3 -c import()')).toBe('plausible below');
    expect(seen('python3 w1.py', {}, 'python3 w2.py')).toBe('plausible below');
    expect(seen('/srv/a/worker', {}, '/srv/b/worker')).toBe('plausible below');
  });

  it('says nothing of a worker that works elsewhere, and of one of another user all the more', () => {
    const at = (more: Partial<ProcessFacts>): string =>
      see({ processes: [owner, other, proc(10, 'python3 bot.py', { ppid: 8, ...more })] });
    expect(at({ cwd: '/' })).toBe('proven');
    expect(at({ uid: 1001 })).toBe('plausible below');
  });

  it('is no fork in between that has ended', () => {
    const between = (state: string): string => {
      const fork = proc(9, 'python3 bot.py', { ppid: 8, uid: 0, state });
      return see({ processes: [owner, other, fork, proc(10, 'python3 bot.py', { ppid: 9 })] });
    };
    expect(between('Z')).toBe('proven');
    expect(between('S')).toBe('plausible below');
  });

  it('sets it apart where another user runs it', () => {
    const child = (pid: number, ppid: number, uid: number): ProcessFacts =>
      proc(pid, 'worker', { ppid, uid });
    const of = (uid: number): string =>
      see({ processes: [owner, other, child(10, 8, uid), child(11, 7, 1000)] });
    expect(of(1001)).toBe('plausible below');
    expect(of(1000)).toBe('proven');
  });

  it('sets it apart where it serves, or is of another watched service, or has a record of its own', () => {
    expect(seen('worker', { listens: true })).toBe('plausible listens');
    expect(seen('worker', { ownsElsewhere: true })).toBe('plausible ownsElsewhere');
    expect(seen('worker', { hasOwnRecord: true })).toBe('plausible ownRecord');
    expect(seen('worker')).toBe('proven');
  });
});

/** What a listener is to the service, and what is said of it: each doubt with the nearest case that leaves none. */
import { describe, expect, it } from 'vitest';
import { contextOf } from '../../../src/model/context';
import { diagnose } from '../../../src/model/diagnose';
import type { PortFacts, ProcessFacts, ServiceFacts, SupervisorKind } from '../../../src/model/facts';
import { STARTING_MS } from '../../../src/model/instances/rivals';
import { judgePorts } from '../../../src/model/ports/judgePorts';
import { portLines, portSnapshot } from '../../../src/model/ports/portText';
import {
  alive,
  facts,
  file,
  gone,
  holder,
  lock,
  lockFile,
  NAMED,
  PID_PATH,
  pidFile,
  port,
  proc,
  without,
  type Given,
} from './build';

const SHELL = proc(50, 'bash', { startedAgo: 9000 });
const bot = proc(4242, 'python3 bot.py', { ppid: 50 });
/** Started from the same shell as the bot. */
const stranger = proc(4300, 'node server.js', { ppid: 50, cwd: '/home/ann/web' });
const free = lockFile();
const young = proc(4300, 'node server.js', { ppid: 50, startedAgo: 2 });
const untold: Given = { service: { lockFiles: [], pidFiles: [] }, lockFiles: [] };
const named: Given = { service: { ...NAMED, lockFiles: [], pidFiles: [] }, lockFiles: [], processes: [] };

const all = (given: Given, more: Partial<ServiceFacts> = {}): ServiceFacts => ({
  ...facts({
    processes: [SHELL, bot, stranger],
    lockFiles: [lockFile([lock([bot])])],
    service: { pidFiles: [] },
    ...given,
  }),
  ...more,
});

/** The relation of each listener in words: `other proven`, `unknown starting`, `other plausible of web`. */
const relations = (given: Given, more: Partial<ServiceFacts> = {}): string[] =>
  contextOf(all(given, more)).ports.flatMap(({ listeners }) =>
    listeners.map(({ relation, proof, doubt, of }) =>
      [relation, doubt ?? proof, ...(of === undefined ? [] : ['of', of])].join(' '),
    ),
  );
const lines = (given: Given): string[] => contextOf(all(given)).ports.flatMap(portLines);
const at = (process: ProcessFacts, more: Partial<PortFacts> = {}): Pick<Given, 'ports'> => ({
  ports: [port([process], more)],
});
const owned = (...owners: [number, string][]): Partial<PortFacts> => ({ owners: new Map(owners) });

describe('what a listener is to a service that runs', () => {
  const unit = (kind: SupervisorKind, name?: string): Partial<ProcessFacts> => ({
    supervisor: { kind, ...(name === undefined ? {} : { name }) },
  });
  const inUnits = (a: Partial<ProcessFacts>, b: Partial<ProcessFacts>): Given => ({
    processes: [SHELL, { ...bot, ...a }],
    lockFiles: [lockFile([lock([{ ...bot, ...a }])])],
    ...at({ ...stranger, ...b }),
  });
  const orphan = { ...stranger, ppid: 1 };
  const since = bot.startTime ?? 0;
  const dev = proc(60, 'node dev.js', { startedAgo: 9000 });
  const below = { ...stranger, ppid: 60 };
  const listed = proc(4400, 'python3 listed.py', { ppid: 50, startedAgo: 60 });
  const sockets = (...of: ProcessFacts[][]): PortFacts['listeners'] =>
    of.map((processes, i) => ({ address: `127.0.0.${i + 1}`, uid: 1000, processes }));

  it.each<[string, Given, string]>([
    ['an instance', at(bot), 'instance proven'],
    ['a stranger', at(stranger), 'other proven'],
    ['one unit', inUnits(unit('docker', 'a'), unit('docker', 'a')), 'unknown related'],
    ['units of two names', inUnits(unit('docker', 'a'), unit('docker', 'b')), 'other proven'],
    ['units of two kinds', inUnits(unit('docker', 'a'), unit('podman', 'a')), 'other proven'],
    ['units without names', inUnits(unit('docker'), unit('docker')), 'other proven'],
    ['one manager of many', inUnits(unit('pm2', 'a'), unit('pm2', 'a')), 'other proven'],
    ['a unit and none', inUnits(unit('docker', 'a'), {}), 'other proven'],
    ['an orphan of the same age', at({ ...orphan, startTime: since }), 'other plausible'],
    ['an older orphan', at({ ...orphan, startTime: since - 1 }), 'other proven'],
    ['an orphan of unknown age', at(without(orphan, 'startTime')), 'other plausible'],
    ['an orphan of another user', at({ ...orphan, uid: 7 }), 'other proven'],
    ['an orphan whose parent is not shown', at({ ...orphan, ppid: 77 }), 'other plausible'],
    ['who has a parent', at({ ...stranger, startTime: since }), 'other proven'],
    [
      'an orphan beside an instance of unknown age',
      {
        processes: [SHELL, without(bot, 'startTime', 'startTicks')],
        lockFiles: [lockFile([lock([without(bot, 'startTime', 'startTicks')])])],
        ...at({ ...orphan, startTime: 1 }),
      },
      'other plausible',
    ],
    ['a forwarder', at(proc(700, '/usr/bin/docker-proxy')), 'unknown forwarder'],
    ['a forwarder by its short name', at(proc(700, 'x', { ppid: 50, comm: 'socat' })), 'unknown forwarder'],
    ['a reverse proxy', at(proc(700, ['nginx: worker process'], { comm: 'nginx' })), 'unknown forwarder'],
    ['a server that may pass it on', at(proc(700, '/usr/sbin/apache2 -k start')), 'unknown forwarder'],
    ['a tunnel', at(proc(700, 'cloudflared tunnel run')), 'unknown forwarder'],
    ['no forwarder', at(proc(700, 'docker-proxy2', { ppid: 50 })), 'other proven'],
    ['what starts services', at(proc(700, 'xinetd', { ppid: 50 })), 'unknown activation'],
    ['another network', { ...at(stranger), otherNetwork: [4242] }, 'unknown network'],
    ['another network of a stranger', { ...at(stranger), otherNetwork: [4300] }, 'other proven'],
    [
      'a file that may be locked unseen',
      { ...at(stranger), lockFiles: [lockFile([lock([bot])]), lockFile([], { certainty: 'unknown' })] },
      'unknown unsure',
    ],
    ['the owner of another service', at(stranger, owned([4300, 'web'])), 'other proven of web'],
    ['the owner of another service, by its shell', at(stranger, owned([50, 'web'])), 'other proven'],
    ['an instance of another service too', at(bot, owned([4242, 'web'])), 'instance proven'],
    ['a unit of the stranger alone', inUnits({}, unit('docker', 'a')), 'other proven'],
    [
      'one of whose two sockets an instance shares',
      { ports: [port([], { listeners: sockets([stranger, bot], [stranger]) })] },
      'instance proven',
    ],
    [
      'a child of the owner of another service',
      {
        processes: [dev, bot, below],
        ...at(below, owned([60, 'web'])),
      },
      'other proven of web',
    ],
    [
      'beside an owner that is proven and one that is not',
      {
        processes: [SHELL, bot, listed, stranger],
        lockFiles: [
          lockFile([lock([bot])]),
          lockFile([lock([holder(listed, { proven: false })])], { file: file('/b.lock') }),
        ],
        ...at(stranger),
      },
      'other proven',
    ],
    [
      'an orphan that is younger than one of two owners',
      {
        processes: [SHELL, bot, listed, orphan],
        lockFiles: [lockFile([lock([bot])]), lockFile([lock([listed])], { file: file('/b.lock') })],
        ...at({ ...orphan, startTime: since + 1 }),
      },
      'other plausible',
    ],
  ])('%s', (_, given, expected) => {
    expect(relations(given)[0]).toBe(expected);
  });

  it('is above an instance, or below it, however far and past what ties nothing together', () => {
    const top = proc(60, 'node dev.js', { startedAgo: 9000 });
    const tmux = proc(61, 'tmux', { ppid: 60, startedAgo: 9000 });
    const below = proc(62, 'tmux', { ppid: 4242 });
    const leaf = proc(63, 'node web.js', { ppid: 62 });
    const own = { ...bot, ppid: 61 };
    const given = {
      processes: [top, tmux, own, below, leaf, stranger],
      lockFiles: [lockFile([lock([own])])],
    };
    for (const one of [top, tmux, leaf]) {
      expect(relations({ ...given, ...at(one) })).toEqual(['unknown related']);
    }
    expect(relations({ ...given, ...at({ ...stranger, ppid: 77 }) })).toEqual(['other plausible']);
  });

  it('is not lost in parents that form a ring', () => {
    const bare = (pid: number, ppid: number): ProcessFacts =>
      without(proc(pid, `node ${pid}.js`, { ppid }), 'startTime', 'startTicks');
    const [a, b] = [bare(70, 71), bare(71, 70)];
    const own = without({ ...bot, ppid: 70 }, 'startTime', 'startTicks');
    const given = { processes: [a, b, own], lockFiles: [lockFile([lock([own])])] };
    expect(relations({ ...given, ...at(a) })).toEqual(['unknown related']);
    expect(
      relations({ ...given, processes: [a, b, bot], lockFiles: [lockFile([lock([bot])])], ...at(a) }),
    ).toEqual(['other proven']);
  });
});

describe('what a listener is to a service of which no instance is known', () => {
  const settled = (ms: number): ProcessFacts =>
    proc(4300, 'node server.js', { ppid: 50, startedAgo: ms / 1000 });
  const folder = {
    service: {
      process: { kind: 'commandAndCwd', command: { kind: 'substring', text: 'x.js' }, cwd: '/x' },
      lockFiles: [],
      pidFiles: [],
    },
    lockFiles: [],
    processes: [],
  } as const;
  it.each<[string, Given, string]>([
    ['it has just started', { lockFiles: [free], ...at(young) }, 'unknown starting'],
    ['it started a moment before', { lockFiles: [free], ...at(settled(STARTING_MS)) }, 'other proven'],
    ['it still starts', { lockFiles: [free], ...at(settled(STARTING_MS - 1)) }, 'unknown starting'],
    ['its start is not shown', { lockFiles: [free], ...at(without(stranger, 'startTime')) }, 'other proven'],
    [
      'it has just started, and is another service’s',
      { lockFiles: [free], ...at(young, owned([4300, 'web'])) },
      'other proven of web',
    ],
    ['a lock tells', { lockFiles: [free], ...at(stranger) }, 'other proven'],
    [
      'a lock by existence tells nothing',
      { lockFiles: [lockFile([], { existence: true })], ...at(stranger) },
      'unknown untold',
    ],
    ['nothing tells', { ...untold, ...at(stranger) }, 'unknown untold'],
    [
      'nothing tells, but it is another service’s',
      { ...untold, ...at(stranger, owned([4300, 'web'])) },
      'other plausible of web',
    ],
    ['`process` tells', { ...named, ...at(stranger) }, 'other proven'],
    ['it does not show what it is', { ...named, ...at({ ...stranger, argv: [] }) }, 'unknown unread'],
    [
      'it does not show what it is, whosever it is',
      { ...named, ...at({ ...stranger, argv: [] }, owned([4300, 'web'])) },
      'unknown unread',
    ],
    ['it does not show where it is', { ...folder, ...at(without(stranger, 'cwd')) }, 'other plausible'],
    ['it shows where it is', { ...folder, ...at(stranger) }, 'other proven'],
    ['where it is does not matter', { ...named, ...at(without(stranger, 'cwd')) }, 'other proven'],
    [
      'a forwarder may be its own',
      { lockFiles: [free], ...at(proc(700, 'socat', { ppid: 50 })) },
      'other proven',
    ],
  ])('%s', (_, given, expected) => {
    expect(relations(given)).toEqual([expected]);
  });
});

describe('what is said of a port', () => {
  const twin = proc(4299, 'python3 bot.py', { ppid: 50 });
  const because: [string, Given][] = [
    ['it may be a second instance', { processes: [SHELL, bot, twin], ...at(twin) }],
    ['it opens sockets for the services that it starts', at(proc(700, 'xinetd'))],
    ['it passes connections on, perhaps to an instance', at(proc(700, 'socat'))],
    ['it has started an instance, or shares a parent with one', at(SHELL)],
    [
      'an instance is, or may be, in another network namespace, whose ports are not these',
      { ...at(stranger), otherNetwork: [4242] },
    ],
    [
      'it may be the instance that cannot be identified',
      { lockFiles: [lockFile([lock([])])], ...at(stranger) },
    ],
    ['it started a moment ago', { lockFiles: [free], ...at(young) }],
    ['its command line cannot be read', { ...named, ...at({ ...stranger, argv: [] }) }],
    [
      'without a lock or “process”, an instance that no record names cannot be recognised',
      { ...untold, ...at(stranger) },
    ],
  ];
  it.each(because)('unknown, because %s', (doubt, given) => {
    expect(lines(given)[0]).toMatch(
      / listens on port 3000 at 127\.0\.0\.1: unknown whether it is an instance, because /,
    );
    expect(lines(given)[0]?.split(', because ')[1]).toBe(`${doubt}.`);
  });

  it('what each listener is', () => {
    const orphan = { ...stranger, ppid: 1 };
    expect(lines(at(stranger))).toEqual([
      '4300 (node server.js) listens on port 3000 at 127.0.0.1: proven not to be an instance.',
    ]);
    expect(lines(at(orphan))).toEqual([
      '4300 (node server.js) listens on port 3000 at 127.0.0.1: probably not an instance.',
    ]);
    const two = port([], {
      listeners: [
        { address: '127.0.0.1', uid: 1000, processes: [stranger] },
        { address: '::1', uid: 1000, processes: [stranger] },
        { address: '::1', uid: 1000, processes: [stranger] },
      ],
      owners: new Map([[4300, 'w'.repeat(70)]]),
    });
    expect(lines({ ports: [two] })).toEqual([
      `4300 (node server.js) of service ${'w'.repeat(59)}… listens on port 3000 at 127.0.0.1, ::1: proven not to be an instance.`,
    ]);
  });

  it('who listens, or why that is not known', () => {
    const reason = (more: Partial<PortFacts>) => lines({ ports: [port([], more)] });
    const hidden = { address: '::1', uid: 7, processes: [] };
    const seen = { address: '::1', uid: 1000, processes: [bot] };
    expect(reason({ listeners: [seen, hidden] })).toEqual([
      '4242 (python3 bot.py) listens on port 3000 at ::1: an instance, or a process that shares its socket.',
      'On port 3000: a process of user 7 listens and does not show its descriptors.',
    ]);
    const socket = (uid?: number) => ({
      address: '::1',
      processes: [],
      ...(uid === undefined ? {} : { uid }),
    });
    expect(reason({})).toEqual(['No process listens on port 3000 in this network namespace.']);
    expect(reason({ unknown: 'system' })).toEqual(['On port 3000: this system does not show who listens.']);
    expect(reason({ unknown: 'pending' })).toEqual([
      'On port 3000: who listens is looked up at the next check.',
    ]);
    expect(reason({ unknown: 'otherUser' })).toEqual([
      'On port 3000: no process of yours listens, and those of other users do not show whether they do.',
    ]);
    expect(reason({ unknown: { code: 'EACCES', syscall: 'open' } })).toEqual([
      'On port 3000: the list of sockets cannot be read: open failed with EACCES.',
    ]);
    expect(reason({ listeners: [socket(7), socket(7), socket()] as PortFacts['listeners'] })).toEqual([
      'On port 3000: a process of user 7, ? listens and does not show its descriptors.',
    ]);
  });

  it('what a record says that is not so', () => {
    const json = '{"pid":4242,"port":3000}';
    const recorded = (of: ProcessFacts | undefined, ports: PortFacts[]): string[] =>
      lines({
        ...untold,
        pidFiles: [pidFile(json, of === undefined ? gone : alive(of))],
        ports,
      }).filter((line) => !/^(?:\d|On port)/.test(line));
    const foreign = { isConfigured: false };
    expect(recorded(bot, [port([bot], foreign)])).toEqual([]);
    expect(recorded(bot, [port([stranger], foreign)])).toEqual([
      `${PID_PATH} names port 3000, where another process than the recorded one listens.`,
    ]);
    expect(recorded(undefined, [port([stranger], foreign)])).toEqual([
      `${PID_PATH} names port 3000 of a process that has ended or is unknown; another one listens there.`,
    ]);
    expect(recorded(bot, [port([bot, stranger], foreign)])).toEqual([]);
    expect(recorded(bot, [port([], foreign)])).toEqual([
      `${PID_PATH} names port 3000, and no process listens there.`,
    ]);
    // What cannot be seen is not said to be absent.
    expect(recorded(bot, [port([[]], foreign)])).toEqual([]);
    expect(recorded(bot, [port([], { ...foreign, unknown: 'system' })])).toEqual([]);
    const both = [
      { address: '::1', uid: 7, processes: [] },
      { address: '::1', uid: 1000, processes: [bot] },
    ];
    expect(recorded(bot, [port([], { ...foreign, listeners: both })])).toEqual([]);
    // A port of no interest to the record.
    expect(recorded(bot, [port([], { port: 4000 })])).toEqual([
      'No process listens on port 4000 in this network namespace.',
    ]);
    // A record that cannot be read names none.
    const unread = pidFile(undefined, undefined, { file: file(PID_PATH, { status: 'unreadable' }) });
    expect(lines({ ...untold, pidFiles: [unread], ports: [port([])] })).toEqual([
      'No process listens on port 3000 in this network namespace.',
    ]);
  });

  it('which other services it is for', () => {
    const sharedWith = ['web', 'x'.repeat(70)];
    expect(lines({ ports: [port([bot], { sharedWith })] })[1]).toBe(
      `The settings name port 3000 for web, ${'x'.repeat(59)}… too.`,
    );
  });

  it('as data, with the proof only where something is known', () => {
    const snapshot = (given: Given) => judgePorts(contextOf(all(given))).map(portSnapshot);
    const listener = { pid: 4300, command: 'node server.js', addresses: ['127.0.0.1'] };
    expect(snapshot(at(stranger))).toEqual([
      {
        port: 3000,
        listeners: [{ ...listener, relation: 'other', proof: 'proven' }],
        url: 'http://localhost:3000/',
      },
    ]);
    expect(snapshot({ ...untold, ...at(stranger) })).toEqual([
      { port: 3000, listeners: [{ ...listener, relation: 'unknown' }], url: 'http://localhost:3000/' },
    ]);
    expect(snapshot({ ports: [port([], { unknown: 'pending', sharedWith: ['a'] })] })).toEqual([
      { port: 3000, listeners: [], unknownReason: 'who listens is looked up at the next check' },
    ]);
    expect(snapshot({ ports: [] })).toEqual([]);
    expect(contextOf(all({ ...untold, ...at(stranger) })).ports[0]?.listeners).toEqual([
      {
        process: stranger,
        addresses: ['127.0.0.1'],
        relation: 'unknown',
        proof: 'plausible',
        doubt: 'untold',
      },
    ]);
    expect(contextOf(all({ ports: [port([])] })).ports).toEqual([
      { port: 3000, isConfigured: true, recordedBy: [], listeners: [], hidden: [] },
    ]);
  });

  it('where a browser finds it: never by a record that is not live', () => {
    const of = (shape: string, liveness: Parameters<typeof pidFile>[1], more: Partial<PortFacts>) =>
      diagnose(all({ ...untold, pidFiles: [pidFile(shape, liveness)], ports: [port([bot], more)] }))
        .ports?.[0]?.url;
    const recorded = '{"pid":4242,"port":3000,"url":"http://localhost:3000/app"}';
    const plain = '{"pid":4242,"port":3000}';
    const unnamed = '4242\n3000\n2026-01-31T09:05:07Z\n';
    const foreign = { isConfigured: false };
    expect(of(recorded, alive(bot), foreign)).toBe('http://localhost:3000/app');
    expect(of(recorded, gone, foreign)).toBe('http://localhost:3000/');
    expect(of(plain, alive(bot), foreign)).toBe('http://localhost:3000/');
    expect(of(unnamed, alive(bot), foreign)).toBeUndefined();
    expect(of(unnamed, alive(bot), {})).toBe('http://localhost:3000/');
    const several = (...texts: string[]): string | undefined =>
      diagnose(
        all({
          ...untold,
          pidFiles: texts.map((one, i) => pidFile(one, alive(bot), { file: file(`/run/${i}.pid`) })),
          ports: [port([bot], foreign)],
        }),
      ).ports?.[0]?.url;
    expect(several(plain, recorded)).toBe('http://localhost:3000/app');
    expect(several(unnamed, plain)).toBe('http://localhost:3000/');
    const unseen = { ...foreign, listeners: [], unknown: 'system' } as const;
    expect(of(recorded, alive(bot), unseen)).toBe('http://localhost:3000/app');
    expect(of(recorded, gone, unseen)).toBeUndefined();
  });
});

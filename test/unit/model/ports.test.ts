import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/model/diagnose';
import type { ListenerFacts, PortFacts, ProcessFacts, ServiceFacts } from '../../../src/model/facts';
import { contextOf } from '../../../src/model/context';
import { portLines } from '../../../src/model/ports/portText';
import {
  alive,
  facts,
  gone,
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
const child = proc(4243, 'python3 worker.py', { ppid: 4242 });
/** Started from the same shell as the bot. */
const stranger = proc(4300, 'node server.js', { ppid: 50, cwd: '/home/ann/web' });
const SYSTEMD = proc(2, ['/usr/lib/systemd/systemd', '--user'], { comm: 'systemd' });

const held = lockFile([lock([bot])]);
const free = lockFile();
/** It may take the lock, or write its record, in a moment. */
const young = proc(4300, 'node server.js', { ppid: 50, startedAgo: 2 });

const base: Given = {
  processes: [SHELL, bot, child, stranger],
  lockFiles: [held],
  service: { pidFiles: [] },
};

const at = (process: ProcessFacts, address: string): ListenerFacts => ({
  address,
  uid: 1000,
  processes: [process],
});

function see(given: Given, more: Partial<ServiceFacts> = {}) {
  const all = { ...facts({ ...base, ...given }), ...more };
  const snapshot = diagnose(all);
  const conflict = snapshot.findings.find(({ kind }) => kind === 'portConflict');
  const lines = contextOf(all).ports.flatMap(portLines);
  return { ...snapshot, conflict, lines, listeners: snapshot.ports?.[0]?.listeners ?? [] };
}

const json = (more: object = {}): string => JSON.stringify({ pid: 4242, port: 3000, ...more });
const recorded = (process: ProcessFacts | undefined, text = json()): Given => ({
  service: { lockFiles: [] },
  lockFiles: [],
  pidFiles: [pidFile(text, process === undefined ? gone : alive(process))],
});

describe('a port conflict', () => {
  it('is a process that is no instance, while the owner of the lock runs', () => {
    const { state, conflict, listeners } = see({ ports: [port([stranger])] });
    expect(state).toBe('conflict');
    expect(conflict).toMatchObject({ severity: 'conflict', pids: [4300] });
    expect(conflict?.message).toBe('bot is running, but port 3000 is taken by 4300 (node server.js).');
    expect(conflict?.evidence.join('\n')).toContain("$ sudo ss -ltnp 'sport = :3000'");
    expect(listeners).toMatchObject([{ pid: 4300, relation: 'other', proof: 'proven' }]);
  });

  it('is one where the service does not run either: its start would fail', () => {
    const ports = [port([stranger], { owners: new Map([[4300, 'web']]) })];
    expect(see({ lockFiles: [free], ports }).conflict).toMatchObject({
      severity: 'conflict',
      message: 'Port 3000 is taken by 4300 (node server.js) of service web, so bot cannot start there.',
    });
    expect(
      see({ service: { ...NAMED, lockFiles: [], pidFiles: [] }, lockFiles: [], processes: [stranger], ports })
        .conflict?.severity,
    ).toBe('conflict');
  });

  it('is one too where a process of another network namespace has only to do with the service', () => {
    expect(see({ ports: [port([stranger])], otherNetwork: [4999] }).conflict?.severity).toBe('conflict');
  });

  it('is one at once where who has just started is the owner of another service', () => {
    const ports = [port([young], { owners: new Map([[4300, 'web']]) })];
    expect(see({ lockFiles: [free], ports }).conflict?.severity).toBe('conflict');
  });

  it('is only probable where the owner is not proven', () => {
    const { conflict, state } = see({ ...recorded(bot, '4242'), ports: [port([stranger])] });
    expect(state).toBe('held');
    expect(conflict).toMatchObject({
      severity: 'warning',
      message: 'Port 3000 of bot is probably taken by 4300 (node server.js).',
    });
  });

  it('is only probable where an orphan may be a daemon that an instance has started', () => {
    const daemon = { ...stranger, ppid: 1 };
    const severity = (process: ProcessFacts): string | undefined =>
      see({ processes: [SHELL, bot, process], ports: [port([process])] }).conflict?.severity;
    expect(severity(daemon)).toBe('warning');
    // Not by another user, nor before the instance itself was there.
    expect(severity({ ...daemon, uid: 0 })).toBe('conflict');
    expect(severity({ ...daemon, startTime: (bot.startTime ?? 0) - 1 })).toBe('conflict');
  });

  it('is one with an instance that listens as well: a conflict at one address, a warning at two', () => {
    expect(see({ ports: [port([bot, stranger])] }).conflict).toMatchObject({
      severity: 'conflict',
      message:
        '4242 (python3 bot.py) and 4300 (node server.js) both listen on port 3000: which of them gets a connection is left to the kernel.',
      pids: [4300],
    });
    const two = port([], { listeners: [at(bot, '127.0.0.1'), at(stranger, '::1')] });
    expect(see({ ports: [two] }).conflict).toMatchObject({
      severity: 'warning',
      message:
        'Two processes listen on port 3000: 4242 (python3 bot.py) at 127.0.0.1, and 4300 (node server.js) at ::1.',
    });
  });

  it.each<[string, Given]>([
    ['nothing that listens', { ports: [port([])] }],
    ['the instance itself', { ports: [port([bot])] }],
    ['a child of the instance', { ports: [port([child])] }],
    [
      'a possible second instance',
      {
        processes: [SHELL, bot, proc(4299, 'python3 bot.py', { ppid: 50 })],
        ports: [port([proc(4299, 'python3 bot.py', { ppid: 50 })])],
      },
    ],
    ['a process that shares the socket of an instance', { ports: [port([[stranger, child]])] }],
    [
      'a server below a tmux that the instance has started',
      {
        processes: [bot, proc(60, 'tmux', { ppid: 4242 }), proc(61, 'node web.js', { ppid: 60 })],
        ports: [port([proc(61, 'node web.js', { ppid: 60 })])],
      },
    ],
    ['several sockets of one instance (SO_REUSEPORT)', { ports: [port([bot, child])] }],
    ['the shell that has started the instance', { ports: [port([SHELL])] }],
    ['systemd, which opens sockets for its services', { ports: [port([SYSTEMD])] }],
    ['an instance in another network namespace', { ports: [port([stranger])], otherNetwork: [4242] }],
    ['a port that no process shows', { ports: [port([[]])] }],
    ['a table that cannot be read', { ports: [port([], { unknown: { code: 'EACCES', syscall: 'open' } })] }],
    [
      'a worker beside the instance in one unit',
      {
        processes: [SHELL, { ...bot, supervisor: { kind: 'systemd', name: 'bot.service' } }],
        ports: [port([{ ...stranger, supervisor: { kind: 'systemd', name: 'bot.service' } }])],
        lockFiles: [lockFile([lock([{ ...bot, supervisor: { kind: 'systemd', name: 'bot.service' } }])])],
      },
    ],
    ['a lock whose holder is unknown', { lockFiles: [lockFile([lock([])])], ports: [port([stranger])] }],
    [
      'a record that cannot be verified',
      {
        pidFiles: [pidFile('77', undefined, { foreign: 'otherHost' })],
        ports: [port([stranger])],
      },
    ],
    [
      'a process that has just started, and may take the lock in a moment',
      { lockFiles: [free], ports: [port([young])] },
    ],
    ['a service whose instances nothing tells', { ...recorded(undefined, ''), ports: [port([stranger])] }],
    [
      'a service that locks by the existence of a file, which a new instance may be about to make',
      { service: { existence: true, pidFiles: [] }, lockFiles: [free], ports: [port([stranger])] },
    ],
    ['a lock directory', { lockFiles: [lockFile([], { existence: true })], ports: [port([stranger])] }],
    [
      'the port in the JSON of a dead process',
      {
        pidFiles: [pidFile(json(), gone)],
        lockFiles: [free],
        ports: [port([stranger], { isConfigured: false })],
      },
    ],
    [
      'a process whose command line may not be read',
      {
        service: { ...NAMED, lockFiles: [], pidFiles: [] },
        lockFiles: [],
        processes: [],
        ports: [port([{ ...stranger, argv: [] }])],
      },
    ],
  ])('is not: %s', (_, given) => {
    expect(see(given).conflict).toBeUndefined();
  });

  it('is only probable where the folder of who listens may not be read', () => {
    const service = {
      process: {
        kind: 'commandAndCwd',
        command: { kind: 'substring', text: 'server.js' },
        cwd: '/home/ann/bot',
      },
      lockFiles: [],
      pidFiles: [],
    } as const;
    const severity = (process: ProcessFacts): string | undefined =>
      see({ service, lockFiles: [], processes: [process], ports: [port([process])] }).conflict?.severity;
    expect(severity(stranger)).toBe('conflict');
    expect(severity(without(stranger, 'cwd'))).toBe('warning');
  });

  it('is an instance of the same program in another folder, which owns the lock there', () => {
    const twin = proc(4400, 'python3 bot.py', { ppid: 50, cwd: '/home/ann/other' });
    const given = { service: { ...NAMED, pidFiles: [] }, lockFiles: [free], processes: [twin] };
    const claims = new Map([[4400, { by: 'holds', path: '/home/ann/other/bot.lock' } as const]]);
    expect(see({ ...given, ports: [port([twin])] }, { claims }).conflict?.severity).toBe('conflict');
    expect(see({ ...given, ports: [port([twin])] }).conflict).toBeUndefined();
  });

  it('is not a forwarder of a running service, whose instance may be behind it, but is one of a service that does not run', () => {
    const proxy = proc(700, ['/usr/bin/docker-proxy', '-host-port', '3000'], { uid: 0 });
    expect(see({ ports: [port([proxy])] }).conflict).toBeUndefined();
    expect(see({ lockFiles: [free], ports: [port([proxy])] }).conflict?.severity).toBe('conflict');
  });

  it('is not another program of the same tmux: that is no unit', () => {
    const supervisor = { kind: 'tmux', name: 'work' } as const;
    const inside = { ...bot, supervisor };
    const given = { processes: [SHELL, inside], lockFiles: [lockFile([lock([inside])])] };
    expect(see({ ...given, ports: [port([{ ...stranger, supervisor }])] }).conflict?.severity).toBe(
      'conflict',
    );
  });

  it('is probable where the owner of another watched service listens, whatever tells an instance of this one', () => {
    const ports = [
      port([stranger], {
        owners: new Map([
          [50, 'other'],
          [4300, 'web'],
        ]),
      }),
    ];
    expect(see({ ...recorded(undefined, ''), ports }).conflict?.severity).toBe('warning');
    // A launcher ties nothing together.
    const launched = [port([stranger], { owners: new Map([[50, 'other']]) })];
    expect(see({ ...recorded(undefined, ''), ports: launched }).conflict).toBeUndefined();
  });
});

describe('the port of a record', () => {
  const named = (listeners: ProcessFacts[]): PortFacts[] => [port(listeners, { isConfigured: false })];

  it('is the service’s own where nothing else is said', () => {
    const given = { ...recorded(bot), service: { ...NAMED, lockFiles: [] } };
    expect(see({ ...given, ports: named([stranger]) }).conflict?.severity).toBe('conflict');
    expect(see({ ...given, ports: named([bot]) }).findings).toEqual([]);
  });

  it('is a remark where another process than the dead one listens, or none', () => {
    const other = see({ ...recorded(undefined), ports: named([stranger]) });
    expect(other.conflict).toBeUndefined();
    expect(other.lines).toContain(
      `${PID_PATH} names port 3000 of a process that has ended or is unknown; another one listens there.`,
    );
    const none = see({ ...recorded(bot), ports: named([]) });
    expect(none.lines).toEqual([`${PID_PATH} names port 3000, and no process listens there.`]);
    expect(none.ports).toEqual([{ port: 3000, listeners: [], recordedIn: [PID_PATH] }]);
  });

  it('is no claim where the record does not say that it is one: PostgreSQL may listen on a socket file alone', () => {
    const text = '4242\n/srv/db\n1769853600\n3000\n/run/postgresql\n';
    const given = { ...recorded(bot, text), service: { ...NAMED, lockFiles: [] } };
    const { conflict, ports } = see({ ...given, ports: named([stranger]) });
    expect(conflict).toBeUndefined();
    expect(ports?.[0]).toMatchObject({ recordedIn: [PID_PATH] });
    expect(ports?.[0]).not.toHaveProperty('url');
  });
});

describe('the address of a port', () => {
  const url = (given: Given): string | undefined => see(given).ports?.[0]?.url;

  it('is the recorded one of a live process, else the port on this machine, and none where nothing listens', () => {
    const text = json({ url: 'http://localhost:3000/app' });
    expect(url({ ...recorded(bot, text), ports: [port([bot])] })).toBe('http://localhost:3000/app');
    expect(url({ ...recorded(undefined, text), ports: [port([stranger])] })).toBe('http://localhost:3000/');
    expect(url({ ports: [port([stranger])] })).toBe('http://localhost:3000/');
    expect(url({ ports: [port([])] })).toBeUndefined();
  });

  it('is the recorded one where the system shows no listeners', () => {
    const unknown = [port([], { unknown: 'system' })];
    expect(url({ ...recorded(bot, json({ appUrl: 'https://localhost:3000' })), ports: unknown })).toBe(
      'https://localhost:3000/',
    );
    expect(url({ ports: unknown })).toBeUndefined();
    expect(see({ ports: unknown }).ports?.[0]?.unknownReason).toBe('this system does not show who listens');
  });
});

describe('a service with nothing but a port', () => {
  const only = (ports: PortFacts[], processes: ProcessFacts[] = [SHELL, bot, child, stranger]): Given => ({
    service: { lockFiles: [], pidFiles: [], ports: [3000] },
    lockFiles: [],
    processes,
    ports,
  });

  it('has for its instance whoever listens there', () => {
    const { state, instances, findings } = see(only([port([stranger])]));
    expect([state, findings]).toEqual(['held', []]);
    expect(instances).toMatchObject([{ role: 'owner', proof: 'proven', counted: true, root: { pid: 4300 } }]);
  });

  it('is free while no process listens, and held by someone unknown where no process shows it', () => {
    expect(see(only([port([])])).state).toBe('free');
    expect(see(only([port([[]])])).state).toBe('held');
    expect(see(only([port([], { unknown: 'system' })])).state).toBe('unverified');
    expect(see(only([port([], { unknown: 'otherUser' })])).state).toBe('unverified');
    // systemd only keeps the socket for someone.
    expect(see(only([port([SYSTEMD])])).instances).toEqual([]);
  });

  it('is one instance where siblings of one program share the port (SO_REUSEPORT), and two where strangers do', () => {
    const sibling = proc(4301, 'node server.js', { ppid: 50, cwd: '/home/ann/web' });
    const one = see(only([port([stranger, sibling])], [SHELL, stranger, sibling]));
    expect([one.instances.length, one.state]).toEqual([1, 'held']);
    expect(see(only([port([[bot, stranger]])])).instances).toHaveLength(1);
    const two = see(only([port([bot, stranger])]));
    expect(two.state).toBe('conflict');
    expect(two.findings.map(({ kind }) => kind)).toEqual(['portConflict']);
    expect(two.instances.map(({ root }) => root.pid)).toEqual([4242, 4300]);
    // Frontend and backend of one service, each on a port of its own.
    const ports = [port([bot]), port([stranger], { port: 4000 })];
    expect(see(only(ports)).findings).toEqual([]);
  });

  it('has no possible duplicates: a second server of the folder may listen on another port', () => {
    const second = proc(4301, 'node server.js', { ppid: 50, cwd: '/home/ann/web' });
    expect(see(only([port([stranger])], [SHELL, stranger, second])).findings).toEqual([]);
  });
});

it('says which other services the settings name the port for', () => {
  expect(see({ ports: [port([bot], { sharedWith: ['web'] })] }).lines).toEqual([
    '4242 (python3 bot.py) listens on port 3000 at 127.0.0.1: an instance, or a process that shares its socket.',
    'The settings name port 3000 for web too.',
  ]);
});

import { describe, expect, it } from 'vitest';
import { staleRecords } from '../../../src/actions/cleanUp/stale';
import { diagnose } from '../../../src/model/diagnose';
import type { PortFacts, RecordFacts } from '../../../src/model/facts';
import { contextOf } from '../../../src/model/context';
import {
  alive,
  facts,
  file,
  gone,
  LOCK_PATH,
  lockFile,
  NAMED,
  PID_PATH,
  pidFile,
  port,
  proc,
  record,
  type Given,
} from './build';

const server = proc(4300, 'node server.js', { cwd: '/home/ann/web' });
const stranger = proc(4242, 'vim notes.txt', { startedAgo: 60 });
const text = JSON.stringify({ pid: 4242, port: 3000 });
const recordedPort = (listeners: PortFacts['listeners'], more: Partial<PortFacts> = {}): PortFacts =>
  port([], { isConfigured: false, listeners, ...more });
const listens: PortFacts['listeners'] = [{ address: '127.0.0.1', uid: 1000, processes: [server] }];
const hidden: PortFacts['listeners'] = [{ address: '127.0.0.1', uid: 0, processes: [] }];

/** The verdict, why the clean-up keeps the record or that it offers it. */
function see(given: Given) {
  const all = facts({ service: { lockFiles: [] }, processes: [server], ...given });
  const snapshot = diagnose(all);
  const { stale, kept } = staleRecords({ facts: all, snapshot });
  const [judged] = contextOf(all).records;
  return {
    reason: judged?.reason,
    offered: stale.map(({ proof }) => proof),
    kept: kept.map(({ reason }) => reason),
    evidence: snapshot.findings.flatMap(({ evidence }) => evidence).join('\n'),
    snapshot,
  };
}

describe('a record whose address is served', () => {
  const dead = { pidFiles: [pidFile(text, gone)] };

  it('is kept, whoever listens on its port', () => {
    const { reason, offered, kept, evidence } = see({ ...dead, ports: [recordedPort(listens)] });
    expect([reason, offered]).toEqual(['portServed', []]);
    expect(kept).toEqual([
      `${PID_PATH} names pid 4242, and that process seems to have ended. But port 3000 of this service is in use, perhaps by what it left running.`,
    ]);
    expect(evidence).toContain('Process 4300 (node server.js)');
  });

  it.each<[string, Given]>([
    ['a listener that shows no process', { ...dead, ports: [recordedPort(hidden)] }],
    ['a listener on a port of the settings', { pidFiles: [pidFile('4242', gone)], ports: [port([server])] }],
    [
      'a listener that “process” does not name: a fork may have a title of its own',
      { ...dead, service: { ...NAMED, lockFiles: [] }, ports: [recordedPort(listens)] },
    ],
    [
      'a listener beside a number that another process has now',
      {
        processes: [server, stranger],
        pidFiles: [pidFile(text, alive(stranger))],
        ports: [recordedPort(listens)],
      },
    ],
  ])('is kept for %s', (_, given) => {
    expect(see(given)).toMatchObject({ reason: 'portServed', offered: [] });
  });

  it('names each of its ports that is in use', () => {
    const ports = [recordedPort(listens), port([server], { port: 3001 })];
    expect(see({ ...dead, ports }).kept[0]).toContain('But port 3000, 3001 of this service is in use');
  });

  it('is offered where nothing listens, or only on the port of another record', () => {
    expect(see({ ...dead, ports: [recordedPort([])] })).toMatchObject({
      reason: 'gone',
      offered: ['proven'],
    });
    const other = recordedPort(listens, { port: 3001 });
    expect(see({ ...dead, ports: [other, recordedPort([])] })).toMatchObject({ offered: ['proven'] });
  });

  it('is not chosen beforehand where it is not known whether something listens', () => {
    const given = { ...dead, ports: [recordedPort([], { unknown: 'system' })] };
    expect(see(given)).toMatchObject({ reason: 'gone', offered: ['plausible'] });
  });

  it('takes no port for unknown on which something listens, whoever that is', () => {
    const pending = recordedPort(listens, { port: 3001, unknown: 'pending' });
    expect(see({ ...dead, ports: [pending] })).toMatchObject({ offered: ['proven'] });
  });

  it('leaves a port conflict one: the record says nothing of who else is there', () => {
    const given = {
      service: NAMED,
      lockFiles: [lockFile()],
      pidFiles: [pidFile('4242', gone)],
      ports: [port([server])],
    };
    const { snapshot } = see(given);
    expect(snapshot.findings.map(({ kind }) => kind)).toEqual(['portConflict', 'recordUnverifiable']);
  });
});

describe('a record that was looked around for', () => {
  const seen = (signs: NonNullable<RecordFacts['signs']>, liveness = gone): Given => ({
    processes: [server, stranger],
    pidFiles: [{ ...pidFile(undefined), content: { ...record('4242', liveness), signs } }],
  });

  it.each([
    [
      'arguments',
      `${PID_PATH} names pid 4242, and that process seems to have ended. But process 4300 (node server.js) has the path of this file in its arguments.`,
    ],
    [
      'environment',
      `${PID_PATH} names pid 4242, and that process seems to have ended. But process 4300 (node server.js) has the path of this file in its environment.`,
    ],
    [
      'pid',
      `${PID_PATH} names pid 4242, and that process seems to have ended. But process 4300 (node server.js) was started with this pid as an option.`,
    ],
  ] as const)('is kept while a process names it by its %s', (by, sentence) => {
    const { offered, kept, reason, evidence } = see(seen({ served: [], naming: [{ process: server, by }] }));
    expect([reason, offered, kept]).toEqual(['pathNamed', [], [sentence]]);
    expect(evidence).toContain('Process 4300 (node server.js)');
  });

  it('is kept while a socket listens at an address in it', () => {
    const { offered, kept, reason } = see(seen({ served: ['/run/app.sock', '127.0.0.1:80'], naming: [] }));
    expect([reason, offered]).toEqual(['addressServed', []]);
    expect(kept[0]).toContain('But a socket listens at /run/app.sock, 127.0.0.1:80, which the record names');
  });

  it('is kept while what ran below it runs, and names it', () => {
    const { offered, kept, reason, evidence } = see(
      seen({ served: [], naming: [] }, { state: 'dead', why: 'gone', childrenRun: [server] }),
    );
    expect([reason, offered, kept]).toEqual([
      'childrenRun',
      [],
      [
        `${PID_PATH} names pid 4242, which has ended, but what ran below it still runs: pid 4300 (node server.js).`,
      ],
    ]);
    expect(evidence).toContain('Process 4300 (node server.js)');
  });

  it('shows five of those that it is kept for, each once, whatever shows them', () => {
    const many = [0, 0, 1, 2, 3, 4, 5].map((more) => proc(4300 + more, 'node server.js'));
    const shown = (signs: NonNullable<RecordFacts['signs']>): string[] =>
      see(seen(signs)).evidence.match(/Process 43\d\d/g) ?? [];
    const expected = [0, 1, 2, 3, 4].map((more) => `Process ${4300 + more}`);
    const naming = many.map((process) => ({ process, by: 'arguments' as const }));
    expect(shown({ served: [], naming })).toEqual(expected);
    const beside = many.map((process, index) => ({
      path: `/srv/bot.${index}.pid`,
      is: 'record' as const,
      process,
    }));
    expect(shown({ served: [], naming: [], beside })).toEqual(expected);
    expect(shown({ served: [], naming: [], beside: [{ path: '/srv/bot.lock', is: 'locked' }] })).toEqual([]);
    const unknown = seen({ served: [], naming: [], beside: [{ path: '/srv/bot.x.pid', is: 'record' }] });
    expect(see(unknown).kept[0]).toContain('But /srv/bot.x.pid beside it names process ?, which runs.');
  });

  it.each([
    [
      { path: '/srv/bot.worker.pid', is: 'record', process: server },
      'But /srv/bot.worker.pid beside it names process 4300 (node server.js), which runs.',
    ],
    [{ path: '/srv/bot.lock', is: 'locked' }, 'But /srv/bot.lock beside it is locked.'],
    [{ path: '/srv/bot.sock', is: 'served' }, 'But a socket listens at /srv/bot.sock beside it.'],
  ] as const)('is kept while a file called like it is in use: %o', (one, sentence) => {
    const { offered, kept, reason } = see(seen({ served: [], naming: [], beside: [one] }));
    expect([reason, offered]).toEqual(['besideInUse', []]);
    expect(kept[0]).toContain(sentence);
  });

  it.each([
    [{ path: LOCK_PATH, is: 'locked' }, 'gone'],
    [{ path: '/home/ann/bot/bot.web.pid', is: 'record', process: server }, 'gone'],
    // Near miss: no file of the service.
    [{ path: '/home/ann/bot/bot.job.pid', is: 'record', process: server }, 'besideInUse'],
  ] as const)('is judged without what the service itself watches: %o', (one, expected) => {
    const { pidFiles = [], ...given } = seen({ served: [], naming: [], beside: [one] });
    const watched = pidFile('4300', alive(server), { file: file('/home/ann/bot/bot.web.pid') });
    const all = { ...given, lockFiles: [lockFile()], pidFiles: [...pidFiles, watched] };
    expect(see(all).reason).toBe(expected);
  });

  it('is offered, and not chosen beforehand, where not everything could be looked at', () => {
    const given = seen({ served: [], naming: [], unseen: true });
    expect(see(given)).toMatchObject({ reason: 'gone', offered: ['plausible'] });
  });

  it('is kept also where its number is another process now', () => {
    const given = seen({ served: [], naming: [{ process: server, by: 'arguments' }] }, alive(stranger));
    expect(see(given)).toMatchObject({ reason: 'pathNamed', offered: [] });
  });

  it('is offered where nothing was found', () => {
    expect(see(seen({ served: [], naming: [] }))).toMatchObject({ reason: 'gone', offered: ['proven'] });
  });
});

describe('a record that was rewritten while its owner ran on', () => {
  const rewritten = (liveness = gone): Given => ({
    processes: [server, stranger],
    pidFiles: [{ ...pidFile(undefined), content: { ...record('4242', liveness), namedBefore: [server] } }],
  });

  it('is kept, and names who still runs', () => {
    const { offered, kept, reason, evidence } = see(rewritten());
    expect([reason, offered, kept]).toEqual([
      'namedBefore',
      [],
      [
        `${PID_PATH} names pid 4242, and that process seems to have ended. But pid 4300 (node server.js), which this record named before, still runs.`,
      ],
    ]);
    expect(evidence).toContain('Process 4300 (node server.js)');
  });

  it('is kept also where its number is another process now', () => {
    expect(see(rewritten(alive(stranger)))).toMatchObject({ reason: 'namedBefore', offered: [] });
  });
});

describe('a record in a lock directory', () => {
  const FOLDER = '/home/ann/bot/lock.d';
  const inside = pidFile('4242', gone, { file: file(`${FOLDER}/pid`) });
  const directory = lockFile([], { file: file(FOLDER, { status: 'directory' }), existence: true });

  it('is not removed alone: the directory would still lock, and say no more whose it is', () => {
    const { offered, kept } = see({ lockFiles: [directory], pidFiles: [inside] });
    expect(offered).toEqual([]);
    expect(kept).toContain(
      `It lies in the lock directory ${FOLDER}, which would stay and still lock. Only the record says whose it is.`,
    );
  });

  it.each<[string, Given]>([
    ['no watched lock', { pidFiles: [inside] }],
    [
      'a directory that locks by flock(2), and not by being there',
      { lockFiles: [lockFile([], { file: file(FOLDER, { status: 'directory' }) })], pidFiles: [inside] },
    ],
    [
      'another directory',
      {
        lockFiles: [{ ...directory, file: file(`${FOLDER}2`, { status: 'directory' }) }],
        pidFiles: [inside],
      },
    ],
  ])('is offered where it lies in %s', (_, given) => {
    expect(see(given)).toMatchObject({ offered: ['proven'] });
  });
});

import { describe, expect, it } from 'vitest';
import type { ServiceSnapshot, Snapshot } from '../../../src/api';
import type { LockFileFacts } from '../../../src/model/facts';
import { absolutePath, languageModelAnswer, unwatched } from '../../../src/ui/languageModelAnswer';
import { absent, facts as factsOf, file, lock, lockFile, proc } from '../model/build';
import { service } from './snapshots';

const snapshot: Snapshot = { takenAt: 0, durationMs: 1, services: [], lockSource: 'procfs' };
const about = (facts: LockFileFacts): object => unwatched(snapshot, facts, {});

describe('a path that an agent asks about', () => {
  it('may be absolute, relative to the first folder, or below the home', () => {
    const folders = ['/ws/one', '/ws/two'];
    expect(absolutePath('/run/../run/a.lock', folders, '/home/ann')).toBe('/run/a.lock');
    expect(absolutePath('tmp/a.lock', folders, '/home/ann')).toBe('/ws/one/tmp/a.lock');
    expect(absolutePath('~/a.lock', folders, '/home/ann')).toBe('/home/ann/a.lock');
    expect(absolutePath('~', folders, '/home/ann')).toBe('/home/ann');
    // Not a home folder, but a name.
    expect(absolutePath('~a.lock', folders, '/home/ann')).toBe('/ws/one/~a.lock');
    expect(absolutePath('a.lock', [], '/home/ann')).toBeUndefined();
  });

  it('is answered by its absolute name, and refused in words where it has none', async () => {
    const asked: string[] = [];
    const monitor = {
      refresh: () => Promise.resolve(snapshot),
      inspect: () => Promise.resolve(undefined),
      locksOf: (path: string) => {
        asked.push(path);
        return Promise.resolve(lockFile([], { file: file(path) }));
      },
      whoUses: () => Promise.reject(new Error('no port was asked about')),
    };
    expect(await languageModelAnswer(monitor, { path: 'a.lock' }, ['/ws'])).toMatchObject({
      path: '/ws/a.lock',
      watched: false,
      state: 'no visible lock',
    });
    expect(asked).toEqual(['/ws/a.lock']);
    expect(await languageModelAnswer(monitor, { path: 'a.lock' }, [])).toMatchObject({
      error: expect.stringContaining('relative') as unknown,
    });
  });

  it('is held when the kernel lists a lock, whoever may look into its holder', () => {
    const root = proc(2801, 'nginx -g daemon', { user: 'root' });
    const held = lock([], { unknown: 'otherUser', taker: 2801, takenBy: root });
    expect(about(lockFile([held]))).toMatchObject({
      state: 'held',
      exists: true,
      locks: [
        {
          kind: 'flock',
          holders: [],
          holderUnknown:
            'the holder belongs to another user, whose descriptors cannot be read (taken by pid 2801 (nginx), user root)',
        },
      ],
    });
  });

  it('is unknown, not free, where a lock would not be listed', () => {
    const uncertain = lockFile([], { certainty: 'unknown', uncertainBecause: 'outsideNamespace' });
    expect(about(uncertain)).toMatchObject({
      state: 'unknown',
      ifHeld: 'the holder is outside this container or PID namespace',
    });
    const unreadable = file('/root/x', {
      status: 'unreadable',
      problem: { code: 'EACCES', syscall: 'lstat' },
    });
    expect(about(lockFile([], { file: unreadable }))).toMatchObject({
      state: 'unknown',
      problem: 'lstat: EACCES',
    });
    expect(about(lockFile([], { file: absent('/nowhere') }))).toMatchObject({
      exists: false,
      state: 'no visible lock',
    });
  });
});

describe('a port that a language model asks about', () => {
  const server = { pid: 4300, startTime: 1, command: 'node /srv/web/server.js --key=x', user: 'ann' };
  const asked = (ports: NonNullable<ServiceSnapshot['ports']>) => ({
    refresh: () => Promise.resolve({ ...snapshot, services: [service({ ports })] }),
    inspect: (id: string) => Promise.resolve({ facts: factsOf({}), snapshot: service({ id }), advice: [] }),
    locksOf: () => Promise.reject(new Error('no file was asked about')),
    whoUses: () =>
      Promise.resolve({
        takenAt: 0,
        users: [{ process: server, uses: [], ancestors: [] }],
        unknown: [],
        notes: ['a note'],
        commands: [],
      }),
  });

  it('is that of the service which names it', async () => {
    const monitor = asked([{ port: 3000, listeners: [] }]);
    expect(await languageModelAnswer(monitor, { port: 3000 }, [])).toMatchObject({ services: [{}] });
  });

  it('is answered without arguments where no service names it, unless they are asked for', async () => {
    const monitor = asked([{ port: 4000, listeners: [] }]);
    const answer = { port: 3000, watched: false, notes: ['a note'] };
    expect(await languageModelAnswer(monitor, { port: 3000 }, [])).toMatchObject({
      ...answer,
      listeners: [{ pid: 4300, command: 'server.js', user: 'ann' }],
    });
    expect(await languageModelAnswer(monitor, { port: 3000, includeArguments: true }, [])).toMatchObject({
      listeners: [{ command: server.command }],
    });
  });
});

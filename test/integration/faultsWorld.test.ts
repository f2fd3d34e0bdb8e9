import { execFileSync, spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { ServiceState } from '../../src/api';
import { parseServices } from '../fixtures/parseServices';
import type { Service } from '../../src/model/service';
import { actorsFolder } from '../fixtures/actors';
import { observerOf, Seen, service } from '../fixtures/observe';
import { withStage, type Stage } from '../fixtures/stage';

const parse = (entries: readonly unknown[]): readonly Service[] =>
  parseServices(entries, {
    settingName: 'instanceMonitor.services',
    folders: [],
    home: '/nowhere',
    env: {},
    platform: 'linux',
  }).services;

async function withSeen<T>(services: readonly Service[], act: (seen: Seen) => Promise<T>): Promise<T> {
  const seen = new Seen(observerOf(services));
  try {
    return await act(seen);
  } finally {
    seen.observer.close();
  }
}

describe.skipIf(process.platform !== 'linux')('paths that are not what they seem', () => {
  it('are all looked at within a moment, opened only when regular files, and none is called held or stale', async () => {
    await withStage(async (stage) => {
      const fifo = stage.path('fifo');
      execFileSync('mkfifo', [fifo]);
      const huge = stage.file('huge.pid');
      fs.truncateSync(huge, 10 * 2 ** 30);
      const socket = net.createServer().listen(stage.path('socket'));
      await new Promise((resolve) => socket.once('listening', resolve));
      fs.symlinkSync('loop', stage.path('loop'));
      fs.mkdirSync(stage.path('folder'));
      // A writer that waits for a reader: one that opened the FIFO would wake it, and closing would kill it.
      const writer = spawn('sh', ['-c', 'echo waiting; exec 3>"$0"; echo woken', fifo], { stdio: 'pipe' });
      const said: string[] = [];
      writer.stdout.on('data', (chunk: Buffer) => said.push(String(chunk)));
      await new Promise((resolve) => writer.stdout.once('data', resolve));

      const paths = [
        fifo,
        '/dev/zero',
        '/dev/null',
        '/proc/kmsg',
        '/proc/self/mem',
        huge,
        stage.path('socket'),
        stage.path('loop'),
        stage.path('folder'),
        stage.path('x'.repeat(300)),
        `/${'long/'.repeat(800)}x`,
        stage.path('folder', 'none', 'deeper'),
        stage.file('new\nline \u202e.pid', '4194300'),
        '/proc/self/fd/0/not-a-folder',
      ];
      const services = paths.flatMap((name, index) => [
        service(`lock ${index}`, { lockFiles: [name] }),
        service(`pid ${index}`, { pidFiles: [name], log: { path: name, patterns: ['Conflict'] } }),
      ]);
      await withSeen(services, async (seen) => {
        const began = performance.now();
        await seen.tick();
        await seen.tick();
        expect(performance.now() - began).toBeLessThan(5000);
        expect(seen.problem).toBeUndefined();
        const states = Object.fromEntries([...seen.services].map(([name, { state }]) => [name, state]));
        const hopeless: readonly ServiceState[] = ['free', 'absent', 'unverified'];
        const wrong = Object.entries(states).filter(
          ([name, state]) => !hopeless.includes(state) && name !== `pid ${paths.length - 2}`,
        );
        expect(wrong).toEqual([]);
        expect(states[`pid ${paths.length - 2}`]).toBe('stale'); // an odd name is a name
      });
      expect(said.join('')).toBe('waiting\n');
      writer.kill('SIGKILL');
      socket.close();
    });
  });
});

describe('very many', () => {
  it('10,000 services of one name are all watched, each once, and a second look finds nothing new', async () => {
    const entries = Array.from({ length: 10_000 }, (_, index) => `/nowhere/${index}/bot.lock`);
    const began = performance.now();
    const services = parse(entries);
    expect(performance.now() - began).toBeLessThan(20_000);
    await withSeen(services, async (seen) => {
      const first = await seen.observer.tick();
      expect(new Set(first.changed.map(({ service: { id } }) => id)).size).toBe(10_000);
      const second = await seen.observer.tick();
      expect(second.changed.length).toBe(0);
    });
  }, 120_000);

  it('a list of a megabyte of paths is one service of them all', async () => {
    const paths = Array.from({ length: 5000 }, (_, index) => `/nowhere/${'x'.repeat(190)}/${index}.lock`);
    expect(paths.join('').length).toBeGreaterThan(1_000_000);
    const services = parse([{ name: 'all', lockFile: paths }]);
    await withSeen(services, async (seen) => {
      await seen.tick();
      const all = seen.of(services[0]?.id ?? '');
      expect(all.lockFiles.length).toBe(5000);
      expect(all.state).toBe('absent');
    });
  });
});

describe.skipIf(process.platform !== 'linux')('a clock that is set', () => {
  const jumps = {
    'a year ahead': 365 * 86_400_000,
    'an hour ahead': 3_600_000,
    'an hour back': -3_600_000,
    'to 1980': -46 * 365 * 86_400_000,
  };
  for (const [words, jump] of Object.entries(jumps)) {
    it(`${words} changes no verdict`, async () => {
      await withStage(async (stage) => {
        const { services, truth } = await healthyAndStale(stage);
        await withSeen(services, async (seen) => {
          await seen.tick();
          expect(statesOf(seen)).toEqual(truth);
          const real = Date.now.bind(Date);
          const clock = vi.spyOn(Date, 'now').mockImplementation(() => real() + jump);
          try {
            // Everything is assembled anew after the jump, from files written before it.
            for (const one of services) await seen.observer.inspect(one.id);
            await seen.tick();
            await seen.tick();
            expect(statesOf(seen)).toEqual(truth);
          } finally {
            clock.mockRestore();
          }
          await seen.tick();
          expect(statesOf(seen)).toEqual(truth);
        });
      });
    });
  }
});

async function healthyAndStale(
  stage: Stage,
): Promise<{ services: readonly Service[]; truth: Readonly<Record<string, ServiceState>> }> {
  const lock = stage.path('bot.lock');
  const holder = await stage.start('holder', ['--file', lock]);
  const dead = await stage.start('bystander', []);
  await dead.killHard();
  return {
    services: [
      service('held', { lockFiles: [lock], pidFiles: [stage.file('bot.pid', String(holder.pid))] }),
      service('stale', { pidFiles: [stage.file('stale.pid', String(dead.pid))] }),
    ],
    truth: { held: 'held', stale: 'stale' },
  };
}

const statesOf = (seen: Seen): Record<string, ServiceState> =>
  Object.fromEntries([...seen.services].map(([name, { state }]) => [name, state]));

describe('/proc that cannot be read', () => {
  const repository = path.resolve(actorsFolder(), '..', '..', '..');

  it('costs what it says and nothing that was known: the tick reports it and all is seen again after', async (context) => {
    // A user namespace, which anyone may make, also closes the descriptors of processes outside: the holder's.
    const [flag, before] =
      process.getuid?.() === 0 ? ['-m', ['held', 'stale']] : ['-Urm', ['unverified', 'stale']];
    const tried = spawnSync('unshare', [flag, 'mount', '-t', 'tmpfs', 'none', '/proc']);
    if (tried.status !== 0) context.skip('no mount namespace can be made here');
    await withStage(async (stage) => {
      const { services } = await healthyAndStale(stage);
      // In a mount namespace of its own, so that hiding /proc hides it from nobody else.
      const tsx = path.join(repository, 'node_modules', 'tsx', 'dist', 'loader.mjs');
      const program = path.join(repository, 'test', 'faults', 'withoutProc.mts');
      const actor = await stage.startCommand(
        'unshare',
        [flag, process.execPath, '--import', tsx, program, JSON.stringify(services)],
        { roles: [] },
      );
      await actor.exited;
      const last = actor.lines.at(-1) ?? '';
      expect(last.startsWith('{'), actor.stderr).toBe(true);
      const report = JSON.parse(last) as {
        before: string[];
        during: string[];
        problem: string;
        atOnce: string[];
        after: string[];
      };
      expect(report.before).toEqual(before);
      expect(report.problem).toMatch(/\/proc|list of processes/);
      expect(report.during).toEqual(before); // the last good look stands
      for (const state of report.atOnce) expect(['unverified', 'none']).toContain(state);
      expect(report.after).toEqual(before);
    });
  });
});

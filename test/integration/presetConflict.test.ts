import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceSnapshot } from '../../src/api';
import type { Service } from '../../src/model/service';
import { STARTING_MS } from '../../src/model/instances/rivals';
import { PresetWatch } from '../../src/monitor/presetWatch';
import { createPlatform } from '../../src/os/index';
import { regexEngine } from '../../src/os/regex';
import { actorPath } from '../fixtures/actors';
import { Seen } from '../fixtures/observe';
import { Stage } from '../fixtures/stage';

/** A script of any name and extension, run by the Node that runs this; `--lock` holds a file with flock(2). */
const SCRIPT = `
const path = require('node:path');
const actors = ${JSON.stringify(path.dirname(actorPath('bystander')))};
const { ready, stay } = require(path.join(actors, 'lib', 'acting.cjs'));
const lock = process.env.HOLDS;
if (lock) {
  const { tryFlock } = require(path.join(actors, 'lib', 'kernel.cjs'));
  if (!tryFlock(require('node:fs').openSync(lock, 'a+'))) process.exit(1);
}
stay();
ready('server');
`;

describe.runIf(process.platform === 'linux')('two instances of a known tool, nothing configured', () => {
  let stage: Stage;
  let seen: Seen | undefined;
  /** When the last that was started is no newcomer any more: before, a stranger is uncounted for that alone. */
  let settledAt: number;
  beforeEach(() => {
    stage = Stage.open();
    settledAt = 0;
  });
  afterEach(async () => {
    seen?.observer.close();
    seen = undefined;
    await stage.close();
  });

  /** Runs `script args…` in a folder of the stage; returns its pid. */
  async function start(
    cwd: string,
    script: string,
    args: readonly string[] = [],
    holds = '',
  ): Promise<number> {
    const file = path.join(cwd, script);
    stage.file(file, SCRIPT);
    const env = holds === '' ? {} : { HOLDS: stage.path(holds) };
    const { pid } = await stage.startCommand(process.execPath, [script, ...args], { cwd, env });
    settledAt = Date.now() + STARTING_MS + 1_000;
    return pid;
  }

  /** An empty file of the stage; returns its path there. */
  function made(relative: string): string {
    stage.file(relative);
    return relative;
  }

  function found(): readonly Service[] {
    let clock = 0;
    const watch = new PresetWatch({
      now: () => clock,
      home: stage.path('home'),
      env: { XDG_RUNTIME_DIR: stage.path('run'), TMPDIR: stage.path('tmp') },
      platform: 'linux',
    });
    watch.configure({
      folders: [{ name: 'project', path: stage.path('project'), setting: {} }],
      setting: {},
      excluded: [],
    });
    clock += 2000;
    return (watch.look([]) ?? []).filter(({ lockFiles, pidFiles }) =>
      [...lockFiles, ...pidFiles].some((file) => file.startsWith(stage.folder)),
    );
  }

  /** Looks until everything started is past its first seconds and the service is in the state. */
  async function shown(name: string, state: ServiceSnapshot['state']): Promise<ServiceSnapshot> {
    const services = found();
    const service = services.find((one) => one.name === name);
    if (service === undefined) {
      throw new Error(`${name} is not among ${services.map((one) => one.name).join()}`);
    }
    seen?.observer.close();
    const observer = createPlatform({ regexEngine }).createObserver();
    observer.configure(services, { probe: undefined, probePolicy: 'never' });
    seen = new Seen(observer);
    const deadline = Date.now() + 15_000;
    for (;;) {
      await seen.tick();
      const snapshot = seen.services.get(service.id);
      if (snapshot?.state === state && Date.now() > settledAt) return snapshot;
      if (Date.now() > deadline) throw new Error(`${name}: ${JSON.stringify(snapshot, undefined, 1)}`);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  const counted = ({ instances }: ServiceSnapshot): number[] =>
    instances
      .filter(({ role, counted: counts }) => counts ?? role !== 'possibleDuplicate')
      .flatMap(({ processes }) => processes.map(({ pid }) => pid))
      .sort((a, b) => a - b);

  it('shows both pollers of one Telegram bot, not the bot of another worktree, nor an agent that speaks of it', async () => {
    const first = await start('project', 'telegram_bot.py');
    const second = await start('project', 'telegram_bot.py');
    await start('worktree', 'telegram_bot.py');
    await start('project', 'agent.js', ['-p', 'restart telegram_bot.py']);
    stage.file('project/.telegram-bot.pid', String(second));
    expect(counted(await shown('Telegram bot', 'conflict'))).toEqual([first, second]);
  });

  it('shows both gateways that two replacements of hermes left, and leaves its profile and its other commands alone', async () => {
    const record = (pid: number): string => JSON.stringify({ pid, kind: 'hermes-gateway', argv: ['hermes'] });
    const first = await start('bin', 'hermes', ['gateway', 'run']);
    const second = await start('bin', 'hermes', ['gateway', 'run', '--replace']);
    const work = await start('bin', 'hermes', ['-p', 'work', 'gateway', 'run']);
    await start('bin', 'hermes', ['logs', '-f']);
    stage.file('home/.hermes/gateway.pid', record(second));
    stage.file('home/.hermes/profiles/work/gateway.pid', record(work));
    expect(counted(await shown('hermes gateway', 'conflict'))).toEqual([first, second]);
    expect(counted(await shown('hermes gateway (work)', 'held'))).toEqual([work]);
  });

  it('reads the conflict that ccbot’s own log tells', async () => {
    stage.file('home/.ccbot2/ccbot.lock');
    const holder = await start('bin', 'ccbot', [], 'home/.ccbot2/ccbot.lock');
    const line = 'telegram.error.Conflict: terminated by other getUpdates request';
    const log = stage.file('home/.ccbot2/logs/bot.log', '');
    expect(counted(await shown('ccbot (.ccbot2/ccbot.lock)', 'held'))).toEqual([holder]);
    fs.appendFileSync(log, `${new Date().toISOString()} - ERROR - ${line}; make sure that …\n`);
    const told = await shown('ccbot (.ccbot2/ccbot.lock)', 'conflict');
    expect(told.findings.map(({ kind }) => kind)).toContain('conflictInLog');
  });

  it('counts a second Next.js dev server in the folder of the first, no build and no other folder', async () => {
    stage.file('project/.next/dev/lock');
    const first = await start('project', 'next', ['dev'], 'project/.next/dev/lock');
    await start('project', 'next', ['build']);
    await start('elsewhere', 'next', ['dev']);
    expect(counted(await shown('Next.js dev server', 'held'))).toEqual([first]);
    const second = await start('project', 'next', ['dev', '-p', '3001']);
    expect(counted(await shown('Next.js dev server', 'conflict'))).toEqual([first, second]);
  });

  it('counts the pollers that sessions of Claude Code left in the folder of the Telegram plugin', async () => {
    const plugin = 'home/.claude/plugins/cache/claude-plugins-official/telegram';
    const first = await start(`${plugin}/0.0.1`, 'server.ts');
    const second = await start(`${plugin}/0.0.2`, 'server.ts');
    await start('project', 'server.ts');
    await start('home/.claude/plugins/cache/claude-plugins-official/discord/0.0.1', 'server.ts');
    stage.file('home/.claude/channels/telegram/bot.pid', String(second));
    expect(counted(await shown('Claude Telegram plugin', 'conflict'))).toEqual([first, second]);
  });

  it('counts no holder of the lock of another home or another store as a duplicate', async () => {
    const [one, two] = ['home/.ccbot/ccbot.lock', 'home/.ccbot2/ccbot.lock'];
    const stores = ['0123456789abcdef', 'fedcba9876543210'].map(
      (digest) => `run/memtomem/server-${digest}.pid`,
    );
    const bots = [
      await start('a', '../bin/ccbot', [], made(one)),
      await start('b', '../bin/ccbot', [], made(two)),
    ];
    const servers: number[] = [];
    for (const store of stores) servers.push(await start('c', '../bin/memtomem-server', [], made(store)));
    // In a home that is not watched.
    await start('d', '../bin/ccbot', [], made('srv/bot/ccbot.lock'));
    expect(counted(await shown('ccbot (ccbot.lock)', 'held'))).toEqual([bots[0]]);
    expect(counted(await shown('ccbot (.ccbot2/ccbot.lock)', 'held'))).toEqual([bots[1]]);
    for (const [index, store] of stores.entries()) {
      const name = `memtomem server (${path.basename(store)})`;
      expect(counted(await shown(name, 'held'))).toEqual([servers[index]]);
    }
  });

  it('sees the memtomem server that went on without the lock of its store, wherever it works', async () => {
    stage.file('run/memtomem/server-0123456789abcdef.pid');
    const holder = await start('a', '../bin/memtomem-server', [], 'run/memtomem/server-0123456789abcdef.pid');
    fs.writeFileSync(stage.path('run/memtomem/server-0123456789abcdef.pid'), String(holder));
    const contender = await start('b', '../bin/memtomem-server');
    const service = 'memtomem server (server-0123456789abcdef.pid)';
    expect(counted(await shown(service, 'conflict'))).toEqual([holder, contender]);
  });
});

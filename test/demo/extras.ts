import * as fs from 'node:fs';
import { actorPath } from '../fixtures/actors';
import { GitRepository, hasGit } from '../fixtures/gitRepository';
import { isRunning, readStat } from '../fixtures/proc';
import { until, type Stage } from '../fixtures/stage';
import { startNegligentParent } from '../fixtures/supervisor';
import { pidOf, says, type Case } from './case';

/** `git commit` was killed while its editor was open: its lock is there, and was quiet for ten minutes. */
async function leaveGitLock(stage: Stage, folder: string): Promise<number> {
  const repository = new GitRepository(stage.subfolder(folder), stage.path(`${folder}.editor`));
  repository.write('tracked', 'second');
  const commit = await repository.openCommit();
  await repository.kill(commit);
  fs.rmSync(stage.path(`${folder}.editor`));
  const then = new Date(Date.now() - 600_000);
  fs.utimesSync(repository.indexLock, then, then);
  return commit.pid ?? 0;
}

/** Situations beyond the table of what must be shown: the other states and findings, and the longer stories. */
export const extraCases: readonly Case[] = [
  {
    id: 'free-lock',
    title: 'a kernel lock file that nobody holds is free, never stale',
    service: { name: 'ccbot (stopped)', lockFile: 'ccbot-stopped/ccbot.lock' },
    start: async (stage) => {
      const bot = await stage.start('ccbot', ['--dir', stage.subfolder('ccbot-stopped')]);
      bot.kill();
      await bot.exited;
      return { pids: {} };
    },
    expect: {
      state: 'free',
      findings: [],
      says: () => [/free/i],
      facts: () => ({ lock: { held: false, holders: [] }, instances: 0 }),
    },
  },
  {
    id: 'absent',
    title: 'a service whose files do not exist is absent',
    service: { name: 'hermes (never started)', lockFile: 'hermes-absent/gateway.lock' },
    start: () => Promise.resolve({ pids: {} }),
    expect: {
      state: 'absent',
      findings: [],
      says: () => [/absent|not there|does not exist/i],
      facts: () => ({ lock: { held: false, holders: [] }, instances: 0 }),
    },
  },
  {
    id: 'contender-keeps-running',
    title: 'a contender that keeps running without the lock is a possible duplicate',
    service: {
      name: 'memtomem (contender)',
      lockFile: 'memtomem-contended/server.pid',
      pidFile: 'memtomem-contended/server.pid',
    },
    start: async (stage) => {
      const folder = 'memtomem-contended';
      stage.subfolder(folder);
      const args = ['--pid-file', stage.path(folder, 'server.pid')];
      const server = await stage.start('memtomem_server', args, { cwd: folder });
      const contender = await stage.start('memtomem_server', [...args, '--keep-running'], { cwd: folder });
      return { pids: { server: server.pid, contender: contender.pid } };
    },
    expect: {
      state: 'held',
      findings: ['possibleDuplicates'],
      says: (pids) => says(pids, 'server', 'contender'),
      facts: (pids) => ({
        lock: { held: true, kind: 'flock', access: 'write', holders: [pidOf(pids, 'server')] },
        record: { pid: pidOf(pids, 'server'), verdict: 'live' },
      }),
    },
  },
  {
    id: 'replace-race',
    title: 'two replacers that both ended the old gateway are two live gateways with one record',
    service: {
      name: 'hermes (replace race)',
      pidFile: 'hermes-replaced/gateway.pid',
      process: { command: 'hermes_gateway', cwd: '${workspaceFolder}/hermes-replaced' },
    },
    start: async (stage) => {
      const folder = 'hermes-replaced';
      const home = ['--home', stage.subfolder(folder), '--no-lock'];
      const old = await stage.start('hermes_gateway', home, { cwd: folder });
      const record = fs.readFileSync(stage.path(folder, 'gateway.pid'));
      const replace = [...home, '--replace', '--pause-before-record'];
      const options = { cwd: folder, roles: [] };
      const first = await stage.start('hermes_gateway', replace, options);
      await first.waitForEvent('replacing');
      await old.exited;
      // The second replacer had read the record before the first ended its owner.
      fs.writeFileSync(stage.path(folder, 'gateway.pid'), record);
      const second = await stage.start('hermes_gateway', replace, options);
      await second.waitForEvent('replacing');
      for (const gateway of [first, second]) {
        gateway.say('go on');
        await gateway.waitForRole('gateway');
      }
      return { pids: { first: first.pid, second: second.pid } };
    },
    expect: {
      state: 'conflict',
      findings: ['duplicateInstances'],
      says: (pids) => says(pids, 'first', 'second'),
      facts: (pids) => ({ record: { pid: pidOf(pids, 'second'), verdict: 'live' }, instances: 2 }),
    },
  },
  {
    id: 'orphan-split-brain',
    title: 'an orphan that inherited a deleted gateway.lock and a new gateway are a split brain',
    service: {
      name: 'hermes (orphan)',
      lockFile: 'hermes-orphan/gateway.lock',
      pidFile: 'hermes-orphan/gateway.pid',
    },
    start: async (stage) => {
      const home = ['--home', stage.subfolder('hermes-orphan')];
      const first = await stage.start('hermes_gateway', [...home, '--child'], {
        cwd: 'hermes-orphan',
        roles: ['gateway', 'child'],
      });
      await first.killHard();
      const second = await stage.start('hermes_gateway', [...home, '--seize'], { cwd: 'hermes-orphan' });
      return { pids: { acquirer: first.pid, orphan: first.pidOf('child'), gateway: second.pid } };
    },
    expect: {
      state: 'conflict',
      findings: ['splitBrain'],
      mayAlsoFind: ['duplicateInstances', 'inheritedLock'],
      says: (pids) => [...says(pids, 'orphan', 'gateway'), /deleted/i],
      facts: (pids) => ({
        lock: {
          held: true,
          kind: 'flock',
          access: 'write',
          holders: [pidOf(pids, 'orphan'), pidOf(pids, 'gateway')],
          inherited: [pidOf(pids, 'orphan')],
          deleted: [pidOf(pids, 'orphan')],
        },
        record: { pid: pidOf(pids, 'gateway'), verdict: 'live' },
      }),
    },
  },
  {
    id: 'token-lock',
    title: 'a token lock that only exists, left by a gateway that is gone, is stale',
    service: { name: 'hermes token lock', pidFile: 'hermes-tokens/gateway-locks/telegram-*.lock' },
    start: async (stage) => {
      const home = ['--home', stage.subfolder('hermes-tokens')];
      const tokens = stage.subfolder('hermes-tokens/gateway-locks');
      const gateway = await stage.start('hermes_gateway', [...home, '--token-dir', tokens]);
      await gateway.killHard();
      return { pids: { gateway: gateway.pid } };
    },
    expect: {
      state: 'stale',
      findings: ['stalePidDead'],
      says: (pids) => says(pids, 'gateway'),
      facts: (pids) => ({ record: { pid: pidOf(pids, 'gateway'), verdict: 'dead' }, instances: 0 }),
    },
  },
  {
    id: 'record-of-another-host',
    title: 'a record that names another host is unverifiable, never stale',
    service: { name: 'hermes (other host)', pidFile: 'hermes-shared/gateway.pid' },
    start: (stage) => {
      const owner = { pid: 4_194_301, kind: 'hermes-gateway', hostname: 'build-7.example.org' };
      stage.file('hermes-shared/gateway.pid', JSON.stringify(owner));
      return Promise.resolve({ pids: { recorded: owner.pid } });
    },
    expect: {
      state: 'unverified',
      findings: ['recordUnverifiable'],
      says: (pids) => ['build-7.example.org', ...says(pids, 'recorded')],
      facts: (pids) => ({ record: { pid: pidOf(pids, 'recorded'), verdict: 'unverifiable' }, instances: 0 }),
    },
  },
  {
    id: 'stopped-holder',
    title: 'a holder that was stopped keeps its lock',
    service: { name: 'ccbot (suspended)', lockFile: 'ccbot-suspended/ccbot.lock' },
    start: async (stage) => {
      stage.subfolder('ccbot-suspended');
      const args = ['--file', stage.path('ccbot-suspended', 'ccbot.lock'), '--die-with-parent'];
      const holder = await stage.start('holder', args, { cwd: 'ccbot-suspended' });
      holder.kill('SIGSTOP');
      await until(() => readStat(holder.pid)?.state === 'T', 'the holder did not stop');
      return { pids: { holder: holder.pid } };
    },
    expect: {
      state: 'held',
      findings: ['stoppedHolder'],
      says: (pids) => [...says(pids, 'holder'), /stopped|suspended/i],
      facts: (pids) => ({
        lock: { held: true, kind: 'flock', holders: [pidOf(pids, 'holder')] },
        instances: 1,
      }),
    },
  },
  {
    id: 'port-taken',
    title: 'a server whose port another program listens on is a port conflict',
    service: { name: 'web (port taken)', lockFile: 'web-taken/dev.lock', pidFile: 'web-taken/dev.json' },
    start: async (stage) => {
      const other = await stage.start('dev_server', ['--role', 'other'], { cwd: 'web-other' });
      const files = [
        '--lock',
        stage.path('web-taken', 'dev.lock'),
        '--record',
        stage.path('web-taken', 'dev.json'),
      ];
      const port = String(other.ready('other')['port']);
      const web = await stage.start('dev_server', [...files, '--silent', '--port', port], {
        cwd: 'web-taken',
      });
      return { pids: { server: web.pid, other: other.pid } };
    },
    expect: {
      state: 'conflict',
      findings: ['portConflict'],
      says: (pids) => [...says(pids, 'server', 'other'), /port \d+ is taken/],
      facts: (pids) => ({
        lock: { held: true, kind: 'flock', access: 'write', holders: [pidOf(pids, 'server')] },
        record: { pid: pidOf(pids, 'server'), verdict: 'live' },
        instances: 1,
        strangers: [pidOf(pids, 'other')],
      }),
      plans: () => ({
        kill: { listed: [], preselected: [] },
        cleanUp: { offered: 0, preselected: 0, kept: 0 },
      }),
    },
  },
  {
    id: 'waiter',
    title: 'a process that is blocked on the lock is shown as waiting',
    service: { name: 'build lock', lockFile: 'build/.build-lock' },
    start: async (stage) => {
      stage.subfolder('build');
      const args = ['--file', stage.path('build', '.build-lock')];
      const holder = await stage.start('holder', args, { cwd: 'build' });
      const waiter = await stage.start('lock_waiter', args, { cwd: 'build' });
      return { pids: { holder: holder.pid, waiter: waiter.pid } };
    },
    expect: {
      state: 'held',
      findings: ['waiters'],
      says: (pids) => says(pids, 'holder', 'waiter'),
      facts: (pids) => ({
        lock: {
          held: true,
          kind: 'flock',
          holders: [pidOf(pids, 'holder')],
          waiters: [pidOf(pids, 'waiter')],
        },
        instances: 1,
      }),
    },
  },
  {
    id: 'git-lock-left-over',
    title: 'an index.lock that a killed git commit left is unverified, and left over for who asks',
    service: { name: 'shop (killed commit)', lockFile: 'shop/.git/index.lock' },
    whyNot: () => (hasGit ? undefined : 'git cannot be run'),
    start: async (stage) => ({ pids: { commit: await leaveGitLock(stage, 'shop') } }),
    expect: {
      state: 'unverified',
      findings: ['holderUnknown'],
      says: () => [/does not say which process made it/],
      facts: () => ({ lock: { held: true, kind: 'existence', holders: [-1] }, instances: 0 }),
      plans: () => ({
        kill: { listed: [], preselected: [] },
        cleanUp: { offered: 1, preselected: 0, kept: 0 },
      }),
    },
    asked: {
      state: 'stale',
      findings: ['leftOver'],
      says: () => [/index\.lock is probably left over/, /no process of git works in its repository/],
    },
  },
  {
    id: 'zombie',
    title: 'a pid file that names a zombie is stale',
    service: { name: 'telegram (zombie)', pidFile: 'meridian-zombie/.telegram-bot.pid' },
    start: async (stage) => {
      const folder = 'meridian-zombie';
      stage.subfolder(folder);
      const pidFile = stage.path(folder, '.telegram-bot.pid');
      const bot = [process.execPath, actorPath('telegram_bot'), '--guard', 'pid-file', '--pid', pidFile];
      const parent = await startNegligentParent(stage, bot, folder);
      const pid = parent.pidOf('bot');
      await stage.killHard(pid);
      await until(() => !isRunning(pid), 'the bot did not become a zombie');
      return { pids: { bot: pid, parent: parent.pid } };
    },
    expect: {
      state: 'stale',
      findings: ['stalePidDead'],
      says: (pids) => [...says(pids, 'bot'), /zombie/i],
      facts: (pids) => ({ record: { pid: pidOf(pids, 'bot'), verdict: 'dead' }, instances: 0 }),
    },
  },
];

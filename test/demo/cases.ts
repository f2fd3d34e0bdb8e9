import * as fs from 'node:fs';
import { actorPath } from '../fixtures/actors';
import { startNamespacedHolder, whyNoPidNamespace } from '../fixtures/namespaces';
import { makeReusedPidRecord } from '../fixtures/records';
import type { Stage } from '../fixtures/stage';
import { startShellSupervisor } from '../fixtures/supervisor';
import { pidOf, says, type Case } from './case';

/** The row of the requirements a case stands for, 1 to 19; POSIX and OFD locks share one. */
export interface NumberedCase extends Case {
  readonly row: number;
}

const CONFLICT_LINE =
  'telegram.error.Conflict: terminated by other getUpdates request; make sure that only one bot instance is running';

const never = () => [/\bNone\b/, /\bundefined\b/, /\bNaN\b/];

/** Arguments of a bot with a lock and a pid file in `folder`. */
export function botArguments(stage: Stage, folder: string): string[] {
  stage.subfolder(folder);
  return [
    '--lock',
    stage.path(folder, '.telegram-bot.lock'),
    '--pid',
    stage.path(folder, '.telegram-bot.pid'),
  ];
}

/** Two bots of the old kind, let past their check before either writes its pid file; the second writes last. */
export async function startTwoPollers(stage: Stage, folder: string) {
  stage.subfolder(folder);
  const args = [
    '--guard',
    'pid-file',
    '--pause-after-check',
    '--pid',
    stage.path(folder, '.telegram-bot.pid'),
  ];
  const options = { cwd: folder, roles: [] };
  const earlier = await stage.start('telegram_bot', args, options);
  // Not in the same tick of the kernel's clock: which of them is the newest is shown.
  await earlier.waitForEvent('checked');
  const later = await stage.start('telegram_bot', args, options);
  await later.waitForEvent('checked');
  for (const bot of [earlier, later]) {
    bot.say('go on');
    await bot.waitForRole('bot');
  }
  return { earlier: earlier.pid, later: later.pid };
}

/** Every row of the table the monitor must show, from live processes. */
export const cases: readonly NumberedCase[] = [
  {
    row: 1,
    id: 'lock-and-pid-file',
    title: 'a locked .lock file with a plain .pid file is held by the bot',
    service: {
      name: 'telegram-bot',
      lockFile: 'meridian/.telegram-bot.lock',
      pidFile: 'meridian/.telegram-bot.pid',
    },
    start: async (stage) => {
      const bot = await stage.start('telegram_bot', botArguments(stage, 'meridian'), { cwd: 'meridian' });
      return { pids: { bot: bot.pid } };
    },
    expect: {
      state: 'held',
      findings: [],
      says: (pids) => [...says(pids, 'bot'), 'telegram_bot'],
      neverSays: never,
      facts: (pids) => ({
        lock: { held: true, kind: 'flock', access: 'write', holders: [pidOf(pids, 'bot')], inherited: [] },
        record: { pid: pidOf(pids, 'bot'), verdict: 'live' },
        instances: 1,
      }),
    },
  },
  {
    row: 2,
    id: 'two-pollers',
    title: 'two pollers without a lock are a conflict, and the record names the later one',
    service: {
      name: 'telegram (old guard)',
      pidFile: 'meridian-old/.telegram-bot.pid',
      process: { command: 'telegram_bot', cwd: '${workspaceFolder}/meridian-old' },
    },
    start: async (stage) => ({ pids: await startTwoPollers(stage, 'meridian-old') }),
    expect: {
      state: 'conflict',
      findings: ['duplicateInstances'],
      says: (pids) => says(pids, 'earlier', 'later'),
      neverSays: never,
      facts: (pids) => ({ record: { pid: pidOf(pids, 'later'), verdict: 'live' }, instances: 2 }),
    },
  },
  {
    row: 3,
    id: 'stale-after-sigkill',
    title: 'a pid file left by SIGKILL is stale and its lock free',
    service: {
      name: 'telegram (crashed)',
      lockFile: 'meridian-crashed/.telegram-bot.lock',
      pidFile: 'meridian-crashed/.telegram-bot.pid',
    },
    start: async (stage) => {
      const folder = 'meridian-crashed';
      const bot = await stage.start('telegram_bot', botArguments(stage, folder), { cwd: folder });
      await bot.killHard();
      return { pids: { bot: bot.pid } };
    },
    expect: {
      state: 'stale',
      findings: ['stalePidDead'],
      says: (pids) => says(pids, 'bot'),
      neverSays: never,
      facts: (pids) => ({
        lock: { held: false, holders: [] },
        record: { pid: pidOf(pids, 'bot'), verdict: 'dead' },
        instances: 0,
      }),
    },
  },
  {
    row: 4,
    id: 'lock-only',
    title: 'an empty lock file with nothing recorded shows the pid from the kernel',
    service: { name: 'ccbot', lockFile: 'ccbot/ccbot.lock' },
    start: async (stage) => {
      const bot = await stage.start('ccbot', ['--dir', stage.subfolder('ccbot')], { cwd: 'ccbot' });
      return { pids: { bot: bot.pid } };
    },
    expect: {
      state: 'held',
      findings: [],
      says: (pids) => [...says(pids, 'bot'), 'ccbot'],
      neverSays: never,
      facts: (pids) => ({
        lock: { held: true, kind: 'flock', access: 'write', holders: [pidOf(pids, 'bot')], inherited: [] },
        instances: 1,
      }),
    },
  },
  {
    row: 5,
    id: 'shell-descriptor',
    title:
      'a lock taken by flock(1) for a shell is held by the shell and the child that shares the descriptor',
    service: { name: 'ccbot supervisor', lockFile: 'ccbot-supervised/ccbot-supervisor.lock' },
    start: async (stage) => {
      const folder = stage.subfolder('ccbot-supervised');
      const lockFile = stage.path('ccbot-supervised', 'ccbot-supervisor.lock');
      const bot = [process.execPath, actorPath('ccbot'), '--dir', folder, '--role', 'bot'];
      const shell = await startShellSupervisor(stage, lockFile, bot, 'ccbot-supervised');
      return { pids: { shell: shell.pidOf('supervisor'), bot: shell.pidOf('bot') } };
    },
    expect: {
      state: 'held',
      findings: ['inheritedLock'],
      says: (pids) => says(pids, 'shell', 'bot'),
      neverSays: never,
      facts: (pids) => ({
        lock: {
          held: true,
          kind: 'flock',
          access: 'write',
          holders: [pidOf(pids, 'shell'), pidOf(pids, 'bot')],
          inherited: [pidOf(pids, 'shell'), pidOf(pids, 'bot')],
        },
        instances: 1,
        oneInstance: [pidOf(pids, 'shell'), pidOf(pids, 'bot')],
      }),
    },
  },
  {
    row: 6,
    id: 'inherited-from-killed-parent',
    title: 'a child that inherited the lock of its killed parent holds it, and the dead acquirer is named',
    service: { name: 'ccbot (orphan)', lockFile: 'ccbot-orphan/ccbot-supervisor.lock' },
    start: async (stage) => {
      stage.subfolder('ccbot-orphan');
      const parent = await stage.start(
        'holder',
        ['--file', stage.path('ccbot-orphan', 'ccbot-supervisor.lock'), '--heirs', '1'],
        { cwd: 'ccbot-orphan', roles: ['holder', 'heir-1'] },
      );
      await parent.killHard();
      return { pids: { acquirer: parent.pid, child: parent.pidOf('heir-1') } };
    },
    expect: {
      state: 'held',
      findings: ['inheritedLock'],
      says: (pids) => [...says(pids, 'child', 'acquirer'), /inherit/i],
      neverSays: never,
      facts: (pids) => ({
        lock: {
          held: true,
          kind: 'flock',
          access: 'write',
          holders: [pidOf(pids, 'child')],
          inherited: [pidOf(pids, 'child')],
        },
        instances: 1,
      }),
    },
  },
  {
    row: 7,
    id: 'locked-pid-file',
    title: 'a pid file that is itself locked shows one pid',
    service: {
      name: 'memtomem server',
      lockFile: 'memtomem/server.pid',
      pidFile: 'memtomem/server.pid',
    },
    start: async (stage) => {
      stage.subfolder('memtomem');
      const args = ['--pid-file', stage.path('memtomem', 'server.pid')];
      const server = await stage.start('memtomem_server', args, { cwd: 'memtomem' });
      return { pids: { server: server.pid } };
    },
    expect: {
      state: 'held',
      findings: [],
      says: (pids) => says(pids, 'server'),
      neverSays: never,
      facts: (pids) => ({
        lock: { held: true, kind: 'flock', access: 'write', holders: [pidOf(pids, 'server')] },
        record: { pid: pidOf(pids, 'server'), verdict: 'live' },
        instances: 1,
      }),
    },
  },
  {
    row: 8,
    id: 'emptied-pid-file',
    title: 'a locked pid file emptied by a contender is held by its holder, and its record is missing',
    service: {
      name: 'memtomem (0 B)',
      lockFile: 'memtomem-emptied/server.pid',
      pidFile: 'memtomem-emptied/server.pid',
    },
    start: async (stage) => {
      const folder = 'memtomem-emptied';
      stage.subfolder(folder);
      const args = ['--pid-file', stage.path(folder, 'server.pid')];
      const server = await stage.start('memtomem_server', args, { cwd: folder });
      const contender = await stage.start('memtomem_server', [...args, '--open', 'w'], {
        cwd: folder,
        roles: [],
      });
      await contender.exited;
      return { pids: { server: server.pid, contender: contender.pid } };
    },
    expect: {
      state: 'held',
      findings: ['recordMissing'],
      says: (pids) => says(pids, 'server'),
      neverSays: () => [...never(), /\bstale\b/i],
      facts: (pids) => ({
        lock: { held: true, kind: 'flock', access: 'write', holders: [pidOf(pids, 'server')] },
        record: { verdict: 'empty' },
        instances: 1,
      }),
    },
  },
  {
    row: 9,
    id: 'three-line-record',
    title: 'a record of pid, blank and ISO time on three lines names the pid',
    service: {
      name: 'memtomem (2.0)',
      lockFile: 'memtomem-2/server-0123456789abcdef.pid',
      pidFile: 'memtomem-2/server-0123456789abcdef.pid',
    },
    start: async (stage) => {
      stage.subfolder('memtomem-2');
      const pidFile = stage.path('memtomem-2', 'server-0123456789abcdef.pid');
      const args = ['--pid-file', pidFile, '--record', 'lines'];
      const server = await stage.start('memtomem_server', args, { cwd: 'memtomem-2' });
      return { pids: { server: server.pid } };
    },
    expect: {
      state: 'held',
      findings: [],
      says: (pids) => says(pids, 'server'),
      neverSays: never,
      facts: (pids) => ({
        lock: { held: true, kind: 'flock', access: 'write', holders: [pidOf(pids, 'server')] },
        record: { pid: pidOf(pids, 'server'), verdict: 'live' },
        instances: 1,
      }),
    },
  },
  {
    row: 10,
    id: 'shared-locks',
    title: 'two shared locks on one file are two holders and no conflict',
    service: { name: 'memtomem (legacy lock)', lockFile: 'memtomem-legacy/.server.pid' },
    start: async (stage) => {
      stage.subfolder('memtomem-legacy');
      const args = ['--legacy', stage.path('memtomem-legacy', '.server.pid')];
      const one = await stage.start('memtomem_server', args, { cwd: 'memtomem-legacy' });
      const other = await stage.start('memtomem_server', args, { cwd: 'memtomem-legacy' });
      return { pids: { one: one.pid, other: other.pid } };
    },
    expect: {
      state: 'held',
      findings: [],
      says: (pids) => says(pids, 'one', 'other'),
      neverSays: never,
      facts: (pids) => ({
        lock: {
          held: true,
          kind: 'flock',
          access: 'read',
          holders: [pidOf(pids, 'one'), pidOf(pids, 'other')],
          inherited: [],
        },
      }),
    },
  },
  {
    row: 11,
    id: 'json-record-and-lock',
    title: 'a JSON record made with O_EXCL beside a locked JSON file names the pid',
    service: { name: 'hermes gateway', lockFile: 'hermes/gateway.lock', pidFile: 'hermes/gateway.pid' },
    start: async (stage) => {
      const args = ['--home', stage.subfolder('hermes')];
      const gateway = await stage.start('hermes_gateway', args, { cwd: 'hermes' });
      return { pids: { gateway: gateway.pid } };
    },
    expect: {
      state: 'held',
      findings: [],
      says: (pids) => says(pids, 'gateway'),
      neverSays: never,
      facts: (pids) => ({
        lock: {
          held: true,
          kind: 'flock',
          access: 'write',
          holders: [pidOf(pids, 'gateway')],
          inherited: [],
        },
        record: { pid: pidOf(pids, 'gateway'), verdict: 'live' },
        instances: 1,
      }),
    },
  },
  {
    row: 12,
    id: 'json-dead-pid',
    title: 'a JSON record of a pid that is gone is stale',
    service: {
      name: 'hermes (crashed)',
      lockFile: 'hermes-crashed/gateway.lock',
      pidFile: 'hermes-crashed/gateway.pid',
    },
    start: async (stage) => {
      const args = ['--home', stage.subfolder('hermes-crashed')];
      const gateway = await stage.start('hermes_gateway', args, { cwd: 'hermes-crashed' });
      await gateway.killHard();
      return { pids: { gateway: gateway.pid } };
    },
    expect: {
      state: 'stale',
      findings: ['stalePidDead'],
      says: (pids) => says(pids, 'gateway'),
      neverSays: never,
      facts: (pids) => ({
        lock: { held: false, holders: [] },
        record: { pid: pidOf(pids, 'gateway'), verdict: 'dead' },
        instances: 0,
      }),
    },
  },
  {
    row: 13,
    id: 'json-reused-pid',
    title: 'a JSON record naming a live stranger is stale, and the stranger is offered for nothing',
    service: { name: 'hermes (pid reused)', pidFile: 'hermes-reused/gateway.pid' },
    start: async (stage) => {
      const { stranger } = await makeReusedPidRecord(stage, 'hermes-reused/gateway.pid', 'json');
      return { pids: { stranger } };
    },
    expect: {
      state: 'stale',
      findings: ['stalePidReused'],
      says: (pids) => says(pids, 'stranger'),
      neverSays: never,
      facts: (pids) => ({
        record: { pid: pidOf(pids, 'stranger'), verdict: 'reused' },
        instances: 0,
        strangers: [pidOf(pids, 'stranger')],
      }),
    },
  },
  {
    row: 14,
    id: 'plain-record-older-than-process',
    title: 'a plain pid file older than the process that has its pid is stale',
    service: { name: 'telegram (pid reused)', pidFile: 'meridian-reused/.telegram-bot.pid' },
    start: async (stage) => {
      const { stranger } = await makeReusedPidRecord(stage, 'meridian-reused/.telegram-bot.pid', 'plain');
      return { pids: { stranger } };
    },
    expect: {
      state: 'stale',
      findings: ['stalePidReused'],
      says: (pids) => says(pids, 'stranger'),
      neverSays: never,
      facts: (pids) => ({
        record: { pid: pidOf(pids, 'stranger'), verdict: 'reused' },
        instances: 0,
        strangers: [pidOf(pids, 'stranger')],
      }),
    },
  },
  {
    row: 15,
    id: 'split-brain',
    title: 'a lock file deleted and made again under its holder has two holders on two inodes',
    service: {
      name: 'hermes (split brain)',
      lockFile: 'hermes-split/gateway.lock',
      pidFile: 'hermes-split/gateway.pid',
    },
    start: async (stage) => {
      const args = ['--home', stage.subfolder('hermes-split')];
      const first = await stage.start('hermes_gateway', args, { cwd: 'hermes-split' });
      const second = await stage.start('hermes_gateway', [...args, '--seize'], { cwd: 'hermes-split' });
      return { pids: { first: first.pid, second: second.pid } };
    },
    expect: {
      state: 'conflict',
      findings: ['splitBrain'],
      // Two holders are two instances as well; naming that too is right.
      mayAlsoFind: ['duplicateInstances'],
      says: (pids) => [...says(pids, 'first', 'second'), /deleted/i],
      neverSays: never,
      facts: (pids) => ({
        lock: {
          held: true,
          kind: 'flock',
          access: 'write',
          holders: [pidOf(pids, 'first'), pidOf(pids, 'second')],
          deleted: [pidOf(pids, 'first')],
        },
        record: { pid: pidOf(pids, 'second'), verdict: 'live' },
        instances: 2,
      }),
    },
  },
  ...(['posix', 'ofd'] as const).map((kind): NumberedCase => ({
    row: 16,
    id: `${kind}-lock`,
    title: `${kind === 'posix' ? 'a POSIX' : 'an OFD'} lock shows its holder and its kind`,
    service: { name: `${kind} store`, lockFile: `${kind}-store/store.lock` },
    start: async (stage) => {
      const folder = `${kind}-store`;
      stage.subfolder(folder);
      const args = ['--file', stage.path(folder, 'store.lock'), '--kind', kind];
      const holder = await stage.start('holder', args, { cwd: folder });
      return { pids: { holder: holder.pid } };
    },
    expect: {
      state: 'held',
      findings: [],
      says: (pids) => [...says(pids, 'holder'), new RegExp(kind, 'i')],
      neverSays: never,
      facts: (pids) => ({
        lock: { held: true, kind, access: 'write', holders: [pidOf(pids, 'holder')], inherited: [] },
        instances: 1,
      }),
    },
  })),
  {
    row: 17,
    id: 'child-pid-namespace',
    title: 'a holder in a child PID namespace is shown with its pid as seen from here',
    service: { name: 'ccbot (container)', lockFile: 'ccbot-container/ccbot.lock' },
    whyNot: whyNoPidNamespace,
    start: async (stage) => {
      stage.subfolder('ccbot-container');
      const args = ['--file', stage.path('ccbot-container', 'ccbot.lock')];
      const holder = await startNamespacedHolder(stage, args, 'ccbot-container');
      return { pids: { holder: holder.pid } };
    },
    expect: {
      state: 'held',
      findings: [],
      says: (pids) => says(pids, 'holder'),
      neverSays: never,
      facts: (pids) => ({
        lock: { held: true, kind: 'flock', access: 'write', holders: [pidOf(pids, 'holder')], inherited: [] },
        instances: 1,
      }),
    },
  },
  {
    row: 18,
    id: 'conflict-in-log',
    title: 'a fresh Conflict line with one local instance says that the other poller is elsewhere',
    service: {
      name: 'telegram (remote)',
      lockFile: 'meridian-remote/.telegram-bot.lock',
      pidFile: 'meridian-remote/.telegram-bot.pid',
      logFile: 'meridian-remote/bot.log',
    },
    start: async (stage) => {
      const folder = 'meridian-remote';
      const log = stage.file(`${folder}/bot.log`);
      const args = [...botArguments(stage, folder), '--log', log];
      const bot = await stage.start('telegram_bot', args, { cwd: folder });
      return {
        pids: { bot: bot.pid },
        provoke: () => {
          const time = new Date().toISOString().replace('T', ' ').slice(0, 23).replace('.', ',');
          fs.appendFileSync(log, `${time} - ERROR - ${CONFLICT_LINE}\n`);
        },
      };
    },
    expect: {
      state: 'conflict',
      findings: ['conflictInLog'],
      says: (pids) => [...says(pids, 'bot'), /another host|elsewhere/i],
      neverSays: never,
      facts: (pids) => ({
        lock: { held: true, kind: 'flock', access: 'write', holders: [pidOf(pids, 'bot')] },
        record: { pid: pidOf(pids, 'bot'), verdict: 'live' },
        instances: 1,
      }),
    },
  },
  {
    row: 19,
    id: 'wrapper-and-workers',
    title: 'a wrapper shell, its service and two workers are one instance',
    service: {
      name: 'telegram (workers)',
      lockFile: 'meridian-workers/.telegram-bot.lock',
      pidFile: 'meridian-workers/.telegram-bot.pid',
      process: { command: 'telegram_bot', cwd: '${workspaceFolder}/meridian-workers' },
    },
    start: async (stage) => {
      const folder = 'meridian-workers';
      const args = [...botArguments(stage, folder), '--workers', '2'];
      // `; exit $?` keeps the shell from turning into the service, as it would for a single command.
      const command = ['"$0" "$@"; exit $?', process.execPath, actorPath('telegram_bot'), ...args];
      const options = { cwd: folder, roles: ['bot', 'worker-1', 'worker-2'] };
      const wrapper = await stage.startCommand('sh', ['-c', ...command], options, 'wrapper');
      const pids = {
        wrapper: wrapper.pid,
        bot: wrapper.pidOf('bot'),
        worker1: wrapper.pidOf('worker-1'),
        worker2: wrapper.pidOf('worker-2'),
      };
      return { pids };
    },
    expect: {
      state: 'held',
      findings: [],
      says: (pids) => says(pids, 'bot'),
      neverSays: never,
      facts: (pids) => ({
        lock: { held: true, kind: 'flock', access: 'write', holders: [pidOf(pids, 'bot')], inherited: [] },
        record: { pid: pidOf(pids, 'bot'), verdict: 'live' },
        instances: 1,
        oneInstance: ['wrapper', 'bot', 'worker1', 'worker2'].map((role) => pidOf(pids, role)),
      }),
    },
  },
];

/**
 * Bystanders: processes that a number or a text confuses with a service's own. Each of them is live, and none of them
 * may be ended or have its record removed for it: in a container, in another worktree, and an agent, a watcher and an
 * editor that merely name the script.
 */
import { spawnSync } from 'node:child_process';
import { actorPath, type Actor } from '../fixtures/actors';
import { startInNamespace, whyNoChosenNumber, whyNoPidNamespace } from '../fixtures/namespaces';
import type { Stage } from '../fixtures/stage';
import { botArguments } from './cases';
import { pidOf, says, type Case, type Pids, type Started } from './case';

/** What the bots of these scenes run: a script of the project's own, as `bot.py` is. */
const SCRIPT = 'bot.cjs';

const botScript = (stage: Stage, folder: string): string =>
  stage.file(`${folder}/${SCRIPT}`, `require(${JSON.stringify(actorPath('telegram_bot'))});\n`);

/** A bot that runs `bot.cjs` of its working directory. */
const startBot = (stage: Stage, cwd: string, args: readonly string[]): Promise<Actor> =>
  stage.startCommand(process.execPath, [SCRIPT, ...args], { cwd });

const NOTHING_STALE = { offered: 0, preselected: 0, kept: 0 };
const nothingOffered = () => ({ kill: { listed: [], preselected: [] }, cleanUp: NOTHING_STALE });

/** A bot in a container has written its number, which is a bystander's here. */
async function startNumberTwice(stage: Stage, folder: string): Promise<Started> {
  const stranger = await stage.start('bystander', [], { cwd: 'elsewhere' });
  stage.subfolder(folder);
  const args = ['--guard', 'pid-file', '--pid', stage.path(folder, '.telegram-bot.pid')];
  const bot = await startInNamespace(stage, 'telegram_bot', args, {
    role: 'bot',
    cwd: folder,
    number: stranger.pid,
  });
  return { pids: { stranger: stranger.pid, bot: bot.pid } };
}

const CONTAINER_RECORD: Case = {
  id: 'container-record',
  title:
    'a record from a container names a number that an unrelated process has here: neither live nor stale',
  service: { name: 'telegram (container)', pidFile: 'meridian-container/.telegram-bot.pid' },
  whyNot: whyNoChosenNumber,
  start: (stage) => startNumberTwice(stage, 'meridian-container'),
  expect: {
    state: 'unverified',
    findings: ['recordUnverifiable'],
    says: (pids) => [...says(pids, 'stranger', 'bot'), /has this number in its own PID namespace/],
    neverSays: () => [/\bstale\b/i],
    facts: (pids) => ({
      record: { pid: pidOf(pids, 'stranger'), verdict: 'unverifiable' },
      instances: 0,
      strangers: [pidOf(pids, 'stranger')],
    }),
    plans: () => ({ ...nothingOffered(), cleanUp: { offered: 0, preselected: 0, kept: 1 } }),
  },
};

const CONTAINER_NAMED: Case = {
  id: 'container-record-named',
  title: 'a record from a container belongs to the process in there that runs what the service names',
  service: {
    name: 'telegram (container 2)',
    pidFile: 'meridian-container-named/.telegram-bot.pid',
    process: { command: 'telegram_bot', cwd: '${workspaceFolder}/meridian-container-named' },
  },
  whyNot: whyNoChosenNumber,
  start: (stage) => startNumberTwice(stage, 'meridian-container-named'),
  expect: {
    state: 'held',
    findings: [],
    says: (pids) => [...says(pids, 'stranger', 'bot'), 'telegram_bot'],
    neverSays: () => [/bystander/],
    facts: (pids) => ({
      record: { pid: pidOf(pids, 'stranger'), verdict: 'live' },
      instances: 1,
      oneInstance: [pidOf(pids, 'bot')],
      strangers: [pidOf(pids, 'stranger')],
    }),
    plans: nothingOffered,
  },
};

const CONTAINER_TWIN: Case = {
  id: 'container-twin',
  title: 'the owner’s twin in a container is a second instance, and never preselected',
  service: {
    name: 'telegram (twin)',
    lockFile: 'meridian-twin/.telegram-bot.lock',
    pidFile: 'meridian-twin/.telegram-bot.pid',
    process: { command: 'telegram_bot', cwd: '${workspaceFolder}/meridian-twin' },
  },
  whyNot: whyNoPidNamespace,
  start: async (stage) => {
    const cwd = 'meridian-twin';
    const args = [...botArguments(stage, cwd), '--keep-running'];
    const owner = await stage.start('telegram_bot', args, { cwd });
    const twin = await startInNamespace(stage, 'telegram_bot', args, { role: 'bot', cwd });
    return { pids: { owner: owner.pid, twin: twin.pid } };
  },
  expect: {
    state: 'conflict',
    findings: ['duplicateInstances'],
    says: (pids) => [...says(pids, 'owner', 'twin'), /not proven: it has a PID namespace of its own/],
    facts: (pids) => ({
      lock: { held: true, kind: 'flock', access: 'write', holders: [pidOf(pids, 'owner')], inherited: [] },
      record: { pid: pidOf(pids, 'owner'), verdict: 'live' },
      instances: 2,
    }),
    plans: (pids) => ({
      kill: { listed: [pidOf(pids, 'owner'), pidOf(pids, 'twin')], preselected: [] },
      cleanUp: NOTHING_STALE,
    }),
  },
};

/** Neither the user's configuration nor a repository around this one has a say. */
function gitEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  return { ...Object.fromEntries(own), GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
}

function git(cwd: string, ...args: readonly string[]): void {
  const named = ['-c', 'user.name=Meridian', '-c', 'user.email=bot@meridian.invalid'];
  const { error, status, stderr } = spawnSync('git', [...named, ...args], {
    cwd,
    env: gitEnvironment(),
    encoding: 'utf8',
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
}

const whyNoGit = (): string | undefined => {
  const { error } = spawnSync('git', ['--version']);
  return error && `git cannot be run: ${error.message}`;
};

const WORKTREE: Case = {
  id: 'other-worktree',
  title: 'the same bot in another worktree of the repository is not counted',
  service: {
    name: 'telegram (worktree)',
    pidFile: 'meridian-worktrees/main/.telegram-bot.pid',
    process: SCRIPT,
  },
  whyNot: whyNoGit,
  start: async (stage) => {
    const [main, other] = ['meridian-worktrees/main', 'meridian-worktrees/other'];
    botScript(stage, main);
    git(stage.path(main), 'init', '--quiet');
    git(stage.path(main), 'add', SCRIPT);
    git(stage.path(main), 'commit', '--quiet', '--message', 'Add the bot');
    git(stage.path(main), 'worktree', 'add', '--quiet', '-b', 'other', stage.subfolder(other));
    const args = ['--guard', 'pid-file', '--pid', '.telegram-bot.pid'];
    const bot = await startBot(stage, main, args);
    const namesake = await startBot(stage, other, args);
    return { pids: { bot: bot.pid, namesake: namesake.pid } };
  },
  expect: {
    state: 'held',
    findings: [],
    says: (pids) => [...says(pids, 'bot'), SCRIPT],
    neverSays: (pids) => says(pids, 'namesake'),
    facts: (pids) => ({
      record: { pid: pidOf(pids, 'bot'), verdict: 'live' },
      instances: 1,
      strangers: [pidOf(pids, 'namesake')],
    }),
    plans: nothingOffered,
  },
};

const ONLOOKERS = ['agent', 'watcher', 'editor'];

/** An agent whose prompt names the script, a watcher that compiles it, an editor that has it open. */
async function startOnlookers(stage: Stage, cwd: string): Promise<Pids> {
  // It waits as long as somebody could say something to it, so that it ends with the stage.
  const waiting = `process.stdin.resume();\nconsole.log(JSON.stringify({ ready: true, role: 'onlooker' }));\n`;
  const runTool = (name: string, args: readonly string[]): Promise<Actor> =>
    stage.startCommand(process.execPath, [stage.file(`${cwd}/tools/${name}`, waiting), ...args], { cwd });
  const agent = await runTool('claude', ['-p', `restart ${SCRIPT} and end the other one`]);
  const watcher = await runTool('tsc', ['--watch', '--allowJs', SCRIPT]);
  // cat(1) reads its standard input first, and so stays; it runs under the editor's name.
  const editor = await stage.startCommand('cat', ['-', SCRIPT], { cwd, argv0: 'vim', roles: [] });
  return { agent: agent.pid, watcher: watcher.pid, editor: editor.pid };
}

const AGENT: Case = {
  id: 'agent-names-the-script',
  title: 'an agent, a watcher and an editor name the script; only the second bot is preselected',
  service: {
    name: 'telegram (agent)',
    lockFile: 'meridian-agent/.telegram-bot.lock',
    process: SCRIPT,
  },
  start: async (stage) => {
    const cwd = 'meridian-agent';
    botScript(stage, cwd);
    const args = ['--lock', '.telegram-bot.lock', '--keep-running'];
    const owner = await startBot(stage, cwd, args);
    const duplicate = await startBot(stage, cwd, args);
    return { pids: { owner: owner.pid, duplicate: duplicate.pid, ...(await startOnlookers(stage, cwd)) } };
  },
  expect: {
    state: 'conflict',
    findings: ['duplicateInstances'],
    says: (pids) => [...says(pids, 'owner', 'duplicate'), /proven: same program, script, arguments/],
    neverSays: (pids) => says(pids, ...ONLOOKERS),
    facts: (pids) => ({
      lock: { held: true, kind: 'flock', access: 'write', holders: [pidOf(pids, 'owner')], inherited: [] },
      instances: 2,
      strangers: ONLOOKERS.map((role) => pidOf(pids, role)),
    }),
    plans: (pids) => ({
      kill: {
        listed: [pidOf(pids, 'owner'), pidOf(pids, 'duplicate')],
        preselected: [pidOf(pids, 'duplicate')],
      },
      cleanUp: NOTHING_STALE,
    }),
  },
};

/** Without an owner to compare with, only what a text names decides. */
const AGENT_ALONE: Case = {
  id: 'agent-names-a-dead-script',
  title: 'an agent, a watcher and an editor that name the script of a killed bot are no instance',
  service: {
    name: 'telegram (agent alone)',
    lockFile: 'meridian-agent-alone/.telegram-bot.lock',
    pidFile: 'meridian-agent-alone/.telegram-bot.pid',
    process: { command: SCRIPT, cwd: '${workspaceFolder}/meridian-agent-alone' },
  },
  start: async (stage) => {
    const cwd = 'meridian-agent-alone';
    botScript(stage, cwd);
    const bot = await startBot(stage, cwd, ['--lock', '.telegram-bot.lock', '--pid', '.telegram-bot.pid']);
    await bot.killHard();
    return { pids: { bot: bot.pid, ...(await startOnlookers(stage, cwd)) } };
  },
  expect: {
    state: 'stale',
    findings: ['stalePidDead'],
    says: (pids) => says(pids, 'bot'),
    neverSays: (pids) => says(pids, ...ONLOOKERS),
    facts: (pids) => ({
      lock: { held: false, holders: [] },
      record: { pid: pidOf(pids, 'bot'), verdict: 'dead' },
      instances: 0,
      strangers: ONLOOKERS.map((role) => pidOf(pids, role)),
    }),
    // As it must be: who only names the script keeps no record of it.
    plans: () => ({ ...nothingOffered(), cleanUp: { offered: 1, preselected: 1, kept: 0 } }),
  },
};

export const bystanderCases: readonly Case[] = [
  CONTAINER_RECORD,
  CONTAINER_NAMED,
  CONTAINER_TWIN,
  WORKTREE,
  AGENT,
  AGENT_ALONE,
];

import * as fs from 'node:fs';
import * as path from 'node:path';
import { Stage } from '../fixtures/stage';
import { bystanderCases } from './bystanders';
import type { Case, Started } from './case';
import { cases } from './cases';
import { extraCases } from './extras';

/** The four systems, healthy and broken side by side, in the order of the setting. */
const SHOWN: readonly string[] = [
  'lock-and-pid-file',
  'two-pollers',
  'stale-after-sigkill',
  'conflict-in-log',
  'wrapper-and-workers',
  'lock-only',
  'shell-descriptor',
  'inherited-from-killed-parent',
  'free-lock',
  'locked-pid-file',
  'emptied-pid-file',
  'shared-locks',
  'contender-keeps-running',
  'json-record-and-lock',
  'json-reused-pid',
  'split-brain',
  'token-lock',
  'record-of-another-host',
  'container-record',
  'container-twin',
  'other-worktree',
  'agent-names-the-script',
  'git-lock-left-over',
];

/** How often something goes wrong again where it does so repeatedly, such as a conflict in a log; ms. */
const PROVOKE_EVERY = 5_000;

export interface DemoService {
  readonly case: Case;
  readonly started: Started;
}

export interface Demo {
  /** To be opened in VS Code; its `.vscode/settings.json` lists the services. */
  readonly folder: string;
  readonly services: readonly DemoService[];
  /** Ends every process of the demo and removes what it made. Safe to call again. */
  readonly stop: () => Promise<void>;
}

export function demoCases(): Case[] {
  const known: readonly Case[] = [...cases, ...extraCases, ...bystanderCases];
  return SHOWN.map((id) => {
    const found = known.find((one) => one.id === id);
    if (!found) throw new Error(`no case ${id}`);
    return found;
  });
}

/** `.vscode/settings.json` of a workspace that watches these cases. */
export function settingsFor(shown: readonly Case[]): string {
  return `${JSON.stringify({ 'instanceMonitor.services': shown.map(({ service }) => service) }, undefined, 2)}\n`;
}

function readme(shown: readonly Case[]): string {
  const rows = shown.map(({ service, title, expect }) => `| ${service.name} | ${expect.state} | ${title} |`);
  return [
    '# Demo workspace',
    '',
    'Every service listed here is acted out by live processes that hold real locks. They end with the demo.',
    '',
    '| service | state | what happens |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Makes a workspace in `folder` (default: a temporary one) and starts the processes that act in it. Everything ends
 * with `stop()`, with this process, or with a signal to it.
 */
export async function startDemo(folder?: string): Promise<Demo> {
  const stage = Stage.open(folder === undefined ? undefined : path.resolve(folder));
  let timer: NodeJS.Timeout | undefined;
  let stopping: Promise<void> | undefined;

  const onExit = () => {
    stage.closeNow();
  };
  const onSignal = (signal: NodeJS.Signals) => {
    onExit();
    forget();
    // Without a handler of anyone else's the signal should do what it always does.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  const forget = () => {
    clearInterval(timer);
    process.off('exit', onExit);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  const stop = () => {
    forget();
    stopping ??= stage.close();
    return stopping;
  };

  process.on('exit', onExit);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    if (fs.existsSync(stage.path('.vscode', 'settings.json'))) {
      throw new Error(`${stage.folder} has settings of its own; the demo needs an empty folder`);
    }
    const shown = demoCases().filter(({ whyNot }) => whyNot?.() === undefined);
    const services = await Promise.all(
      shown.map(async (one) => ({ case: one, started: await one.start(stage) })),
    );
    stage.file('.vscode/settings.json', settingsFor(shown));
    stage.file('README.md', readme(shown));
    timer = setInterval(() => {
      for (const { started } of services) started.provoke?.();
    }, PROVOKE_EVERY);
    timer.unref();
    return { folder: stage.folder, services, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

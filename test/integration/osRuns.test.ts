/** Which variables of a process set it apart from another run, and that no value of them is kept. */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ProcessTable } from '../../src/os/linux/processes/processTable';
import { actorPath } from '../fixtures/actors';
import { programAlone } from '../fixtures/aloneProgram';
import { withStage } from '../fixtures/stage';

const processes = new ProcessTable();
const readRun = (pid: number) => {
  processes.update(new Set());
  return processes.runOf(pid);
};

const CHOICES = [
  'PORT',
  'PGPORT',
  'APP_ENV',
  'NODE_ENV',
  'BOT_TOKEN',
  'TOKEN_FILE',
  'HERMES_HOME',
  'XDG_CONFIG_HOME',
  'pm_id',
  'NODE_OPTIONS',
  'PYTHONPATH',
  'CLASSPATH',
  'VIRTUAL_ENV',
  'CONDA_PREFIX',
  // Whatever is not known to be another for each start.
  'SPRING_PROFILES_ACTIVE',
  'CUDA_VISIBLE_DEVICES',
  'SESSION_NAME',
  'CHROME_PROFILE',
  'SSH_HOST',
  'SNAPSHOT_DIR',
  'HISTORY_DB',
  'LANGCHAIN_PROJECT',
  'TERMINAL_ID',
  'TENANTS',
  'WHATEVER',
  'npm_config_tenant',
  // Of families in which most say nothing.
  'KRB5CCNAME',
  'CLAUDE_CODE_OAUTH_TOKEN',
];
const NOISE = [
  'TERM_SESSION_ID',
  'SSH_CLIENT',
  'TMUX',
  'VSCODE_GIT_IPC_HANDLE',
  'XDG_SESSION_ID',
  // What editors and agents give the terminals that they open.
  'CLAUDE_CODE_SSE_PORT',
  'PYDEVD_DISABLE_FILE_VALIDATION',
  'SNAP_INSTANCE_NAME',
  'ZDOTDIR',
  'SHLVL',
  'LANG',
  'WINDOWID',
  'INVOCATION_ID',
  'npm_lifecycle_event',
  'STARSHIP_SESSION_KEY',
  'ATUIN_HISTORY_ID',
  'ZELLIJ_SESSION_NAME',
  'GHOSTTY_RESOURCES_DIR',
  'EDITOR',
  // What node gives a child that it forks.
  'NODE_CHANNEL_SERIALIZATION_MODE',
  'VIRTUAL_ENV_PROMPT',
  'CONDA_SHLVL',
];

const BLOCKS = `import os, signal, time
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
os.write(1, b'{"ready":true,"role":"blocks","pid":%d}\\n' % os.getpid())
while True:
    time.sleep(60)
`;
const WATCHES = `setInterval(() => undefined, 60_000); console.log('{"ready":true,"role":"watch"}');`;

describe.runIf(process.platform === 'linux')('what sets one run of a program apart', () => {
  test('may be anything where a process shows that it has descriptors, and not where they lead (needs root)', async ({
    skip,
  }) => {
    const less = ['--bounding-set=-sys_ptrace', '--inh-caps=-sys_ptrace'];
    const tried = spawnSync('setpriv', [...less, 'true'], { encoding: 'utf8' });
    if (process.getuid?.() !== 0) skip('needs root, to give up what another process has');
    if (tried.status !== 0) skip(`setpriv(1): ${tried.error?.message ?? tried.stderr}`);
    const { folder, program } = await programAlone('run', {
      contents: `import { ProcessTable } from './src/os/linux/processes/processTable';
        const processes = new ProcessTable();
        processes.update(new Set());
        console.log(JSON.stringify(process.argv.slice(2).map((pid) => processes.runOf(Number(pid)).uses !== undefined)));`,
      resolveDir: path.join(import.meta.dirname, '../..'),
      loader: 'ts',
    });
    await withStage(async (stage) => {
      const more = await stage.start('bystander', []);
      const same = await stage.startCommand('setpriv', [...less, process.execPath, actorPath('bystander')]);
      const { stdout } = spawnSync(
        'setpriv',
        [...less, process.execPath, program, String(more.pid), String(same.pid)],
        { encoding: 'utf8' },
      );
      expect(JSON.parse(stdout)).toEqual([false, true]);
    });
    fs.rmSync(folder, { recursive: true });
  });

  test('is a variable that chooses, by a digest; no variable of a session, and an empty one is one', () =>
    withStage(async (stage) => {
      const env = (value: string): Record<string, string> =>
        Object.fromEntries([...CHOICES, ...NOISE].map((name) => [name, value]));
      const [a, b, none] = [
        await stage.start('bystander', [], { env: env('hunter2') }),
        await stage.start('bystander', [], { env: { ...env('hunter2'), PORT: 'x' } }),
        await stage.start('bystander', [], { env: env('') }),
      ].map(({ pid }) => readRun(pid));
      const names = [...(a?.settings?.keys() ?? [])];
      expect(names).toEqual(expect.arrayContaining(CHOICES));
      expect(names.filter((name) => NOISE.includes(name))).toEqual([]);
      expect(JSON.stringify([...(a?.settings ?? [])])).not.toContain('hunter2');
      expect(CHOICES.filter((name) => a?.settings?.get(name) !== b?.settings?.get(name))).toEqual(['PORT']);
      expect(CHOICES.filter((name) => none?.settings?.has(name) !== true)).toEqual([]);
      expect(a?.world).toMatch(/^net:\[\d+\] mnt:\[\d+\] .* \/ .*Gid:.*Groups:.*CapEff:.*Cpus_allowed:/s);
      expect(b?.world).toBe(a?.world);
      expect(readRun(4_194_305)).toEqual({});
    }));

  test('is that it was asked to end, and works something off first', ({ skip }) =>
    withStage(async (stage) => {
      if (spawnSync('python3', ['--version']).status !== 0) skip('python3 cannot be run');
      const script = stage.file('blocks.py', BLOCKS);
      const { pid } = await stage.startCommand('python3', [script]);
      expect(readRun(pid).isEnding).toBeUndefined();
      process.kill(pid, 'SIGTERM');
      expect(readRun(pid).isEnding).toBe(true);
    }));

  test('is a program that was told its number', () =>
    withStage(async (stage) => {
      const { pid } = await stage.start('bystander', []);
      expect(readRun(pid).traced).toBeUndefined();
      await stage.startCommand(process.execPath, [stage.file('watch.cjs', WATCHES), '--pid', String(pid)]);
      expect(readRun(pid).traced).toBe(true);
    }));

  test('is where a shell started it, once it works elsewhere', () =>
    withStage(async (stage) => {
      const startedIn = async (PWD: string): Promise<string | undefined> =>
        readRun((await stage.start('bystander', [], { env: { PWD } })).pid).startedIn;
      expect(await startedIn('/srv/a')).toBe('/srv/a');
      expect(await startedIn(stage.folder)).toBeUndefined();
    }));
});

test('a process is read once in a look, and again in the next', () => {
  const first = readRun(process.pid);
  expect(processes.runOf(process.pid)).toBe(first);
  expect(readRun(process.pid)).not.toBe(first);
});

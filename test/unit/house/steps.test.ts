/** Steps of CONTRIBUTING.md that no compiler asks for: what is added is tried, acted out and told apart. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FindingKind } from '../../../src/api';
import type { SupervisorKind } from '../../../src/model/facts';
import { FINDINGS } from '../../../src/model/findings/index';
import { programOf } from '../../../src/model/processes/program';
import { supervisorOf, type SupervisorClues, type SupervisorVariable } from '../../../src/os/supervisor';
import { serviceText } from '../../../src/ui/text/rows/serviceText';
import { proc } from '../model/build';
import { finding, NOW, service } from '../ui/snapshots';
import { ROOT } from './source';

const KINDS = Object.keys(FINDINGS) as FindingKind[];

/** Returns the files of a folder whose names match, each with its text. */
const filesOf = (folder: string, names: RegExp): { name: string; text: string }[] =>
  fs
    .readdirSync(path.join(ROOT, folder))
    .filter((name) => names.test(name))
    .map((name) => ({ name, text: fs.readFileSync(path.join(ROOT, folder, name), 'utf8') }));

describe('a finding', () => {
  /** Why no scene of the demo has it. */
  const NOT_ACTED: Partial<Record<FindingKind, string>> = {
    startingInstance: 'the scenes are looked at when its first seconds are over',
    filesLeftOut: 'a scene with thousands of files says nothing else; presetWatch and glob tests have them',
    pidMismatch: 'only unit tests have it',
  };

  it('is in a unit test of the model', () => {
    const tests = filesOf('test/unit/model', /\.test\.ts$/);
    const isTried = (kind: string): boolean => tests.some(({ text }) => text.includes(`'${kind}'`));
    expect(KINDS.filter((kind) => !isTried(kind))).toEqual([]);
  });

  it('is acted out in a scene of the demo, or it says here why not', () => {
    const scenes = filesOf('test/demo', /^(?:cases|extras|bystanders)\.ts$/);
    const expected = scenes
      .flatMap(({ text }) => [...text.matchAll(/\bfindings: \[([^\]]*)\]/g)].map(([, kinds]) => kinds))
      .join();
    const missing = KINDS.filter((kind) => !expected.includes(`'${kind}'`));
    expect(missing.sort()).toEqual(Object.keys(NOT_ACTED).sort());
  });

  const conflictFiles = filesOf('src/model/findings', /\.ts$/).filter(({ text }) =>
    text.includes("'conflict'"),
  );

  it('that is a conflict names the processes that are in it', () => {
    expect(conflictFiles.filter(({ text }) => !/\bpids\b/.test(text)).map(({ name }) => name)).toEqual([]);
  });

  it('that is a conflict is not said to be reported in the log, unless it is', () => {
    const conflicts = conflictFiles.map(({ name }) => name.replace('.ts', ''));
    expect(conflicts).toContain('duplicateInstances');
    const row = (kind: string): string =>
      serviceText(service({ state: 'conflict', findings: [finding(kind, 'conflict')] }), NOW).description;
    const byLog = row('conflictInLog');
    expect(conflicts.filter((kind) => row(kind) === byLog)).toEqual(['conflictInLog']);
  });
});

describe('a supervisor', () => {
  interface Seen {
    clues: SupervisorClues;
    /** Its own way to stop what it started; `none` where it has none. */
    stop: string;
    /** What only looks like it. */
    other: SupervisorClues;
  }
  const above = (
    argv: readonly string[],
    { comm = '', env = {} }: { comm?: string; env?: Partial<Record<SupervisorVariable, string>> } = {},
  ): SupervisorClues => ({ ancestors: [{ pid: 100, comm, argv }], env: (name) => env[name] });
  const unit = (name: string): SupervisorClues => ({ ancestors: [], unit: name, env: () => undefined });
  const container = (kind: 'docker' | 'podman' | 'kubernetes', stop: string): Seen => ({
    clues: { ancestors: [], container: { kind, id: 'ab12' }, env: () => undefined },
    stop,
    other: above([`/usr/bin/${kind}`, 'ps']),
  });
  /** A kind without a row does not compile, nor does a row without a stop command and a near miss. */
  const SEEN: Record<SupervisorKind, Seen> = {
    systemd: { clues: unit('bot.service'), stop: 'systemctl stop bot.service', other: unit('bot.scope') },
    pm2: {
      clues: above(['PM2 v5.3.0: God Daemon (/root/.pm2)'], { env: { name: 'bot' } }),
      stop: 'pm2 stop bot',
      other: above(['node', '/usr/bin/pm2', 'logs']),
    },
    supervisord: {
      clues: above(['/usr/bin/python3', '/usr/bin/supervisord', '-n'], {
        env: { SUPERVISOR_PROCESS_NAME: 'bot' },
      }),
      stop: 'supervisorctl stop bot',
      other: above(['/usr/bin/python3', '/usr/bin/supervisorctl', 'tail']),
    },
    docker: container('docker', 'docker stop ab12'),
    podman: container('podman', 'podman stop ab12'),
    kubernetes: container('kubernetes', 'crictl stop ab12'),
    tmux: {
      clues: above(['tmux', 'new'], { comm: 'tmux: server', env: { TMUX_PANE: '%3' } }),
      stop: 'tmux kill-pane -t %3',
      other: above(['tmuxinator', 'start'], { comm: 'tmuxinator' }),
    },
    screen: {
      clues: above(['SCREEN', '-S', 'bot'], { comm: 'screen', env: { STY: '77.bot' } }),
      stop: 'screen -S 77.bot -X quit',
      other: above(['screen', '-r', 'bot'], { comm: 'screen' }),
    },
    cron: {
      clues: above(['/usr/sbin/cron', '-f'], { comm: 'cron' }),
      stop: 'none',
      other: above(['/usr/bin/crontab', '-e'], { comm: 'crontab' }),
    },
    vscode: {
      clues: above(['/usr/share/code/code']),
      stop: 'none',
      other: above(['/usr/bin/codespell', '.']),
    },
    runit: {
      clues: above(['runsv', 'bot']),
      stop: 'none',
      other: above(['/usr/bin/rsync', 'bot']),
    },
    daemontools: {
      clues: above(['supervise', 'bot']),
      stop: 'none',
      other: above(['/usr/bin/supervisorctl', 'bot']),
    },
    s6: {
      clues: above(['/usr/bin/s6-supervise', 'bot']),
      stop: 'none',
      other: above(['/usr/bin/s6-setuidgid', 'bot']),
    },
    nodemon: {
      clues: above(['node', '/usr/bin/nodemon', 'app.js']),
      stop: 'kill -TERM 100',
      other: above(['node', '/usr/bin/nodemailer', 'app.js']),
    },
  };

  it.each(Object.entries(SEEN))('is told, with its stop command: %s', (kind, { clues, stop }) => {
    const found = supervisorOf(clues);
    expect(found?.kind).toBe(kind);
    expect(found?.stopCommand ?? 'none').toBe(stop);
  });

  it.each(Object.entries(SEEN))('is not what only looks like it: %s', (_, { other }) => {
    expect(supervisorOf(other)).toBeUndefined();
  });

  it.each(
    Object.entries(SEEN).flatMap(([kind, { clues }]) => clues.ancestors.map((one) => [kind, one] as const)),
  )('is no instance with what it has started: %s', (_, { argv, comm }) => {
    const { role } = programOf(proc(100, argv, comm === '' ? {} : { comm }));
    expect(['launcher', 'wrapper']).toContain(role);
  });
});

import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parseCgroup } from '../../../src/os/linux/procfs/cgroup';
import { supervisorOf, type SupervisorClues, type SupervisorVariable } from '../../../src/os/supervisor';

const clues = (
  ancestors: readonly { comm?: string; argv: readonly string[] }[],
  env: Partial<Record<SupervisorVariable, string>> = {},
  more: Partial<SupervisorClues> = {},
): SupervisorClues => ({
  ancestors: ancestors.map(({ comm = '', argv }, index) => ({ pid: 100 + index, comm, argv })),
  env: (name) => env[name],
  ...more,
});

describe('the supervisor of a process', () => {
  it('is the nearest one above it', () => {
    const above = [
      { argv: ['node', '/usr/lib/nodemon/bin/nodemon.js', 'app.js'] },
      { comm: 'tmux: server', argv: ['tmux'] },
    ];
    expect(supervisorOf(clues(above))).toEqual({ kind: 'nodemon', pid: 100, stopCommand: 'kill -TERM 100' });
  });

  it('is pm2, with the name that pm2 gave it', () => {
    const daemon = { argv: ['PM2 v5.3.0: God Daemon (/root/.pm2)'] };
    expect(supervisorOf(clues([daemon], { name: "my bot's" }))).toEqual({
      kind: 'pm2',
      pid: 100,
      name: "my bot's",
      stopCommand: "pm2 stop 'my bot'\\''s'",
    });
  });

  it('is supervisord, with group and program', () => {
    const daemon = { argv: ['/usr/bin/python3', '/usr/bin/supervisord', '-n'] };
    const env = { SUPERVISOR_PROCESS_NAME: 'bot_00', SUPERVISOR_GROUP_NAME: 'bot' };
    expect(supervisorOf(clues([daemon], env))?.stopCommand).toBe('supervisorctl stop bot:bot_00');
  });

  it('is tmux, with socket and pane, or screen, with its session', () => {
    const tmux = supervisorOf(
      clues([{ argv: ['-bash'] }, { comm: 'tmux: server', argv: ['tmux', 'new'] }], {
        TMUX: '/tmp/tmux-0/default,4242,0',
        TMUX_PANE: '%3',
      }),
    );
    expect(tmux?.stopCommand).toBe('tmux -S /tmp/tmux-0/default kill-pane -t %3');
    const screen = supervisorOf(
      clues([{ comm: 'screen', argv: ['SCREEN', '-S', 'bot'] }], { STY: '77.bot' }),
    );
    expect(screen).toMatchObject({ kind: 'screen', stopCommand: 'screen -S 77.bot -X quit' });
  });

  it('is cron, or a terminal of VS Code', () => {
    expect(
      supervisorOf(
        clues([{ argv: ['/bin/sh', '-c', 'x'] }, { comm: 'cron', argv: ['/usr/sbin/cron', '-f'] }]),
      )?.kind,
    ).toBe('cron');
    const terminal = [
      { argv: ['/bin/bash'] },
      { argv: ['/usr/bin/node', '/srv/bootstrap-fork', '--type=ptyHost'] },
    ];
    expect(supervisorOf(clues(terminal))).toMatchObject({ kind: 'vscode', name: 'terminal' });
  });

  it('is a container, or a systemd unit, when nobody above says otherwise', () => {
    const container = { kind: 'docker' as const, id: 'ab12'.repeat(16) };
    expect(supervisorOf(clues([{ argv: ['/usr/bin/containerd-shim-runc-v2'] }], {}, { container }))).toEqual({
      kind: 'docker',
      name: 'ab12ab12ab12',
      stopCommand: 'docker stop ab12ab12ab12',
    });
    expect(supervisorOf(clues([], {}, { unit: 'bot@1.service' }))?.stopCommand).toBe(
      'systemctl stop bot@1.service',
    );
    const own = supervisorOf(clues([], {}, { unit: 'bot.service', isUserUnit: true }));
    expect(own?.stopCommand).toBe('systemctl --user stop bot.service');
  });

  it('is never the unit that the monitor itself runs in, a session, or the user manager', () => {
    expect(
      supervisorOf(clues([], {}, { unit: 'code-server.service', ownUnit: 'code-server.service' })),
    ).toBeUndefined();
    expect(supervisorOf(clues([], {}, { unit: 'session-3.scope' }))).toBeUndefined();
    expect(supervisorOf(clues([], {}, { unit: 'user@1000.service' }))).toBeUndefined();
  });
});

describe('the command that stops a unit', () => {
  const stopOf = (segment: string): string | undefined => {
    const cgroup = parseCgroup(`0::/user.slice/user-1000.slice/user@1000.service/app.slice/${segment}\n`);
    return supervisorOf({ ancestors: [], ...cgroup, env: () => undefined })?.stopCommand;
  };

  it.each([
    ['bot@1.service', 'systemctl --user stop bot@1.service'],
    // The shell takes no backslash from it: `\\x2d` is part of the name.
    ['app-my\\x2dbot@autostart.service', "systemctl --user stop 'app-my\\x2dbot@autostart.service'"],
    ['_cpu.service', 'systemctl --user stop cpu.service'],
    ['-bot.service', "systemctl --user stop -- '-bot.service'"],
  ])('of %s names it for a shell', (segment, command) => expect(stopOf(segment)).toBe(command));

  it('is understood by a shell as it stands', () => {
    const command = stopOf('a\\x2db\\x5cc.service')?.replace('systemctl --user stop', 'printf %s') ?? 'false';
    expect(execFileSync('sh', ['-c', command], { encoding: 'utf8' })).toBe('a\\x2db\\x5cc.service');
  });
});

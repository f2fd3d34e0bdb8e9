import { describe, expect, it } from 'vitest';
import type { ProcessFacts } from '../../../src/model/facts';
import { PRESETS, type Preset, type PresetFile } from '../../../src/model/presets/index';
import { presetService } from '../../../src/model/presets/found';
import { ProcessTree } from '../../../src/model/processes/processTree';
import { judgeRecords } from '../../../src/model/records/records';
import { alive, facts, file, pidFile, proc } from './build';

/** Writers of a tool's records as they appear: in one word what sets a title, else the arguments. */
const WRITERS: readonly (readonly [preset: string, command: string | readonly string[], path?: string])[] = [
  [
    'hermes-gateway',
    '/home/ann/.hermes/hermes-agent/venv/bin/python /home/ann/.local/bin/hermes gateway run',
  ],
  ['hermes-gateway', 'python3 -m hermes_cli.main gateway run'],
  ['hermes-gateway', 'python3 /opt/hermes/hermes_cli/main.py gateway run'],
  ['hermes-gateway', 'python3 /opt/hermes/gateway/run.py'],
  ['hermes-gateway', '/usr/bin/hermes-gateway'],
  ['hermes-gateway', '/nix/store/0a1b-hermes/bin/.hermes-wrapped gateway run'],
  ['hermes-token-lock', 'python3 /home/ann/.local/bin/hermes -p work gateway run'],
  ['hermes-desktop', 'python3 /home/ann/.local/bin/hermes serve --port 0'],
  ['hermes-whatsapp', 'node /opt/hermes/scripts/whatsapp-bridge/bridge.js --port 3000'],
  ['raft-bridge', 'node /usr/local/bin/raft --profile me agent bridge'],
  ['telegram-bot', 'python3 scripts/telegram-bot.py'],
  ['telegram-bot', '/ws/.venv/bin/python /ws/telegram_bot.py'],
  ['memtomem', 'python3 /home/ann/.local/bin/memtomem-server'],
  ['memtomem', 'python3 -m memtomem.server'],
  ['memtomem-web', 'python3 /home/ann/.local/bin/mm web'],
  ['claude-telegram', '/home/ann/.bun/bin/bun server.ts'],
  ['openclaw-gateway', ['openclaw-gateway']],
  ['openclaw-gateway', 'node /usr/lib/node_modules/openclaw/openclaw.mjs gateway'],
  ['openclaw-gateway', 'node /usr/lib/node_modules/openclaw/dist/index.js gateway --port 18789'],
  ['openclaw-session', ['openclaw-agent']],
  ['rails', 'ruby bin/rails server'],
  ['rails', ['puma 6.4.2 (tcp://localhost:3000) [ws]']],
  ['rails', ['unicorn_rails master -c config/unicorn.rb']],
  ['rails', 'ruby /usr/local/bin/bundle exec rails s'],
  ['puma', ['puma 6.4.2 (unix:///ws/tmp/puma.sock) [ws]']],
  ['next-build', 'node /ws/node_modules/.bin/next build'],
  ['nuxt', 'node /ws/node_modules/.bin/nuxt dev'],
  ['nuxt', 'node /ws/node_modules/@nuxt/cli/dist/dev/index.mjs'],
  ['astro', 'node /ws/node_modules/astro/bin/astro.mjs dev'],
  ['vinext', 'node /ws/node_modules/vinext/dist/cli.js dev'],
  ['nx', 'node /ws/node_modules/nx/src/daemon/server/start.js'],
  ['celery-beat', '/ws/.venv/bin/python /ws/.venv/bin/celery -A shop beat'],
  ['celery-beat', 'python3 -m celery -A shop beat'],
  ['celery-beat', ['[celery beat] -A shop beat']],
  ['supervisord', '/usr/bin/python3 /usr/bin/supervisord -c /etc/supervisor/supervisord.conf'],
  ['pm2', ['PM2 v5.3.0: God Daemon (/home/ann/.pm2)'], '/home/ann/.pm2/pm2.pid'],
  ['jupyter', 'python3 /home/ann/.local/bin/jupyter-lab --no-browser'],
  ['jupyter', 'python3 -m jupyterlab'],
  ['postgresql', '/usr/lib/postgresql/15/bin/postgres -D /ws/data'],
  ['postgresql-socket', '/usr/lib/postgresql/15/bin/postgres -D /ws/data'],
  ['mongodb', '/usr/bin/mongod --config /etc/mongod.conf'],
  ['docker', '/usr/bin/dockerd -H fd://'],
  [
    'vscode-window',
    '/home/ann/.vscode-server/bin/0a1b/node /home/ann/.vscode-server/bin/0a1b/out/bootstrap-fork --type=extensionHost',
  ],
  ['vscode-window', '/usr/share/code/code --type=utility --utility-sub-type=node.mojom.NodeService'],
  ['vscode-main', ['/Applications/Visual Studio Code.app/Contents/MacOS/Electron']],
  ['git', 'git commit -m x'],
  ['git-gc', '/usr/lib/git-core/git gc --auto'],
  ['bazel', ['bazel(ws)', '--add-opens=java.base/java.lang=ALL-UNNAMED', '-jar', 'A-server.jar']],
  ['borg', '/usr/bin/python3 /usr/bin/borg create /repo::now /home'],
];

const STRANGERS = [
  '/usr/bin/python3 /usr/local/bin/thesis_editor.py',
  '/usr/sbin/rsyslogd -n',
  '/usr/bin/node /srv/shop/worker.js',
];

describe('who writes the records of known tools', () => {
  function judged(
    preset: Preset,
    place: PresetFile,
    process: ProcessFacts,
    path: string,
  ): string | undefined {
    const watched = presetService({ preset, file: place, path });
    const record = pidFile(String(process.pid), alive(process), { file: file(path) });
    const given = facts({
      service: { ...watched, pidFiles: [path], lockFiles: [] },
      processes: [process],
      pidFiles: [record],
    });
    return judgeRecords(given, new ProcessTree(given.processes, given.host))[0]?.verdict;
  }
  function placeOf(preset: Preset, path: string | undefined): PresetFile {
    const place = preset.files.find((one) => path === undefined || path.endsWith(one.path.slice(-6)));
    if (place === undefined) throw new Error(`${preset.id} has no ${path ?? 'file'}`);
    return place;
  }

  it.each(WRITERS.map(([id, command, path]) => ({ id, command, path })))(
    '$id: $command',
    ({ id, command, path }) => {
      const preset = PRESETS.find((one) => one.id === id);
      expect(preset).toBeDefined();
      if (preset === undefined) return;
      const where = path ?? '/srv/run/of-the-tool/some.pid';
      const place = placeOf(preset, path);
      expect(judged(preset, place, proc(4242, command, { cwd: '/ws' }), where)).toBe('live');
      for (const stranger of STRANGERS) {
        expect(judged(preset, place, proc(4242, stranger, { cwd: '/ws' }), where), stranger).toBe(
          'unverifiable',
        );
      }
    },
  );

  it('has one for every tool with such a list', () => {
    const tried = new Set(WRITERS.map(([id]) => id));
    const listed = PRESETS.filter(({ programs, files }) =>
      [programs, ...files.map((one) => one.programs ?? programs)].some((each) => typeof each !== 'string'),
    );
    expect(listed.map(({ id }) => id).filter((id) => !tried.has(id))).toEqual([]);
  });

  it('believes any program of a record that anyone may write', () => {
    const preset = PRESETS.find(({ id }) => id === 'claude-ide');
    expect(preset?.programs).toBe('anyone');
    if (preset === undefined) return;
    const editor = proc(4242, '/usr/bin/nvim notes.md', { cwd: '/ws' });
    expect(judged(preset, placeOf(preset, undefined), editor, '/home/ann/.claude/ide/54321.lock')).toBe(
      'live',
    );
  });
});

import { describe, expect, it } from 'vitest';
import { compileCommand } from '../../../src/model/processes/processMatch';
import { PRESETS } from '../../../src/model/presets/index';
import { presetService } from '../../../src/model/presets/found';
import type { Service } from '../../../src/model/service';
import { regexEngine } from '../../../src/os/regex';
import { namedBy } from './build';

/** The service that the preset makes of a file at `path`, which its entry number `entry` found. */
function serviceOf(id: string, path: string, entry = 0): Service {
  const preset = PRESETS.find((one) => one.id === id);
  const file = preset?.files[entry];
  if (preset === undefined || file === undefined) throw new Error(`no preset ${id}`);
  return presetService({ preset, file, path });
}

const HERMES = serviceOf('hermes-gateway', '/home/ann/.hermes/gateway.pid');
const HERMES_WORK = serviceOf('hermes-gateway', '/home/ann/.hermes/profiles/work/gateway.pid');
const MERIDIAN = serviceOf('telegram-bot', '/ws/.telegram-bot.pid');
const CCBOT = serviceOf('ccbot', '/home/ann/.ccbot/ccbot.lock');
const MEMTOMEM = serviceOf('memtomem', '/tmp/memtomem-1000/server-0123456789abcdef.pid');
const MEMTOMEM_WEB = serviceOf('memtomem-web', '/tmp/memtomem-1000/web.pid');
const OPENCLAW = serviceOf('openclaw-gateway', '/tmp/openclaw-1000/gateway.0a1b.lock');
const RAILS = serviceOf('rails', '/ws/tmp/pids/server.pid');
const PUMA = serviceOf('puma', '/ws/tmp/pids/puma.state');
const NEXT = serviceOf('next', '/ws/.next/dev/lock');
const NEXT_BUILD = serviceOf('next-build', '/ws/.next/lock');
const NUXT = serviceOf('nuxt', '/ws/.nuxt/nuxt.lock');
const NUXT_MARKER = serviceOf('nuxt', '/ws/.nuxt/locks/4242.json', 1);
const ASTRO = serviceOf('astro', '/ws/.astro/dev.json');
const ASTRO_PREVIEW = serviceOf('astro', '/ws/.astro/preview.json', 1);
const VINEXT = serviceOf('vinext', '/ws/node_modules/.cache/vinext/dev-lock.json');
const NX = serviceOf('nx', '/ws/.nx/workspace-data/d/server-process.json');
const CELERY = serviceOf('celery-beat', '/ws/celerybeat.pid');
const PM2 = serviceOf('pm2', '/home/ann/.pm2/pm2.pid');

const MATCHES: [service: Service, command: string][] = [
  [HERMES, '/home/ann/.hermes/hermes-agent/venv/bin/python /home/ann/.local/bin/hermes gateway run'],
  [HERMES, 'hermes gateway'],
  [HERMES, 'python3 -m hermes_cli.main gateway run --replace'],
  [HERMES, 'python3.11 -u -m hermes_cli.main --accept-hooks gateway run'],
  [HERMES, 'python /opt/hermes/hermes_cli/main.py gateway restart'],
  [HERMES, 'python /opt/hermes/gateway/run.py'],
  [HERMES, '/nix/store/0a1b-hermes/bin/.hermes-wrapped gateway run'],
  [HERMES_WORK, 'python3 /home/ann/.local/bin/hermes -p work gateway run'],
  [HERMES_WORK, 'hermes --profile=work gateway'],
  [HERMES_WORK, 'python3 -m hermes_cli.main --profile work gateway run --replace'],
  [HERMES_WORK, 'hermes gateway run -p work --replace'],
  [MERIDIAN, 'python3 scripts/telegram-bot.py'],
  [MERIDIAN, 'python3 -u /ws/telegram_bot.py --verbose'],
  [MERIDIAN, '/ws/.venv/bin/python scripts/telegram-bot-prod.py'],
  [CCBOT, '/home/ann/.local/share/uv/tools/ccbot/bin/python /home/ann/.local/bin/ccbot'],
  [CCBOT, 'python3 -m ccbot.main'],
  [CCBOT, 'ccbot'],
  [MEMTOMEM, '/home/ann/.local/share/uv/tools/memtomem/bin/python /home/ann/.local/bin/memtomem-server'],
  [MEMTOMEM, 'python3 -m memtomem.server'],
  [MEMTOMEM, 'memtomem-server --transport http --port 8000'],
  [MEMTOMEM_WEB, 'python3 /home/ann/.local/bin/mm web --port 8080'],
  [MEMTOMEM_WEB, '/home/ann/.local/bin/memtomem-web'],
  [OPENCLAW, 'openclaw-gateway'],
  [OPENCLAW, 'node /usr/lib/node_modules/openclaw/dist/index.js gateway --port 18789'],
  [OPENCLAW, '/usr/bin/node /home/ann/.npm/bin/openclaw gateway run --verbose'],
  [RAILS, 'ruby bin/rails server -p 3000'],
  [RAILS, '/usr/bin/ruby3.1 /ws/bin/rails s'],
  [RAILS, 'ruby /usr/local/bin/bundle exec rails s'],
  [RAILS, 'puma 6.4.2 (tcp://localhost:3000) [ws]'],
  [PUMA, 'puma 6.4.2 (unix:///ws/tmp/puma.sock) [ws]'],
  [PUMA, 'ruby /usr/local/bundle/bin/puma -C config/puma.rb'],
  [NEXT, 'node /ws/node_modules/.bin/next dev'],
  [NEXT, 'python3 /ws/node_modules/next/dist/bin/next dev 3000'],
  [NEXT_BUILD, 'node /ws/node_modules/.bin/next build --turbopack'],
  [NUXT, 'node --no-warnings /ws/node_modules/.bin/nuxt dev --port 3001'],
  [NUXT, '/usr/bin/bun /ws/node_modules/nuxi/bin/nuxi.mjs dev'],
  [NUXT_MARKER, 'python3 /ws/node_modules/nuxi/bin/nuxi.mjs dev'],
  [ASTRO, 'node /ws/node_modules/.bin/astro dev --host'],
  [ASTRO_PREVIEW, 'node /ws/node_modules/astro/bin/astro.mjs preview'],
  [VINEXT, 'node /ws/node_modules/.bin/vinext dev'],
  [VINEXT, 'node /ws/node_modules/vinext/dist/cli.js dev -p 3000'],
  [NX, '/usr/bin/node /ws/node_modules/nx/src/daemon/server/start.js'],
  [NX, 'node /ws/node_modules/nx/dist/src/daemon/server/start.js'],
  [CELERY, '/ws/.venv/bin/python /ws/.venv/bin/celery -A shop beat -l info'],
  [CELERY, 'python3 -m celery -A shop beat'],
  [CELERY, '[celery beat] -A shop beat'],
  [PM2, 'PM2 v5.3.0: God Daemon (/home/ann/.pm2)'],
];

const OTHERS: [service: Service, command: string][] = [
  [HERMES, 'python3 /home/ann/.local/bin/hermes logs -f'],
  [HERMES, 'hermes gateway status'],
  [HERMES, 'hermes gateway stop'],
  [HERMES, 'hermes -p work gateway run'],
  [HERMES, 'hermes gateway run --profile work'],
  [HERMES, 'hermes --profile=work gateway'],
  [HERMES, 'python3 -m tui_gateway'],
  [HERMES, 'claude -p restart the hermes gateway run'],
  [HERMES, 'vim /home/ann/.local/bin/hermes gateway run'],
  [HERMES, 'bash -c hermes gateway run'],
  [HERMES_WORK, 'hermes gateway run'],
  [HERMES_WORK, 'hermes -p work-2 gateway run'],
  [HERMES_WORK, 'hermes -p workshop gateway run'],
  [HERMES_WORK, 'hermes -p work gateway status'],
  [HERMES_WORK, 'hermes -p work chat'],
  [MERIDIAN, 'claude -p restart scripts/telegram-bot.py'],
  [MERIDIAN, 'python3 -m pylint --from-stdin telegram_bot.py'],
  [MERIDIAN, 'python3 tests/test_telegram_bot.py'],
  [MERIDIAN, 'python3 telegram_robot.py'],
  [MERIDIAN, 'ruff check telegram_bot.py'],
  [MERIDIAN, 'tail -f telegram-bot.py'],
  [CCBOT, 'python3 /home/ann/.local/bin/ccbot hook --install'],
  [CCBOT, 'vim ccbot'],
  [CCBOT, 'python3 -m ccbot_admin'],
  [MEMTOMEM, 'python3 /home/ann/.local/bin/memtomem status'],
  [MEMTOMEM, 'uvx memtomem-server'],
  [MEMTOMEM, 'python3 -m pytest tests/memtomem-server'],
  [MEMTOMEM_WEB, 'mm web stop'],
  [OPENCLAW, 'openclaw-node'],
  [OPENCLAW, 'node /usr/lib/node_modules/openclaw/openclaw.mjs gateway status'],
  [RAILS, 'ruby bin/rails console'],
  [RAILS, 'ruby bin/rails test'],
  [RAILS, 'puma: cluster worker 0: 4242 [ws]'],
  [RAILS, 'sidekiq 7.1.0 ws [0 of 5 busy]'],
  [PUMA, 'puma: cluster worker 0: 4242 [ws]'],
  [NEXT, 'node /ws/node_modules/.bin/next build'],
  [NEXT, 'node /ws/node_modules/.bin/next lint'],
  [NEXT, 'npm exec next dev'],
  [NEXT_BUILD, 'node /ws/node_modules/.bin/next dev'],
  [NUXT, 'node /ws/node_modules/.bin/nuxt build'],
  [NUXT, 'node /ws/node_modules/.bin/nuxt typecheck'],
  [ASTRO, 'node /ws/node_modules/.bin/astro preview'],
  [ASTRO, 'node /ws/node_modules/.bin/astro dev stop'],
  [ASTRO_PREVIEW, 'node /ws/node_modules/.bin/astro dev'],
  [VINEXT, 'node /ws/node_modules/.bin/vinext build'],
  [NX, 'node /ws/node_modules/.bin/nx serve shop'],
  [CELERY, '/ws/.venv/bin/python /ws/.venv/bin/celery -A shop worker'],
  [CELERY, 'python3 manage.py shell'],
  [PM2, 'PM2 v5.3.0: God Daemon (/home/bob/.pm2)'],
  [PM2, 'node /usr/bin/pm2 logs'],
];

describe('how instances of known tools are recognised', () => {
  const matches = (service: Service, command: string, cwd: string): boolean => {
    if (service.process === undefined) throw new Error(`${service.name} recognises nothing`);
    return namedBy(service.process)({ argv: command.split(' '), cwd });
  };

  it.each(MATCHES)('$name: $1', (service, command) => {
    expect(matches(service, command, '/ws')).toBe(true);
  });

  it.each(OTHERS)('$name is not: $1', (service, command) => {
    expect(matches(service, command, '/ws')).toBe(false);
  });

  it('finds a program below a folder whose name has spaces', () => {
    const python = 'C:\\Users\\Jane Doe\\AppData\\Local\\hermes\\venv\\Scripts\\pythonw.exe';
    const match = namedBy(HERMES.process ?? { kind: 'substring', text: '' });
    expect(match({ argv: [python, '-m', 'hermes_cli.main', 'gateway', 'run'] })).toBe(true);
    expect(match({ argv: [python, '-m', 'hermes_cli.main', 'gateway', 'stop'] })).toBe(false);
  });

  it('counts the pollers of the Telegram plugin in one configuration folder, whatever their release', () => {
    const service = serviceOf('claude-telegram', '/home/ann/.claude/channels/telegram/bot.pid');
    const plugins = '/home/ann/.claude/plugins';
    const poller = '/home/ann/.bun/bin/bun server.ts';
    expect(matches(service, poller, `${plugins}/cache/claude-plugins-official/telegram/0.0.1`)).toBe(true);
    expect(matches(service, poller, `${plugins}/marketplaces/official/external_plugins/telegram`)).toBe(true);
    expect(matches(service, poller, `${plugins}/cache/claude-plugins-official/discord/0.0.1`)).toBe(false);
    expect(matches(service, poller, '/home/ann/.claude-work/plugins/cache/official/telegram/0.0.1')).toBe(
      false,
    );
    expect(matches(service, poller, '/home/ann/src/telegram')).toBe(false);
    expect(matches(service, 'vim server.ts', `${plugins}/cache/official/telegram/0.0.1`)).toBe(false);
  });

  it('counts the servers of one project folder only', () => {
    for (const service of [
      RAILS,
      PUMA,
      NEXT,
      NEXT_BUILD,
      NUXT,
      NUXT_MARKER,
      ASTRO,
      VINEXT,
      NX,
      CELERY,
      MERIDIAN,
    ]) {
      const [, command = ''] = MATCHES.find(([one]) => one === service) ?? [];
      expect.soft(matches(service, command, '/ws'), command).toBe(true);
      expect.soft(matches(service, command, '/ws/other'), command).toBe(false);
      expect.soft(matches(service, command, '/'), command).toBe(false);
    }
  });

  it('has patterns that the engine of settings takes, each tried here with a near miss', () => {
    const idsOf = (rows: typeof MATCHES): Set<string> =>
      new Set(rows.map(([{ origin }]) => (origin.kind === 'preset' ? origin.preset : '')));
    const missed = idsOf(OTHERS);
    const tried = new Set([...idsOf(MATCHES)].filter((id) => missed.has(id)));
    tried.add('claude-telegram');
    for (const { id, process, ofProfile, files } of PRESETS) {
      const own = [process, ofProfile, ...files.map((file) => file.process)].filter(
        (one) => one !== undefined && one !== 'none',
      );
      for (const { command } of own) compileCommand(command, regexEngine);
      expect.soft(own.length > 0 ? tried.has(id) : true, id).toBe(true);
    }
  });
});

/** Presets of programs that serve: bots, web and database servers, daemons. */
import * as l10n from '@vscode/l10n';
import type { Preset } from './preset';

export const SERVICE_PRESETS: readonly Preset[] = [
  {
    id: 'hermes-gateway',
    tool: 'hermes gateway',
    files: [
      { path: '${env:HERMES_HOME:-~/.hermes}/gateway.lock', role: 'lock' },
      { path: '${env:HERMES_HOME:-~/.hermes}/gateway.pid', role: 'pid' },
    ],
    group: { lockFiles: ['gateway.lock'], pidFiles: ['gateway.pid'] },
    mechanism: 'kernelLock',
    records: ['json', 'integer'],
    label: 'none',
  },
  {
    id: 'hermes-token-lock',
    tool: 'hermes token lock',
    files: [
      { path: '${env:HERMES_GATEWAY_LOCK_DIR:-~/.local/state/hermes/gateway-locks}/*.lock', role: 'lock' },
    ],
    mechanism: 'existence',
    records: ['json'],
    label: 'file',
  },
  {
    id: 'ccbot',
    tool: 'ccbot',
    files: [
      { path: '${env:CCBOT_DIR:-~/.ccbot}/ccbot.lock', role: 'lock' },
      { path: '${env:CCBOT_DIR:-~/.ccbot}/ccbot-supervisor.lock', role: 'lock' },
    ],
    mechanism: 'kernelLock',
    records: [],
    advice: () => l10n.t('ccbot never removes its lock files: stop their holder instead.'),
    label: 'file',
  },
  {
    id: 'memtomem',
    tool: 'memtomem server',
    files: [
      { path: '${env:XDG_RUNTIME_DIR}/memtomem/server*.pid', role: 'both' },
      { path: '${env:TMPDIR:-/tmp}/memtomem-${env:UID:-*}/server*.pid', role: 'both' },
    ],
    mechanism: 'lockedPidFile',
    records: ['integer', 'lines'],
    label: 'file',
  },
  {
    id: 'claude-telegram',
    tool: 'Claude Telegram plugin',
    files: [{ path: '${env:CLAUDE_CONFIG_DIR:-~/.claude}/channels/telegram/bot.pid', role: 'pid' }],
    mechanism: 'pidFile',
    records: ['integer'],
    label: 'none',
  },
  {
    id: 'openclaw-gateway',
    tool: 'OpenClaw gateway',
    files: [{ path: '${env:TMPDIR:-/tmp}/openclaw-${env:UID:-*}/gateway.*.lock', role: 'lock' }],
    mechanism: 'existence',
    records: ['json'],
    advice: () =>
      l10n.t(
        'OpenClaw judges this lock itself when its gateway starts: restart the gateway instead of deleting it.',
      ),
    label: 'file',
    known: /\/openclaw-[^/]*\/gateway\.[^/]*\.lock$/,
  },
  {
    id: 'openclaw-session',
    tool: 'OpenClaw session',
    files: [
      { path: '~/.openclaw/**/sessions/*.jsonl.lock', role: 'lock' },
      { path: '**/sessions/*.jsonl.lock', role: 'lock' },
    ],
    mechanism: 'existence',
    records: ['json'],
    label: 'file',
  },
  {
    id: 'rails',
    tool: 'Rails server',
    files: [{ path: '**/tmp/pids/server.pid', role: 'pid' }],
    mechanism: 'pidFile',
    records: ['integer'],
    label: 'none',
  },
  {
    id: 'celery-beat',
    tool: 'Celery beat',
    files: [{ path: '**/celerybeat.pid', role: 'pid' }],
    mechanism: 'pidFile',
    records: ['integer'],
    label: 'none',
  },
  {
    id: 'twisted',
    tool: 'Twisted',
    files: [{ path: '**/twistd.pid', role: 'pid' }],
    mechanism: 'pidFile',
    records: ['integer'],
    label: 'none',
  },
  {
    id: 'supervisord',
    tool: 'supervisord',
    files: [
      { path: '**/supervisord.pid', role: 'pid' },
      { path: '/tmp/supervisord.pid', role: 'pid', on: ['linux', 'darwin'] },
      { path: '/var/run/supervisord.pid', role: 'pid', on: ['linux'] },
    ],
    mechanism: 'pidFile',
    records: ['integer'],
    label: 'none',
  },
  {
    id: 'pm2',
    tool: 'PM2',
    files: [
      { path: '${env:PM2_HOME:-~/.pm2}/pm2.pid', role: 'pid' },
      { path: '${env:PM2_HOME:-~/.pm2}/pids/*.pid', role: 'pid' },
    ],
    mechanism: 'pidFile',
    records: ['integer'],
    advice: () => l10n.t('PM2 keeps these files itself: use "pm2 list", "pm2 delete" or "pm2 kill".'),
    label: 'file',
    known: /\/\.pm2\/(?:pm2\.pid|pids\/[^/]*\.pid)$/,
  },
  {
    id: 'jupyter',
    tool: 'Jupyter server',
    files: [
      {
        path: '${env:JUPYTER_RUNTIME_DIR:-~/.local/share/jupyter/runtime}/jpserver-*.json',
        role: 'pid',
        on: ['linux'],
      },
      {
        path: '${env:JUPYTER_RUNTIME_DIR:-~/Library/Jupyter/runtime}/jpserver-*.json',
        role: 'pid',
        on: ['darwin'],
      },
      {
        path: '${env:JUPYTER_RUNTIME_DIR:-~/AppData/Roaming/jupyter/runtime}/jpserver-*.json',
        role: 'pid',
        on: ['win32'],
      },
    ],
    mechanism: 'pidFile',
    records: ['json', 'fileName'],
    label: 'file',
  },
  {
    id: 'postgresql',
    tool: 'PostgreSQL',
    files: [
      { path: '**/postmaster.pid', role: 'pid' },
      { path: '/var/lib/postgresql/*/*/postmaster.pid', role: 'pid', on: ['linux'] },
      { path: '/var/lib/pgsql/data/postmaster.pid', role: 'pid', on: ['linux'] },
      { path: '/opt/homebrew/var/postgresql*/postmaster.pid', role: 'pid', on: ['darwin'] },
      { path: '/usr/local/var/postgres*/postmaster.pid', role: 'pid', on: ['darwin'] },
    ],
    mechanism: 'pidFile',
    records: ['lines'],
    advice: () =>
      l10n.t(
        'Never delete postmaster.pid: a running server shuts down without it, and a second one would destroy the data. Use pg_ctl; the server removes a stale file itself when it starts.',
      ),
    label: 'folder',
    known: /\/postmaster\.pid$/,
  },
  {
    id: 'postgresql-socket',
    tool: 'PostgreSQL socket',
    files: [
      { path: '/tmp/.s.PGSQL.*.lock', role: 'lock', on: ['linux', 'darwin'] },
      { path: '/var/run/postgresql/.s.PGSQL.*.lock', role: 'lock', on: ['linux'] },
    ],
    mechanism: 'existence',
    records: ['lines'],
    advice: () =>
      l10n.t('Never delete it while any server runs: PostgreSQL replaces a stale one itself when it starts.'),
    label: 'file',
    known: /\/\.s\.PGSQL\.\d+\.lock$/,
  },
  {
    id: 'mongodb',
    tool: 'MongoDB',
    files: [
      { path: '**/mongod.lock', role: 'lock' },
      { path: '/var/lib/mongodb/mongod.lock', role: 'lock', on: ['linux'] },
      { path: '/var/lib/mongo/mongod.lock', role: 'lock', on: ['linux'] },
      { path: '/data/db/mongod.lock', role: 'lock', on: ['linux', 'darwin'] },
    ],
    mechanism: 'kernelLock',
    records: ['integer', 'empty'],
    advice: () =>
      l10n.t(
        'mongod empties its lock file on a clean exit; after a crash start it again, it recovers by itself.',
      ),
    label: 'folder',
    known: /\/mongod\.lock$/,
  },
  {
    id: 'docker',
    tool: 'Docker daemon',
    files: [{ path: '/var/run/docker.pid', role: 'pid', on: ['linux'] }],
    mechanism: 'pidFile',
    records: ['integer'],
    advice: () =>
      l10n.t('Follow Docker\'s own procedure: look at "systemctl status docker", then restart the service.'),
    label: 'none',
    known: /\/docker\.pid$/,
  },
  {
    id: 'x-server',
    tool: 'X server',
    files: [{ path: '/tmp/.X*-lock', role: 'lock', on: ['linux'] }],
    mechanism: 'existence',
    records: ['integer'],
    label: 'file',
  },
];

/** Presets of daemons: schedulers, supervisors, databases, servers of the machine. */
import * as l10n from '@vscode/l10n';
import { fileStays } from './advice';
import { program, recognised } from './commandLines';
import type { Preset } from './preset';

const POSTGRES = ['postgres', 'postmaster', 'postgresql', 'edb-postgres'];

export const SERVICE_PRESETS: readonly Preset[] = [
  {
    id: 'celery-beat',
    tool: 'Celery beat',
    files: [{ path: '**/celerybeat.pid', role: 'pid' }],
    mechanism: 'pidFile',
    records: ['integer'],
    programs: ['celery', 'celerybeat', 'manage.py', 'django-admin'],
    process: recognised(
      [program('celery', String.raw`(?:\s+\S+)*\s+beat(?:\s.*)?`), String.raw`^\[celery beat\].*`],
      0,
    ),
    label: 'none',
  },
  {
    id: 'twisted',
    tool: 'Twisted',
    files: [{ path: '**/twistd.pid', role: 'pid' }],
    mechanism: 'pidFile',
    records: ['integer'],
    programs: 'anyone',
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
    programs: ['supervisord', 'supervisor.supervisord'],
    label: 'none',
  },
  {
    id: 'pm2',
    tool: 'PM2',
    files: [
      {
        path: '${env:PM2_HOME:-~/.pm2}/pm2.pid',
        role: 'pid',
        programs: ['pm2', 'Daemon.js'],
        process: recognised([String.raw`^PM2 v\S+: God Daemon \({folder}\).*`]),
      },
      { path: '${env:PM2_HOME:-~/.pm2}/pids/*.pid', role: 'pid' },
    ],
    mechanism: 'pidFile',
    records: ['integer'],
    programs: 'anyone',
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
    programs: [
      'jupyter',
      ...['lab', 'notebook', 'server', 'nbclassic', 'labhub'].map((name) => `jupyter-${name}`),
      'jupyter_server',
      'jupyterlab',
      'jupyterhub-singleuser',
      'notebook',
      'nbclassic',
      'voila',
      'vscode_datascience_helpers',
    ],
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
    programs: POSTGRES,
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
    programs: POSTGRES,
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
    lockKind: 'flock',
    records: ['integer', 'empty'],
    programs: ['mongod'],
    advice: () =>
      l10n.t(
        'mongod empties its lock file on a clean exit; after a crash, just start it again: it recovers on its own.',
      ),
    label: 'folder',
    known: /\/mongod\.lock$/,
  },
  {
    // Lucene's NativeFSLock, by Java's FileChannel.
    id: 'elasticsearch',
    tool: 'Elasticsearch or OpenSearch',
    files: [
      { path: '**/node.lock', role: 'lock' },
      { path: '/var/lib/elasticsearch/node.lock', role: 'lock', on: ['linux'] },
      { path: '/var/lib/elasticsearch/nodes/*/node.lock', role: 'lock', on: ['linux'] },
      { path: '/var/lib/opensearch/nodes/*/node.lock', role: 'lock', on: ['linux'] },
    ],
    mechanism: 'kernelLock',
    lockKind: 'posix',
    records: [],
    programs: 'noRecord',
    advice: fileStays('Elasticsearch'),
    label: 'folder',
    known: /\/node\.lock$/,
  },
  {
    id: 'docker',
    tool: 'Docker daemon',
    files: [{ path: '/var/run/docker.pid', role: 'pid', on: ['linux'] }],
    mechanism: 'pidFile',
    records: ['integer'],
    programs: ['dockerd', 'docker'],
    advice: () =>
      l10n.t('Follow Docker\'s own procedure: check "systemctl status docker", then restart the service.'),
    label: 'none',
    known: /\/docker\.pid$/,
  },
  {
    id: 'x-server',
    tool: 'X server',
    files: [{ path: '/tmp/.X*-lock', role: 'lock', on: ['linux'] }],
    mechanism: 'existence',
    records: ['integer'],
    programs: 'anyone',
    label: 'file',
  },
];

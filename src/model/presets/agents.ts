/** Presets of bots, of agents and of what agents start. */
import * as l10n from '@vscode/l10n';
import type { PlatformName } from '../facts';
import { fileStays } from './advice';
import { ANYTHING, OPTIONS_ONLY, program, recognised } from './commandLines';
import type { Preset, PresetFile, PresetProcess } from './preset';

const BOT: PresetProcess = recognised([program(String.raw`telegram[-_]bot(?:[\w.-]*\.py)?`, ANYTHING)], 0);

/** `ccbot hook` and its like are commands of a moment. */
const CCBOT: PresetProcess = recognised([
  program(String.raw`ccbot(?:[./\\]main(?:\.py)?)?`, String.raw`\s*`),
]);

/**
 * `_runtime_paths.py`: literally below /tmp since 2026-08, whatever the environment says; where it was before; and the
 * place that systemd gives a session. Every store has a file of its own, so several servers are several services.
 */
const MEMTOMEM: readonly { path: string; on: readonly PlatformName[] }[] = [
  { path: '/tmp/memtomem-${env:UID:-*}', on: ['linux', 'darwin'] },
  { path: '${env:TMPDIR}/memtomem-${env:UID:-*}', on: ['linux', 'darwin'] },
  { path: '${env:XDG_RUNTIME_DIR}/memtomem', on: ['linux', 'darwin'] },
  { path: '/run/user/${env:UID:-*}/memtomem', on: ['linux'] },
  { path: '${env:LOCALAPPDATA:-~/AppData/Local}/Temp/memtomem-0', on: ['win32'] },
];

const inMemtomem = (name: string, role: PresetFile['role']): PresetFile[] =>
  MEMTOMEM.map(({ path, on }) => ({ path: `${path}/${name}`, role, on }));

/** Its title is its name with the sub-command; before it has one, it is a script of its package. */
const OPENCLAW = [
  'openclaw',
  ...['gateway', 'agent', 'tui', 'acp', 'chat', 'cron', 'message', 'sessions'].map(
    (name) => `openclaw-${name}`,
  ),
  'clawdbot',
  'moltbot',
  'entry.js',
  'index.js',
  'run-node.mjs',
];

export const AGENT_PRESETS: readonly Preset[] = [
  {
    id: 'telegram-bot',
    tool: 'Telegram bot',
    files: [{ path: '**/.telegram-bot.{lock,pid}', role: 'lock' }],
    group: { lockFiles: ['.telegram-bot.lock'], pidFiles: ['.telegram-bot.pid'] },
    mechanism: 'kernelLock',
    records: ['integer'],
    programs: ['telegram-bot', 'telegram_bot'],
    process: BOT,
    label: 'none',
  },
  {
    id: 'ccbot',
    tool: 'ccbot',
    files: [
      { path: '${env:CCBOT_DIR:-~/.ccbot}/ccbot.lock', role: 'lock' },
      { path: '~/.ccbot*/ccbot.lock', role: 'lock' },
      { path: '${env:CCBOT_DIR:-~/.ccbot}/ccbot-supervisor.lock', role: 'lock', process: 'none' },
      { path: '~/.ccbot*/ccbot-supervisor.lock', role: 'lock', process: 'none' },
    ],
    mechanism: 'kernelLock',
    lockKind: 'flock',
    records: [],
    programs: 'noRecord',
    process: CCBOT,
    log: { path: 'logs/bot.log', conflicts: ['telegram'] },
    advice: () => l10n.t('ccbot never removes its lock files: stop their holder instead.'),
    label: 'file',
    home: ['.ccbot'],
  },
  {
    id: 'memtomem',
    tool: 'memtomem server',
    files: inMemtomem('server*.pid', 'both'),
    mechanism: 'lockedPidFile',
    lockKind: 'flock',
    records: ['integer', 'lines'],
    programs: ['memtomem', 'memtomem-server', 'memtomem.server', 'memtomem.cli', 'mm'],
    process: recognised([program(String.raw`memtomem-server|memtomem\.server`, ANYTHING)]),
    label: 'file',
  },
  {
    id: 'memtomem-web',
    tool: 'memtomem web',
    files: inMemtomem('web.{pid,json}', 'pid'),
    group: { lockFiles: ['web.pid'], pidFiles: ['web.pid', 'web.json'] },
    mechanism: 'lockedPidFile',
    lockKind: 'flock',
    records: ['integer', 'lines', 'json'],
    programs: ['memtomem', 'memtomem-web', 'memtomem.web.app', 'memtomem.cli', 'mm'],
    process: recognised([
      program(String.raw`memtomem-web|memtomem\.web\.app`, ANYTHING),
      program(String.raw`mm|memtomem|memtomem\.cli`, String.raw`\s+web${OPTIONS_ONLY}`),
    ]),
    label: 'none',
  },
  {
    // Each running server holds a file of its own; its name has the pid, its parent's, and a digest of its store.
    id: 'memtomem-instances',
    tool: 'memtomem instances',
    files: inMemtomem('instances/*.lock', 'lock'),
    group: { lockFiles: ['*.lock'], pidFiles: [] },
    mechanism: 'kernelLock',
    lockKind: 'flock',
    records: [],
    programs: 'noRecord',
    advice: () => l10n.t('memtomem itself removes what its servers leave behind here.'),
    label: 'none',
  },
  {
    // Shared by all servers, exclusive only while one installs or removes: several holders are what it is for.
    id: 'memtomem-locks',
    tool: 'memtomem lock',
    files: [
      ...inMemtomem('lifecycle.lock', 'lock'),
      ...inMemtomem('instances.registry.lock', 'lock'),
      { path: '~/.memtomem/.server.pid', role: 'lock' },
    ],
    mechanism: 'kernelLock',
    lockKind: 'flock',
    records: ['empty'],
    programs: 'noRecord',
    advice: fileStays('memtomem'),
    label: 'file',
  },
  {
    id: 'claude-telegram',
    tool: 'Claude Telegram plugin',
    // Each session starts a poller of its own; the last one writes its pid (claude-plugins-official#1604: 73 of them).
    files: [{ path: '${env:CLAUDE_CONFIG_DIR:-~/.claude}/channels/telegram/bot.pid', role: 'pid', above: 2 }],
    mechanism: 'pidFile',
    records: ['integer'],
    programs: ['server.ts'],
    process: {
      ...recognised([program(String.raw`server\.ts`, String.raw`\s*`)]),
      workingIn: String.raw`^{folder}[\\/]plugins[\\/](?:.*[\\/])?telegram(?:[\\/][^\\/]*)?$`,
    },
    label: 'none',
  },
  {
    id: 'openclaw-gateway',
    tool: 'OpenClaw gateway',
    files: [{ path: '${env:TMPDIR:-/tmp}/openclaw-${env:UID:-*}/gateway.*.lock', role: 'lock' }],
    mechanism: 'existence',
    records: ['json'],
    programs: OPENCLAW,
    process: recognised([
      // The title that it gives itself.
      String.raw`^openclaw-gateway\s*$`,
      program(
        String.raw`openclaw(?:\.mjs)?|openclaw[\\/]dist[\\/](?:entry|index)\.m?js`,
        String.raw`(?:\s+--?\S+)*\s+gateway(?:\s+run)?${OPTIONS_ONLY}`,
      ),
    ]),
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
    programs: OPENCLAW,
    label: 'file',
  },
];

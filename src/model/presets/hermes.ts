/**
 * hermes (NousResearch/hermes-agent): `gateway/status.py`, `hermes_constants.py`, `gateway/kanban_watchers.py`. A home
 * and each of its profiles is a gateway of its own. Its `gateway_state.json` is not here: it reports what the last
 * gateway was doing and stays when that one has stopped, so a dead pid in it is no fault, and deleting it loses the report.
 */
import * as l10n from '@vscode/l10n';
import type { PlatformName } from '../facts';
import { ANYTHING, program, recognised } from './commandLines';
import { fileStays } from './advice';
import type { Preset, PresetFile, PresetProcess } from './preset';

const POSIX: readonly PlatformName[] = ['linux', 'darwin'];

/** `~/.hermes*`: a second home beside the first (`HERMES_DATA_DIR_SUFFIX`). */
const HOMES: readonly { path: string; on: readonly PlatformName[] }[] = [
  { path: '${env:HERMES_HOME:-~/.hermes}', on: POSIX },
  { path: '~/.hermes*', on: POSIX },
  { path: '${env:HERMES_HOME:-${env:LOCALAPPDATA:-~/AppData/Local}/hermes}', on: ['win32'] },
];

/** Returns the places of a file in every home and in every profile. */
const inHomes = (path: string, file: Omit<PresetFile, 'path' | 'on'>): PresetFile[] =>
  HOMES.map((home) => ({ ...file, path: `${home.path}/{,profiles/*/}${path}`, on: home.on }));

/** `gateway/status.py` knows a gateway by these: the console script, the modules, and the scripts they lie in. */
const PROGRAMS = [
  'hermes',
  'hermes-script.py',
  'hermes-script.pyw',
  '.hermes-wrapped',
  'hermes-gateway',
  'hermes_cli',
  'hermes_cli.main',
  'gateway.run',
  'main.py',
  'run.py',
];

const CLI = String.raw`\.?hermes(?:-script\.pyw?|-wrapped)?|hermes_cli[./\\]main(?:\.py)?`;
const DEDICATED = String.raw`hermes-gateway|gateway[./\\]run(?:\.py)?`;
/** An option that chooses no profile, and any argument that is none. */
const FLAG = String.raw`-(?:[^-p\s]\S*|-(?:[^p\s]|p[^r\s])\S*)`;
const ARGUMENT = String.raw`(?:[^-\s]\S*|${FLAG})`;
const PROFILE = String.raw`(?:-p|--profile)[\s=]{name}`;

/** A gateway of the home itself names no profile. A bare `hermes gateway` runs one; its other sub-commands do not. */
const OF_HOME: PresetProcess = recognised([
  program(CLI, String.raw`(?:\s+${FLAG})*\s+gateway(?:\s+(?:run|restart)(?:\s+${ARGUMENT})*)?\s*`),
  program(DEDICATED, String.raw`(?:\s+${ARGUMENT})*\s*`),
]);

const OF_PROFILE: PresetProcess = recognised([
  program(
    CLI,
    String.raw`(?:\s+${FLAG})*\s+${PROFILE}(?:\s+${FLAG})*\s+gateway(?:\s+(?:run|restart)${ANYTHING})?`,
  ),
  program(CLI, String.raw`(?:\s+${FLAG})*\s+gateway\s+(?:run|restart)(?:\s.*)?\s${PROFILE}${ANYTHING}`),
  program(DEDICATED, String.raw`(?:\s.*)?\s${PROFILE}${ANYTHING}`),
]);

const HOME = ['.hermes', 'hermes'];

export const HERMES_PRESETS: readonly Preset[] = [
  {
    id: 'hermes-gateway',
    tool: 'hermes gateway',
    files: inHomes('gateway.{lock,pid}', { role: 'lock' }),
    group: { lockFiles: ['gateway.lock'], pidFiles: ['gateway.pid'] },
    mechanism: 'kernelLock',
    lockKind: 'flock',
    records: ['json', 'integer'],
    programs: PROGRAMS,
    process: OF_HOME,
    ofProfile: OF_PROFILE,
    // agent.log has everything; releases before it had gateway.log alone.
    log: { path: 'logs/{gateway,agent}.log', conflicts: ['telegram', 'hermes', 'baileys'] },
    label: 'none',
    home: HOME,
  },
  {
    id: 'hermes-token-lock',
    tool: 'hermes token lock',
    files: [
      {
        path: '${env:HERMES_GATEWAY_LOCK_DIR:-${env:XDG_STATE_HOME:-~/.local/state}/hermes/gateway-locks}/*.lock',
        role: 'lock',
      },
    ],
    mechanism: 'existence',
    records: ['json'],
    programs: PROGRAMS,
    label: 'file',
    home: ['gateway-locks'],
  },
  {
    id: 'hermes-locks',
    tool: 'hermes lock',
    files: [
      ...inHomes('cron/.tick.lock', { role: 'lock', above: 1 }),
      ...inHomes('kanban/.dispatcher.lock', { role: 'lock', above: 1 }),
    ],
    mechanism: 'kernelLock',
    lockKind: 'flock',
    records: [],
    programs: 'noRecord',
    advice: fileStays('hermes'),
    label: 'file',
    home: HOME,
  },
  {
    id: 'hermes-desktop',
    tool: 'hermes backend of a desktop app',
    files: inHomes('desktop-ssh/*/backend.lock.json', { role: 'pid' }),
    mechanism: 'pidFile',
    records: ['json'],
    programs: PROGRAMS,
    advice: () =>
      l10n.t('The desktop app that started this backend, possibly on another machine, replaces its record.'),
    label: 'folder',
    known: /\/desktop-ssh\/[^/]+\/backend\.lock\.json$/,
  },
  {
    id: 'hermes-whatsapp',
    tool: 'hermes WhatsApp bridge',
    files: [
      ...inHomes('platforms/whatsapp/session/bridge.pid', { role: 'pid', above: 3 }),
      ...inHomes('whatsapp/session/bridge.pid', { role: 'pid', above: 2 }),
    ],
    mechanism: 'pidFile',
    records: ['lines', 'integer'],
    programs: ['bridge.js'],
    label: 'none',
    home: HOME,
  },
  {
    // The Raft CLI, which the gateway starts: BRIDGE_ALREADY_RUNNING after a crash (hermes-agent#59259).
    id: 'raft-bridge',
    tool: 'Raft bridge',
    files: [
      {
        path: '${env:RAFT_HOME:-${env:SLOCK_HOME:-~/.slock}}/profiles/*/agent-comms-core/*/*/bridge.lock',
        role: 'lock',
        above: 3,
      },
    ],
    mechanism: 'existence',
    records: ['json'],
    programs: ['raft', 'slock', 'raft.js', 'index.js'],
    label: 'folder',
  },
];

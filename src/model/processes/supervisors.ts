/** What each supervisor is called, and whether it starts again what ends: a row for each, and no row can be forgotten. */
import * as l10n from '@vscode/l10n';
import type { SupervisorFacts, SupervisorKind } from '../facts';

interface Supervisor {
  /** Others only show a process, or started it once. */
  restarts: boolean;
  /** `name`: unit, container id, session; empty when it is not known. */
  label(name: string): string;
}

const named =
  (kind: string) =>
  (name: string): string =>
    name === '' ? kind : `${kind} ${name}`;

const container =
  (kind: string) =>
  (name: string): string =>
    name === '' ? kind : l10n.t('{0} container {1}', kind, name);

/** A place, as sentences and rows name it after “in”. */
function inVsCode(name: string): string {
  switch (name) {
    case 'terminal':
      return l10n.t('a VS Code terminal');
    case 'extension host':
      return l10n.t('an extension host of VS Code');
    default:
      return 'VS Code';
  }
}

const SUPERVISORS: Record<SupervisorKind, Supervisor> = {
  systemd: {
    restarts: true,
    label: (name) => (name === '' ? 'systemd' : l10n.t('systemd unit {0}', name)),
  },
  docker: { restarts: true, label: container('docker') },
  podman: { restarts: true, label: container('podman') },
  kubernetes: { restarts: true, label: container('kubernetes') },
  pm2: { restarts: true, label: named('pm2') },
  supervisord: { restarts: true, label: named('supervisord') },
  runit: { restarts: true, label: named('runit') },
  daemontools: { restarts: true, label: named('daemontools') },
  s6: { restarts: true, label: named('s6') },
  nodemon: { restarts: true, label: named('nodemon') },
  cron: { restarts: true, label: named('cron') },
  tmux: { restarts: false, label: named('tmux') },
  screen: { restarts: false, label: named('screen') },
  vscode: { restarts: false, label: inVsCode },
};

/** Returns who would start a process again, or owns it, in words. */
export const supervisorText = ({ kind, name = '' }: SupervisorFacts): string => SUPERVISORS[kind].label(name);

/** Reports whether the supervisor starts again what ends. */
export const restarts = ({ kind }: SupervisorFacts): boolean => SUPERVISORS[kind].restarts;

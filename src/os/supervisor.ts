/**
 * Who would start a process again, or owns it: told from its ancestors (nearest first), its control group, and a few
 * well-known variables of its environment. Ending a supervised process by a signal only makes a new one, so the
 * supervisor's own stop command is part of the answer.
 */
import type { SupervisorFacts } from '../model/facts';
import { shellQuote } from '../model/shell';

export interface SupervisorClues {
  /** Nearest first. */
  ancestors: readonly { pid: number; comm: string; argv: readonly string[] }[];
  unit?: string;
  isUserUnit?: boolean;
  container?: { kind: 'docker' | 'podman' | 'kubernetes'; id: string };
  /** The unit that this observer itself runs in: stopping it would stop the editor. */
  ownUnit?: string;
  /** The process's own environment; undefined when it may not be read. Asked only for the names below. */
  env(name: SupervisorVariable): string | undefined;
}

/** Nothing else of an environment is ever looked at: it holds secrets. */
export const SUPERVISOR_VARIABLES = [
  'TMUX',
  'TMUX_PANE',
  'STY',
  'name',
  'pm_id',
  'SUPERVISOR_PROCESS_NAME',
  'SUPERVISOR_GROUP_NAME',
] as const;
export type SupervisorVariable = (typeof SUPERVISOR_VARIABLES)[number];

const base = (path: string | undefined): string => path?.slice(path.lastIndexOf('/') + 1) ?? '';

const EDITORS = /^(?:code|code-insiders|codium|vscodium|code-oss|code-server|code-tunnel|cursor|windsurf)$/;

type Ancestor = SupervisorClues['ancestors'][number];

function byAncestor(ancestor: Ancestor, clues: SupervisorClues): SupervisorFacts | undefined {
  const { pid, comm, argv } = ancestor;
  const program = base(argv[0]);
  // `python /usr/bin/supervisord`, `node …/nodemon app.js`: the script is among the first words.
  const words = argv.slice(0, 4).map(base);
  if (words.some((word) => word === 'nodemon' || word === 'nodemon.js')) {
    return { kind: 'nodemon', pid, stopCommand: `kill -TERM ${pid}` };
  }
  if (argv[0]?.startsWith('PM2 v') === true || words.includes('pm2-runtime')) {
    const name = clues.env('name') ?? clues.env('pm_id');
    return {
      kind: 'pm2',
      pid,
      ...(name === undefined ? {} : { name, stopCommand: `pm2 stop ${shellQuote(name)}` }),
    };
  }
  if (words.includes('supervisord')) {
    const own = clues.env('SUPERVISOR_PROCESS_NAME');
    const group = clues.env('SUPERVISOR_GROUP_NAME');
    const name = own !== undefined && group !== undefined && own !== group ? `${group}:${own}` : own;
    return {
      kind: 'supervisord',
      pid,
      ...(name === undefined ? {} : { name, stopCommand: `supervisorctl stop ${shellQuote(name)}` }),
    };
  }
  if (comm.startsWith('tmux: server') || program === 'tmux') {
    const pane = clues.env('TMUX_PANE');
    const socket = clues.env('TMUX')?.split(',', 1)[0];
    const at = socket === undefined || socket === '' ? '' : ` -S ${shellQuote(socket)}`;
    return {
      kind: 'tmux',
      pid,
      ...(pane === undefined
        ? {}
        : { name: pane, stopCommand: `tmux${at} kill-pane -t ${shellQuote(pane)}` }),
    };
  }
  if (program === 'SCREEN' || (comm === 'screen' && argv[0] === 'SCREEN')) {
    const name = clues.env('STY');
    return {
      kind: 'screen',
      pid,
      ...(name === undefined ? {} : { name, stopCommand: `screen -S ${shellQuote(name)} -X quit` }),
    };
  }
  if (program === 'cron' || program === 'crond' || comm === 'cron' || comm === 'crond' || comm === 'CRON') {
    return { kind: 'cron', pid };
  }
  if (argv.some((word) => word === '--type=ptyHost')) return { kind: 'vscode', name: 'terminal', pid };
  if (argv.some((word) => word === '--type=extensionHost'))
    return { kind: 'vscode', name: 'extension host', pid };
  if (EDITORS.test(program)) return { kind: 'vscode', pid };
  return undefined;
}

export function supervisorOf(clues: SupervisorClues): SupervisorFacts | undefined {
  for (const ancestor of clues.ancestors) {
    const found = byAncestor(ancestor, clues);
    if (found !== undefined) return found;
  }
  const { container, unit } = clues;
  if (container !== undefined) {
    const name = container.id.slice(0, 12);
    const tool = { docker: 'docker', podman: 'podman', kubernetes: 'crictl' }[container.kind];
    return { kind: container.kind, name, stopCommand: `${tool} stop ${name}` };
  }
  // A scope is only a group of processes; user@N.service is the user's whole session.
  if (unit?.endsWith('.service') === true && !unit.startsWith('user@') && unit !== clues.ownUnit) {
    const manager = clues.isUserUnit === true ? 'systemctl --user' : 'systemctl';
    // `-.mount` is a name too.
    const name = unit.startsWith('-') ? `-- ${shellQuote(unit)}` : shellQuote(unit);
    return { kind: 'systemd', name: unit, stopCommand: `${manager} stop ${name}` };
  }
  return undefined;
}

/**
 * Who would start a process again, or owns it: determined from its ancestors (nearest first), its control group, and a few
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
  env: (name: SupervisorVariable) => string | undefined;
}

/** Nothing else of an environment is ever read: it holds secrets. */
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

interface Named {
  program: string;
  /** Base names of the first words: `python /usr/bin/supervisord`, `node …/nodemon app.js`. */
  words: readonly string[];
}

interface Sight extends Ancestor, Named {}

/** Thousands of processes have the same few ancestors. */
const named = new WeakMap<readonly string[], Named>();

function namesIn(argv: readonly string[]): Named {
  let names = named.get(argv);
  if (names === undefined) {
    names = { program: base(argv[0]), words: argv.slice(0, 4).map(base) };
    named.set(argv, names);
  }
  return names;
}

/** Tells one supervisor by an ancestor of the process; `env`: of the process itself. */
type Recogniser = (ancestor: Sight, env: SupervisorClues['env']) => SupervisorFacts | undefined;

const withStop = (
  facts: SupervisorFacts,
  name: string | undefined,
  stopCommand: (name: string) => string,
): SupervisorFacts => (name === undefined ? facts : { ...facts, name, stopCommand: stopCommand(name) });

const nodemon: Recogniser = ({ pid, words }) =>
  words.includes('nodemon') || words.includes('nodemon.js')
    ? { kind: 'nodemon', pid, stopCommand: `kill -TERM ${pid}` }
    : undefined;

const pm2: Recogniser = ({ pid, argv, words }, env) =>
  argv[0]?.startsWith('PM2 v') === true || words.includes('pm2-runtime')
    ? withStop({ kind: 'pm2', pid }, env('name') ?? env('pm_id'), (name) => `pm2 stop ${shellQuote(name)}`)
    : undefined;

const supervisord: Recogniser = ({ pid, words }, env) => {
  if (!words.includes('supervisord')) return undefined;
  const own = env('SUPERVISOR_PROCESS_NAME');
  const group = env('SUPERVISOR_GROUP_NAME');
  const full = own !== undefined && group !== undefined && own !== group ? `${group}:${own}` : own;
  return withStop({ kind: 'supervisord', pid }, full, (name) => `supervisorctl stop ${shellQuote(name)}`);
};

/** One process for each service, whose folder is its argument. Where that lies is not known, so neither is how to stop it. */
const SUPERVISES = new Map<string, SupervisorFacts['kind']>([
  ['runsv', 'runit'],
  ['supervise', 'daemontools'],
  ['s6-supervise', 's6'],
]);

const ofOneFolder: Recogniser = ({ pid, argv, program }) => {
  const kind = SUPERVISES.get(program);
  const name = argv[1];
  return kind && { kind, pid, ...(name === undefined ? {} : { name }) };
};

const tmux: Recogniser = ({ pid, comm, program }, env) => {
  if (!comm.startsWith('tmux: server') && program !== 'tmux') return undefined;
  const socket = env('TMUX')?.split(',', 1)[0];
  const at = socket === undefined || socket === '' ? '' : ` -S ${shellQuote(socket)}`;
  return withStop(
    { kind: 'tmux', pid },
    env('TMUX_PANE'),
    (pane) => `tmux${at} kill-pane -t ${shellQuote(pane)}`,
  );
};

const screen: Recogniser = ({ pid, comm, argv, program }, env) =>
  program === 'SCREEN' || (comm === 'screen' && argv[0] === 'SCREEN')
    ? withStop({ kind: 'screen', pid }, env('STY'), (name) => `screen -S ${shellQuote(name)} -X quit`)
    : undefined;

const CRONS = new Set(['cron', 'crond']);

const cron: Recogniser = ({ pid, comm, program }) =>
  CRONS.has(program) || CRONS.has(comm) || comm === 'CRON' ? { kind: 'cron', pid } : undefined;

const vscode: Recogniser = ({ pid, argv, program }) => {
  if (argv.includes('--type=ptyHost')) return { kind: 'vscode', name: 'terminal', pid };
  if (argv.includes('--type=extensionHost')) return { kind: 'vscode', name: 'extension host', pid };
  return EDITORS.test(program) ? { kind: 'vscode', pid } : undefined;
};

const RECOGNISERS: readonly Recogniser[] = [
  nodemon,
  pm2,
  supervisord,
  ofOneFolder,
  tmux,
  screen,
  cron,
  vscode,
];

function byAncestor(ancestor: Ancestor, { env }: SupervisorClues): SupervisorFacts | undefined {
  const sight: Sight = { ...ancestor, ...namesIn(ancestor.argv) };
  for (const recogniser of RECOGNISERS) {
    const found = recogniser(sight, env);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Returns the nearest supervisor, undefined when none is seen. */
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

/** What a live owner tells of its service: the entry that its user would otherwise write by hand. */
import type { Proof } from '../../api';
import { defined } from '../../common/defined';
import { contextOf } from '../context';
import type { ProcessFacts, ServiceFacts } from '../facts';
import { isGenericFile, tellingName } from '../processes/naming';
import { commandLine } from '../processes/process';
import { compileCommand } from '../processes/processMatch';
import { programOf } from '../processes/program';
import { argumentsOf } from '../processes/title';
import { hideSecretsInArgv } from '../secrets/index';

export interface Proposal {
  owner: {
    pid: number;
    /** One line, secrets hidden. */
    command: string;
    /** How sure it is that it is the owner. */
    proof: Proof;
  };
  name: string;
  /** For `process.command`: text that names what the owner runs, and with which arguments. */
  program?: string;
  /** Where the owner works, an absolute path. */
  cwd?: string;
  /** The log that it writes, an absolute path. */
  logFile?: string;
  /** On which it listens, and will again. */
  ports?: readonly number[];
}

/** A text for a setting that the user reads again. */
const PROGRAM_LIMIT = 120;

/**
 * Returns what can be proposed for a service of which only the file is known, or undefined where not exactly one live
 * owner shows itself. A number alone proposes nothing.
 */
export function proposalOf(facts: ServiceFacts): Proposal | undefined {
  const [owner, another] = contextOf(facts).instances.all.filter(({ role }) => role === 'owner');
  if (owner === undefined || another !== undefined) {
    return undefined;
  }
  const { root: process, proof } = owner;
  const program = programTextOf(process);
  return {
    owner: { pid: process.pid, command: commandLine(process), proof: proof.proof },
    name: nameOf(process) ?? facts.service.name,
    ...defined({ program, cwd: process.cwdDeleted === true ? undefined : process.cwd }),
  };
}

/** Returns the log among those that a process has open which is its own: below its folder first, then the newest. */
export function ownLog(
  logs: readonly { path: string; modified: number }[],
  cwd: string | undefined,
): string | undefined {
  const isBelow = (path: string): boolean => cwd !== undefined && path.startsWith(`${cwd}/`);
  return [...logs].sort(
    (a, b) => Number(isBelow(b.path)) - Number(isBelow(a.path)) || b.modified - a.modified,
  )[0]?.path;
}

/**
 * The name of the script or program with the arguments that tell it from others, up to the first secret. undefined where
 * it does not recognise its own owner: a shell, code given on the command line.
 */
function programTextOf(process: ProcessFacts): string | undefined {
  const { role, key, at } = programOf(process);
  const words = hideSecretsInArgv(argumentsOf(process));
  const open = argumentsOf(process);
  const name = open[at];
  // Code on the command line has all arguments for its key.
  if (role !== 'program' || name === undefined || words[at] !== name || key?.includes('\0') !== false) {
    return undefined;
  }
  let text = tellingName(name);
  for (let i = at + 1; i < open.length; i++) {
    const longer = `${text} ${open[i]}`;
    if (words[i] !== open[i] || longer.length > PROGRAM_LIMIT) break;
    text = longer;
  }
  const isOwn = compileCommand({ kind: 'substring', text });
  return isOwn(process) ? text : undefined;
}

/** `telegram_bot` for `telegram_bot.py`; the folder for a file that only starts it, `server.js`. */
function nameOf(process: ProcessFacts): string | undefined {
  const { role, at } = programOf(process);
  const path = argumentsOf(process)[at];
  if (role !== 'program' || path === undefined) {
    return undefined;
  }
  const [first = ''] = tellingName(path).split('/');
  const isGeneric = isGenericFile(first);
  const folder = process.cwd?.split('/').at(-1);
  const name = isGeneric && folder !== undefined && folder !== '' ? folder : first;
  return name.replace(/\.\w{1,5}$/, '') || undefined;
}

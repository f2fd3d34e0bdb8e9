/** Which of the ports on which a service listens now belong into its setting: those that it will have again. */
import type { ProcessFacts } from '../facts';
import { argumentsOf } from '../processes/title';

export interface SeenPort {
  port: number;
  /** The kernel may have taken the number for who asked for none: after the next start it is another. */
  mayBeHandedOut: boolean;
}

/** A process with more is a proxy, or offers something else on each. */
const LIMIT = 4;

/** Where Node's debugger listens, also when a signal has opened it: https://nodejs.org/api/debugger.html */
const NODE_INSPECTOR = 9229;
const INSPECT = /^--inspect/;

/** Returns none where there are so many that they say nothing. `processes`: all of the instance. */
export function ownPorts(seen: readonly SeenPort[], processes: readonly ProcessFacts[]): number[] {
  const words = processes.flatMap((process) => argumentsOf(process));
  const named = (port: number, isDebugger: boolean): boolean =>
    words.some((word) => INSPECT.test(word) === isDebugger && numbersIn(word).includes(port));
  const ports = seen
    .filter(({ port, mayBeHandedOut }) => !mayBeHandedOut || named(port, false))
    .filter(({ port }) => named(port, false) || !(port === NODE_INSPECTOR || named(port, true)))
    .map(({ port }) => port);
  const distinct = [...new Set(ports)].sort((a, b) => a - b);
  return distinct.length > LIMIT ? [] : distinct;
}

const numbersIn = (word: string): number[] => (word.match(/\d+/g) ?? []).map(Number);

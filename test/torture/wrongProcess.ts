/**
 * A pid that is used again between the decision and the signal. `wrongProcess <how> <when> <rounds> <folder>`:
 * how is `pinned` (the extension's handle with the native helper), `exact` (without) or `pid and tick` (the control); when is `between` (the swap is complete) or
 * `racing` (it happens while the signal is sent). Runs as root of a PID namespace of its own. Prints a line of JSON.
 */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { createPlatform } from '../../src/os/index';
import { end, startAs } from './reuse';
import { monotonicNs, shareMemory, spinUntil } from './sharedMemory';
import { DONE, GO_ON, NEXT, READY, SWAP, SWAPPED, words } from './swap';

const [how = '', when = '', roundsText = '', folder = '', swapper = '', native = ''] = process.argv.slice(2);
const rounds = Number(roundsText);
const PID = 20_000;
const SIGTERM = 15;

export interface WrongProcessCounts {
  how: string;
  when: string;
  rounds: number;
  /** The stranger had the same pid and the same start tick. */
  sameTick: number;
  /** The stranger got the signal. */
  strangersSignalled: number;
  /** The right process got it (it can only in a race). */
  rightSignalled: number;
  /** Signals that did not go to the pidfd. */
  byNumber: number;
  seconds: number;
}

const counts: WrongProcessCounts = {
  how,
  when,
  rounds,
  sameTick: 0,
  strangersSignalled: 0,
  rightSignalled: 0,
  byNumber: 0,
  seconds: 0,
};
const failures: string[] = [];
const { processes, closeNative } = createPlatform(
  how === 'pinned'
    ? {
        native: { program: native, log: (level, text) => failures.push(...(level === 'warn' ? [text] : [])) },
      }
    : {},
);

/** Field 22 of stat, by the control's own reading. */
function ticks(pid: number): string | undefined {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

interface Decision {
  signal(): Promise<void>;
  ticks: string | undefined;
  forget(): void;
}

async function decide(): Promise<Decision> {
  const before = ticks(PID);
  if (how !== 'pid and tick') {
    const handle = processes.open(PID);
    if (handle === undefined) throw new Error('the process cannot be opened');
    await handle.pin?.();
    const signal = async (): Promise<void> => {
      const outcome = await handle.signal('SIGTERM');
      if (outcome.result === 'sent' && outcome.how !== undefined) counts.byNumber += 1;
    };
    return { signal, ticks: before, forget: () => handle.close() };
  }
  return {
    ticks: before,
    signal: () => {
      if (ticks(PID) === before) {
        try {
          process.kill(PID, 'SIGTERM');
        } catch {
          // It went between the look and the signal.
        }
      }
      return Promise.resolve();
    },
    forget: () => undefined,
  };
}

async function between(): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    startAs(PID);
    const decision = await decide();
    end(PID);
    startAs(PID);
    if (ticks(PID) === decision.ticks) counts.sameTick += 1;
    await decision.signal();
    if (end(PID) === SIGTERM) counts.strangersSignalled += 1;
    decision.forget();
  }
}

async function racing(): Promise<void> {
  const memory = `${folder}/swap`;
  const { state, times } = words(shareMemory(memory, 4096));
  const child = spawn(process.execPath, [swapper, memory, String(PID), String(rounds)], { stdio: 'inherit' });
  const waitFor = (wanted: number): void => {
    const late = monotonicNs() + 20e9;
    while (Atomics.load(state, 0) !== wanted) {
      if (monotonicNs() > late) throw new Error(`waited 20 s for state ${wanted}`);
    }
  };
  for (let round = 0; round < rounds; round += 1) {
    waitFor(READY);
    const decision = await decide();
    const at = monotonicNs() + 20_000;
    times[0] = at;
    Atomics.store(state, 0, SWAP);
    // The swap takes about a millisecond; the signal may fall anywhere in it.
    spinUntil(at + Math.random() * 1_500_000);
    await decision.signal();
    waitFor(SWAPPED);
    if (ticks(PID) === decision.ticks) counts.sameTick += 1;
    Atomics.store(state, 0, DONE);
    waitFor(NEXT);
    if (Atomics.load(state, 1) === SIGTERM) counts.rightSignalled += 1;
    if (Atomics.load(state, 2) === SIGTERM) counts.strangersSignalled += 1;
    Atomics.store(state, 0, GO_ON);
    decision.forget();
  }
  child.kill('SIGKILL');
}

const began = performance.now();
if (when === 'racing') await racing();
else await between();
counts.seconds = (performance.now() - began) / 1000;
await closeNative?.();
if (failures.length > 0) throw new Error(failures.join('; '));
process.stdout.write(`${JSON.stringify(counts)}\n`);
process.exit(0);

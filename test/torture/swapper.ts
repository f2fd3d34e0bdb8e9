/**
 * Makes the process that has the pid another one, at the moment it is told. `swapper <shared memory> <pid> <rounds>`.
 * Words: 0 state, 1 what the first died of, 2 what the second died of. Time: when to swap.
 */
import { end, startAs } from './reuse';
import { monotonicNs, shareMemory, spinUntil } from './sharedMemory';
import { DONE, NEXT, READY, SWAP, SWAPPED, type Swap, words } from './swap';

const [memory = '', pidText = '', roundsText = ''] = process.argv.slice(2);
const pid = Number(pidText);
const { state, times }: Swap = words(shareMemory(memory, 4096));

function waitFor(wanted: number): void {
  const late = monotonicNs() + 20e9;
  while (Atomics.load(state, 0) !== wanted) {
    if (monotonicNs() > late) throw new Error(`waited 20 s for state ${wanted}`);
  }
}

for (let round = 0; round < Number(roundsText); round += 1) {
  startAs(pid);
  Atomics.store(state, 0, READY);
  waitFor(SWAP);
  spinUntil(times[0] ?? 0);
  Atomics.store(state, 1, end(pid));
  startAs(pid);
  Atomics.store(state, 0, SWAPPED);
  waitFor(DONE);
  Atomics.store(state, 2, end(pid));
  Atomics.store(state, 0, NEXT);
  while (Atomics.load(state, 0) === NEXT) {
    // The other side reads the results first.
  }
}

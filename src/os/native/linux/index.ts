import type { Koffi } from '../koffi';
import type { LinuxCalls } from './calls';
import { loadLibc } from './libc';
import { Pidfds } from './pidfds';

/** Makes what the native helper answers with on Linux. */
export function linuxCalls(koffi: Koffi): LinuxCalls {
  const pidfds = new Pidfds(loadLibc(koffi));
  return {
    pin: (pid, token) => pidfds.pin(pid, token),
    signal: (token, signal) => pidfds.signal(token, signal),
    ended: (token) => pidfds.ended(token),
    unpin: (token) => pidfds.unpin(token),
  };
}

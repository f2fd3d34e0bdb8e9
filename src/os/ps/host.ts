/** Facts about this machine where there is no procfs. */
import * as os from 'node:os';
import type { HostFacts } from '../../model/facts';

export function readHost(): HostFacts {
  const uid = process.getuid?.();
  return {
    hostname: os.hostname(),
    // Whole seconds on macOS (kern.boottime); good enough to tell a record from before the boot.
    bootTime: Math.round(Date.now() - os.uptime() * 1000),
    ticksPerSecond: 100,
    ...(uid === undefined ? {} : { uid }),
    ownPids: [process.pid, process.ppid],
    nestedPidNamespace: false,
  };
}

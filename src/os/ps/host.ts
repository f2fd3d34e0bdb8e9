/** Facts about this machine where there is no procfs. */
import * as os from 'node:os';
import type { HostFacts, PlatformName } from '../../model/facts';
import { ownAddresses, ownHostname } from '../hostName';

/** Whole seconds on macOS (kern.boottime); good enough to tell a record from before the boot. */
function bootTime(): number | undefined {
  try {
    return Math.round(Date.now() - os.uptime() * 1000);
  } catch {
    return undefined;
  }
}

export function readHost(platform: Exclude<PlatformName, 'linux'>): HostFacts {
  const uid = process.getuid?.();
  const boot = bootTime();
  return {
    hostname: ownHostname(),
    platform,
    addresses: ownAddresses(),
    ...(boot === undefined ? {} : { bootTime: boot }),
    ...(uid === undefined ? {} : { uid }),
    ownPids: [process.pid, process.ppid],
    nestedPidNamespace: false,
  };
}

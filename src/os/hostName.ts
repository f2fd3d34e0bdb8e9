/** What this machine is called. Sandboxes forbid the questions behind it, and no name is worth failing for. */
import * as os from 'node:os';

export function ownHostname(): string {
  try {
    return os.hostname();
  } catch {
    return '';
  }
}

/** Returns none where netlink is forbidden: Android (Termux), systemd's `RestrictAddressFamilies=`. */
export function ownAddresses(): string[] {
  try {
    return Object.values(os.networkInterfaces()).flatMap((all) => all?.map(({ address }) => address) ?? []);
  } catch {
    return [];
  }
}

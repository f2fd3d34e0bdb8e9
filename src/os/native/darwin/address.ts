import { ipAddress } from '../../../common/ipAddress';
import { SOCKET_IS } from './layouts';

/** `versions`: inp_vflag; `bytes`: sixteen, an address of IPv4 in the last four. */
export function addressOf(family: number, versions: number, bytes: Buffer): string {
  const ipv4 = ipAddress(bytes.subarray(12));
  if (family === SOCKET_IS.ipv4) return ipv4;
  // One of IPv6 that is bound to an address of IPv4 has it as one of IPv4 has.
  return versions === SOCKET_IS.onlyIpv4 ? `::ffff:${ipv4}` : ipAddress(bytes);
}

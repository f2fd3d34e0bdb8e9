/**
 * Whether a lock directory has a heartbeat. proper-lockfile sets its times every few seconds; the classic mkdir mutex of
 * shell scripts never does, and an old one may be as live as a new one. The time of a directory also advances when
 * something is made or removed in it, but then with the time of that change (ctime) itself: utimes(2) sets another.
 */
import type { FileFacts } from '../model/facts';

type Renewals = NonNullable<FileFacts['renewals']>;

/** The renewals seen up to and with `next`, the look after `previous`. undefined: none was seen of this directory. */
export function renewalsSeen(previous: FileFacts, next: FileFacts): Renewals | undefined {
  if (
    next.status !== 'directory' ||
    previous.status !== 'directory' ||
    next.mtimeNs === undefined ||
    previous.mtimeNs === undefined ||
    next.id?.ino !== previous.id?.ino ||
    next.id?.dev !== previous.id?.dev
  ) {
    return undefined;
  }
  const { renewals } = previous;
  if (next.mtimeNs <= previous.mtimeNs || next.mtimeNs === next.ctimeNs) {
    return renewals;
  }
  const apartMs = Number((next.mtimeNs - previous.mtimeNs) / 1_000_000n);
  return { count: (renewals?.count ?? 0) + 1, longestMs: Math.max(renewals?.longestMs ?? 0, apartMs) };
}

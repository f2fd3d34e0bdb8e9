/** Which mount a path is on, by its text alone: nothing is touched, and symbolic links are not known. */

export interface MountPoint {
  /** Absolute, without a slash at its end unless it is the root. */
  point: string;
  /** As the kernel names it: `nfs4`, `fuse.sshfs`. */
  type: string;
}

export function isAtOrBelow(path: string, point: string): boolean {
  return path === point || path.startsWith(point.endsWith('/') ? point : `${point}/`);
}

/** Returns the deepest mount above the path; of several at one point the last, which hides the others. */
export function mountOf<M extends MountPoint>(path: string, mounts: readonly M[]): M | undefined {
  let deepest: M | undefined;
  for (const mount of mounts) {
    if (isAtOrBelow(path, mount.point) && mount.point.length >= (deepest?.point.length ?? 0)) deepest = mount;
  }
  return deepest;
}

export interface SilentMount extends MountPoint {
  /** ms since the epoch. */
  since: number;
}

/** Looks apart at what may not answer, by what this system lists as mounted. */
import { Apart, type ApartDeps } from './apart/index';
import { linuxMounts } from './linux/mountSource';
import type { Observation } from './platform';
import { isLinux } from './system';
import * as fs from 'node:fs';

export const createApart = (deps: Omit<ApartDeps, 'mounts'>): Apart =>
  new Apart({ ...deps, mounts: isLinux() ? linuxMounts : undefined });

/**
 * Returns what a tick is while nothing is watched: mounts are followed, and searches for known tools go on. undefined:
 * only the observer itself knows how this system tells its locks.
 */
export function nothingWatched(apart: Apart): (() => Promise<Observation>) | undefined {
  if (!isLinux()) return undefined;
  return async () => {
    apart.update();
    await apart.look();
    const { silent } = apart;
    return {
      takenAt: Date.now(),
      lockSource: fs.existsSync('/proc/locks') ? 'procfs' : 'none',
      changed: [],
      ...(silent.length === 0 ? {} : { silent }),
    };
  };
}

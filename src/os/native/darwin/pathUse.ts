/** Who has a file open, works in a folder or runs a program on macOS, or one below a folder: without opening it. */
import * as fs from 'node:fs';
import { join, relative } from 'node:path';
import { codeOf } from '../../../common/errors';
import { isAtOrBelow } from '../../../model/mounts';
import type { Refused } from '../helper';
import type { PathUser, PathUsers } from './calls';
import type { Libproc } from './libproc';
import { fileKey } from './parse';

/** `at`: as the kernel names it. */
interface Target {
  path: string;
  at: string;
  key: string;
  isFolder: boolean;
}

export function pathUsers(path: string, libproc: Libproc): PathUsers | Refused {
  const target = targetOf(path);
  if ('code' in target) return target;
  const users: PathUser[] = [];
  let all = 0;
  let hidden = 0;
  for (const pid of libproc.pids()) {
    const identity = pid === process.pid ? undefined : libproc.identityOf(pid);
    if (identity === undefined || 'code' in identity) continue;
    all += 1;
    const fds = libproc.descriptors(pid, 'vnode');
    if ('code' in fds && fds.code !== 'ESRCH') hidden += 1;
    const uses = [
      ...openBy(pid, 'code' in fds ? [] : fds, target, libproc),
      ...named('directory', libproc.workingFolderOf(pid), target),
      ...named('program', libproc.pathOf(pid), target),
    ];
    const { uniqueId } = identity;
    if (uses.length > 0 && libproc.isStill(pid, uniqueId)) users.push({ pid, uniqueId, uses });
  }
  return { users, all, hidden };
}

function targetOf(path: string): Target | Refused {
  try {
    const at = fs.realpathSync(path);
    const stat = fs.statSync(at, { bigint: true });
    return { path, at, key: fileKey(stat.dev, stat.ino), isFolder: stat.isDirectory() };
  } catch (error) {
    return { code: codeOf(error) };
  }
}

function openBy(pid: number, fds: readonly number[], target: Target, libproc: Libproc): PathUser['uses'] {
  const paths = new Set<string>();
  for (const fd of fds) {
    const file = libproc.namedVnodeOf(pid, fd);
    if (file === undefined) continue;
    // The file itself also by another of its names; the name of a deleted one may be another's.
    if (file.key === target.key) paths.add(target.path);
    else if (!file.isDeleted && isBelow(file.path, target)) paths.add(shown(file.path, target));
  }
  return [...paths].map((path) => ({ kind: 'open', path }));
}

const named = (kind: 'directory' | 'program', path: string | undefined, target: Target): PathUser['uses'] =>
  path !== undefined && (path === target.at || isBelow(path, target))
    ? [{ kind, path: shown(path, target) }]
    : [];

const isBelow = (path: string, { at, isFolder }: Target): boolean => isFolder && isAtOrBelow(path, at);

/** As the user has called it, perhaps through a symbolic link. */
const shown = (path: string, target: Target): string => join(target.path, relative(target.at, path));

/** What must be known before a record loses its name: that it can be given it back. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../../common/errors';
import type { RecordGeneration } from '../recordGeneration';
import { newAsideName } from './asideName';
import type { Folder, RemovalGuards } from './guards';
import { discard, giveNameBack } from './naming';
import type { Obstacle } from './results';

const STICKY = 0o1000;

/** A record with several names could not be put back as one of them. */
export const hardLinked = ({ kind, nlink }: Pick<RecordGeneration, 'kind' | 'nlink'>): Obstacle | undefined =>
  kind !== 'directory' && nlink > 1 ? { result: 'hardLinked', names: nlink } : undefined;

/** Why the record must not be touched; undefined when it can be moved aside and back. */
export function obstacleTo(
  folder: Folder,
  name: string,
  judged: RecordGeneration,
  guards: RemovalGuards,
): Obstacle | undefined {
  const linked = hardLinked(judged);
  if (linked !== undefined) {
    return linked;
  }
  const denied = folderDenied(folder);
  if (denied !== undefined) {
    return denied;
  }
  // Before link(2): its success says nothing of the removal that has to follow it.
  if (isKeptForItsOwner(folder, judged, guards)) {
    return { result: 'otherUser', uid: judged.uid };
  }
  return judged.kind === 'directory' ? cannotMakeFolder(folder) : cannotLink(folder, name, judged, guards);
}

function folderDenied(folder: Folder): Obstacle | undefined {
  try {
    fs.accessSync(folder.self, fs.constants.W_OK | fs.constants.X_OK);
    return undefined;
  } catch (error) {
    const code = codeOf(error);
    return code === 'EROFS' ? { result: 'readOnly' } : { result: 'folderDenied', code };
  }
}

/** inode(7): in a sticky folder only the owner of a file, of the folder, or a privileged process takes a name away. */
function isKeptForItsOwner(folder: Folder, { uid }: RecordGeneration, guards: RemovalGuards): boolean {
  const own = process.geteuid?.();
  const stat = fs.statSync(folder.self);
  return (
    own !== undefined &&
    (stat.mode & STICKY) !== 0 &&
    uid !== own &&
    stat.uid !== own &&
    !(own === 0 && guards.mayActForOwners())
  );
}

/**
 * Tries it on the record itself: some file systems have no hard links (or none of symlinks), and the kernel may forbid
 * them for other users' files (protected_hardlinks, proc_sys_fs(5)).
 */
function cannotLink(
  folder: Folder,
  name: string,
  judged: RecordGeneration,
  guards: RemovalGuards,
): Obstacle | undefined {
  const probe = newAsideName();
  try {
    giveNameBack(folder.at(probe), folder.at(name), judged.kind, guards);
  } catch (error) {
    return refusedLink(codeOf(error), judged);
  }
  return cannotDiscard(folder, probe, judged.kind);
}

function refusedLink(code: string, { uid }: RecordGeneration): Obstacle | undefined {
  switch (code) {
    case 'ENOENT':
      return undefined; // it is gone: the next look says so
    case 'EROFS':
      return { result: 'readOnly' };
    case 'EPERM': {
      const own = process.geteuid?.();
      return own !== undefined && own !== 0 && uid !== own
        ? { result: 'otherUser', uid }
        : { result: 'noLinks', code };
    }
    default:
      return { result: 'noLinks', code };
  }
}

function cannotMakeFolder(folder: Folder): Obstacle | undefined {
  const probe = newAsideName();
  try {
    fs.mkdirSync(folder.at(probe), 0o700);
  } catch (error) {
    const code = codeOf(error);
    return code === 'EROFS' ? { result: 'readOnly' } : { result: 'folderDenied', code };
  }
  return cannotDiscard(folder, probe, 'directory');
}

function cannotDiscard(folder: Folder, probe: string, kind: RecordGeneration['kind']): Obstacle | undefined {
  try {
    discard(folder.at(probe), kind);
    return undefined;
  } catch (error) {
    return { result: 'linkLeft', at: join(folder.path, probe), code: codeOf(error) };
  }
}

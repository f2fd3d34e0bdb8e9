/** What paths lead to, of mounts that answer. Each is asked once in a look. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { touching } from '../../heartbeat';

export type IsApart = (path: string) => boolean;

/** Of paths that processes name: more than any look needs. */
const MOST = 2000;

export class Paths {
  readonly #isApart: IsApart;
  readonly #known = new Map<string, string | undefined>();
  /** Of more paths it was not found out. */
  isCut = false;

  constructor(isApart: IsApart) {
    this.#isApart = isApart;
  }

  /** Without symbolic links; undefined: it is not there, or must not be touched. `file`: absolute. */
  real(file: string): string | undefined {
    if (this.#known.has(file)) return this.#known.get(file);
    if (this.#known.size >= MOST) {
      this.isCut = true;
      return undefined;
    }
    const real = this.#isApart(file) ? undefined : realPath(file);
    this.#known.set(file, real);
    return real;
  }

  /** The same of its folder alone: the file may have gone, or be a link that counts itself. */
  inRealFolder(file: string): string | undefined {
    const folder = this.real(path.dirname(file));
    return folder === undefined ? undefined : path.join(folder, path.basename(file));
  }
}

function realPath(file: string): string | undefined {
  touching(file);
  try {
    return fs.realpathSync(file);
  } catch {
    return undefined; // it has gone, or leads nowhere
  }
}

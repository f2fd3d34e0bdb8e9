/**
 * Native binaries of this package, loaded without their own JavaScript, which knows only where npm would have put them.
 * The package for musl carries `alpine-…`, the others `linux-…`; each carries only its own folder, so asking which C
 * library this is can be left to what is there.
 */
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import * as path from 'node:path';
import { messageOf } from '../../common/errors';
import { isLinux, systemName } from '../system';

export type LoadedBinary<T> = { ok: true; exports: T; file: string } | { ok: false; reason: string };

/** Where a binary of this name would be for this process. */
export function binaryFiles(extensionDir: string, name: string): string[] {
  const systems = isLinux() ? ['linux', 'alpine'] : [systemName()];
  return systems.map((system) => path.join(extensionDir, 'prebuilds', `${system}-${process.arch}`, name));
}

/** Never throws. `what`: its name; `absent`: what is said where no file is there. */
export function loadBinary<T>(
  files: readonly string[],
  isIt: (exports: unknown) => exports is T,
  what: string,
  absent: string,
): LoadedBinary<T> {
  let reason = absent;
  for (const file of files.filter((each) => existsSync(each))) {
    const module: { exports: unknown } = { exports: {} };
    try {
      process.dlopen(module, file, constants.dlopen.RTLD_NOW);
    } catch (error) {
      reason = `${what} could not be loaded: ${messageOf(error).replace(/\s+/g, ' ')}`;
      continue;
    }
    if (isIt(module.exports)) return { ok: true, exports: module.exports, file };
    reason = `${file} is not ${what}.`;
  }
  return { ok: false, reason };
}

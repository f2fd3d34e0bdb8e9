/**
 * fs-ext's binary, loaded without fs-ext's own JavaScript, which knows only `./build/Release/fs_ext.node`. The package
 * carries one binary per NODE_MODULE_VERSION; in a VS Code whose number is not among them there is no active probe.
 */
import { messageOf } from '../../common/errors';
import { isLinux, isWindows, systemName } from '../system';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import * as path from 'node:path';
import { isMainThread } from 'node:worker_threads';

/** The only function of it that is used here. Throws an error with `code`; without a callback it is synchronous. */
export interface FsExt {
  flock(fd: number, operation: number): void;
}

export type LoadedFsExt = { ok: true; fsExt: FsExt; file: string } | { ok: false; reason: string };

/** Operations of flock(2), the same on Linux and macOS: sys/file.h. */
export const LOCK_SH = 1;
export const LOCK_NB = 4;
export const LOCK_UN = 8;

/**
 * Where the binary for this process would be. The VSIX for musl carries `alpine-…`, the others `linux-…`; each carries
 * only its own folder, so asking which C library this is can be left to what is there.
 */
export function fsExtFiles(extensionDir: string, abi = process.versions.modules): string[] {
  const libc = isLinux() ? ['linux', 'alpine'] : [systemName()];
  return libc.map((name) =>
    path.join(extensionDir, 'prebuilds', `${name}-${process.arch}`, `abi-${abi}.node`),
  );
}

/** Never throws: whatever is missing or does not fit costs the active probe only. `reason` is one sentence. */
export function loadFsExt(extensionDir: string): LoadedFsExt {
  if (isWindows()) {
    // LockFileEx locks are mandatory: for as long as a probe held one, the service's own reads and writes would fail.
    return { ok: false, reason: 'On Windows a probe would get in the way of the program it watches.' };
  }
  if (!isMainThread) {
    return { ok: false, reason: 'fs-ext runs on the main thread only.' };
  }
  const abi = process.versions.modules;
  const runtime = process.versions['electron'] === undefined ? 'Node' : 'Electron';
  const present = fsExtFiles(extensionDir, abi).filter((file) => existsSync(file));
  let reason = `This package has no fs-ext for ${systemName()}-${process.arch} and ${runtime} module version ${abi}.`;
  for (const file of present) {
    const module: { exports: unknown } = { exports: {} };
    try {
      process.dlopen(module, file, constants.dlopen.RTLD_NOW);
    } catch (error) {
      const message = messageOf(error);
      reason = `fs-ext could not be loaded: ${message.replace(/\s+/g, ' ')}`;
      continue;
    }
    if (isFsExt(module.exports)) {
      return { ok: true, fsExt: module.exports, file };
    }
    reason = `${file} is not fs-ext.`;
  }
  return { ok: false, reason };
}

function isFsExt(exports: unknown): exports is FsExt {
  return (
    typeof exports === 'object' &&
    exports !== null &&
    'flock' in exports &&
    typeof exports.flock === 'function'
  );
}

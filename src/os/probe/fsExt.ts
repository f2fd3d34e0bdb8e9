/**
 * fs-ext's binary, loaded without fs-ext's own JavaScript, which knows only `./build/Release/fs_ext.node`. The package
 * carries one binary per NODE_MODULE_VERSION; in a VS Code whose number is not among them there is no active probe.
 */
import { isMainThread } from 'node:worker_threads';
import { binaryFiles, loadBinary } from '../native/binary';
import { isWindows, systemName } from '../system';

/** The only function of it that is used here. Throws an error with `code`; without a callback it is synchronous. */
export interface FsExt {
  flock(fd: number, operation: number): void;
}

export type LoadedFsExt = { ok: true; fsExt: FsExt; file: string } | { ok: false; reason: string };

/** Operations of flock(2), the same on Linux and macOS: sys/file.h. */
export const LOCK_SH = 1;
export const LOCK_NB = 4;
export const LOCK_UN = 8;

/** Where the binary for this process would be. */
export const fsExtFiles = (extensionDir: string, abi = process.versions.modules): string[] =>
  binaryFiles(extensionDir, `abi-${abi}.node`);

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
  const absent = `This package has no fs-ext for ${systemName()}-${process.arch} and ${runtime} module version ${abi}.`;
  const loaded = loadBinary(fsExtFiles(extensionDir, abi), isFsExt, 'fs-ext', absent);
  return loaded.ok ? { ok: true, fsExt: loaded.exports, file: loaded.file } : loaded;
}

function isFsExt(exports: unknown): exports is FsExt {
  return (
    typeof exports === 'object' &&
    exports !== null &&
    'flock' in exports &&
    typeof exports.flock === 'function'
  );
}

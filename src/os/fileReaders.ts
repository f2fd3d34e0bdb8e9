/** As `index.ts`, for a process that only looks at files: it loads nothing else of the platform. */
import { createLinuxFileReaders } from './linux/fileReaders';
import { readSmallFile } from './ps/smallFile';
import type { FileReaders } from './smallFileReader';
import { isLinux } from './system';

export function createFileReaders(): FileReaders {
  return isLinux() ? createLinuxFileReaders() : { readSmallFile };
}

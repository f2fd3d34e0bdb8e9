import type { FileReaders } from '../smallFileReader';
import { MountTable, placeOf } from './locks/fileKey';
import { openRegularFile, readRegularFile } from './regularFile';

/** For a process that only looks at files. */
export function createLinuxFileReaders(): FileReaders {
  const mounts = new MountTable();
  return {
    readSmallFile: readRegularFile,
    openRegularFile,
    placeOf: (path, file) => {
      mounts.newTick();
      return placeOf(path, file, mounts);
    },
  };
}

/** Reading a watched file without harm, as each platform does it. */
import type { FileFacts, FileProblem } from '../model/facts';

/** The first bytes of a regular file, or why not. Never opens anything but a regular file. */
export type SmallFileReader = (path: string, limit: number) => Uint8Array | FileProblem;

export interface FileReaders {
  readSmallFile: SmallFileReader;
  /**
   * A descriptor for reading a regular file, never of anything else; throws as open(2) does. Without it: stat, then
   * O_NONBLOCK, then fstat.
   */
  openRegularFile?: (path: string) => number;
  /** What the platform's lock reader wants to know of a path that it must not touch itself. */
  placeOf?: (path: string, file: FileFacts) => unknown;
}

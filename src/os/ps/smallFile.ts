/** Reading a watched path where there is no O_PATH. */
import type { FileProblem } from '../../model/facts';
import { readStart } from '../openRegular';
import { openPlainFile } from '../plainFile';

export const readSmallFile = (path: string, limit: number): Uint8Array | FileProblem =>
  readStart(path, limit, openPlainFile);

/** koffi calls C functions by their declaration; one binary serves every Node and Electron (Node-API 8). */
import type * as koffi from 'koffi';
import { systemName } from '../system';
import { binaryFiles, loadBinary, type LoadedBinary } from './binary';

/** What is used of it. */
export type Koffi = Pick<typeof koffi, 'load' | 'errno' | 'address'>;

/** Never throws: without it the questions of the native helper have no answer. */
export const loadKoffi = (extensionDir: string): LoadedBinary<Koffi> =>
  loadBinary(
    binaryFiles(extensionDir, 'koffi.node'),
    isKoffi,
    'koffi',
    `this package has no koffi for ${systemName()}-${process.arch}`,
  );

function isKoffi(exports: unknown): exports is Koffi {
  return (
    typeof exports === 'object' &&
    exports !== null &&
    'load' in exports &&
    typeof exports.load === 'function' &&
    'errno' in exports
  );
}

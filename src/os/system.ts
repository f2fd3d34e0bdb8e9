/** Which system this is, for the few places where one call differs and nothing else; `index.ts` chooses all the rest. */
import type { PlatformName } from '../model/facts';

/** Returns the system as Node names it; there are systems that no observer is made for. */
export const systemName = (): NodeJS.Platform => process.platform;

export const isLinux = (): boolean => process.platform === 'linux';

export const isWindows = (): boolean => process.platform === 'win32';

/** Returns the observed system's name; one that no observer is made for is taken for a Linux until that says so. */
export const platformName = (): PlatformName =>
  process.platform === 'win32' || process.platform === 'darwin' ? process.platform : 'linux';

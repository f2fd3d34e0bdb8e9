/** Which system this is, for the few places where one call differs and nothing else; `index.ts` chooses all the rest. */
import * as l10n from '@vscode/l10n';
import type { PlatformName } from '../model/facts';

/** Returns the system as Node names it; there are systems that no observer is made for. */
export const systemName = (): NodeJS.Platform => process.platform;

export const isLinux = (): boolean => process.platform === 'linux';

export const isWindows = (): boolean => process.platform === 'win32';

/** @throws on a system that no observer is made for. */
export function platformName(): PlatformName {
  switch (process.platform) {
    case 'linux':
    case 'darwin':
    case 'win32':
      return process.platform;
    default:
      return unsupported();
  }
}

/** @throws what is said of a system that no observer is made for. */
export function unsupported(): never {
  throw new Error(l10n.t('it supports Linux, macOS and Windows, but not {0}', process.platform));
}

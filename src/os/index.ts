/** Chooses the platform that this runs on. */
import type { RegexEngine } from '../model/settings/regex';
import { Apart, type ApartDeps } from './apart/index';
import { createApart } from './apartHere';
import { createDarwinPlatform } from './darwin/index';
import { createLinuxPlatform } from './linux/index';
import type { NativeDeps } from './native/helper';
import type { Platform } from './platform';
import { unsupported } from './system';
import { createWindowsPlatform } from './win32/index';

export interface PlatformDeps {
  /** For `/patterns/` in settings; without it they match nothing. */
  regexEngine?: RegexEngine | undefined;
  /** For paths that must not be touched from here; without it all are. */
  apart?: Apart | Omit<ApartDeps, 'mounts'> | undefined;
  /** Without it nothing native is asked. */
  native?: NativeDeps | undefined;
}

/** @throws on a system there is no observer for. */
export function createPlatform({ regexEngine, apart: deps, native }: PlatformDeps = {}): Platform {
  const apart = deps === undefined || deps instanceof Apart ? deps : createApart(deps);
  switch (process.platform) {
    case 'linux':
      return createLinuxPlatform(regexEngine, apart, native);
    case 'darwin':
      return createDarwinPlatform(regexEngine, apart, native);
    case 'win32':
      return createWindowsPlatform(regexEngine, apart, native);
    default:
      return unsupported();
  }
}

/** Chooses the platform that this runs on. */
import * as l10n from '@vscode/l10n';
import type { RegexEngine } from '../model/settings/regex';
import { Apart, type ApartDeps } from './apart/index';
import { createDarwinPlatform } from './darwin/index';
import { createLinuxPlatform } from './linux/index';
import { linuxMounts } from './linux/mountSource';
import type { NativeDeps } from './native/helper';
import type { Platform } from './platform';
import { createWindowsPlatform } from './win32/index';

export interface PlatformDeps {
  /** For `/patterns/` in settings; without it they match nothing. */
  regexEngine?: RegexEngine | undefined;
  /** For paths that must not be touched from here; without it all are. */
  apart?: Omit<ApartDeps, 'mounts'> | undefined;
  /** Without it nothing native is asked. */
  native?: NativeDeps | undefined;
}

/** @throws on a system there is no observer for. */
export function createPlatform({ regexEngine, apart: deps, native }: PlatformDeps = {}): Platform {
  const mounts = process.platform === 'linux' ? linuxMounts : undefined;
  const apart = deps && new Apart({ ...deps, mounts });
  switch (process.platform) {
    case 'linux':
      return createLinuxPlatform(regexEngine, apart, native);
    case 'darwin':
      return createDarwinPlatform(regexEngine, apart, native);
    case 'win32':
      return createWindowsPlatform(regexEngine, apart, native);
    default:
      throw new Error(l10n.t('it supports Linux, macOS and Windows, but not {0}', process.platform));
  }
}

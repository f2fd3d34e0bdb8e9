/** The one place that knows which platform this is. */
import * as l10n from '@vscode/l10n';
import type { RegexEngine } from '../model/regex';
import { createDarwinPlatform } from './darwin/index';
import { createLinuxPlatform } from './linux/index';
import type { Platform } from './platform';
import { createWindowsPlatform } from './win32/index';

export interface PlatformDeps {
  /** For `/patterns/` in settings; without it they match nothing. */
  regexEngine?: RegexEngine | undefined;
}

/** @throws on a system there is no observer for. */
export function createPlatform(deps: PlatformDeps = {}): Platform {
  switch (process.platform) {
    case 'linux':
      return createLinuxPlatform(deps.regexEngine);
    case 'darwin':
      return createDarwinPlatform(deps.regexEngine);
    case 'win32':
      return createWindowsPlatform(deps.regexEngine);
    default:
      throw new Error(l10n.t('it knows Linux, macOS and Windows, but not {0}', process.platform));
  }
}

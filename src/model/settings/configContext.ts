/** What settings are read with, and what is wrong with them. */
import type { Folder } from './paths';
import type { RegexEngine } from './regex';

export interface ConfigContext {
  /** As the user knows it: `instanceMonitor.services`. */
  settingName: string;
  /** The workspace folder whose own setting this is; absent: user or workspace settings. */
  folder?: Folder;
  folders: readonly Folder[];
  home: string;
  env: Readonly<Record<string, string | undefined>>;
  /** `win32`, or any other name for a system with POSIX paths. */
  platform: string;
  /** Checks patterns exactly; without it only their structure is checked. */
  regex?: RegexEngine;
}

export interface ConfigProblem {
  /** Of the entry; undefined: the value as a whole. */
  index: number | undefined;
  key?: string;
  /** One sentence: setting, index, reason and next step. */
  message: string;
}

/** The shell commands with which the user checks what is shown, or acts on it: each system has its own. */
import type { Commands } from './commandTypes';
import { darwinCommands } from './darwin';
import { linuxCommands } from './linux';
import { windowsCommands } from './windows';
import type { HostFacts, PlatformName } from '../facts';

export type { Commands } from './commandTypes';

const COMMANDS: Record<PlatformName, Commands> = {
  linux: linuxCommands,
  darwin: darwinCommands,
  win32: windowsCommands,
};

/** Returns the commands of the system that the facts are about. */
export const commandsFor = ({ platform }: Pick<HostFacts, 'platform'>): Commands => COMMANDS[platform];

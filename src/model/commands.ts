/** The shell commands with which a person checks what is shown, or acts on it: each system has its own. */
import type { Commands } from './commands/commandTypes';
import { darwinCommands } from './commands/darwin';
import { linuxCommands } from './commands/linux';
import { windowsCommands } from './commands/windows';
import type { HostFacts, PlatformName } from './facts';

export type { Commands } from './commands/commandTypes';

const COMMANDS: Record<PlatformName, Commands> = {
  linux: linuxCommands,
  darwin: darwinCommands,
  win32: windowsCommands,
};

/** Returns the commands of the system that the facts are about. */
export const commandsFor = ({ platform }: Pick<HostFacts, 'platform'>): Commands => COMMANDS[platform];

import type { CommandId } from '../../contributions';

/** Where a view says what it does at a command that concerns itself alone. */
export interface ViewCommands {
  handle(command: CommandId, run: () => unknown): void;
}

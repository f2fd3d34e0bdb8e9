/** What Linux and macOS have in common. */
import { shellQuote } from '../shell';
import type { Commands } from './commandTypes';

type Common = 'content' | 'log' | 'openers' | 'hostName' | 'signal' | 'endAsAdministrator';

export const posixCommands: Pick<Commands, Common> = {
  content: (path) => [`head -c 4096 ${shellQuote(path)}`],
  log: (path) => [`tail -n 50 ${shellQuote(path)}`],
  openers: (path, { sudo = false } = {}) => [`${sudo ? 'sudo ' : ''}lsof ${shellQuote(path)}`],
  hostName: () => ['hostname'],
  signal: (signal, pid) => [`kill -${signal.slice('SIG'.length)} ${pid}`],
  endAsAdministrator: (pids) => `sudo kill ${pids.join(' ')}`,
};

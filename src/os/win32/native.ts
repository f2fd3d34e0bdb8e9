/** What the worker asks of the native helper on Windows. */
import { defined } from '../../common/defined';
import type { ProcessFacts } from '../../model/facts';
import type { NativeHelper } from '../native/helper';
import type { ListedProcess, WindowsCalls } from '../native/win32/calls';
import { fileTimeToMs, splitWindowsCommandLine } from './commandLine';

export type Native = Pick<NativeHelper<WindowsCalls>, 'ask' | 'pid'>;

export function factsOf({ pid, ppid, name, start, exe, commandLine = '' }: ListedProcess): ProcessFacts {
  return {
    pid,
    ppid,
    comm: name,
    argv: splitWindowsCommandLine(commandLine, exe ?? ''),
    fileTime: start,
    ...defined({ exe, startTime: fileTimeToMs(start) }),
  };
}

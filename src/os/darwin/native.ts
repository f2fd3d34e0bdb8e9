/** What the worker asks of the native helper on macOS. */
import { userInfo } from 'node:os';
import { defined } from '../../common/defined';
import type { ProcessFacts } from '../../model/facts';
import type { DarwinCalls, ListedProcess } from '../native/darwin/calls';
import type { NativeHelper } from '../native/helper';
import { splitCommandLine } from '../ps/psOutput';

export type Native = Pick<NativeHelper<DarwinCalls>, 'ask'>;

/** `more`: what ps(1) says of it, where the kernel does not. */
export function factsOf(listed: ListedProcess, more?: ProcessFacts): ProcessFacts {
  const { pid, ppid, pgid, uid, name, uniqueId, exe, state } = listed;
  const isOwn = uid === process.getuid?.();
  return {
    pid,
    ppid,
    pgid,
    uid,
    uniqueId,
    comm: name,
    argv: listed.argv ?? (more === undefined ? [] : splitCommandLine(more.argv.join(' '), exe)),
    ...defined({
      exe,
      state,
      user: isOwn ? userInfo().username : more?.user,
      startTime: listed.startTime ?? more?.startTime,
    }),
  };
}

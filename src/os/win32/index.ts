/** Windows. Written from its documentation; run under Wine, and untested on Windows. */
import type { RegexEngine } from '../../model/settings/regex';
import type { Apart } from '../apart/index';
import { FactsObserver } from '../observer/factsObserver';
import { NativeHelper, type NativeDeps } from '../native/helper';
import type { WindowsCalls } from '../native/win32/calls';
import { plainGuards } from '../plainGuards';
import type { Platform } from '../platform';
import { readHost } from '../ps/host';
import { ListedProcesses } from '../ps/processTable';
import { readSmallFile } from '../ps/smallFile';
import type { Readers } from '../readers';
import { WindowsLockReader } from './lockReader';
import type { Native } from './native';
import { windowsListeners } from './ports';
import { windowsProcesses } from './processes';
import { WindowsProcessListing } from './processTable';
import { windowsUsers } from './users';

export function createWindowsReaders(native?: Native): Readers {
  const processes = new ListedProcesses(readHost('win32'), new WindowsProcessListing(native));
  return { processes, locks: new WindowsLockReader(processes, { native }), readSmallFile };
}

export function createWindowsPlatform(
  engine: RegexEngine | undefined,
  apart: Apart | undefined,
  nativeDeps: NativeDeps | undefined,
): Platform {
  const native = nativeDeps && new NativeHelper<WindowsCalls>(nativeDeps);
  return {
    name: 'win32',
    createObserver: () =>
      new FactsObserver(
        { ...createWindowsReaders(native), ...(apart === undefined ? {} : { apart }) },
        engine,
      ),
    apart,
    processes: windowsProcesses(native),
    closeNative: async () => native?.close(),
    ...(native === undefined
      ? {}
      : {
          listeners: (port: number) => windowsListeners(native, port),
          users: () => windowsUsers(native),
        }),
    // A directory cannot be opened there.
    removal: { ...plainGuards, syncFolder: () => undefined },
  };
}

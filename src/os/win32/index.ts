/** Windows. Written from its documentation; not run by us on Windows. */
import type { RegexEngine } from '../../model/settings/regex';
import type { Apart } from '../apart/index';
import { FactsObserver } from '../observer/factsObserver';
import { plainGuards } from '../plainGuards';
import type { Platform } from '../platform';
import { readHost } from '../ps/host';
import { ListedProcesses } from '../ps/processTable';
import { readSmallFile } from '../ps/smallFile';
import type { Readers } from '../readers';
import { WindowsLockReader } from './lockReader';
import { windowsProcesses } from './processes';
import { WindowsProcesses } from './processTable';

export function createWindowsReaders(): Readers {
  const processes = new ListedProcesses(readHost('win32'), new WindowsProcesses());
  return { processes, locks: new WindowsLockReader(), readSmallFile };
}

export function createWindowsPlatform(engine: RegexEngine | undefined, apart: Apart | undefined): Platform {
  return {
    name: 'win32',
    createObserver: () =>
      new FactsObserver({ ...createWindowsReaders(), ...(apart === undefined ? {} : { apart }) }, engine),
    apart,
    processes: windowsProcesses,
    // A directory cannot be opened there.
    removal: { ...plainGuards, syncFolder: () => undefined },
  };
}

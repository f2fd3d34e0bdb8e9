/** Windows. Written from its documentation; untested on Windows. */
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
import { windowsProcessControl } from './processes';
import { WindowsProcessListing } from './processTable';

export function createWindowsReaders(): Readers {
  const processes = new ListedProcesses(readHost('win32'), new WindowsProcessListing());
  return { processes, locks: new WindowsLockReader(), readSmallFile };
}

export function createWindowsPlatform(engine: RegexEngine | undefined, apart: Apart | undefined): Platform {
  return {
    createObserver: () =>
      new FactsObserver({ ...createWindowsReaders(), ...(apart === undefined ? {} : { apart }) }, engine),
    apart,
    processes: windowsProcessControl,
    // A directory cannot be opened there.
    removal: { ...plainGuards, syncFolder: () => undefined },
  };
}

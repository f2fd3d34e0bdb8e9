/** macOS. Written from its sources and manual pages; untested on a Mac. */
import type { RegexEngine } from '../../model/settings/regex';
import type { Apart } from '../apart/index';
import { FactsObserver } from '../observer/factsObserver';
import type { DarwinCalls } from '../native/darwin/calls';
import { NativeHelper, type NativeDeps } from '../native/helper';
import { plainGuards } from '../plainGuards';
import type { Platform } from '../platform';
import { readHost } from '../ps/host';
import { ListedProcesses } from '../ps/processTable';
import { readSmallFile } from '../ps/smallFile';
import type { Readers } from '../readers';
import { DarwinLockReader } from './lockReader';
import type { Native } from './native';
import { DarwinPortReader } from './portReader';
import { darwinListeners } from './ports';
import { darwinProcesses } from './processes';
import { DarwinProcessListing } from './processTable';
import { darwinUsers } from './users';

export function createDarwinReaders(native?: Native): Readers {
  const processes = new ListedProcesses(readHost('darwin'), new DarwinProcessListing(native));
  return {
    processes,
    locks: new DarwinLockReader(processes, { native }),
    readSmallFile,
    ...(native === undefined ? {} : { ports: new DarwinPortReader(native, processes) }),
  };
}

export function createDarwinPlatform(
  engine: RegexEngine | undefined,
  apart: Apart | undefined,
  nativeDeps: NativeDeps | undefined,
): Platform {
  const native = nativeDeps && new NativeHelper<DarwinCalls>(nativeDeps);
  // A look at a file system that does not answer ends its helper: signals have one of their own.
  const looks = nativeDeps && new NativeHelper<DarwinCalls>(nativeDeps);
  return {
    createObserver: () =>
      new FactsObserver({ ...createDarwinReaders(looks), ...(apart === undefined ? {} : { apart }) }, engine),
    apart,
    processes: darwinProcesses(native),
    closeNative: async () => {
      await Promise.all([native?.close(), looks?.close()]);
    },
    removal: plainGuards,
    ...(looks === undefined
      ? {}
      : {
          listeners: (port: number) => darwinListeners(looks, port),
          users: () => darwinUsers(looks),
        }),
  };
}

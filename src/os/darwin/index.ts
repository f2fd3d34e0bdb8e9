/** macOS. Written from its sources and manual pages; untested on a Mac. */
import type { RegexEngine } from '../../model/settings/regex';
import type { Apart } from '../apart/index';
import { FactsObserver } from '../observer/factsObserver';
import type { DarwinCalls } from '../native/darwin/calls';
import { NativeHelper, type NativeDeps } from '../native/helper';
import { plainGuards } from '../plainGuards';
import type { Platform } from '../platform';
import { readHost } from '../ps/host';
import { listProcesses } from '../ps/list';
import { ListedProcesses } from '../ps/processTable';
import { readSmallFile } from '../ps/smallFile';
import type { Readers } from '../readers';
import { DarwinLockReader } from './lockReader';
import { cwdsOf } from './lsof';
import { darwinProcesses } from './processes';

export function createDarwinReaders(): Readers {
  const processes = new ListedProcesses(readHost('darwin'), { list: listProcesses, cwds: cwdsOf });
  return { processes, locks: new DarwinLockReader(processes), readSmallFile };
}

export function createDarwinPlatform(
  engine: RegexEngine | undefined,
  apart: Apart | undefined,
  nativeDeps: NativeDeps | undefined,
): Platform {
  const native = nativeDeps && new NativeHelper<DarwinCalls>(nativeDeps);
  return {
    createObserver: () =>
      new FactsObserver({ ...createDarwinReaders(), ...(apart === undefined ? {} : { apart }) }, engine),
    apart,
    processes: darwinProcesses(native),
    closeNative: async () => native?.close(),
    removal: plainGuards,
  };
}

import type { RegexEngine } from '../../model/settings/regex';
import type { Apart } from '../apart/index';
import { FactsObserver } from '../observer/factsObserver';
import { NativeHelper, type NativeDeps } from '../native/helper';
import type { LinuxCalls } from '../native/linux/calls';
import type { Platform } from '../platform';
import { MountTable, type Place } from './locks/fileKey';
import { LinuxLockReader } from './locks/lockReader';
import { listenersOn } from './ports/index';
import { openPortsOf } from './ports/openPorts';
import { LinuxPortReader } from './ports/portReader';
import { LinuxProcessControl } from './processes/processControl';
import { openLogsOf } from './processes/openLogs';
import { ProcessTable } from './processes/processTable';
import { linuxGuards } from './removalGuards';
import { openRegularFile, readRegularFile } from './regularFile';

export function createLinuxPlatform(
  regexEngine: RegexEngine | undefined,
  apart: Apart | undefined,
  nativeDeps: NativeDeps | undefined,
): Platform {
  const native = nativeDeps && new NativeHelper<LinuxCalls>(nativeDeps);
  const knownApart = (path: string): Place | undefined => {
    const known = apart?.placeOf(path);
    return known && ((known.place as Place | undefined) ?? { key: undefined, folder: undefined });
  };
  const control = new LinuxProcessControl(native);
  return {
    createObserver() {
      const processes = new ProcessTable();
      const locks = new LinuxLockReader(processes, undefined, new MountTable(undefined, knownApart));
      return new FactsObserver(
        {
          processes,
          locks,
          ports: new LinuxPortReader(),
          readSmallFile: readRegularFile,
          openRegularFile,
          ...(apart === undefined ? {} : { apart }),
        },
        regexEngine,
      );
    },
    apart,
    logsOf: openLogsOf,
    openPortsOf,
    removal: linuxGuards,
    processes: control,
    closeNative: async () => native?.close(),
    listeners: (port) => listenersOn(port, control),
    ownerless: async (file) => (await import('./ownerless/index')).ownerlessFacts(file),
    signsOfLife: async (paths, host, isApart) =>
      (await import('./life/index')).signsOfLife(paths, host, control, isApart),
    users: async () => new (await import('./users/index')).LinuxUsers(),
  };
}

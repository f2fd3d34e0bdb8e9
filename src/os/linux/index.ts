import type { RegexEngine } from '../../model/regex';
import { FactsObserver } from '../observe';
import type { Platform } from '../platform';
import { LinuxLockReader } from './lockReader';
import { LinuxProcessControl } from './processControl';
import { ProcessTable } from './processTable';
import { openRegularFile, readRegularFile } from './regularFile';

export function createLinuxPlatform(regexEngine: RegexEngine | undefined): Platform {
  return {
    name: 'linux',
    createObserver() {
      const processes = new ProcessTable();
      const locks = new LinuxLockReader(processes);
      return new FactsObserver(
        { processes, locks, readSmallFile: readRegularFile, openRegularFile },
        regexEngine,
      );
    },
    processes: new LinuxProcessControl(),
  };
}

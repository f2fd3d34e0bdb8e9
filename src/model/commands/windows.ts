/** Windows: PowerShell, and the tools of the system. */
import { powerShellQuote } from '../shell';
import type { Commands } from './commandTypes';
import { listed } from './listed';

const openers = (path: string): string[] => [
  `openfiles /query /fo list | Select-String -SimpleMatch ${powerShellQuote(path)}`,
];

export const windowsCommands: Commands = {
  processes: (pids) => listed(pids, (list) => `Get-Process -Id ${list} | Format-List Id, StartTime, Path`),
  file: (path) => [
    `Get-Item -LiteralPath ${powerShellQuote(path)} | Format-List FullName, Length, LastWriteTime`,
  ],
  content: (path) => [`Get-Content -LiteralPath ${powerShellQuote(path)}`],
  log: (path) => [`Get-Content -Tail 50 -LiteralPath ${powerShellQuote(path)}`],
  openers,
  kernelLock: (_, path) => openers(path),
  listeners: (port) => [
    `Get-NetTCPConnection -State Listen -LocalPort ${port} | Format-List LocalAddress, OwningProcess`,
  ],
  bootTime: () => ['(Get-CimInstance Win32_OperatingSystem).LastBootUpTime'],
  hostName: () => ['hostname'],
  signal: (signal, pid) => (signal === 'SIGKILL' ? [`taskkill /F /PID ${pid}`] : []),
  endAsAdministrator: (pids) => `taskkill ${pids.map((pid) => `/PID ${pid}`).join(' ')}`,
  allLocks: () => [],
  locksOf: () => [],
  hiddenLocks: () => [],
  deletedFiles: () => [],
  startTicks: () => [],
};

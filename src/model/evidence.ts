/** Lines of evidence: facts in words, and the shell commands (`$ …`) with which a person checks them. */
import * as l10n from '@vscode/l10n';
import type { FileFacts, HostFacts, LockFacts, ProcessFacts } from './facts';
import { toMs } from './judgeRecord';
import { pidAndCommand } from './process';
import { powerShellQuote, shellQuote } from './shell';
import { localTime, oneLine } from './text';

const commands = (...lines: readonly string[]): string[] => lines.map((line) => `$ ${line}`);

/** Lists processes with their start and whole command line. */
export function showProcesses(pids: readonly number[], host: HostFacts): string[] {
  const list = [...new Set(pids)].slice(0, 20).join(',');
  if (list === '') {
    return [];
  }
  switch (host.platform) {
    case 'linux':
      return commands(`ps -o pid,ppid,user,stat,lstart,args -p ${list}`);
    case 'darwin':
      return commands(`ps -o pid,ppid,user,stat,lstart,command -p ${list}`);
    case 'win32':
      return commands(`Get-Process -Id ${list} | Format-List Id, StartTime, Path`);
  }
}

/** When a file was last written, and what it is. */
export function showFile(path: string, host: HostFacts): string[] {
  switch (host.platform) {
    case 'linux':
      return commands(`stat -c '%y %s bytes, inode %i: %n' ${shellQuote(path)}`);
    case 'darwin':
      return commands(`stat -f '%Sm %z bytes, inode %i: %N' ${shellQuote(path)}`);
    case 'win32':
      return commands(
        `Get-Item -LiteralPath ${powerShellQuote(path)} | Format-List FullName, Length, LastWriteTime`,
      );
  }
}

export function showContent(path: string, host: HostFacts): string[] {
  return host.platform === 'win32'
    ? commands(`Get-Content -LiteralPath ${powerShellQuote(path)}`)
    : commands(`head -c 4096 ${shellQuote(path)}`);
}

/** Who has the file open; on Linux fdinfo says which of them hold a lock. `sudo` sees other users' processes too. */
export function showUsers(path: string, host: HostFacts, options: { sudo?: boolean } = {}): string[] {
  return host.platform === 'win32'
    ? commands(`openfiles /query /fo list | Select-String -SimpleMatch ${powerShellQuote(path)}`)
    : commands(`${options.sudo === true ? 'sudo ' : ''}lsof ${shellQuote(path)}`);
}

/** The kernel's own list of locks on an inode, and the holders' own view of it. */
export function showKernelLock(lock: LockFacts, path: string, host: HostFacts): string[] {
  if (host.platform !== 'linux') {
    return showUsers(path, host);
  }
  const holders = lock.holders
    .slice(0, 4)
    .map(({ process }) => `grep -H lock: /proc/${process.pid}/fdinfo/*`);
  return commands(`grep ':${lock.id.ino} ' /proc/locks`, ...holders);
}

/** Field 22 of /proc/<pid>/stat; `sed` cuts after the last parenthesis, since a process may have any name. */
export function showStartTicks(pid: number, host: HostFacts): string[] {
  return host.platform === 'linux' ? commands(`sed 's/.*) //' /proc/${pid}/stat | cut -d' ' -f20`) : [];
}

export function showBootTime(host: HostFacts): string[] {
  switch (host.platform) {
    case 'linux':
      return commands('uptime -s');
    case 'darwin':
      return commands('sysctl kern.boottime');
    case 'win32':
      return commands('(Get-CimInstance Win32_OperatingSystem).LastBootUpTime');
  }
}

export function showHostName(): string[] {
  return commands('hostname');
}

export function showLog(path: string, host: HostFacts): string[] {
  return host.platform === 'win32'
    ? commands(`Get-Content -Tail 50 -LiteralPath ${powerShellQuote(path)}`)
    : commands(`tail -n 50 ${shellQuote(path)}`);
}

/** `Process 4242 (python3 bot.py): parent 1, started 2026-01-31 09:05:07, in /home/ann/bot.` */
export function processLine(process: ProcessFacts): string {
  const details = [
    ...(process.ppid === undefined ? [] : [l10n.t('parent {0}', process.ppid)]),
    ...(process.startTime === undefined ? [] : [l10n.t('started {0}', localTime(process.startTime))]),
    ...(process.user === undefined ? [] : [l10n.t('user {0}', process.user)]),
    ...(process.cwd === undefined ? [] : [l10n.t('in {0}', oneLine(process.cwd))]),
  ];
  const who = l10n.t('Process {0}', pidAndCommand(process));
  return details.length === 0 ? `${who}.` : `${who}: ${details.join(', ')}.`;
}

/** `The file was last written 2026-01-31 09:05:07.` */
export function writtenLine(file: FileFacts): string[] {
  return file.mtimeNs === undefined
    ? []
    : [l10n.t('{0} was last written {1}.', oneLine(file.path), localTime(toMs(file.mtimeNs)))];
}

/**
 * Ending one exact process on Windows. A pid is not given to another process while anybody has a handle to the old one
 * (a process object, and so its id, lives as long as a handle to it), so one PowerShell opens the handle, compares the
 * start time in 100 ns, and only then ends it, all with the handle open.
 */
import { windowsCommands } from '../../model/commands/windows';
import type { ProcessFacts } from '../../model/facts';
import type { ProcessControl, ProcessHandle, Signal, SignalOutcome } from '../platform';
import { powershellNow } from './powershell';
import { fileTimeToMs, parseCim, CIM_SCRIPT } from './processTable';

/** Prints what became of it: gone, denied, sent, windowless. */
export function endScript(pid: number, fileTime: string, force: boolean): string {
  // Without /F taskkill sends WM_CLOSE, which a program without a window never gets.
  const end = force
    ? `$p.Kill();'sent'`
    : `& taskkill.exe /PID ${pid} *> $null;if($LASTEXITCODE -eq 0){'sent'}else{'windowless'}`;
  return [
    `try{$p=[Diagnostics.Process]::GetProcessById(${pid})}catch{'gone';exit}`,
    `try{$h=$p.Handle;$t=$p.StartTime.ToFileTimeUtc()}catch{'denied';exit}`,
    `if($p.HasExited -or "$t" -ne '${fileTime}'){'gone';exit}`,
    `try{${end}}catch{'denied'}`,
  ].join(';');
}

/** Line 1 the start as FILETIME, line 2 as `CIM_SCRIPT`. */
function lookScript(pid: number): string {
  return [
    `$p=[Diagnostics.Process]::GetProcessById(${pid})`,
    `"$($p.StartTime.ToFileTimeUtc())"`,
    CIM_SCRIPT.replace('Win32_Process ', `Win32_Process -Filter "ProcessId=${pid}" `),
  ].join(';');
}

interface Look {
  fileTime: string;
  facts: ProcessFacts;
}

function look(pid: number): Look | undefined {
  const output = powershellNow(lookScript(pid));
  const [fileTime = '', ...rest] = output?.split(/\r?\n/) ?? [];
  const facts = parseCim(rest.join('\n')).find((process) => process.pid === pid);
  if (facts === undefined || fileTimeToMs(fileTime) === undefined) {
    return undefined;
  }
  return { fileTime, facts };
}

class WindowsProcess implements ProcessHandle {
  readonly #first: Look;

  constructor(first: Look) {
    this.#first = first;
  }

  get pid(): number {
    return this.#first.facts.pid;
  }

  read(): ProcessFacts | undefined {
    const now = look(this.pid);
    return now?.fileTime === this.#first.fileTime ? now.facts : undefined;
  }

  signal(signal: Signal): SignalOutcome {
    if (signal !== 'SIGTERM' && signal !== 'SIGKILL') {
      return { result: 'unproven', reason: `Windows has no equivalent of ${signal}.` };
    }
    const said = powershellNow(endScript(this.pid, this.#first.fileTime, signal === 'SIGKILL'))?.trim();
    switch (said) {
      case 'sent':
      case 'gone':
      case 'denied':
        return { result: said };
      case 'windowless': {
        const command = windowsCommands.signal('SIGKILL', this.pid).join('; ');
        return {
          result: 'unproven',
          reason: `It has no window that could be asked to close. To end it by force: ${command}`,
        };
      }
      default:
        return { result: 'unproven', reason: 'PowerShell could not be run to prove which process this is.' };
    }
  }

  close(): void {
    // The handle lives only inside each step.
  }
}

export const windowsProcessControl: ProcessControl = {
  open(pid) {
    const first = look(pid);
    return first === undefined ? undefined : new WindowsProcess(first);
  },
};

/** One process of Windows without the native helper. */
import type { ProcessFacts } from '../../model/facts';
import { fileTimeToMs } from './commandLine';
import { powershellNow } from './powershell';
import { CIM_SCRIPT, parseCim } from './processTable';

/** Line 1 the start as FILETIME, line 2 as `CIM_SCRIPT`. */
function lookScript(pid: number): string {
  return [
    `$p=[Diagnostics.Process]::GetProcessById(${pid})`,
    `"$($p.StartTime.ToFileTimeUtc())"`,
    CIM_SCRIPT.replace('Win32_Process ', `Win32_Process -Filter "ProcessId=${pid}" `),
  ].join(';');
}

/** Takes half a second. `start`: as FILETIME. */
export function lookByPowerShell(pid: number): { start: string; facts: ProcessFacts } | undefined {
  const output = powershellNow(lookScript(pid));
  const [start = '', ...rest] = output?.split(/\r?\n/) ?? [];
  const facts = parseCim(rest.join('\n')).find((process) => process.pid === pid);
  if (facts === undefined || fileTimeToMs(start) === undefined) {
    return undefined;
  }
  return { start, facts };
}

/** One PowerShell, one script, no profile. Windows PowerShell 5.1 is part of every supported Windows. */
import { outputNow, outputOf } from '../ps/command';

const PRELUDE = `$ErrorActionPreference='Stop';[Console]::OutputEncoding=[Text.Encoding]::UTF8;`;

function argumentsFor(script: string): string[] {
  // UTF-16LE in base64: nothing to quote, whatever the shell in between.
  const encoded = Buffer.from(PRELUDE + script, 'utf16le').toString('base64');
  return ['-NoLogo', '-NoProfile', '-NonInteractive', '-EncodedCommand', encoded];
}

export function powershell(script: string): Promise<string> {
  return outputOf('powershell.exe', argumentsFor(script));
}

/** undefined when it fails in any way. Takes about half a second. */
export function powershellNow(script: string): string | undefined {
  return outputNow('powershell.exe', argumentsFor(script));
}

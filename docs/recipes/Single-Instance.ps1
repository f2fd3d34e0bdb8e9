# Runs at most once per lock file. Windows, PowerShell 5.1 or 7. Not run by the tests.
# Try it: .\Single-Instance.ps1 $env:TEMP\demo.lock
param([Parameter(Mandatory)][string]$Path)
Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'

if ($PSVersionTable.PSEdition -eq 'Core' -and -not $IsWindows) {
  # There .NET takes a shared lock for FileShare.Read: two would run.
  throw 'Windows only. On Linux: run-once.sh LOCKFILE pwsh script.ps1'
}

try {
  # Windows itself refuses a second writer as long as this handle is open, and closes it when the process ends,
  # however it ends. OpenOrCreate never empties the file: Create would wipe the record of whoever runs.
  # FileShare.Read lets others read who it is; without Delete no one can delete the file meanwhile.
  $lock = [IO.File]::Open($Path, [IO.FileMode]::OpenOrCreate, [IO.FileAccess]::ReadWrite, [IO.FileShare]::Read)
} catch [IO.IOException] {
  # Only a sharing violation (32) means that it runs; a full disk or a wrong path is an error.
  if (($_.Exception.HResult -band 0xFFFF) -ne 32) { throw }
  $reader = [IO.File]::Open($Path, [IO.FileMode]::Open, [IO.FileAccess]::Read, [IO.FileShare]::ReadWrite)
  try { $holder = (New-Object IO.StreamReader $reader).ReadLine() } finally { $reader.Dispose() }
  [Console]::Error.WriteLine("$Path is locked by pid $holder")
  exit 75 # EX_TEMPFAIL: a refused start is not a success
}

try {
  # Locked: only now write. First the new pid, then cut the rest: the first line is never empty.
  $record = [Text.Encoding]::ASCII.GetBytes("$PID`n")
  $lock.Write($record, 0, $record.Length)
  $lock.SetLength($record.Length)
  $lock.Flush()

  # The work. .NET handles are not inheritable, so programs started from here do not keep the lock.
  Write-Output "running as pid $PID"
  Start-Sleep -Seconds 600
} finally {
  $lock.Dispose() # the file stays: a free lock file is nothing to clean up
}

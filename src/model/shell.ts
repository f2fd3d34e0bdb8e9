/** One word of a POSIX shell command, quoted so that the shell passes on exactly `text`. */
export function shellQuote(text: string): string {
  // A path may contain control characters; `$'…'` keeps them on one line and visible.
  if (/[\u0000-\u001f\u007f]/.test(text)) {
    const escaped = text
      .replace(/[\\']/g, '\\$&')
      .replace(/[\u0001-\u001f\u007f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
      .replaceAll('\0', '');
    return `$'${escaped}'`;
  }
  return /^[A-Za-z0-9_./:@%+,-]+$/.test(text) && !text.startsWith('-')
    ? text
    : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** One argument of a PowerShell command. */
export function powerShellQuote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

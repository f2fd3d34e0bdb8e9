/**
 * lsof -F: one field a line, its first character says which. `p` begins a process, `f` one of its files; lsof(8),
 * OUTPUT FOR OTHER PROGRAMS. On macOS there is no lock character: lsof tells who has a file open, not who holds it.
 */
import { outputOf } from '../ps/command';

export interface OpenFile {
  pid: number;
  /** `cwd`, `txt`, or a number, as text. */
  fd: string;
  /** Decimal inode, when asked for. */
  inode?: string;
  name?: string;
}

/** Fields that are not known here are left out, as are files of no process. */
export function parseLsof(output: string): OpenFile[] {
  const files: OpenFile[] = [];
  let pid: number | undefined;
  let file: OpenFile | undefined;
  for (const line of output.split('\n')) {
    const value = line.slice(1);
    switch (line.charAt(0)) {
      case 'p':
        pid = /^\d+$/.test(value) ? Number(value) : undefined;
        file = undefined;
        break;
      case 'f':
        file = pid === undefined ? undefined : { pid, fd: value };
        if (file !== undefined) files.push(file);
        break;
      case 'i':
        if (file !== undefined) file.inode = value;
        break;
      case 'n':
        if (file !== undefined) file.name = value;
        break;
    }
  }
  return files;
}

/** As many names as surely fit on a command line. */
const NAMES_AT_ONCE = 200;

/** -n -P: no names looked up in the network; -w: no warnings; -b would avoid stat, which the names need. */
const PLAIN = ['-nPw'];

/** Who has these files open, as far as this user may see, by path. Rejects when lsof cannot be run. */
export async function openersOf(paths: readonly string[]): Promise<Map<string, OpenFile[]>> {
  const byPath = new Map<string, OpenFile[]>();
  for (let from = 0; from < paths.length; from += NAMES_AT_ONCE) {
    const names = paths.slice(from, from + NAMES_AT_ONCE);
    for (const file of parseLsof(await outputOf('lsof', [...PLAIN, '-Ffin', '--', ...names]))) {
      // A descriptor is a number; `txt` and the like hold no lock.
      if (file.name === undefined || !/^\d+$/.test(file.fd)) {
        continue;
      }
      const others = byPath.get(file.name);
      if (others === undefined) byPath.set(file.name, [file]);
      else others.push(file);
    }
  }
  return byPath;
}

/** Working directories of these processes. Rejects when lsof cannot be run. */
export async function cwdsOf(pids: readonly number[]): Promise<Map<number, string>> {
  const files = parseLsof(await outputOf('lsof', [...PLAIN, '-a', '-dcwd', `-p${pids.join(',')}`, '-Ffn']));
  return new Map(
    files.flatMap(({ pid, fd, name }) => (fd === 'cwd' && name !== undefined ? [[pid, name]] : [])),
  );
}

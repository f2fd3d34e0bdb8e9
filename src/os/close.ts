import * as fs from 'node:fs';

/** For descriptors that were only read: an error of close(2) says nothing about what was read, and it is closed. */
export function closeQuietly(fd: number): void {
  try {
    fs.closeSync(fd);
  } catch {
    // EIO or EINTR: Linux has let go of the descriptor all the same.
  }
}

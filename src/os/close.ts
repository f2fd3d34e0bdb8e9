import * as fs from 'node:fs';

/** For descriptors that were only read: an error from close(2) says nothing about the data read, and closes it anyway. */
export function closeQuietly(fd: number): void {
  try {
    fs.closeSync(fd);
  } catch {
    // EIO or EINTR: Linux has let go of the descriptor all the same.
  }
}

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone this harness belongs to. */
export const projectRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/**
 * Where everything that is downloaded and unpacked lives: git-ignored, reused by every run.
 * `INSTANCE_MONITOR_CACHE` shares one such folder between several clones.
 */
export const cacheDir = path.resolve(
  process.env['INSTANCE_MONITOR_CACHE'] ?? path.join(projectRoot, '.vscode-test'),
);

/** Bundled test modules: inside the clone whatever the cache, so that they find `node_modules`. */
export const testOutDir = path.join(projectRoot, 'out', 'test');

/** A fresh folder under the system's temporary folder. The caller removes it. */
export function temporaryFolder(purpose: string): string {
  return mkdtempSync(path.join(tmpdir(), `instance-monitor-${purpose}-`));
}

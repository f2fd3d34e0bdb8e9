/** Builds and starts the checks of `program.ts`. */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { buildSync } from 'esbuild';
import { buildDist } from '../fixtures/dist';
import type { Results } from './program';

const here = import.meta.dirname;

export interface Runner {
  /** What runs it: a program and its first arguments. */
  command: readonly [string, ...string[]];
  env: NodeJS.ProcessEnv;
  /** As that system names a path of this one. */
  named: (file: string) => string;
  /** koffi's binary for Windows, and for which processor that is. */
  koffi: Uint8Array;
  arch: string;
}

const LIMIT_MS = 300_000;

export function runSuite({ command: [file, ...first], env, named, koffi, arch }: Runner): Results {
  const built = buildDist('win32');
  try {
    // Not a link: the system's own view of the folder has to have it.
    fs.rmSync(path.join(built.folder, 'prebuilds'), { recursive: true, force: true });
    const binary = path.join(built.folder, 'prebuilds', `win32-${arch}`, 'koffi.node');
    fs.mkdirSync(path.dirname(binary), { recursive: true });
    fs.writeFileSync(binary, koffi);
    const program = path.join(built.folder, 'suite.cjs');
    buildSync({
      entryPoints: [path.join(here, 'program.ts')],
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      define: { 'process.platform': '"win32"' },
      logLevel: 'warning',
    });
    const results = path.join(built.folder, 'results.json');
    for (const name of ['holder.cjs', 'inConsole.cjs']) {
      fs.copyFileSync(path.join(here, name), path.join(built.folder, name));
    }
    const args = [program, built.dist, binary, built.folder, results].map(named);
    const ran = spawnSync(file, [...first, ...args], { env, stdio: 'ignore', timeout: LIMIT_MS });
    if (!fs.existsSync(results)) {
      throw new Error(`no results: ${ran.error?.message ?? ran.signal ?? `exit code ${ran.status}`}`);
    }
    return JSON.parse(fs.readFileSync(results, 'utf8')) as Results;
  } finally {
    built.remove();
  }
}

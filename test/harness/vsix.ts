import { readdirSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from './paths';
import { runToEnd } from './processes';

/**
 * The extension as a person installs it: packages it into `folder` and resolves with the file. A run of several parts
 * packages once and names the file in `INSTANCE_MONITOR_VSIX`.
 */
export async function packagedExtension(folder: string): Promise<string> {
  const given = process.env['INSTANCE_MONITOR_VSIX'];
  if (given !== undefined && given !== '') return path.resolve(given);
  const script = path.join(projectRoot, '.ci', 'package.mjs');
  const { code, output } = await runToEnd(process.execPath, [script, `--out-dir=${folder}`], {
    cwd: projectRoot,
  });
  const made = readdirSync(folder).find((name) => name.endsWith('.vsix'));
  if (code !== 0 || made === undefined) throw new Error(`packaging failed (exit ${code}):\n${output}`);
  return path.join(folder, made);
}

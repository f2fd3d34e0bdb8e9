import { existsSync } from 'node:fs';
import path from 'node:path';
import { runToEnd } from './processes';

/**
 * Runs npm in `cwd`, quietly, with no install scripts: nothing is compiled and nothing but npm's own code runs.
 * A person's npmrc still names the registry and proxy; the settings that would change what is installed are overridden.
 * Rejects with the command and the first lines npm wrote.
 */
export async function npm(args: readonly string[], cwd: string): Promise<void> {
  const [command, first] = npmCommand();
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--engine-strict=false'];
  const { code, output } = await runToEnd(command, [...first, ...args, ...flags, '--prefix', cwd], {
    cwd,
    env: environment(),
  });
  if (code !== 0) {
    throw new Error(
      `npm ${args.join(' ')} failed in ${cwd} (exit ${code}):\n${output.trim().slice(0, 2_000)}`,
    );
  }
}

/** The npm that started us, or the one beside this Node, or the one on PATH. */
function npmCommand(): [string, string[]] {
  const beside = path.resolve(path.dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js');
  for (const script of [process.env['npm_execpath'], beside]) {
    if (script !== undefined && /npm-cli\.c?js$/.test(script) && existsSync(script)) {
      return [process.execPath, [script]];
    }
  }
  return ['npm', []];
}

/** Without what an outer `npm run` exports about its own package, which an inner npm would take for settings. */
function environment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (/^npm_(package|lifecycle)_/i.test(name)) continue;
    if (
      /^npm_config_(local_prefix|global|location|workspaces?|omit|include|nodedir|ignore_scripts|dry_run)$/i.test(
        name,
      )
    ) {
      continue;
    }
    env[name] = value;
  }
  return env;
}

/**
 * `npm run test:vscode [-- newest|floor] [report.json]`: the suites of `test/vscode` inside a real extension host from npm, with the
 * extension installed from its package and, beside it, the fixture that uses its API.
 * Both versions when none is named. `GREP` picks tests by title.
 */
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Count } from '../vscode/runner';
import { bundleHostSuites } from './hostBundle';
import { projectRoot, temporaryFolder } from './paths';
import { releases, serverUnavailable, type ServerVersion } from './prepare';
import { stopAllTrees } from './processes';
import { runInHost } from './runInHost';
import { packagedExtension } from './vsix';

async function main(args: readonly string[]): Promise<number> {
  const named = args.filter((arg): arg is ServerVersion => arg in releases);
  const report = args.find((arg) => arg.endsWith('.json'));
  const versions = named.length > 0 ? named : (['newest', 'floor'] as const);
  const total: Count = { passed: 0, failed: [], skipped: [] };
  const reason = serverUnavailable();
  if (reason === undefined) {
    const bundle = await bundleHostSuites();
    const cases = temporaryFolder('cases');
    try {
      const vsix = await packagedExtension(path.dirname(bundle));
      for (const version of versions) {
        console.log(`VS Code ${releases[version].vscode} (${version})`);
        const count = await runInHost({
          version,
          module: bundle,
          vsix: [vsix],
          // A cache folder of the tests' own, for what a known tool keeps there.
          env: { XDG_CACHE_HOME: path.join(cases, 'home', '.cache') },
          extensionDevelopmentPath: path.join(projectRoot, 'test', 'fixtures', 'api-consumer'),
          ...(process.env['GREP'] === undefined ? {} : { grep: process.env['GREP'] }),
        });
        console.log(
          `VS Code ${releases[version].vscode}: ${count.passed} passed, ${count.failed.length} failed`,
        );
        total.passed += count.passed;
        total.failed.push(...count.failed);
        total.skipped.push(...count.skipped);
      }
    } finally {
      rmSync(path.dirname(bundle), { recursive: true, force: true });
      rmSync(cases, { recursive: true, force: true });
    }
  } else {
    total.skipped.push(`the extension host suite: ${reason}`);
  }
  if (report !== undefined) writeFileSync(report, JSON.stringify(total));
  for (const name of total.skipped) console.log(`skipped: ${name}`);
  return total.failed.length > 0 ? 1 : 0;
}

for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => {
    void stopAllTrees().then(() => process.exit(130));
  });
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);

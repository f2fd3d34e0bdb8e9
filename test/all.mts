/**
 * `npm test`: everything, in the order in which a failure is cheapest to find. Each part reports what passed, failed
 * and was skipped; the last line adds up. Exit code 1 when anything failed or a part could not run.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Count } from './vscode/runner';

const part = (args: string[], env: Record<string, string> = {}): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...env } });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });

interface VitestReport {
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: { status: string; fullName: string }[];
  }[];
}

const readVitest = async (file: string): Promise<Count> => {
  const report = JSON.parse(await readFile(file, 'utf8')) as VitestReport;
  const count: Count = { passed: 0, failed: [], skipped: [] };
  for (const result of report.testResults) {
    if (result.assertionResults.length === 0 && result.status === 'failed') {
      count.failed.push(result.name); // the file itself did not load
    }
    for (const { status, fullName } of result.assertionResults) {
      if (status === 'passed') {
        count.passed += 1;
      } else if (status === 'failed') {
        count.failed.push(fullName);
      } else {
        count.skipped.push(fullName);
      }
    }
  }
  return count;
};

const folder = await mkdtemp(join(tmpdir(), 'instance-monitor-test-'));
const total: Count = { passed: 0, failed: [], skipped: [] };

const add = (name: string, count: Count): void => {
  console.log(
    `\n${name}: ${count.passed} passed, ${count.failed.length} failed, ${count.skipped.length} skipped\n`,
  );
  total.passed += count.passed;
  total.failed.push(...count.failed.map((test) => `${name}: ${test}`));
  total.skipped.push(...count.skipped);
};

/** Runs one part that writes its report to a file; a part that dies without one counts as one failure. */
const run = async (name: string, args: string[], read: (file: string) => Promise<Count>): Promise<void> => {
  const report = join(folder, `${name.replace(/\W+/g, '-')}.json`);
  console.log(`\n=== ${name}`);
  const code = await part(args.map((arg) => arg.replace('{report}', report)));
  const count = await read(report).catch((): Count => ({ passed: 0, failed: ['no report'], skipped: [] }));
  add(name, code !== 0 && count.failed.length === 0 ? { ...count, failed: [`exit code ${code}`] } : count);
};

const vitest = (project: string, ...more: string[]): string[] => [
  'node_modules/vitest/vitest.mjs',
  'run',
  '--project',
  project,
  '--reporter=default',
  '--reporter=json',
  '--outputFile.json={report}',
  ...more,
];

/** Types, lint and format; what they print is shown when all of them are done. */
const staticChecks = (): Promise<Count> =>
  new Promise((resolve, reject) => {
    const checks = ['types', 'lint', 'format'];
    const args = ['node_modules/concurrently/dist/bin/concurrently.js', '--group'];
    const child = spawn(process.execPath, [...args, ...checks.map((check) => `npm:${check}`)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // They take what the tests, which wait half of the time, leave to them.
    if (child.pid !== undefined) setPriority(child.pid, 10);
    const printed: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => printed.push(chunk));
    }
    child.on('error', reject);
    child.on('close', (code) => {
      console.log(`\n=== static checks\n${Buffer.concat(printed).toString()}`);
      const failed = code === 0 ? [] : [`${checks.join(', ')}: exit code ${code}`];
      resolve({ passed: failed.length === 0 ? checks.length : 0, failed, skipped: [] });
    });
  });

const readCount = async (file: string): Promise<Count> => JSON.parse(await readFile(file, 'utf8')) as Count;

try {
  await run('unit', vitest('unit', '--maxWorkers=2'), readVitest);
  const checked = staticChecks();
  await run(
    'integration', // Half of the time it waits: for the kernel, for grace periods.
    vitest('integration', '--maxWorkers=3'),
    readVitest,
  );
  add('static checks', await checked);
  // One after the other: each acts out the same reports, and programs of the same name.
  for (const version of ['newest', 'floor']) {
    await run(
      `extension host (${version})`,
      ['--import', 'tsx', 'test/harness/hostSuite.ts', version, '{report}'],
      readCount,
    );
  }
  // A machine on which no window works is found out before each test has been patient three times.
  await run('window', vitest('window', '--maxWorkers=2', '--bail=10'), readVitest);
} finally {
  await rm(folder, { recursive: true, force: true });
}

for (const name of total.skipped) {
  console.log(`skipped: ${name}`);
}
for (const name of total.failed) {
  console.log(`failed: ${name}`);
}
console.log(`${total.passed} passed, ${total.failed.length} failed`);
process.exitCode = total.failed.length > 0 ? 1 : 0;

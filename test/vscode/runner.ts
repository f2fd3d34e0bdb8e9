/**
 * Runs the suites inside an extension host, whichever: prints each test as it ends, leaves the counts in a file.
 * Bundled with the suites by `test/harness/hostBundle.ts`; mocha itself stays in node_modules.
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import Mocha from 'mocha';

/** What the run that started the host says to the tests, by the file that this variable names. */
export const contextVariable = 'INSTANCE_MONITOR_TEST_CONTEXT';

export interface HostContext {
  /** `newest`, `floor` or `desktop`. */
  readonly host: string;
  /** Where lines go that are for the terminal; absent where the host's console reaches it. */
  readonly output?: string;
  /** Where the counts go. */
  readonly report: string;
  /** The clone the tests come from. */
  readonly projectRoot: string;
  /** Only tests whose full title matches this expression; all when absent. */
  readonly grep?: string;
}

/** As `npm test` adds them up. */
export interface Count {
  passed: number;
  /** Full titles. */
  failed: string[];
  skipped: string[];
}

export function hostContext(): HostContext {
  const file = process.env[contextVariable];
  if (file === undefined) throw new Error(`${contextVariable} is not set`);
  return JSON.parse(readFileSync(file, 'utf8')) as HostContext;
}

/** A suite's file name and what loads it, once mocha's globals are there. */
export type Suites = Readonly<Record<string, () => unknown>>;

/** The `run()` that the host calls: resolves when all tests passed, rejects when one failed. */
export function runner(suites: Suites): () => Promise<void> {
  return async () => {
    const context = hostContext();
    if (context.output !== undefined) redirectConsole(context.output);
    const mocha = new Mocha({
      ui: 'bdd',
      timeout: 30_000,
      reporter: Lines,
      ...(context.grep === undefined ? {} : { grep: context.grep }),
    });
    for (const [file, load] of Object.entries(suites)) {
      mocha.suite.emit('pre-require', globalThis, file, mocha);
      mocha.suite.emit('require', load(), file, mocha);
      mocha.suite.emit('post-require', globalThis, file, mocha);
    }
    const count: Count = { passed: 0, failed: [], skipped: [] };
    await new Promise<void>((resolve) => {
      mocha
        .run(() => {
          resolve();
        })
        .on('pass', () => {
          count.passed += 1;
        })
        .on('fail', (test: Mocha.Test) => {
          count.failed.push(test.fullTitle());
        })
        .on('pending', (test: Mocha.Test) => {
          count.skipped.push(test.fullTitle());
        });
    });
    writeFileSync(context.report, JSON.stringify(count));
    if (count.failed.length > 0) throw new Error(`${count.failed.length} failed`);
  };
}

/** The host's own console ends in a browser, among the workbench's messages, and its methods cannot be replaced. */
function redirectConsole(file: string): void {
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      appendFileSync(file, chunk);
      done();
    },
  });
  globalThis.console = new Console(stream);
}

/** One line for each test. */
class Lines extends Mocha.reporters.Base {
  constructor(running: Mocha.Runner, options: Mocha.MochaOptions) {
    super(running, options);
    running.on('suite', (suite) => {
      if (suite.title !== '') console.log(`  ${suite.titlePath().join(' > ')}`);
    });
    running.on('pass', (test) => {
      console.log(`    ok    ${test.title} (${test.duration ?? 0} ms)`);
    });
    running.on('pending', (test) => {
      console.log(`    skip  ${test.title}`);
    });
    running.on('fail', (test, error: Error) => {
      console.log(`    FAIL  ${test.fullTitle()}\n${error.stack ?? error.message}`);
    });
  }
}

/**
 * A test runner for Stryker that evaluates the unit tests in its own process, new for every mutant: ten times as fast
 * as starting Vitest, which is what makes it possible to judge all of them. The quickest tests run first.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import { Script } from 'node:vm';
import { INSTRUMENTER_CONSTANTS, type MutantCoverage } from '@stryker-mutator/api/core';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import {
  determineHitLimitReached,
  DryRunStatus,
  MutantRunStatus,
  toMutantRunResult,
  TestStatus,
  type DryRunOptions,
  type DryRunResult,
  type MutantRunOptions,
  type MutantRunResult,
  type TestResult,
  type TestRunner,
} from '@stryker-mutator/api/test-runner';
import { build } from 'esbuild';
import { globSync } from 'tinyglobby';
import { Collector, OutOfTime, Suites, type Test } from './miniVitest.mjs';
import { BUDGET_MS, isNamedAfter, SLOW_MS, SLOWEST, UNIT_TESTS } from './unitTests.mjs';

type Files = Record<string, () => unknown>;
type Bundle = (module: { exports: object }, require: (name: string) => unknown) => void;

interface Namespace {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: MutantCoverage;
}
const holder = globalThis as unknown as Record<string, Namespace>;
const stryker = (holder[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {});

/** In the sandbox, which is the working directory: for every process that judges, and whoever follows one of them. */
const BUNDLE = 'unit-tests.cjs';
const DURATIONS = 'unit-tests.json';

/** Every test file as a function that evaluates it, in one script. */
async function bundle(files: readonly string[]): Promise<Bundle> {
  const lines = files.map(
    (file) => `${JSON.stringify(file)}: () => require(${JSON.stringify(`./${file}`)}),`,
  );
  if (!existsSync(BUNDLE)) {
    const outfile = path.resolve(`${BUNDLE}.${process.pid}`);
    await build({
      stdin: { contents: `module.exports = {\n${lines.join('\n')}\n};`, resolveDir: process.cwd() },
      outfile,
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      packages: 'external',
      logLevel: 'error',
    });
    renameSync(outfile, BUNDLE);
  }
  const text = readFileSync(BUNDLE, 'utf8');
  return new Script(`(function (module, require) {${text}\n})`, {
    filename: path.resolve(BUNDLE),
  }).runInThisContext() as Bundle;
}

const readDurations = (): Map<string, number> =>
  new Map(JSON.parse(readFileSync(DURATIONS, 'utf8')) as [string, number][]);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** How often, in changes, it is made sure that the tests still pass without one. */
const CHECK_EVERY = 200;

class Untrustworthy extends Error {}

class InProcessRunner implements TestRunner {
  #bundle: Bundle = () => undefined;
  #files: string[] = [];
  #count = 0;
  /** ms, by id. */
  #durations = new Map<string, number>();

  capabilities = (): { reloadEnvironment: boolean } => ({ reloadEnvironment: true });

  async init(): Promise<void> {
    this.#files = globSync(UNIT_TESTS.include, { ignore: UNIT_TESTS.exclude }).sort();
    this.#bundle = await bundle(this.#files);
  }

  async dryRun({ files = [] }: DryRunOptions): Promise<DryRunResult> {
    this.#files = this.#files.filter(
      (test) => !SLOWEST.test(test) || files.some((code) => isNamedAfter(test, code)),
    );
    stryker.activeMutant = undefined;
    stryker.hitCount = undefined;
    const mutantCoverage: MutantCoverage = { static: {}, perTest: {} };
    stryker.mutantCoverage = mutantCoverage;
    const tests = await this.#run(this.#collect());
    stryker.mutantCoverage = { static: {}, perTest: {} };
    await this.#checkBackwards(tests);
    this.#durations = new Map(tests.map(({ id, timeSpentMs }) => [id, timeSpentMs]));
    writeFileSync(DURATIONS, JSON.stringify([...this.#durations]));
    return { status: DryRunStatus.Complete, tests, mutantCoverage };
  }

  /** A change is judged by some of the tests, the quickest first: one that needs another would seem to notice it. */
  async #checkBackwards(tests: readonly TestResult[]): Promise<void> {
    // Those that took least run first: the last one.
    this.#durations = new Map(tests.map(({ id }, index) => [id, -index]));
    const results = await this.#run(this.#collect(new Set(this.#durations.keys())));
    const bad = results.filter(({ status }) => status === TestStatus.Failed).map(({ id }) => id);
    if (bad.length > 0) throw new Untrustworthy(`need a test before them: ${bad.join(', ')}`);
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, mutantActivation, testFilter, hitLimit } = options;
    const isStatic = mutantActivation === 'static';
    // Another process has measured, after this one was begun.
    if (this.#durations.size === 0) this.#durations = readDurations();
    const wanted = testFilter && new Set(this.#chosen(testFilter, activeMutant.fileName));
    const limit = (id: string): number => Math.ceil(2000 + 10 * this.#took(id));
    let tests: TestResult[];
    try {
      if (!isStatic && this.#count++ % CHECK_EVERY === 0) await this.#check(wanted, limit);
      stryker.hitCount = 0;
      stryker.hitLimit = hitLimit;
      stryker.activeMutant = activeMutant.id;
      tests = await this.#run(this.#collect(wanted, activeMutant.fileName, isStatic), limit);
    } catch (error) {
      if (error instanceof Untrustworthy) throw error;
      if (error instanceof OutOfTime) return { status: MutantRunStatus.Timeout };
      tests = [failed('a test file', error, 0)];
    } finally {
      stryker.activeMutant = undefined;
    }
    const reached = determineHitLimitReached(stryker.hitCount, hitLimit);
    return toMutantRunResult(reached ?? { status: DryRunStatus.Complete, tests });
  }

  /** What has not been measured takes long. */
  #took(id: string): number {
    return this.#durations.get(id) ?? 1000;
  }

  /** Of the tests that reach a change in `code`, those that judge it. */
  #chosen(ids: readonly string[], code: string): readonly string[] {
    const isOwn = (id: string): boolean => isNamedAfter(id.split('#', 1)[0] ?? '', code);
    const sorted = ids
      .filter((id) => this.#took(id) <= SLOW_MS || isOwn(id))
      .sort((a, b) => Number(isOwn(b)) - Number(isOwn(a)) || this.#took(a) - this.#took(b));
    let left = BUDGET_MS;
    const chosen = sorted.filter((id) => (left -= this.#took(id)) > 0);
    return chosen.length > 0 ? chosen : ids;
  }

  /** The very same tests pass as long as nothing is changed: what fails with the change fails because of it. */
  async #check(wanted: ReadonlySet<string> | undefined, limit: (id: string) => number): Promise<void> {
    const results = await this.#run(this.#collect(wanted), limit);
    const bad = results.find(({ status }) => status === TestStatus.Failed);
    if (bad !== undefined) throw new Untrustworthy(`${bad.id} fails although nothing is changed`);
  }

  /** The files of these tests: those named after the code first, then the quickest. */
  #filesOf(wanted: ReadonlySet<string>, code: string): string[] {
    const took = new Map<string, number>();
    for (const id of wanted) {
      const [file = ''] = id.split('#', 1);
      took.set(file, (took.get(file) ?? 0) + this.#took(id));
    }
    const weight = (file: string): number => (took.get(file) ?? 0) * (isNamedAfter(file, code) ? 1 : 1e6);
    return [...took.keys()].sort((a, b) => weight(a) - weight(b));
  }

  /**
   * Evaluates file after file, as it is asked for tests, with all that they import; by id, which is the file and the
   * name of the test. The change is made while a file is evaluated only with `whileLoading`.
   */
  *#collect(wanted?: ReadonlySet<string>, code = '', whileLoading = false): Iterable<[string, Test]> {
    const module = { exports: {} as Files };
    let collector = new Collector();
    const require = createRequire(path.resolve('test/unit/tests.cjs'));
    this.#bundle(module, (name) => (name === 'vitest' ? collector.api : require(name)));
    for (const file of wanted === undefined ? this.#files : this.#filesOf(wanted, code)) {
      collector = new Collector();
      const { activeMutant } = stryker;
      if (!whileLoading) stryker.activeMutant = undefined;
      module.exports[file]?.();
      stryker.activeMutant = activeMutant;
      const found = new Map<string, Test>();
      for (const test of collector.tests) {
        let id = `${file}#${test.name}`;
        for (let again = 2; found.has(id); again += 1) id = `${file}#${test.name} (${again})`;
        found.set(id, test);
      }
      yield* [...found]
        .filter(([id]) => wanted?.has(id) ?? true)
        .sort(([a], [b]) => this.#took(a) - this.#took(b));
    }
  }

  /** With a `limit` in ms: up to the first that fails. */
  async #run(tests: Iterable<[string, Test]>, limit?: (id: string) => number): Promise<TestResult[]> {
    const results: TestResult[] = [];
    const suites = new Suites();
    try {
      for (const [id, test] of tests) {
        stryker.currentTestId = id;
        const began = performance.now();
        const passed = { id, name: test.name, status: TestStatus.Success } as const;
        try {
          await suites.run(test, limit?.(id));
          results.push({ ...passed, timeSpentMs: performance.now() - began });
        } catch (error) {
          if (error instanceof OutOfTime) throw error;
          results.push(failed(id, error, performance.now() - began));
          if (limit !== undefined) break;
        } finally {
          stryker.currentTestId = undefined;
        }
      }
    } finally {
      await suites.end();
    }
    return results;
  }
}

const failed = (id: string, error: unknown, timeSpentMs: number): TestResult => ({
  id,
  name: id,
  timeSpentMs,
  status: TestStatus.Failed,
  failureMessage: messageOf(error),
});

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'in-process', InProcessRunner)];

/**
 * `npm run mutation [-- PATTERN…]`: changes the code piece by piece and sees which changes no test notices. Without a
 * pattern: all of `model/`, `actions/` and the removal protocol. Options: see `parseArgs` below.
 */
import * as os from 'node:os';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import { writeFigures } from './report.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** Judges again what an earlier run has judged. */
    force: { type: 'boolean', default: false },
    /** Also changes constants of a module, for which every test runs each time. */
    static: { type: 'boolean', default: false },
    /** Runs the unit tests with Vitest itself, which takes ten times as long. */
    vitest: { type: 'boolean', default: false },
    /** Judges nothing: writes the figures of docs/mutation.md. */
    report: { type: 'boolean', default: false },
    concurrency: { type: 'string', default: String(Math.max(1, os.availableParallelism() >> 1)) },
  },
});
const ALL = ['src/model/**/*.ts', 'src/actions/**/*.ts', 'src/os/removal/**/*.ts'];

if (values.report) {
  writeFigures();
} else {
  await new Stryker({
    configFile: 'test/mutation/stryker.config.mjs',
    mutate: positionals.length > 0 ? positionals : ALL,
    testRunner: values.vitest ? 'vitest' : 'in-process',
    vitest: { configFile: 'test/mutation/unit.config.mts', related: false },
    ignoreStatic: !values.static,
    concurrency: Number(values.concurrency),
    incrementalFile: 'out/mutation/unit.json',
    htmlReporter: { fileName: 'out/mutation/unit.html' },
    force: values.force,
  }).runMutationTest();
}

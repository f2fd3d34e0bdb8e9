import os from 'node:os';
import path from 'node:path';

/** What is the same in every run; `run.mts` adds what is changed, and by which tests it is judged. */
export default {
  plugins: [
    '@stryker-mutator/vitest-runner',
    './test/mutation/inProcess.mts',
    './test/mutation/ignoreSentences.mts',
  ],
  testRunnerNodeArgs: ['--import', 'tsx'],
  checkerNodeArgs: ['--import', 'tsx'],
  ignorers: ['sentences'],
  // Stryker rewrites paths in it through an API that TypeScript 7 has not; there are none outside the sandbox.
  tsconfigFile: 'tsconfig.none.json',
  coverageAnalysis: 'perTest',
  incremental: true,
  // Vitest leaves out what lies in `node_modules`. Of this run alone: at its end Stryker removes all that lies there.
  tempDirName: path.join(os.tmpdir(), `instance-monitor-mutation-${process.pid}`),
  cleanTempDir: 'always',
  ignorePatterns: ['/out', '/dist', '/media', '/.ci', '/docs', '*.vsix'],
  reporters: ['progress-append-only', 'clear-text', 'html'],
  clearTextReporter: { allowColor: false, allowEmojis: false, reportTests: false, skipFull: true },
  allowConsoleColors: false,
  // Each unit test has a limit of its own; a process that is late is mostly one of a busy machine.
  timeoutMS: 60_000,
  warnings: { slow: false },
};

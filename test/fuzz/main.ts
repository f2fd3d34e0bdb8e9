/**
 * `npm run fuzz -- [--runs N] [--only NAME] [--seed S]`: every parser of what others write, on N inputs each (default
 * 100,000) and on N/500 random ways to make it slow. What breaks one is kept in the corpus; exit code 1.
 */
import { parseArgs } from 'node:util';
import { Broken, fuzz, growth, keep } from './fuzz';
import { targets } from './targets';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    only: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});
const runs = Number(values.runs);
const seed = Number(values.seed);

console.log(`seed ${seed}; ratio: time for an input 8 times longer (8 = linear, 64 = quadratic)\n`);
console.log(
  `${'target'.padEnd(22)}${'inputs'.padStart(10)}${'s'.padStart(8)}${'pumps'.padStart(8)}${'worst ratio'.padStart(13)}`,
);
for (const target of targets.filter(({ name }) => values.only === undefined || name === values.only)) {
  const started = performance.now();
  try {
    fuzz(target, runs, seed);
    const seconds = (performance.now() - started) / 1000;
    const worst = growth(target, Math.ceil(runs / 500), seed, 1_024_000);
    const columns = [
      String(runs).padStart(10),
      seconds.toFixed(1).padStart(8),
      String(worst.tried).padStart(8),
      worst.ratio.toFixed(1).padStart(13),
    ];
    console.log(target.name.padEnd(22) + columns.join(''));
  } catch (error) {
    process.exitCode = 1;
    const kept = error instanceof Broken ? `\nkept as ${keep(target, error.input)}` : '';
    console.log(`${target.name.padEnd(22)}${error instanceof Error ? error.message : String(error)}${kept}`);
  }
}

/**
 * `npm run torture [-- share [bystanders|git|helpers|reuse|removal|starts [starter]]]`: all harnesses (or one, against the starters whose name
 * begins so) at full count (or a share of it), a table, exit code 1 on a violation.
 */
import { buildPrograms } from './programs';
import { everything, FULL, isViolation, type Part, type Row } from './suite';

const number = (value: number): string => value.toLocaleString('en-US');

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function verdict(row: Row): string {
  if (isViolation(row)) return row.expected === 'none' ? 'VIOLATION' : 'THE HARNESS DOES NOT BITE';
  return { none: 'none, as it must be', some: 'control', known: 'known' }[row.expected];
}

async function main(): Promise<void> {
  const share = Number(process.argv[2] ?? '1');
  const of = (count: number): number => Math.max(1, Math.round(count * share));
  const counts = {
    ...FULL,
    bystanders: of(FULL.bystanders),
    git: of(FULL.git),
    helpers: of(FULL.helpers),
    reuse: of(FULL.reuse),
    removal: of(FULL.removal),
    starts: of(FULL.starts),
  };
  await buildPrograms();
  const began = performance.now();
  let violations = 0;
  console.log(line(['harm', 'against', 'way', 'rounds', 'harmed', '', 'detail', 's']));
  console.log(line(['---', '---', '---', '---:', '---:', '---', '---', '---:']));
  for await (const row of everything(counts, process.argv[3] as Part | undefined, process.argv[4])) {
    if (isViolation(row)) violations += 1;
    const { harm, against, way, rounds, harmed, detail, seconds } = row;
    console.log(
      line([harm, against, way, number(rounds), number(harmed), verdict(row), detail, seconds.toFixed(0)]),
    );
  }
  console.log(`\n${violations} violations, ${((performance.now() - began) / 60_000).toFixed(1)} minutes`);
  process.exitCode = violations > 0 ? 1 : 0;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
void main();

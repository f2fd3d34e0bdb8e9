import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as vm from 'node:vm';
import fc from 'fast-check';
import { actorsFolder } from '../fixtures/actors';
import { growthOf, RATIO_LIMIT, type Growth, type Pump } from './growth';

export interface Target {
  /** Also the name of its folder in the corpus. */
  readonly name: string;
  /** Runs the parser; throws where what it answers is not possible. */
  readonly run: (input: string) => unknown;
  /** Inputs that look right, so that the fuzzer gets past the first check. */
  readonly lookalikes: fc.Arbitrary<string>;
  /** Pieces that could make a parser slow when repeated. */
  readonly pumps: readonly string[];
  /** Input files are bytes: procfs is read as latin1, what people write as UTF-8. */
  readonly encoding: 'latin1' | 'utf8';
}

/** For `Target.run`: what cannot be a right answer. */
export function must(right: boolean, sentence: string): void {
  if (!right) throw new Error(sentence);
}

const corpusFolder = path.resolve(actorsFolder(), '..', '..', 'fuzz', 'corpus');

/** Inputs that were found worth keeping: real ones, nasty ones, and any that ever broke the target. */
export function corpusOf(target: Target): Map<string, string> {
  const folder = path.join(corpusFolder, target.name);
  const names = fs.existsSync(folder) ? fs.readdirSync(folder).sort() : [];
  return new Map(names.map((name) => [name, fs.readFileSync(path.join(folder, name), target.encoding)]));
}

/** Keeps what broke a target; answers the file. */
export function keep(target: Target, input: string): string {
  const folder = path.join(corpusFolder, target.name);
  fs.mkdirSync(folder, { recursive: true });
  const name = `found-${createHash('sha256').update(input).digest('hex').slice(0, 12)}`;
  fs.writeFileSync(path.join(folder, name), input, target.encoding);
  return path.join(folder, name);
}

type Edit = (text: string) => string;

const cut = (text: string, at: number): number => (text.length === 0 ? 0 : at % (text.length + 1));

const NASTY = [
  '',
  '\0',
  '\n',
  '\r\n',
  ' ',
  '\t',
  ':',
  ')',
  '(',
  '-',
  '"',
  '{',
  '}',
  '\\',
  '9'.repeat(30),
  '-1',
];

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.nat().map((at) => (text: string) => text.slice(0, cut(text, at))),
  fc.tuple(fc.nat(), fc.nat(20)).map(([at, length]) => (text: string) => {
    const from = cut(text, at);
    return text.slice(0, from) + text.slice(from + length);
  }),
  fc.tuple(fc.nat(), fc.nat(60)).map(([at, length]) => (text: string) => {
    const from = cut(text, at);
    return text.slice(0, from + length) + text.slice(from);
  }),
  fc
    .tuple(fc.nat(), fc.oneof(fc.constantFrom(...NASTY), fc.string({ maxLength: 5, unit: 'binary' })))
    .map(([at, piece]) => (text: string) => {
      const from = cut(text, at);
      return text.slice(0, from) + piece + text.slice(from + 1);
    }),
);

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array).toString('latin1'));

function inputs(target: Target): fc.Arbitrary<string> {
  const kept = [...corpusOf(target).values()];
  const mutated = fc
    .tuple(
      fc.oneof(target.lookalikes, ...(kept.length > 0 ? [fc.constantFrom(...kept)] : [])),
      fc.array(edit),
    )
    .map(([start, edits]) => edits.reduce((text, change) => change(text), start));
  return fc.oneof(
    { arbitrary: mutated, weight: 6 },
    { arbitrary: target.lookalikes, weight: 3 },
    { arbitrary: fc.string({ unit: 'binary', maxLength: 300 }), weight: 1 },
    { arbitrary: bytes, weight: 1 },
  );
}

/** Ends what does not end by itself, and says on which input. */
function unlessItHangs(ms: number, input: () => string, act: () => void): void {
  const context = vm.createContext({ act });
  try {
    vm.runInContext('act()', context, { timeout: ms });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') {
      throw new Error(`did not end within ${ms} ms on ${JSON.stringify(input())}`, { cause: error });
    }
    throw error;
  }
}

export class Broken extends Error {
  constructor(
    readonly target: Target,
    readonly input: string,
    cause: unknown,
  ) {
    const why = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    super(`${target.name} broke on ${JSON.stringify(input.slice(0, 2000))}: ${why}`);
  }
}

/** Every kept input, then `runs` new ones. Throws `Broken` with the smallest input that breaks the target. */
export function fuzz(target: Target, runs: number, seed: number): void {
  let last = '';
  const run = (input: string): void => {
    // What a file in that encoding can hold; the rest is no input.
    last = Buffer.from(input, target.encoding).toString(target.encoding);
    target.run(last);
  };
  const hangMs = 20_000 + runs;
  unlessItHangs(
    hangMs,
    () => last,
    () => {
      for (const input of corpusOf(target).values()) {
        try {
          run(input);
        } catch (error) {
          throw new Broken(target, input, error);
        }
      }
      const details = fc.check(fc.property(inputs(target), run), { numRuns: runs, seed });
      if (details.failed) {
        throw new Broken(target, details.counterexample?.[0] ?? last, details.errorInstance);
      }
    },
  );
}

/** Pieces between which a repeated one is put: nothing, and what a kept input begins and ends with. */
function pumpsOf(target: Target, more: number, seed: number): Pump[] {
  const kept = [...corpusOf(target).values()].filter((text) => text.length < 4096);
  const [first = ''] = kept;
  const fixed = target.pumps.flatMap((pump) => [
    { prefix: '', pump, suffix: '' },
    { prefix: first.slice(0, first.length / 2), pump, suffix: first.slice(first.length / 2) },
  ]);
  const whole = kept.map((pump) => ({ prefix: '', pump, suffix: '' })).filter(({ pump }) => pump !== '');
  const piece = fc.oneof(
    fc.constantFrom(...target.pumps),
    fc.string({ minLength: 1, maxLength: 4 }),
    ...(kept.length === 0
      ? []
      : [
          fc
            .tuple(fc.constantFrom(...kept), fc.nat(), fc.integer({ min: 1, max: 12 }))
            .map(([text, at, length]) => {
              const from = cut(text, at);
              return text.slice(from, from + length) || ' ';
            }),
        ]),
  );
  const random = fc.record({
    prefix: fc.oneof(fc.constant(''), piece),
    pump: fc.oneof(
      piece,
      fc.tuple(piece, piece).map(([one, two]) => one + two),
    ),
    suffix: fc.oneof(fc.constant(''), piece),
  });
  return [...fixed, ...whole, ...(more > 0 ? fc.sample(random, { numRuns: more, seed }) : [])];
}

export interface WorstGrowth extends Growth {
  readonly pump: Pump;
  readonly tried: number;
}

/** The steepest growth over all pumps, `more` of them random, up to `longest` characters. Throws `Broken` when it is not linear. */
export function growth(target: Target, more: number, seed: number, longest: number): WorstGrowth {
  let worst: WorstGrowth | undefined;
  const pumps = pumpsOf(target, more, seed);
  for (const pump of pumps) {
    let found: Growth = { ratio: 0, length: 0, ms: 0 };
    unlessItHangs(
      60_000,
      () => JSON.stringify(pump),
      () => {
        found = growthOf(target.run, pump, longest);
      },
    );
    if (worst === undefined || found.ratio > worst.ratio) worst = { ...found, pump, tried: pumps.length };
    if (found.ratio > RATIO_LIMIT) {
      const words = `8 times longer took ${found.ratio.toFixed(1)} times as long (${found.ms.toFixed(1)} ms at ${found.length})`;
      throw new Broken(target, JSON.stringify(pump), words);
    }
  }
  if (worst === undefined) throw new Error(`${target.name} has no pumps`);
  return worst;
}

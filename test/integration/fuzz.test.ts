import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { corpusOf, fuzz, growth, type Target } from '../fuzz/fuzz';
import { RATIO_LIMIT } from '../fuzz/growth';
import { targets } from '../fuzz/targets';

/** Characters: for these a quadratic parser takes a good part of a second; `npm run fuzz` goes on to a million. */
const LONGEST = 16_000;

/** Another seed each day: the same all day, so that a failure can be run again; `npm run fuzz` for long runs. */
const seed = Math.floor(Date.now() / 86_400_000);

describe('parsers of what others write', () => {
  for (const target of targets) {
    it(`${target.name} neither throws nor hangs, on the corpus and on 1,000 inputs (seed ${seed})`, () => {
      expect(corpusOf(target).size).toBeGreaterThan(0);
      fuzz(target, 1000, seed);
    });

    it(`${target.name} takes time in proportion to its input`, () => {
      expect(growth(target, 0, seed, LONGEST).ratio).toBeLessThanOrEqual(RATIO_LIMIT);
    });
  }
});

describe('the harness itself', () => {
  const quadratic: Target = {
    name: 'quadratic',
    run: (input) => /a+b/.exec(input),
    lookalikes: fc.string(),
    pumps: ['a'],
    encoding: 'utf8',
  };

  it('notices a quadratic pattern', () => {
    expect(() => growth(quadratic, 0, seed, LONGEST)).toThrow(/8 times longer took|did not end within/);
  });

  it('notices a throw and says on which input', () => {
    const throwing = {
      ...quadratic,
      run: (input: string): void => {
        if (input.includes(')')) throw new Error('found it');
      },
    };
    expect(() => fuzz(throwing, 1000, seed)).toThrow(/broke on .*found it/s);
  });
});

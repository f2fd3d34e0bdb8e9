/**
 * The tests of what is mutated; not those that read files of the project (they may read a mutant's code), nor what loads
 * a module of its own once more.
 */
export const UNIT_TESTS = {
  include: ['test/unit/{model,actions,removal,ui}/**/*.test.ts'],
  exclude: ['test/unit/ui/{compareNames,contributions,l10n,whatToDo}.test.ts'],
};

/** A test that takes longer (ms) judges only code of its own name: `secretsSurfaces.test.ts` that of `secrets/`. */
export const SLOW_MS = 50;

/** Takes so long that it is not even measured where nothing of its name is changed. */
export const SLOWEST = /secretsSurfaces/;

/** So much (ms) of tests, those of its own name first and then the quickest, judge one change. */
export const BUDGET_MS = 3000;

/** Is it the code that this test file is named after, by the first word of its name? */
export function isNamedAfter(test: string, code: string): boolean {
  const word = /([a-z]+)\w*\.test\.ts/.exec(test)?.[1] ?? '';
  return word !== '' && code.toLowerCase().includes(`/${word}`);
}

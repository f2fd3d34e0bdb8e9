import { describe, expect, it } from 'vitest';
import { withEntryAgain, withoutEntry } from '../../../src/ui/settings/entryList';

const entry = (name: string) => ({ name, lockFile: `/run/${name}.lock` });
const [a, b, c] = ['a', 'b', 'c'].map(entry);
const at = (index: number, one: unknown) => ({ index, written: JSON.stringify(one) });

describe('an entry of a list', () => {
  it('is taken out where it still stands, and put back there', () => {
    const list = [a, b, c];
    expect(withoutEntry(list, at(1, b))).toEqual([a, c]);
    expect(withEntryAgain([a, c], at(1, b))).toEqual([a, b, c]);
    expect(withoutEntry([b], at(0, b))).toEqual([]);
    expect(list).toEqual([a, b, c]);
    // The same twice: the one that was meant.
    expect(withoutEntry([b, a, b], at(2, b))).toEqual([b, a]);
  });

  it.each<[string, unknown[]]>([
    ['another stands at its place', [b, c]],
    ['the list is shorter', [a]],
    ['the list is empty', []],
    ['it was edited', [a, { ...b, name: 'x' }, c]],
    ['something else stands there', [a, null, c]],
  ])('is left where it is, and so is the list, where %s', (_, list) => {
    expect(withoutEntry(list, at(1, b))).toBeUndefined();
  });

  it('is put back beside what came meanwhile', () => {
    expect(withEntryAgain([c], at(1, b))).toEqual([c, b]);
    expect(withEntryAgain([], at(5, b))).toEqual([b]);
    expect(withEntryAgain([a, c, c], at(1, b))).toEqual([a, b, c, c]);
  });
});

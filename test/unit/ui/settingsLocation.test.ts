import { expect, test } from 'vitest';
import { locateSetting } from '../../../src/ui/settings/settingsLocation';

const NAME = 'instanceMonitor.services';

function textAt(text: string, index: number | undefined): string | undefined {
  const range = locateSetting(text, NAME, index);
  return range === undefined ? undefined : text.slice(range.start, range.end);
}

test('finds the entry by its index, past objects, comments and trailing commas', () => {
  const text = `{
    // "${NAME}": ["not this one"],
    "other": [1, 2],
    "${NAME}": [
      "a.lock", /* , "b" */
      { "name": "x", "lockFile": ["y", "z]"] },
      42,
    ],
  }`;
  expect(textAt(text, 0)).toBe('"a.lock"');
  expect(textAt(text, 1)).toBe('{ "name": "x", "lockFile": ["y", "z]"] }');
  expect(textAt(text, 2)).toBe('42');
  expect(textAt(text, 3)).toBeUndefined();
});

test('finds the setting below "settings" of a workspace file', () => {
  const text = `{"folders":[{"path":"."}],"settings":{"${NAME}":["a","b"]}}`;
  expect(textAt(text, 1)).toBe('"b"');
  expect(textAt(text, undefined)).toBe('["a","b"]');
});

test('finds the whole value when it is no array', () => {
  expect(textAt(`{"${NAME}": "a.lock"}`, undefined)).toBe('"a.lock"');
  expect(textAt(`{"${NAME}": "a.lock"}`, 0)).toBeUndefined();
});

test('answers nothing for text that does not have it or breaks off', () => {
  expect(textAt('', 0)).toBeUndefined();
  expect(textAt(`{"${NAME}"`, 0)).toBeUndefined();
  expect(textAt(`{"${NAME}": [`, 0)).toBeUndefined();
  expect(textAt(`{"${NAME}": [{"a": `, 0)).toBeUndefined();
  expect(textAt(`{"x": "${NAME}"}`, undefined)).toBeUndefined();
});

import { expect, test } from 'vitest';
import { forLog } from '../../../src/actions/cleanUp/forLog';

const shown = (text: string): string => forLog({ kind: 'file', content: Buffer.from(text) });

test('shows a plain record as it is, on one line', () => {
  expect(shown('4242\n')).toBe('4242');
  expect(shown('4242\n\n2026-01-31T12:00:00Z\n')).toBe('4242 …');
});

test('hides what looks secret in JSON, however deep', () => {
  const text = shown('{"pid":4242,"authToken":"swordfish","nested":{"password":"hunter2"}}');
  expect(text).toBe('{"pid":4242,"authToken":"***","nested":{"password":"***"}}');
});

test('hides what looks secret in a line', () => {
  expect(shown('4242 --token=swordfish99\n')).toBe('4242 --token=***');
});

test('leaves out the token line of a soft lock', () => {
  expect(shown('4242\nhost\nf00ba4')).toBe('4242 host …');
});

test('keeps control characters out of the log', () => {
  expect(shown('4242\u001b[31m')).not.toContain('\u001b');
});

test('shows no bytes of what is no text', () => {
  expect(shown('4242\0')).toBe('(binary)');
  expect(shown('\u0000')).toBe('(binary)');
});

test('shows that there is more only where there is', () => {
  expect(shown('4242\nhost\n\n')).toBe('4242 host');
  expect(shown('4242\nhost\n\nf00ba4')).toBe('4242 host …');
});

test('shows JSON of several lines as one, and what is no object as it is written', () => {
  expect(shown('{\n  "pid": 4242,\n  "authToken": "swordfish"\n}\n')).toBe('{"pid":4242,"authToken":"***"}');
  expect(shown('[\n  4242,\n  7\n]')).toBe('[4242,7]');
  for (const text of ['1e3', '"x"', 'null', 'true']) expect(shown(text)).toBe(text);
  expect(shown('{"pid": 4242')).toBe('{"pid": 4242');
});

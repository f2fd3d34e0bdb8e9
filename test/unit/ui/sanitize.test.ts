import fc from 'fast-check';
import { expect, test } from 'vitest';
import { codeBlock, codeSpan, inert, inertLabel, markdownText } from '../../../src/ui/text/words/sanitize';

test('shows control characters as pictures', () => {
  expect(inert('a\nb\t\u001b[31mred\u007f')).toBe('a␊b␉␛[31mred␡');
});

test('shows direction overrides and zero-width characters by their code point', () => {
  expect(inert('invoice\u202egnp.lock')).toBe('invoice\\u{202e}gnp.lock');
  expect(inert('a\u200bb\ufeff\u{e0041}')).toBe('a\\u{200b}b\\u{feff}\\u{e0041}');
});

test('replaces lone surrogates and cuts long text', () => {
  expect(inert('\ud800x')).toBe('\ufffdx');
  expect(inert('x'.repeat(128 * 1024)).length).toBeLessThan(310);
});

const anyCodePoint = fc.nat({ max: 0x10ffff }).map((code) => String.fromCodePoint(code));

test('leaves nothing that controls or reorders, whatever comes in', () => {
  fc.assert(
    fc.property(fc.string({ unit: anyCodePoint, maxLength: 60 }), (text) => {
      expect(inert(text)).not.toMatch(/[\p{Cc}\u200b-\u200f\u202a-\u202e\u2060-\u206f\u{e0000}-\u{e0fff}]/u);
    }),
  );
});

test('keeps icon syntax from becoming an icon', () => {
  expect(inertLabel('$(error) bot')).not.toContain('$(');
  // A notification makes a link of this, and runs the command.
  expect(inertLabel('[bot](command:x)')).not.toContain('](');
});

test('escapes Markdown, HTML and links in prose', () => {
  expect(markdownText('[x](command:rm) <img src=a> **b** `c`')).toBe(
    '\\[x\\]\\(command:rm\\) \\<img src\\=a\\> \\*\\*b\\*\\* \\`c\\`',
  );
  expect(markdownText('http://example.org www.example.org')).toBe('http\\://example.org www\\.example.org');
  expect(markdownText('- item')).toBe('\\- item');
  expect(markdownText('1. item')).toBe('1\\. item');
});

test('fences code with more backticks than it contains', () => {
  expect(codeSpan('a``b')).toBe('```a``b```');
  expect(codeSpan('`')).toBe('`` ` ``');
  expect(codeBlock(['echo ```', 'x'], 'sh')).toBe('````sh\necho ```\nx\n````');
});

import { describe, expect, it } from 'vitest';
import { defined } from '../../../src/common/defined';
import { codeOf, failureOf, hasCode, messageOf, reasonOf, stackOf } from '../../../src/common/errors';
import { MultiMap } from '../../../src/common/multiMap';

describe('a multi-map', () => {
  it('says which value is a key’s first and last', () => {
    const map = new MultiMap<string, number>();
    expect([map.add('a', 1), map.add('a', 1), map.add('a', 2), map.add('b', 1)]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect([...map.get('a')]).toEqual([1, 2]);
    expect([map.delete('a', 1), map.delete('a', 3), map.delete('a', 2), map.delete('a', 2)]).toEqual([
      false,
      false,
      true,
      false,
    ]);
    expect(map.has('a')).toBe(false);
    expect(map.has('b')).toBe(true);
  });

  it('gives an empty set for what it does not have, and keeps none for it', () => {
    const map = new MultiMap<string, number>();
    expect(map.get('a').size).toBe(0);
    expect(map.has('a')).toBe(false);
    map.add('a', 1);
    map.clear();
    expect([...map.values()]).toEqual([]);
  });
});

describe('what was thrown', () => {
  const refused = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES', syscall: 'open' });

  it('is read as the system’s code and call', () => {
    expect(failureOf(refused, 'read')).toEqual({ code: 'EACCES', syscall: 'open' });
    expect(failureOf(new Error('no'), 'read')).toEqual({ code: 'UNKNOWN', syscall: 'read' });
    expect(hasCode(refused, 'EACCES')).toBe(true);
    expect(hasCode(refused, 'ENOENT')).toBe(false);
    expect(reasonOf(refused)).toBe('EACCES');
    expect(reasonOf(new RangeError('far'))).toBe('RangeError: far');
  });

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    ['text', 'text'],
    [7, '7'],
    [{ code: 7, syscall: 7 }, '[object Object]'],
  ])('may be anything: %j', (thrown, text) => {
    expect(codeOf(thrown)).toBe('UNKNOWN');
    expect(failureOf(thrown)).toEqual({ code: 'UNKNOWN', syscall: '' });
    expect(messageOf(thrown)).toBe(text);
    expect(stackOf(thrown)).toBe(text);
  });

  it('has its stack in the log only', () => {
    expect(messageOf(refused)).toBe('EACCES: permission denied');
    expect(stackOf(refused)).toContain('common.test');
  });
});

it('leaves out undefined fields, and nothing else', () => {
  const fields = defined({ a: undefined as string | undefined, b: 0, c: '', d: false, e: null });
  expect(Object.keys(fields)).toEqual(['b', 'c', 'd', 'e']);
});

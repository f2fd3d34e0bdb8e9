import { describe, expect, it } from 'vitest';
import {
  compareIdentity,
  identityKey,
  isSameProcess,
  isYounger,
} from '../../../src/model/processes/processIdentity';

describe('one process or two', () => {
  const rows: [string, object, object, ReturnType<typeof compareIdentity>][] = [
    ['another number', { startTicks: 5 }, { pid: 8, startTicks: 5 }, 'other'],
    ['the same ticks', { startTicks: 5, startTime: 1 }, { startTicks: 5, startTime: 99_999 }, 'same'],
    ['other ticks at one moment', { startTicks: 5, startTime: 1 }, { startTicks: 6, startTime: 1 }, 'other'],
    ['the same time, as two observers reckon it', { startTime: 1_000 }, { startTime: 1_999 }, 'same'],
    ['a second apart', { startTime: 1_000 }, { startTime: 2_000 }, 'other'],
    ['ticks here and a time there', { startTicks: 5 }, { startTime: 5 }, 'unknown'],
    ['the same FILETIME', { fileTime: '5', startTime: 1 }, { fileTime: '5', startTime: 9_999 }, 'same'],
    ['100 ns apart', { fileTime: '5', startTime: 1 }, { fileTime: '6', startTime: 1 }, 'other'],
    [
      'the same number of its own',
      { uniqueId: '5', startTime: 1 },
      { uniqueId: '5', startTime: 9_999 },
      'same',
    ],
    ['another number of its own', { uniqueId: '5', startTime: 1 }, { uniqueId: '6', startTime: 1 }, 'other'],
    ['a number of its own here and a time there', { uniqueId: '5', startTime: 1 }, { startTime: 1 }, 'same'],
    ['a FILETIME here and a time there', { fileTime: '5', startTime: 1 }, { startTime: 1 }, 'same'],
    ['no start at all', {}, {}, 'unknown'],
    ['a start on one side', { startTime: 5 }, {}, 'unknown'],
  ];
  it.each(rows)('%s', (_, a, b, expected) => {
    const [one, other] = [
      { pid: 7, ...a },
      { pid: 7, ...b },
    ];
    expect(compareIdentity(one, other)).toBe(expected);
    expect(compareIdentity(other, one)).toBe(expected);
    // What is not known is not proven.
    expect(isSameProcess(one, other)).toBe(expected === 'same');
  });

  it('has a key by the most exact that is known', () => {
    expect(identityKey({ pid: 7, startTicks: 5, startTime: 1 })).toBe('7:5');
    expect(identityKey({ pid: 7, fileTime: '6', startTime: 1 })).toBe('7:6');
    expect(identityKey({ pid: 7, uniqueId: '5', startTime: 1 })).toBe('7:5');
    expect(identityKey({ pid: 7, startTime: 1 })).toBe('7:1');
    expect(identityKey({ pid: 7 })).toBe('7:?');
  });

  it.each<[string, object, object, boolean]>([
    ['by ticks', { startTicks: 6 }, { startTicks: 5, startTime: 9000 }, true],
    ['not by the same ticks', { startTicks: 5, startTime: 9000 }, { startTicks: 5, startTime: 1 }, false],
    ['by FILETIME', { fileTime: '10' }, { fileTime: '9' }, true],
    ['not by the same FILETIME', { fileTime: '9', startTime: 9000 }, { fileTime: '9', startTime: 1 }, false],
    ['by time, where one has no ticks', { startTicks: 5, startTime: 9000 }, { startTime: 1000 }, true],
    ['by time, where one has no FILETIME', { fileTime: '5', startTime: 9000 }, { startTime: 1000 }, true],
    ['by a second', { startTime: 2000 }, { startTime: 1000 }, true],
    ['not by less than a second', { startTime: 1999 }, { startTime: 1000 }, false],
    ['not where one start is not known', { startTime: 2000 }, {}, false],
    ['not where the other is not', {}, { startTime: 1000 }, false],
  ])('is younger %s', (_, one, other, younger) => {
    expect(isYounger(one, other)).toBe(younger);
  });
});

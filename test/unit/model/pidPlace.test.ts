import { describe, expect, it } from 'vitest';
import { pidPlaceIn } from '../../../src/model/records/pidPlace';

/** The text before the pid, and the pid as it stands there. */
const place = (text: string, fileName = 'bot.pid'): [string, string] | undefined => {
  const found = pidPlaceIn(text, fileName);
  return found && [text.slice(0, found.start), text.slice(found.start, found.end)];
};

describe('where a record names its pid', () => {
  it.each([
    ['4242\n', ['', '4242']],
    ['   4242', ['   ', '4242']],
    ['004242\n', ['', '004242']],
    ['-4242\n/data\n', ['-', '4242']],
    ['pid 4242\n', ['pid ', '4242']],
    ['{"port":4242,"pid":4242}', ['{"port":4242,"pid":', '4242']],
    ['{ "processId": "4242" }', ['{ "processId": "', '4242']],
    ['---\npid: 4242\ncontrol_url: x', ['---\npid: ', '4242']],
    ['4242 tower', ['', '4242']],
    ['port=4242\nPID=4242\n', ['port=4242\nPID=', '4242']],
  ] as const)('%j', (text, expected) => expect(place(text)).toEqual(expected));

  it.each([
    ['', 'bot.pid'],
    ['no number', 'bot.pid'],
    ['pid: undefined', 'bot.pid'],
    ['', 'jpserver-4242.json'],
    ['{"port":4242}', 'bot.json'],
    // Its name says it, not its text.
    ['', 'server-4242.pid'],
  ])('nowhere: %j in %s', (text, name) => expect(place(text, name)).toBeUndefined());

  it('is not a part of a larger number', () => {
    expect(place('4242\n14242\n42420\n')).toEqual(['', '4242']);
    expect(place('{"version":"1.4242","pid":4242}')).toEqual(['{"version":"1.4242","pid":', '4242']);
  });
});

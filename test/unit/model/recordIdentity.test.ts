/** Which start, boot and clock speak against a live process, and which say nothing. */
import { expect, it } from 'vitest';
import type { HostFacts } from '../../../src/model/facts';
import { identify } from '../../../src/model/records/recordIdentity';
import type { PidRecord } from '../../../src/model/records/pidRecordTypes';
import { file, host, OLD, PID_PATH, proc } from './build';

const bot = proc(4242, 'python3 bot.py');
const { startTime: start = 0, startTicks: ticks = 0 } = bot;

/** In a file that is older than the process, and in one that was written while it ran. */
function reasons(fields: Partial<PidRecord>, more: Partial<HostFacts> = {}): string[] {
  return [OLD.file, file(PID_PATH)].map((of) => {
    const found = identify({ shape: 'integer', pid: 4242, ...fields }, bot, of, host(more));
    return 'isLater' in found ? `${found.reason}, later` : found.reason;
  });
}

it.each<[string, Partial<PidRecord>, Partial<HostFacts>, string[]]>([
  ['another boot', { bootId: 'a' }, { bootId: 'b' }, ['otherBoot', 'alive, later']],
  ['a boot, where this one has no name', { bootId: 'a' }, {}, ['startedAfterWrite', 'alive']],
  ['no boot', {}, { bootId: 'b' }, ['startedAfterWrite', 'alive']],
  ['earlier ticks', { startTicks: ticks - 1 }, {}, ['startTicksDiffer', 'alive, later']],
  ['an earlier time', { startedAt: start - 60_000 }, {}, ['startedAfterRecord', 'alive, later']],
  [
    'earlier ticks that may be its time',
    { startTicks: ticks - 1, startedAt: start },
    {},
    ['startedAfterWrite', 'alive'],
  ],
  [
    'earlier ticks of unknown unit',
    { startTicks: ticks - 1, startUnit: 'unknown' },
    {},
    ['startedAfterWrite', 'alive'],
  ],
  [
    'an earlier time of unknown unit',
    { startedAt: start - 60_000, startUnit: 'unknown' },
    {},
    ['startedAfterWrite', 'alive'],
  ],
  ['its ticks', { startTicks: ticks }, {}, ['startTicksEqual', 'startTicksEqual']],
  [
    'its ticks of unknown unit',
    { startTicks: ticks, startUnit: 'unknown' },
    {},
    ['startedAfterWrite', 'alive'],
  ],
])('a record of %s', (_, fields, more, expected) => {
  expect(reasons(fields, more)).toEqual(expected);
});

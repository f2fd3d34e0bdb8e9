import { expect, it } from 'vitest';
import type { Liveness } from '../../../src/model/facts';
import { parsePidRecord } from '../../../src/model/records/pidRecord';
import { withLiveness } from '../../../src/model/records/pidRecordLiveness';
import { alive, gone, proc } from './build';

const spokenFor = (content: string, states: Readonly<Record<number, Liveness>>): number | undefined =>
  withLiveness(parsePidRecord({ fileName: 'workers.pid', content }), (pid) => states[pid] ?? gone).record.pid;

it.each<[string, Liveness]>([
  ['group', { state: 'dead', why: 'gone', groupRuns: [98] }],
  ['family', { state: 'dead', why: 'gone', childrenRun: [proc(98, 'worker')] }],
])('of several numbers that have ended, the one whose %s runs speaks for the record', (_, left) => {
  expect(spokenFor('4242\n17', { 17: left })).toBe(17);
  expect(spokenFor(JSON.stringify({ pid: 4242, pgid: 17 }), { 17: left })).toBe(17);
  // Near misses: one that lives comes first, and without any the first is named.
  expect(spokenFor('4242\n17\n98', { 17: left, 98: alive(proc(98, 'worker')) })).toBe(98);
  expect(spokenFor('4242\n17', {})).toBe(4242);
});

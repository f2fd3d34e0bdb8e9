import { describe, expect, it } from 'vitest';
import type { Liveness } from '../../../src/model/facts';
import { parsePidRecord } from '../../../src/model/records/pidRecord';
import { withLiveness } from '../../../src/model/records/pidRecordLiveness';
import { alive, gone, proc } from './build';

const unavailable: Liveness = { state: 'unavailable', reason: 'EIO reading /proc/17/stat' };
const live = (pid: number): Liveness => alive(proc(pid, 'worker'));

function judged(content: string, states: Readonly<Record<number, Liveness>>) {
  const record = parsePidRecord({ fileName: 'workers.pid', content });
  const asked: number[] = [];
  const facts = withLiveness(record, (pid) => {
    asked.push(pid);
    return states[pid] ?? gone;
  });
  return [facts.record.pid, facts.liveness?.state, asked];
}

describe('the process that speaks for a record', () => {
  it('is the first that lives, and no other is asked for after it', () => {
    expect(judged('4242\n17\n98', { 17: live(17), 98: live(98) })).toEqual([17, 'alive', [4242, 17]]);
    expect(judged('4242\n17\n98', { 4242: live(4242), 98: live(98) })).toEqual([4242, 'alive', [4242]]);
    expect(judged('4242\n17\n98', { 17: unavailable, 98: live(98) })).toEqual([98, 'alive', [4242, 17, 98]]);
  });

  it('is one that could not be looked up where none lives: then the record is not dead', () => {
    expect(judged('4242\n17\n98', { 17: unavailable })).toEqual([17, 'unavailable', [4242, 17, 98]]);
    expect(judged('4242\n17', { 4242: unavailable })).toEqual([4242, 'unavailable', [4242, 17]]);
  });

  it('is the first where all are gone, and none where there is no pid', () => {
    expect(judged('4242\n17\n98', {})).toEqual([4242, 'dead', [4242, 17, 98]]);
    expect(judged('4242', {})).toEqual([4242, 'dead', [4242]]);
    expect(judged('1769850307', {})).toEqual([undefined, undefined, []]);
  });

  it.each([
    'childPid',
    'child_pid',
    'workerPid',
    'serverPid',
    'daemonPID',
    'backend_pid',
    'gatewayPid',
    'botpid',
    'pids',
  ])('is the %s of fields where the first is gone', (key) => {
    const content = JSON.stringify({ pid: 4242, [key]: 17 });
    expect(judged(content, { 17: live(17) })).toEqual([17, 'alive', [4242, 17]]);
    expect(judged(content, {})).toEqual([4242, 'dead', [4242, 17]]);
    const lines = `pid=4242\n${key}: 17\n`;
    expect(judged(lines, { 17: live(17) })).toEqual([17, 'alive', [4242, 17]]);
  });

  it.each<[string, unknown]>([
    ['workers', [17]],
    ['workers', [{ pid: 17 }]],
    ['pids', [4242, 17]],
    ['pids', '4242 17'],
    ['pids', '4242,17'],
    ['server', { pid: 17, port: 3000 }],
    ['children', [{ name: 'x', pid: '17' }]],
  ])('is one of the %s %j', (key, value) => {
    const content = JSON.stringify({ pid: 4242, [key]: value });
    expect(judged(content, { 17: live(17) })).toEqual([17, 'alive', [4242, 17]]);
  });

  it.each<[string, unknown]>([
    ['sockets', [17]],
    ['parent', { pid: 17 }],
    ['server', { port: 17 }],
    ['launcherPid', [17]],
    ['pids', '17 x'],
    ['server', null],
  ])('is none of the %s %j', (key, value) => {
    const content = JSON.stringify({ pid: 4242, [key]: value });
    expect(judged(content, { 17: live(17) })).toEqual([4242, 'dead', [4242]]);
  });

  it.each(['ppid', 'parentPid', 'pidFile', 'children', 'workers', 'shellPid', 'previousPid'])(
    'is no %s of fields',
    (key) => {
      expect(judged(JSON.stringify({ pid: 4242, [key]: 17 }), { 17: live(17) })).toEqual([
        4242,
        'dead',
        [4242],
      ]);
    },
  );

  it('is no part of fields that name no process, nor a part that is no pid', () => {
    expect(judged('{"childPid":17}', { 17: live(17) })).toEqual([undefined, undefined, []]);
    expect(judged('{"pid":4242,"childPid":"x"}', {})).toEqual([4242, 'dead', [4242]]);
    expect(judged('{"pid":4242,"childPid":4242}', {})).toEqual([4242, 'dead', [4242]]);
  });

  it('takes nothing over from the first but where both run', () => {
    const fields = {
      pid: 4242,
      childPid: 17,
      startTicks: 12345678,
      argv: ['python3', 'bot.py'],
      host: 'tower',
    };
    const record = parsePidRecord({ fileName: 'bot.pid', content: JSON.stringify(fields) });
    expect(record).toMatchObject({ startTicks: 12345678, argv: fields.argv });
    expect(withLiveness(record, (pid) => (pid === 17 ? live(17) : gone)).record).toEqual({
      ...{ shape: 'json', pid: 17, pids: [4242, 17], host: 'tower' },
    });
  });

  it('leaves the list of all in its record', () => {
    const record = parsePidRecord({ fileName: 'workers.pid', content: '4242\n17' });
    expect(withLiveness(record, (pid) => (pid === 17 ? live(17) : gone)).record).toEqual({
      ...record,
      pid: 17,
    });
    expect(withLiveness(record, () => gone).record).toBe(record);
  });
});

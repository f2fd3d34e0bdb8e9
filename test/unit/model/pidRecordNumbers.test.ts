/** Which numbers in a record may be pids: the near misses, by the functions that read them. */
import { expect, it } from 'vitest';
import { numbersInJson, numbersInLines, withNumbers } from '../../../src/model/records/pidRecordNumbers';

it.each<[unknown, number[]]>([
  // Keys themselves, also the topmost.
  [{ 17: 'busy' }, [17]],
  [{ names: { 17: 'busy' } }, [17]],
  [{ ports: { 17: 'busy' } }, []],
  // A key that ends in pid, in one word with others.
  [{ childpids: { port: 17 } }, [17]],
  [{ port_pid: 17 }, [17]],
  [{ pid_by_role: { port: 17 } }, [17]],
  [{ pids_by_role: { port: 17 } }, [17]],
  [{ by_role: { port: 17 } }, []],
  // One process with its pid, among processes.
  [{ workers: { a: { pid: 16, port: 17 } } }, [16]],
  [{ workers: { a: { port: 17 } } }, [17]],
  // A text with JSON, or with what looks like it.
  [{ note: '{"port": 17}' }, []],
  [{ note: '{"port" : 17}' }, []],
  [{ note: '{"port":17}' }, []],
  [{ note: "{'port': 17}" }, []],
  [{ note: '{"child": 17}' }, [17]],
  [{ note: '"port 17"' }, [17]],
  [{ note: '(port:  17)' }, []],
  [{ note: 'job[1]=>17' }, [1, 17]],
  [{ note: '(w=17.5)' }, [5]],
  [{ note: '(run/port: 17)' }, [17]],
  [{ note: '(port:x 17)' }, [17]],
  [{ note: '/proc/0/exe /proc/17/exe' }, [17]],
  [{ note: '<pid></pid> <pid>17</pid>' }, [17]],
])('in the JSON %j: %j', (json, numbers) => {
  expect(numbersInJson(json).sort((a, b) => a - b)).toEqual(numbers);
});

it.each<[string, number[]]>([
  // A comment is read without its marks, and is no key of what follows.
  ['#  port of x: 17', []],
  ['## port of x: 17', []],
  ['# worker: 17', [17]],
  ['# port:\n  - 17', [17]],
  ['list:\n  # port:\n  - 17', [17]],
  // A key with nothing but a comment stands above what follows.
  ['ports: # of the web\n  - 17', []],
  ['ports:   # of the web\n  - 17', []],
  ['ports: 80 #\n  - 17', [17]],
  // What stands less far in than a key does not belong to it.
  ['list:\n    port:\n  - 17', [17]],
  ['list:\n    port:\n  x: 17', [17]],
  ['all:\n  list:\n      port:\n    - 17', [17]],
  ['all:\n  list:\n      port:\n      - 17', []],
  ['port:\nx: 17', [17]],
  ['port:\n x: 17', []],
  ['list:\n  - port:\n    child: 17', [17]],
  ['list:\n  - port:\n      child: 17', []],
  ['port:\n\n  - 17', []],
  // What begins with a bracket is a list, what has one is a text.
  ['started: [17]', [17]],
  ['started: at [17]', []],
])('in the lines %j: %j', (text, numbers) => {
  expect(numbersInLines(text.split('\n'))).toEqual(numbers);
});

it('numbers are those beside the pids, once each, and none of a record without a pid', () => {
  const record = { shape: 'json', pid: 42, pids: [42, 43], startTicks: 99, mayBeTicks: 98 } as const;
  expect(withNumbers(record, [42, 43, 99, 98, 1, 17, 17])).toEqual({ ...record, others: [17] });
  expect(withNumbers(record, [42, 1])).toBe(record);
  const empty = { shape: 'none' } as const;
  expect(withNumbers(empty, [17])).toBe(empty);
});

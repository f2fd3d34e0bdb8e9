import { describe, expect, it } from 'vitest';
import type { Liveness, ProcessFacts } from '../../../src/model/facts';
import { parsePidRecord } from '../../../src/model/records/pidRecord';
import { withLiveness } from '../../../src/model/records/pidRecordLiveness';
import { ForgottenRecords, namedNow, NOT_NAMED, type Named } from '../../../src/os/observer/formerOwners';
import { alive, file, gone, host, PID_PATH, proc, without, type OLD } from '../model/build';

interface Moment {
  content: string;
  runs: readonly ProcessFacts[];
  file?: (typeof OLD)['file'];
  unread?: number;
  nested?: boolean;
}

/** Who of before still runs at the last of these moments, as it runs then. */
function formerAt(...moments: readonly Moment[]): Named {
  let named: Named = NOT_NAMED;
  let former: Named = [];
  for (const { content, runs, file: at = file(PID_PATH, { writtenAgo: 60 }), unread, nested } of moments) {
    const liveness = (pid: number): Liveness => {
      if (pid === unread) return { state: 'unavailable', reason: 'EIO' };
      const one = runs.find((process) => process.pid === pid);
      return one === undefined ? gone : alive(one);
    };
    const record = withLiveness(parsePidRecord({ fileName: 'web.pid', content }), liveness);
    const processes = { liveness, host: host({ nestedPidNamespace: nested === true }) };
    ({ named, former } = namedNow(named, record, at, processes));
  }
  return former;
}

const first = proc(4242, 'python web.py');
const second = proc(4300, 'python web.py', { startedAgo: 60 });

describe('whom a record named before', () => {
  it.each<[string, readonly Moment[], number[]]>([
    [
      'is remembered when a second start has rewritten it, and ended',
      [
        { content: '4242', runs: [first] },
        { content: '4300', runs: [first] },
      ],
      [4242],
    ],
    [
      'also where that was seen to run, and later still',
      [
        { content: '4242', runs: [first] },
        { content: '4300', runs: [first, second] },
        { content: '4300', runs: [first] },
        { content: '4301', runs: [first] },
      ],
      [4242],
    ],
    [
      'is nothing once it has ended',
      [
        { content: '4242', runs: [first] },
        { content: '4300', runs: [second] },
      ],
      [],
    ],
    [
      'is nothing where another process has its number',
      [
        { content: '4242', runs: [first] },
        { content: '4300', runs: [proc(4242, 'vim', { startedAgo: 5 })] },
      ],
      [],
    ],
    [
      'is kept where it cannot be looked up',
      [
        { content: '4242', runs: [first] },
        { content: '4300', runs: [], unread: 4242 },
      ],
      [4242],
    ],
    [
      'is not who is named again, by any number in it',
      [
        { content: '4242', runs: [first] },
        { content: '4300', runs: [first] },
        { content: '4242', runs: [first] },
      ],
      [],
    ],
    [
      'is not who had the number later than the record',
      [
        { content: '4242', runs: [first], file: file(PID_PATH, { writtenAgo: 86_400 }) },
        { content: '4300', runs: [first] },
      ],
      [],
    ],
    [
      'is not the first process of a machine',
      [
        { content: '1', runs: [proc(1, 'init')] },
        { content: '4300', runs: [proc(1, 'init')] },
      ],
      [],
    ],
    [
      'is the first process of a container, which may be the service',
      [
        { content: '1', runs: [proc(1, 'python web.py')], nested: true },
        { content: '4300', runs: [proc(1, 'python web.py')], nested: true },
      ],
      [1],
    ],
    [
      'is not a number that only stood beside the pid',
      [
        { content: 'pid: 4300\nworker-4242: up\n', runs: [first] },
        { content: '4301', runs: [first] },
      ],
      [],
    ],
    [
      'is each of several that it named at once',
      [
        { content: '4242 4300\n', runs: [first, second] },
        { content: '4301', runs: [first, second] },
      ],
      [4242, 4300],
    ],
    [
      'is not who is one of several that it names now',
      [
        { content: '4242', runs: [first] },
        { content: '4300 4242\n', runs: [first, second] },
      ],
      [],
    ],
    [
      'is not who has the number that it names otherwise now',
      [
        { content: '4242', runs: [first] },
        { content: 'pid: 4300\nworker-4242: up\n', runs: [first, second] },
      ],
      [],
    ],
    [
      'is one of whose start too little is known, while nothing speaks against it',
      [
        { content: '4242', runs: [without(first, 'startTicks', 'startTime')] },
        { content: '4300', runs: [without(first, 'startTicks', 'startTime')] },
      ],
      [4242],
    ],
  ])('%s', (_, moments, pids) => {
    expect(formerAt(...moments).map(({ pid }) => pid)).toEqual(pids);
  });

  it('is said as it runs now', () => {
    const renamed = { ...first, comm: 'web-2' };
    const former = formerAt({ content: '4242', runs: [first] }, { content: '4300', runs: [renamed] });
    expect(former).toEqual([renamed]);
  });

  it('is remembered of the last ones that it named, and no more', () => {
    const all = Array.from({ length: 20 }, (_, index) => proc(5000 + index, 'python web.py'));
    const former = formerAt(...all.map(({ pid }) => ({ content: String(pid), runs: all })));
    expect(former.map(({ pid }) => pid)).toEqual(all.slice(3, 19).map(({ pid }) => pid));
  });

  it('is remembered of the last paths, as many as named someone', () => {
    const forgotten = new ForgottenRecords();
    forgotten.keep('/x/web.pid', [first]);
    for (let i = 0; i < 300; i++) forgotten.keep(`/x/${i}.pid`, NOT_NAMED);
    for (let i = 0; i < 255; i++) forgotten.keep(`/x/${i}.pid`, [second]);
    expect(forgotten.take('/x/web.pid')).toEqual([first]);
    for (let i = 0; i < 257; i++) forgotten.keep(`/y/${i}.pid`, [second]);
    expect([forgotten.take('/y/0.pid'), forgotten.take('/y/1.pid')]).toEqual([[], [second]]);
  });

  it('is remembered of a path that a pattern meets again', () => {
    const forgotten = new ForgottenRecords();
    forgotten.keep('/x/web.pid', [first]);
    expect(forgotten.take('/x/web.pid')).toEqual([first]);
    expect(forgotten.take('/x/web.pid')).toEqual([]);
    for (let i = 0; i < 300; i++) forgotten.keep(`/x/${i}.pid`, [first]);
    expect([forgotten.take('/x/0.pid'), forgotten.take('/x/299.pid')]).toEqual([[], [first]]);
  });
});

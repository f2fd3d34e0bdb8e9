import * as os from 'node:os';
import { describe, expect, it } from 'vitest';
import type { ProcessFacts } from '../../../src/model/facts';
import { DarwinProcessListing } from '../../../src/os/darwin/processTable';
import type { Native } from '../../../src/os/darwin/native';
import type { ListedProcess } from '../../../src/os/native/darwin/calls';

const OWN = os.userInfo().uid;
const bare: ListedProcess = {
  ...{ pid: 501, ppid: 1, pgid: 501, uid: OWN, name: 'python3', uniqueId: '50', idVersion: 7, state: 'R' },
  exe: '/opt/my tools/python3',
};
const own: ListedProcess = { ...bare, startTime: 1_763_630_101_250, argv: ['python3', 'my bot.py'] };
const daemon: ListedProcess = { ...bare, pid: 80, uid: OWN + 1, name: 'botd', uniqueId: '8' };
const said: ProcessFacts = {
  ...{ pid: 80, ppid: 1, pgid: 80, uid: OWN + 1, user: '_bot', state: 'S', comm: 'python3', startTime: 5000 },
  argv: ['/opt/my', 'tools/python3', 'bot.py'],
};

const world = (
  answers: (readonly ListedProcess[] | 'missing')[],
  ps: () => ProcessFacts[] | Error = () => [said],
) => {
  const asked: string[] = [];
  let round = 0;
  const ask = (call: string): Promise<unknown> => {
    const answer = answers[Math.min(round++, answers.length - 1)];
    return Promise.resolve(
      answer === 'missing' || answer === undefined
        ? { why: 'no koffi', isLost: false }
        : { answer: call === 'processes' ? answer : [[501, '/from/helper']] },
    );
  };
  const native: Native = { ask: ask as Native['ask'] };
  const listing = new DarwinProcessListing(native, {
    list: () => {
      asked.push('list');
      return Promise.resolve([said]);
    },
    details: (pids) => {
      asked.push(`ps ${pids.join(',')}`);
      const found = ps();
      return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
    },
    cwds: (pids) => Promise.resolve(new Map([[pids[0] ?? 0, '/from/lsof']])),
  });
  return { listing, asked };
};

describe('the processes of macOS', () => {
  it('come from the helper, exact, and ps is not run for them', async () => {
    const { listing, asked } = world([[own]]);
    expect(await listing.list()).toEqual([
      {
        ...{ pid: 501, ppid: 1, pgid: 501, uid: OWN, uniqueId: '50', comm: 'python3', state: 'R' },
        ...{ argv: ['python3', 'my bot.py'], exe: '/opt/my tools/python3', startTime: 1_763_630_101_250 },
        user: os.userInfo().username,
      },
    ]);
    expect(asked).toEqual([]);
    expect(await listing.cwds([501])).toEqual(new Map([[501, '/from/helper']]));
  });

  it('of other users have from ps what the kernel does not give, asked once for each program', async () => {
    const other = { ...daemon, idVersion: 9 };
    const { listing, asked } = world([[own, daemon], [own, daemon], [own, other], [own], [own, daemon]]);
    const [, first] = await listing.list();
    expect(first).toMatchObject({
      ...{ pid: 80, uniqueId: '8', comm: 'botd', user: '_bot', startTime: 5000 },
      argv: ['/opt/my tools/python3', 'bot.py'],
    });
    await listing.list();
    expect(asked).toEqual(['ps 80']);
    await listing.list();
    expect(asked).toEqual(['ps 80', 'ps 80']);
    await listing.list();
    await listing.list();
    expect(asked).toEqual(['ps 80', 'ps 80', 'ps 80']);
  });

  it.each<[string, ListedProcess, string[]]>([
    ['that has written over its arguments', { ...bare, pid: 80, uniqueId: '8', startTime: 4000 }, ['ps 80']],
    ['whose start is not given', { ...bare, pid: 80, uniqueId: '8', argv: ['a'] }, ['ps 80']],
    ['that has ended and is not waited for', { ...bare, pid: 80, uniqueId: '8', state: 'Z' }, []],
  ])('are completed by ps: one %s', async (_, process, expected) => {
    const { listing, asked } = world([[process]]);
    const [facts] = await listing.list();
    expect(asked).toEqual(expected);
    expect(facts?.startTime).toBe(process.startTime ?? (expected.length > 0 ? 5000 : undefined));
    expect(facts?.argv).toEqual(
      process.argv ?? (expected.length > 0 ? ['/opt/my tools/python3', 'bot.py'] : []),
    );
  });

  it('have nothing from ps of a number that has passed on, and are asked about again', async () => {
    const { listing, asked } = world([[daemon]], () => [{ ...said, ppid: 7 }]);
    expect((await listing.list())[0]).toMatchObject({ argv: [], uniqueId: '8' });
    expect((await listing.list())[0]).not.toHaveProperty('startTime');
    expect(asked).toEqual(['ps 80', 'ps 80']);
  });

  it('are shown without arguments where ps cannot be run', async () => {
    const { listing } = world([[own, daemon]], () => new Error('ps: not found'));
    expect((await listing.list()).map(({ pid, argv }) => [pid, argv.length])).toEqual([
      [501, 2],
      [80, 0],
    ]);
  });

  it('and their folders come from ps and lsof where the helper gives no answer', async () => {
    const { listing, asked } = world(['missing']);
    expect(await listing.list()).toEqual([said]);
    expect(asked).toEqual(['list']);
    expect(await listing.cwds([80])).toEqual(new Map([[80, '/from/lsof']]));
    const none = new DarwinProcessListing(undefined, {
      list: () => Promise.resolve([said]),
      details: () => Promise.resolve([]),
      cwds: () => Promise.resolve(new Map()),
    });
    expect(await none.list()).toEqual([said]);
    expect(await none.cwds([80])).toEqual(new Map());
  });
});

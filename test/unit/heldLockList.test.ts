import { describe, expect, it } from 'vitest';
import {
  KnownLocks,
  NumberedLocks,
  type HeldLockList,
  type HeldLockQuestions,
} from '../../src/monitor/heldLockList';
import type { HeldLock } from '../../src/os/platform';

const list = (...paths: string[]): readonly HeldLock[] =>
  paths.map((path) => ({
    id: path,
    kind: 'flock',
    access: 'write',
    path,
    deletedInode: false,
    holders: [],
    waiters: [],
  }));

/** What a main thread asks of a worker's list, over a port that copies. */
const asking = (
  worker: NumberedLocks,
  present: () => readonly HeldLock[],
  sent: HeldLockList[] = [],
): HeldLockQuestions => ({
  since: (known) => {
    const answer = structuredClone(worker.since(known, present()));
    sent.push(answer);
    return Promise.resolve(answer);
  },
  after: (from) => Promise.resolve(structuredClone(worker.after(from))),
});

describe('the list of held locks', () => {
  it('is sent again only when it is another, and is the same array until then', async () => {
    const main = new KnownLocks();
    const sent: HeldLockList[] = [];
    let present = list('/a');
    const questions = asking(new NumberedLocks(), () => present, sent);
    const first = await main.update(questions);
    expect(first).toEqual(present);
    expect(await main.update(questions)).toBe(first);
    expect(sent.map(({ locks }) => locks?.length)).toEqual([1, undefined]);
    present = list('/a', '/b');
    expect(await main.update(questions)).toEqual(present);
    expect(sent.at(-1)?.locks).toHaveLength(2);
  });

  it('is sent whole to a main thread that has another thread’s', async () => {
    const main = new KnownLocks();
    await main.update(asking(new NumberedLocks(), () => list('/a')));
    main.forget();
    expect(await main.update(asking(new NumberedLocks(), () => list('/b')))).toEqual(list('/b'));
  });

  it('comes in parts when it is long, and whole all the same', async () => {
    const main = new KnownLocks();
    const sent: HeldLockList[] = [];
    const present = list(...Array.from({ length: 1234 }, (_, index) => `/${index}`));
    const questions = asking(new NumberedLocks(), () => present, sent);
    const parts: number[] = [];
    const got = await main.update({
      ...questions,
      after: async (from) => {
        const part = await questions.after(from);
        parts.push(part.length);
        return part;
      },
    });
    expect(got).toEqual(present);
    expect(Math.max(sent[0]?.locks?.length ?? Infinity, ...parts)).toBeLessThanOrEqual(100);
  });

  it('is never made of the parts of two, though it is asked for again meanwhile', async () => {
    const main = new KnownLocks();
    const old = list(...Array.from({ length: 200 }, (_, index) => `/old/${index}`));
    const young = list(...Array.from({ length: 200 }, (_, index) => `/new/${index}`));
    let present = old;
    const questions = asking(new NumberedLocks(), () => present);
    const first = main.update({
      ...questions,
      since: async (known) => {
        const answer = await questions.since(known);
        present = young;
        return answer;
      },
    });
    const second = main.update(questions);
    expect(await first).toEqual(old);
    expect(await second).toEqual(young);
  });
});

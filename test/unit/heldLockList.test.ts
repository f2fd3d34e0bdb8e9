import { describe, expect, it } from 'vitest';
import { KnownLocks, NumberedLocks, type HeldLockList } from '../../src/monitor/heldLockList';
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

describe('the list of held locks', () => {
  it('is sent again only when it is another, and is the same array until then', async () => {
    const worker = new NumberedLocks();
    const main = new KnownLocks();
    const sent: HeldLockList[] = [];
    let present = list('/a');
    const ask = (): Promise<readonly HeldLock[]> =>
      main.update((known) => {
        const answer = structuredClone(worker.since(known, present));
        sent.push(answer);
        return Promise.resolve(answer);
      });
    const first = await ask();
    expect(first).toEqual(present);
    expect(await ask()).toBe(first);
    expect(sent.map(({ locks }) => locks?.length)).toEqual([1, undefined]);
    present = list('/a', '/b');
    expect(await ask()).toEqual(present);
    expect(sent.at(-1)?.locks).toHaveLength(2);
  });

  it('is sent whole to a main thread that has another thread’s', async () => {
    const main = new KnownLocks();
    const ask = (worker: NumberedLocks, locks: readonly HeldLock[]): Promise<readonly HeldLock[]> =>
      main.update((known) => Promise.resolve(worker.since(known, locks)));
    await ask(new NumberedLocks(), list('/a'));
    main.forget();
    expect(await ask(new NumberedLocks(), list('/b'))).toEqual(list('/b'));
  });
});

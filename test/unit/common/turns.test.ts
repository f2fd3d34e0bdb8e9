import { describe, expect, it } from 'vitest';
import { Later } from '../../../src/common/later';
import { inTurns, type Steps } from '../../../src/common/steps';
import { yieldToEventLoop } from '../../../src/common/yieldToEventLoop';

/** Keeps the thread for so long. */
function keepThread(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** Notes each turn of the loop among what happens, until it is told to stop. */
function noteTurns(log: string[]): () => void {
  let next = setImmediate(function turn() {
    log.push('turn');
    next = setImmediate(turn);
  });
  return () => clearImmediate(next);
}

describe('turns of the event loop', () => {
  it('are one for each that waits', async () => {
    const log: string[] = [];
    const waiting = ['a', 'b', 'c'].map((name) => yieldToEventLoop().then(() => log.push(name)));
    const stop = noteTurns(log);
    await Promise.all(waiting);
    stop();
    expect(log).toEqual(['a', 'turn', 'b', 'turn', 'c']);
  });

  it('are shared by all that works in steps: what one has used, another has not', async () => {
    const log: string[] = [];
    function* long(name: string): Steps<void> {
      for (let step = 0; step < 3; step += 1) {
        keepThread(1);
        log.push(name);
        yield;
      }
    }
    const stop = noteTurns(log);
    await Promise.all([inTurns(long('a')), inTurns(long('b'))]);
    stop();
    // The first step of each is done where it is asked for.
    expect(log.join(' ')).toMatch(/^a b turn a turn b turn a turn b\b(?! [ab])/);
  });

  it('have many steps that take no time', async () => {
    function* short(): Steps<number> {
      for (let step = 0; step < 2000; step += 1) yield;
      return 2000;
    }
    const log: string[] = [];
    const stop = noteTurns(log);
    expect(await inTurns(short())).toBe(2000);
    stop();
    expect(log.length).toBeLessThan(200);
  });
});

describe('what is asked for all at once', () => {
  it('is done in order, in later turns, no more in one than have time', async () => {
    const later = new Later();
    const log: string[] = [];
    const asked = [1, 2, 3, 4].map((each) =>
      later.do(() => {
        keepThread(1);
        log.push(String(each));
        return each;
      }),
    );
    expect(log).toEqual([]);
    const stop = noteTurns(log);
    expect(await Promise.all(asked)).toEqual([1, 2, 3, 4]);
    stop();
    expect(log).toEqual(['1', 'turn', '2', 'turn', '3', 'turn', '4']);
  });

  it('goes on behind what fails', async () => {
    const later = new Later();
    const failing = later.do(() => {
      throw new Error('this one');
    });
    const next = later.do(() => 'next');
    await expect(failing).rejects.toThrow('this one');
    expect(await next).toBe('next');
    expect(await later.do(() => 'last')).toBe('last');
  });
});

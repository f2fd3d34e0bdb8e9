import { describe, expect, it } from 'vitest';
import { drain, sortSteps, whenMade, type Steps } from '../../../src/common/steps';

interface Item {
  key: number;
  at: number;
}

const byKey = (a: Item, b: Item): number => a.key - b.key;
const items = (keys: readonly number[]): Item[] => keys.map((key, at) => ({ key, at }));

/** The most comparisons between two interruptions. */
function longest(list: readonly Item[]): { sorted: Item[]; most: number } {
  let [now, most] = [0, 0];
  const steps = sortSteps(list, (a, b) => {
    now += 1;
    most = Math.max(most, now);
    return byKey(a, b);
  });
  for (;;) {
    const step = steps.next();
    if (step.done === true) return { sorted: step.value, most };
    now = 0;
  }
}

describe('sorting in steps', () => {
  it.each([0, 1, 2, 63, 64, 65, 1000, 3001])('gives what sorting gives, equals as they came: %i', (count) => {
    // Of a few values each comes often.
    const list = items(Array.from({ length: count }, (_, index) => (index * 7919) % 101));
    expect(drain(sortSteps(list, byKey))).toEqual([...list].sort(byKey));
  });

  it('leaves the list as it was', () => {
    const list = items([3, 1, 2]);
    drain(sortSteps(list, byKey));
    expect(list.map(({ key }) => key)).toEqual([3, 1, 2]);
  });

  it('interrupts itself before it has compared thousands of times', () => {
    const list = items(Array.from({ length: 5000 }, (_, index) => (index * 7919) % 4999));
    const { sorted, most } = longest(list);
    expect(sorted).toEqual([...list].sort(byKey));
    expect(most).toBeLessThan(1000);
  });
});

describe('what is made in steps', () => {
  function* made(steps: number): Steps<string> {
    for (let step = 1; step < steps; step += 1) yield;
    return 'made';
  }

  it('is there at once where it takes one step', () => {
    const heard: string[] = [];
    whenMade(made(1), (text) => heard.push(text));
    expect(heard).toEqual(['made']);
  });

  it('comes in a later turn of the loop where it takes more', async () => {
    const heard: string[] = [];
    const all = new Promise<void>((resolve) =>
      whenMade(made(3), (text) => {
        heard.push(text);
        resolve();
      }),
    );
    expect(heard).toEqual([]);
    await all;
    expect(heard).toEqual(['made']);
  });
});

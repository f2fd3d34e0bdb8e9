import { describe, expect, it } from 'vitest';
import { yieldToEventLoop } from '../../src/common/yieldToEventLoop';
import type { MonitorChange } from '../../src/monitor/monitor';
import { Portions } from '../../src/monitor/portions';

const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `s${index}`);

/** What is announced of so many services, until nothing more follows; `others`: turns that others had between. */
async function announced(
  count: number,
  work: () => void,
): Promise<{ heard: MonitorChange[]; others: number }> {
  const heard: MonitorChange[] = [];
  let others = 0;
  await new Promise<void>((resolve) => {
    const other = (): void => {
      others += 1;
      if (heard.at(-1)?.more !== false) setImmediate(other);
    };
    setImmediate(other);
    const portions = new Portions((change) => {
      heard.push(change);
      work();
      if (!change.more) resolve();
    });
    portions.add(ids(count), true);
  });
  return { heard, others };
}

const nothing = (): void => undefined;

function aMillisecond(): void {
  const end = performance.now() + 1;
  while (performance.now() < end);
}

describe('changes of many services', () => {
  it('are announced each once, and that services came with the last', async () => {
    const { heard } = await announced(500, nothing);
    expect(heard.flatMap(({ changed }) => changed)).toEqual(ids(500));
    expect(heard.filter(({ membership }) => membership)).toEqual([heard.at(-1)]);
    expect(heard.filter(({ more }) => !more)).toEqual([heard.at(-1)]);
  });

  it('of few are announced before the call returns', () => {
    const heard: MonitorChange[] = [];
    new Portions((change) => heard.push(change)).add(['a', 'b'], false);
    expect(heard).toEqual([{ changed: ['a', 'b'], membership: false, more: false }]);
  });

  it('let others have the thread, the more often the longer those who hear of them take', async () => {
    const { heard, others } = await announced(60, aMillisecond);
    expect(others).toBeGreaterThanOrEqual(heard.length - 1);
  });

  it('end with the monitor', async () => {
    const heard: MonitorChange[] = [];
    const portions = new Portions((change) => {
      heard.push(change);
      aMillisecond();
    });
    portions.add(ids(60), true);
    portions.close();
    for (let turn = 0; turn < 5; turn += 1) await yieldToEventLoop();
    expect(heard).toHaveLength(1);
  });
});

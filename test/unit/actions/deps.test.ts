import { describe, expect, it } from 'vitest';
import { timedLog, waitByTimer } from '../../../src/actions/deps';

describe('waiting by a timer', () => {
  it('takes its time', async () => {
    const began = performance.now();
    await waitByTimer(30);
    expect(performance.now() - began).toBeGreaterThanOrEqual(28);
  });

  it('ends at once when it is aborted, before or meanwhile, and holds on to nothing', async () => {
    const abort = new AbortController();
    const listeners: string[] = [];
    const { signal } = abort;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (type: string, ...rest: unknown[]) => {
      listeners.push(`+${type}`);
      (add as (...all: unknown[]) => void)(type, ...rest);
    };
    signal.removeEventListener = (type: string, ...rest: unknown[]) => {
      listeners.push(`-${type}`);
      (remove as (...all: unknown[]) => void)(type, ...rest);
    };
    await waitByTimer(1, signal);
    expect(listeners).toEqual(['+abort', '-abort']);
    const waiting = waitByTimer(60_000, signal);
    abort.abort();
    await waiting;
    await waitByTimer(60_000, signal);
    expect(listeners).toEqual(['+abort', '-abort', '+abort', '-abort']);
  });
});

it('a log says what it is about, and how long after its begin', () => {
  let now = 1000;
  const lines: string[] = [];
  const log = timedLog({ now: () => now, log: (text) => lines.push(text) }, 'clean up');
  log('one');
  now = 1012.34;
  log('two');
  expect(lines).toEqual(['clean up +0.0 ms: one', 'clean up +12.3 ms: two']);
});

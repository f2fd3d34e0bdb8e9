import { describe, expect, it } from 'vitest';
import { Pace } from '../../../src/os/probe/pace';

function paced() {
  let time = 0;
  const pace = new Pace<string>(() => time, { every: 2000, everyWhenFree: 10_000 });
  return { pace, at: (ms: number) => (time = ms) };
}

describe('the pace of the probe', () => {
  it('lets a file nobody has asked about be probed', () => {
    expect(paced().pace.recall('1:2', 'a')).toBeUndefined();
  });

  it('does not probe a held file again within two seconds, and does after', () => {
    const { pace, at } = paced();
    pace.remember('1:2', 'a', 'held', false);
    at(1999);
    expect(pace.recall('1:2', 'a')).toBe('held');
    at(2000);
    expect(pace.recall('1:2', 'a')).toBeUndefined();
  });

  it('leaves a free file alone for ten seconds', () => {
    const { pace, at } = paced();
    pace.remember('1:2', 'a', 'free', true);
    for (let ms = 500; ms < 10_000; ms += 500) {
      at(ms);
      expect(pace.recall('1:2', 'a')).toBe('free');
    }
    at(10_000);
    expect(pace.recall('1:2', 'a')).toBeUndefined();
  });

  it('never probes a free file twice in a row, however far apart the questions', () => {
    const { pace, at } = paced();
    pace.remember('1:2', 'a', 'free', true);
    at(60_000);
    expect(pace.recall('1:2', 'a')).toBe('free');
    at(120_000);
    expect(pace.recall('1:2', 'a')).toBeUndefined();
  });

  it('looks earlier, but not at once, at a free file that was written to', () => {
    const { pace, at } = paced();
    pace.remember('1:2', 'a', 'free', true);
    at(1000);
    expect(pace.recall('1:2', 'b')).toBe('free');
    at(2000);
    expect(pace.recall('1:2', 'b')).toBeUndefined();
  });

  it('counts another inode under the same name as another file', () => {
    const { pace } = paced();
    pace.remember('1:2', 'a', 'free', true);
    expect(pace.recall('1:3', 'a')).toBeUndefined();
  });

  it('forgets files that are not asked about any more', () => {
    const { pace, at } = paced();
    pace.remember('1:2', 'a', 'free', true);
    at(200_000);
    pace.remember('1:3', 'a', 'free', true);
    at(200_001);
    expect(pace.recall('1:2', 'a')).toBeUndefined();
    expect(pace.recall('1:3', 'a')).toBe('free');
  });
});

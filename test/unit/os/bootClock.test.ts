import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BootClock, measureBootTime } from '../../../src/os/linux/host';

describe.runIf(process.platform === 'linux')('start times from the boot clock', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('agree with the kernel’s own boot time, which has whole seconds', () => {
    const btime = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]) * 1000;
    expect(Math.abs((measureBootTime() ?? 0) - btime)).toBeLessThan(1_500);
  });

  it('put this process’s start before now and after the boot', () => {
    const clock = new BootClock();
    const stat = readFileSync('/proc/self/stat', 'latin1');
    const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
    const started = clock.startTime(ticks) ?? 0;
    expect(Math.abs(Date.now() - process.uptime() * 1000 - started)).toBeLessThan(2_000);
  });

  it('stay the same from tick to tick', () => {
    const clock = new BootClock();
    const before = clock.startTime(12_345);
    expect(clock.check()).toBe(false);
    expect(clock.startTime(12_345)).toBe(before);
  });

  it('follow a clock that was set, and tell by how much', () => {
    const clock = new BootClock();
    const before = clock.startTime(12_345) ?? 0;
    const real = Date.now.bind(Date);
    vi.spyOn(Date, 'now').mockImplementation(() => real() + 3_600_000);
    expect(clock.check()).toBe(true);
    expect(Math.abs((clock.startTime(12_345) ?? 0) - before - 3_600_000)).toBeLessThan(1_000);
    expect(Math.abs(clock.stepped - 3_600_000)).toBeLessThan(1_000);
    expect(clock.check()).toBe(false);
  });
});

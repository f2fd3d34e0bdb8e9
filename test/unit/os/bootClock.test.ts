import { readFileSync, statSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BootClock, bootWitnessOf, measureBootTime } from '../../../src/os/linux/processes/bootClock';

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
    const clock = new BootClock({});
    const before = clock.startTime(12_345) ?? 0;
    const real = Date.now.bind(Date);
    vi.spyOn(Date, 'now').mockImplementation(() => real() + 3_600_000);
    expect(clock.check()).toBe(true);
    expect(Math.abs((clock.startTime(12_345) ?? 0) - before - 3_600_000)).toBeLessThan(1_000);
    expect(Math.abs(clock.stepped - 3_600_000)).toBeLessThan(1_000);
    expect(clock.check()).toBe(false);
  });
});

describe('the wall clock’s witnesses of this boot', () => {
  const hour = 3_600_000;
  const boot = Date.UTC(2026, 10, 26, 7, 13, 10);

  it('are /sys on the machine itself, and the start of pid 1 beside the mount of /proc in a container', () => {
    expect(bootWitnessOf({ sys: boot + 200, proc: boot + 900, initTicks: 6 })).toBe(boot + 200);
    // A container two hours later, with a network and so a sysfs of its own.
    const started = boot + 2 * hour;
    expect(bootWitnessOf({ sys: started + 80, proc: started + 50, initTicks: (2 * hour) / 10 })).toBe(
      boot + 50,
    );
    // The host's network: its /sys is the host's.
    expect(bootWitnessOf({ sys: boot + 200, proc: started + 500, initTicks: (2 * hour) / 10 })).toBe(
      boot + 200,
    );
  });

  it('are none on a machine whose clock had no battery, or that has neither', () => {
    expect(bootWitnessOf({ sys: 1_000, proc: 4_000, initTicks: 1 })).toBeUndefined();
    expect(bootWitnessOf({})).toBeUndefined();
    expect(bootWitnessOf({ proc: boot })).toBeUndefined();
  });

  it.runIf(process.platform === 'linux')('tell of a pause before we started, and only of that', () => {
    const now = measureBootTime() ?? 0;
    const stepped = (sys: number): number => new BootClock({ sys }).stepped;
    expect(Math.abs(stepped(now - 2 * hour) - 2 * hour)).toBeLessThan(1_000);
    // Set back since, or /sys made later than the boot: makes nobody younger than what it wrote.
    expect(stepped(now + 2 * hour)).toBe(0);
    expect(stepped(now + 500)).toBe(0);
    expect(new BootClock({}).stepped).toBe(0);
  });

  it.runIf(process.platform === 'linux')('are read from /sys and /proc', () => {
    const witness = new BootClock().witness ?? 0;
    expect(witness).toBeLessThanOrEqual(statSync('/sys').ctimeMs);
    expect(witness).toBeLessThanOrEqual(statSync('/proc').ctimeMs);
  });
});

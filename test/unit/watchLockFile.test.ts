import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/model/diagnose';
import type { PlatformName } from '../../src/model/facts';
import { PresetWatch } from '../../src/monitor/presetWatch';
import { lockSubject } from '../../src/monitor/protocol';
import { Watch } from '../../src/monitor/watch';
import { createPlatform } from '../../src/os/index';

/** The name of a lock file that no service watches, as the worker of such a system gives it. */
async function nameOf(path: string, platform: PlatformName): Promise<string | undefined> {
  const now = (): number => performance.now();
  const watch = new Watch({
    platform,
    observing: () => Promise.resolve({ platform: createPlatform(), diagnose }),
    main: { onDelta: () => Promise.resolve(), onStatus: () => undefined, onLog: () => undefined },
    presets: new PresetWatch({ now, home: '/nowhere', env: {}, platform }),
    probe: () => Promise.resolve('unavailable'),
    abort: (error) => {
      throw error;
    },
    now,
  });
  try {
    return (await watch.inspect(lockSubject(path)))?.snapshot.name;
  } finally {
    watch.dispose();
  }
}

describe('a lock file that no service watches', () => {
  it('is called by its own name, as its system separates names', async () => {
    expect(await nameOf('/nowhere/run/bot.lock', 'linux')).toBe('bot.lock');
    expect(await nameOf(String.raw`/nowhere/run/a\b.lock`, 'linux')).toBe(String.raw`a\b.lock`);
    expect(await nameOf(String.raw`C:\nowhere\bot.lock`, 'win32')).toBe('bot.lock');
    expect(await nameOf('C:/nowhere/bot.lock', 'win32')).toBe('bot.lock');
  });
});

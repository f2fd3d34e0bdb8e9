import { afterEach, describe, expect, it } from 'vitest';
import type { PlatformName } from '../../src/model/facts';
import { createObserving } from '../../src/monitor/observing';
import { PresetWatch } from '../../src/monitor/presetWatch';
import { lockSubject, type SnapshotDelta } from '../../src/monitor/protocol';
import { Watch } from '../../src/monitor/watch';
import type { Service } from '../../src/model/service';

type OnDelta = (delta: SnapshotDelta) => Promise<void>;

function watchOn(platform: PlatformName, onDelta: OnDelta = () => Promise.resolve()): Watch {
  const now = (): number => performance.now();
  return new Watch({
    platform,
    observing: () => Promise.resolve(createObserving({})),
    main: { onDelta, onStatus: () => undefined, onLog: () => undefined },
    presets: new PresetWatch({ now, home: '/nowhere', env: {}, platform }),
    probe: () => Promise.resolve('unavailable'),
    abort: (error) => {
      throw error;
    },
    now,
  });
}

/** The name of a lock file that no service watches, as the worker of such a system gives it. */
async function nameOf(path: string, platform: PlatformName): Promise<string | undefined> {
  const watch = watchOn(platform);
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

describe('what changed in many services', () => {
  const services = Array.from({ length: 45 }, (_, index): Service => ({
    id: `bot-${index}`,
    name: `bot ${index}`,
    lockFiles: [`/nowhere/run/bot-${index}.lock`],
    pidFiles: [],
    maxInstances: 1,
    origin: { kind: 'setting', index, folder: undefined },
  }));

  const sent = async (taken: (delta: SnapshotDelta) => Promise<void>): Promise<SnapshotDelta[]> => {
    const deltas: SnapshotDelta[] = [];
    const all = new Promise<void>((resolve) => {
      watch = watchOn('linux', (delta) => {
        deltas.push(delta);
        if (delta.last) resolve();
        return taken(delta);
      });
    });
    watch?.configure({ services, pollIntervalMs: 60_000, activeProbe: 'never' });
    await all;
    return deltas;
  };
  let watch: Watch | undefined;
  afterEach(() => watch?.dispose());

  it('is sent in slices, each when the one before was taken', async () => {
    let open = 0;
    const most: number[] = [];
    const deltas = await sent(async () => {
      most.push((open += 1));
      await new Promise(setImmediate);
      open -= 1;
    });
    expect(deltas.map(({ changed }) => changed.length)).toEqual([20, 20, 5]);
    expect(Math.max(...most)).toBe(1);
  });

  it('is sent all the same where the main thread takes nothing', async () => {
    const deltas = await sent(() => new Promise(() => undefined));
    expect(deltas.map(({ changed }) => changed.length)).toEqual([20, 20, 5]);
  });
});

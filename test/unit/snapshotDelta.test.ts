import { describe, expect, it } from 'vitest';
import type { ServiceSnapshot, Snapshot } from '../../src/api';
import { Emitter } from '../../src/monitor/emitter';
import { applyDelta } from '../../src/monitor/protocol';

const service = (id: string, state: ServiceSnapshot['state'] = 'free'): ServiceSnapshot => ({
  id,
  name: id,
  state,
  lockFiles: [],
  pidFiles: [],
  instances: [],
  findings: [],
});
const snapshot = (...services: ServiceSnapshot[]): Snapshot => ({
  takenAt: 1,
  durationMs: 1,
  lockSource: 'none',
  services,
});
const common = { takenAt: 2, durationMs: 3, lockSource: 'procfs' as const };

describe('applyDelta', () => {
  it('replaces only what changed, and keeps the identity of the rest', () => {
    const [a, b] = [service('a'), service('b')];
    const next = applyDelta(snapshot(a, b), [{ ...common, changed: [service('b', 'held')], last: true }]);
    expect(next.services.map(({ state }) => state)).toEqual(['free', 'held']);
    expect(next.services[0]).toBe(a);
    expect(next).toMatchObject(common);
  });

  it('collects slices, and lets services come, go and move', () => {
    const next = applyDelta(snapshot(service('a'), service('b')), [
      { ...common, changed: [service('c')], last: false },
      { ...common, changed: [service('d')], order: ['d', 'c', 'a'], last: true },
    ]);
    expect(next.services.map(({ id }) => id)).toEqual(['d', 'c', 'a']);
  });
});

describe('Emitter', () => {
  it('tells every listener, even behind one that throws, until it is disposed', () => {
    const errors: unknown[] = [];
    const heard: string[] = [];
    const emitter = new Emitter<string>((error) => errors.push(error));
    emitter.event(() => {
      throw new Error('mine');
    });
    const owned: { dispose(): unknown }[] = [];
    emitter.event((text) => heard.push(text), undefined, owned);
    emitter.fire('one');
    owned[0]?.dispose();
    emitter.fire('two');
    expect(heard).toEqual(['one']);
    expect(errors).toHaveLength(2);
  });
});

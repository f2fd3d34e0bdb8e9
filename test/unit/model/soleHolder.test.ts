import { describe, expect, it } from 'vitest';
import { contextOf } from '../../../src/model/context';
import { diagnose } from '../../../src/model/diagnose';
import type { ServiceFacts } from '../../../src/model/facts';
import { alive, facts, holder, lock, lockFile, NAMED, pidFile, port, proc, record } from './build';

const bot = proc(4242, 'python3 bot.py');
const twin = proc(4300, 'python3 bot.py --verbose');
const child = proc(4400, 'python3 bot.py', { ppid: 4242 });
const stopped = { ...bot, state: 'T' };

const held = (more: Parameters<typeof lock>[1] = {}, holding: Partial<ReturnType<typeof holder>> = {}) =>
  lock([holder(bot, holding)], more);
/** Of one moment and one machine, as a tick assembles them. */
const base = facts({ processes: [bot, twin, child], lockFiles: [lockFile([held()])] });
const given = (more: Partial<ServiceFacts>): ServiceFacts => ({ ...base, ...more });
const locked = (...locks: ReturnType<typeof lock>[]): ServiceFacts => given({ lockFiles: [lockFile(locks)] });
const configured = (more: Partial<ServiceFacts['service']>, ...rest: number[]): ServiceFacts =>
  given({ service: { ...base.service, ...more }, matched: rest });

/** What one process may be to a service, and what else may tell its instances. */
const VARIANTS: Record<string, ServiceFacts> = {
  plain: base,
  shared: locked(held({ access: 'read' })),
  deleted: locked(held({ deletedInode: true })),
  inherited: locked(held({}, { inherited: true })),
  listed: locked(held({}, { proven: false })),
  evidence: locked(held({}, { evidence: 'onlyTaker' })),
  mandatory: locked(held({ kind: 'mandatory' })),
  anotherHolder: locked(lock([twin])),
  heldByBoth: locked(lock([bot, holder(child, { inherited: true })])),
  twoLocks: locked(held(), lock([twin], { deletedInode: true, id: { dev: '65024', ino: '7' } })),
  twoFiles: given({
    lockFiles: [lockFile([held()]), { ...lockFile([lock([twin])]), file: pidFile('').file }],
  }),
  unknownHolder: locked(lock([])),
  stoppedSince: locked(lock([stopped])),
  free: locked(),
  several: configured({ maxInstances: 3 }),
  named: configured(NAMED, 4242, 4300, 4400),
  namedNone: configured(NAMED),
  recorded: given({ pidFiles: [pidFile('4300', alive(twin))] }),
  recordedInLock: given({ lockFiles: [lockFile([held()], { record: record('4300', alive(twin)) })] }),
  claimed: given({ claims: new Map([[4300, { by: 'holds', path: '/srv/other.lock' }]]) }),
  listening: given({ ports: [port([twin])] }),
};

const alone = (one: ServiceFacts): ServiceFacts => ({ ...one, processes: new Map(one.processes) });

describe('services whose processes are the same', () => {
  const names = Object.keys(VARIANTS);
  it.each(names)('are judged as if each was alone: %s first', (first) => {
    for (const [name, variant] of Object.entries(VARIANTS)) {
      const processes = new Map(variant.processes);
      const known = VARIANTS[first];
      if (known === undefined) throw new Error(first);
      diagnose({ ...known, processes });
      const lone = alone(variant);
      expect(diagnose({ ...variant, processes }), name).toEqual(diagnose(lone));
      expect(contextOf({ ...variant, processes }).instances, name).toEqual(contextOf(lone).instances);
    }
  });

  it('have their instances found once where one holder of one lock tells them, and else each for itself', () => {
    const processes = new Map(base.processes);
    const instancesOf = (one: ServiceFacts): unknown => contextOf({ ...one, processes }).instances;
    const other = { ...base.service, id: 'setting:1:other', name: 'other' };
    expect(instancesOf(given({ service: other }))).toBe(instancesOf(base));
    for (const name of ['named', 'recorded', 'claimed', 'listening', 'twoLocks', 'stoppedSince']) {
      const variant = VARIANTS[name] ?? base;
      expect(instancesOf(variant), name).not.toBe(instancesOf(variant));
    }
  });

  it('have one tree on one host, and another where the host is another', () => {
    const one = base;
    expect(contextOf({ ...one, service: { ...one.service, id: 'other' } }).tree).toBe(contextOf(one).tree);
    const own = { ...one, host: { ...one.host, ownPids: [4242] } };
    expect(contextOf(own).tree).not.toBe(contextOf(one).tree);
    expect(diagnose(own)).toEqual(diagnose(alone(own)));
  });
});

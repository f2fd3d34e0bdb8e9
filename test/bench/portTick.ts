/**
 * One process that measures steady ticks over services twice: as they are, and with their ports beside it. Reads
 * `{ lockFile, port }` of each from standard input (JSON array), and prints one JSON line of `PortFigures`.
 */
import * as fs from 'node:fs';
import type { Service } from '../../src/model/service';
import { diagnose } from '../../src/model/diagnose';
import { createHeartbeat, useHeartbeat } from '../../src/os/heartbeat';
import { createPlatform } from '../../src/os/index';
import type { Observer } from '../../src/os/platform';
import { median, ownCpu } from './cpu';

export interface PortFigures {
  /** CPU of a steady tick, µs. */
  without: number;
  with: number;
  /** Ports whose only listener was found to be an instance of its service. */
  found: number;
  /** Services reported as changed by steady ticks with ports: must be none. */
  changed: number;
}

const ROUNDS = 61;
const PAUSE_MS = 120;

const entries = JSON.parse(fs.readFileSync(0, 'utf8')) as { lockFile: string; port: number }[];
const serviceOf = (lockFile: string): Service => ({
  id: lockFile,
  name: lockFile,
  lockFiles: [lockFile],
  pidFiles: [],
  maxInstances: 1,
  origin: { kind: 'setting', index: 0, folder: undefined },
});

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

const observing = (services: readonly Service[]): Observer => {
  const observer = createPlatform({
    apart: { program: '', suspects: [], log: () => undefined, onMounts: () => undefined },
  }).createObserver();
  observer.configure(services, { probe: undefined, probePolicy: 'never' });
  return observer;
};

// As the worker does: it writes down what it touches.
useHeartbeat(createHeartbeat());
const observers = {
  without: observing(entries.map(({ lockFile }) => serviceOf(lockFile))),
  with: observing(entries.map(({ lockFile, port }) => ({ ...serviceOf(lockFile), ports: [port] }))),
};
const { changed: first } = await observers.with.tick();
const found = first
  .map(diagnose)
  .filter(({ ports }) => ports?.[0]?.listeners.map(({ relation }) => relation).join() === 'instance').length;
await observers.without.tick();
for (let warm = 0; warm < 5; warm += 1) {
  await pause();
  await observers.without.tick();
  await observers.with.tick();
}

const figures = { without: [] as number[], with: [] as number[] };
let changed = 0;
for (let round = 0; round < ROUNDS; round += 1) {
  const order = round % 2 === 0 ? (['without', 'with'] as const) : (['with', 'without'] as const);
  for (const which of order) {
    await pause();
    const start = process.cpuUsage();
    const observation = await observers[which].tick();
    figures[which].push(ownCpu(start));
    if (which === 'with') changed += observation.changed.length;
  }
}
observers.without.close();
observers.with.close();
const result: PortFigures = {
  without: median(figures.without),
  with: median(figures.with),
  found,
  changed,
};
process.stdout.write(`${JSON.stringify(result)}\n`);

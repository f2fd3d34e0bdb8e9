/**
 * The observer in a process of its own, to be run as another user or inside namespaces: `osProgram <service as JSON>`.
 * Each line of standard input is an order, answered by one line of JSON: `tick` or `inspect` (the facts of the service
 * and its state), `held` (the list of held locks), `of <path>` (the locks on one file). With PROBE in its environment
 * it probes by flock(1) where nothing else can know, with PROBE_PROGRAM by that program, as the extension does.
 */
import { spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { ServiceFacts } from '../../src/model/facts';
import type { Service } from '../../src/model/service';
import { diagnose } from '../../src/model/diagnose';
import { createPlatform } from '../../src/os/index';
import { ProbeProcess } from '../../src/os/probe/probeProcess';

const service = JSON.parse(process.argv[2] ?? '') as Service;
const observer = createPlatform().createObserver();
const probe = (path: string): Promise<'held' | 'free'> => {
  const { status } = spawnSync('flock', ['--nonblock', '--shared', path, 'true']);
  return Promise.resolve(status === 0 ? 'free' : 'held');
};
const program = process.env['PROBE_PROGRAM'];
const probes = program === undefined ? undefined : new ProbeProcess(program, () => undefined);
observer.configure(
  [service],
  probes === undefined && process.env['PROBE'] === undefined
    ? { probe: undefined, probePolicy: 'never' }
    : {
        probe: probes === undefined ? probe : (path, isPassive) => probes.probe(path, isPassive),
        probePolicy: 'auto',
      },
);

let facts: ServiceFacts | undefined;
async function answer(line: string): Promise<object> {
  if (line === 'held') return { held: await observer.heldLocks(undefined) };
  if (line.startsWith('of ')) return { file: await observer.locksOf(line.slice(3)) };
  if (line === 'inspect') facts = await observer.inspect(service.id);
  else facts = (await observer.tick()).changed[0] ?? facts;
  return facts === undefined ? {} : { facts, state: diagnose(facts).state };
}

const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
async function tell(line: string): Promise<void> {
  process.stdout.write(`${JSON.stringify({ observed: true, ...(await answer(line)) }, plain)}\n`);
}

let turn = Promise.resolve();
createInterface({ input: process.stdin })
  .on('line', (line) => {
    turn = turn.then(() => tell(line));
  })
  .on('close', () => process.exit(0));
process.stdout.write('{"ready":true,"role":"observer"}\n');

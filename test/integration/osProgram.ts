/**
 * The observer in a process of its own, to be run as another user or inside namespaces: `osProgram <service as JSON>`.
 * Each line of standard input is a tick (or `inspect`); it prints the facts of the service as one line of JSON.
 */
import { createInterface } from 'node:readline';
import type { ServiceFacts } from '../../src/model/facts';
import type { Service } from '../../src/model/service';
import { diagnose } from '../../src/model/diagnose';
import { createPlatform } from '../../src/os/index';

const service = JSON.parse(process.argv[2] ?? '') as Service;
const observer = createPlatform().createObserver();
observer.configure([service], { probe: undefined, probePolicy: 'never' });

let facts: ServiceFacts | undefined;
async function answer(line: string): Promise<void> {
  if (line === 'inspect') facts = await observer.inspect(service.id);
  else facts = (await observer.tick()).changed[0] ?? facts;
  const seen = facts === undefined ? {} : { facts, state: diagnose(facts).state };
  const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
  process.stdout.write(`${JSON.stringify({ observed: true, ...seen }, plain)}\n`);
}

let turn = Promise.resolve();
createInterface({ input: process.stdin })
  .on('line', (line) => {
    turn = turn.then(() => answer(line));
  })
  .on('close', () => process.exit(0));
process.stdout.write('{"ready":true,"role":"observer"}\n');

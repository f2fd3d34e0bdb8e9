/** In a mount namespace of its own: looks at services, hides /proc, looks again, shows it, looks again. Prints JSON. */
import { execFileSync } from 'node:child_process';
import type { Service } from '../../src/model/service';
import { observerOf, Seen } from '../fixtures/observe';

const services = JSON.parse(process.argv[2] ?? '[]') as Service[];
const states = (seen: Seen): string[] => services.map(({ name }) => seen.services.get(name)?.state ?? 'none');

const seen = new Seen(observerOf(services));
await seen.tick();
const before = states(seen);

execFileSync('mount', ['-t', 'tmpfs', 'none', '/proc']);
await seen.tick();
const during = states(seen);
const problem = seen.problem;
const fresh = new Seen(observerOf(services));
await fresh.tick();
const atOnce = states(fresh);

execFileSync('umount', ['/proc']);
await seen.tick();
await seen.tick();
console.log(JSON.stringify({ before, during, problem, atOnce, after: states(seen) }));

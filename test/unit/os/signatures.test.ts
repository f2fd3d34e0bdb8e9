/** Who runs what a service runs: a process that is the only one of its kind is no second run of it. */
import { expect, it } from 'vitest';
import type { ProcessFacts } from '../../../src/model/facts';
import { Signatures } from '../../../src/os/observer/signatures';
import type { WatchedService } from '../../../src/os/observer/watchedService';
import { host, proc, service } from '../model/build';

function signaturesOf(...all: ProcessFacts[]) {
  const dirty: string[] = [];
  const signatures = new Signatures(({ service: { id } }) => dirty.push(id));
  for (const process of all) signatures.addProcess(process.pid, process);
  const watch = { service: service({ id: 'bot' }), signatures: new Set() } as unknown as WatchedService;
  const alike = (...around: ProcessFacts[]): number[] =>
    signatures.alike(watch, new Map(around.map((process) => [process.pid, process])), host());
  return { signatures, alike, dirty };
}

const supervisor = proc(10, 'node supervisor.js', { cwd: '/srv' });
const bot = proc(20, 'python3 bot.py', { ppid: 10, cwd: '/srv/bot' });
const twin = proc(30, 'python3 bot.py', { cwd: '/srv/bot' });

it('none is alike where each of those around it is the only one', () => {
  expect(signaturesOf(supervisor, bot).alike(supervisor, bot)).toEqual([]);
});

it('those are alike that run the same in one folder, whether they are around it or not', () => {
  expect(signaturesOf(supervisor, bot, twin).alike(supervisor, bot)).toEqual([20, 30]);
  expect(signaturesOf(supervisor, bot, twin).alike(supervisor, bot, twin)).toEqual([20, 30]);
  const other = proc(11, 'node supervisor.js', { cwd: '/srv' });
  expect(signaturesOf(supervisor, other, bot).alike(supervisor, bot)).toEqual([10, 11]);
});

it('one that is not around it is alike, though the one around it has ended in between', () => {
  const { signatures, alike } = signaturesOf(supervisor, bot, twin);
  signatures.removeProcess(20);
  expect(alike(supervisor, bot)).toEqual([30]);
});

it('a second that comes later is news for the service', () => {
  const { signatures, alike, dirty } = signaturesOf(supervisor, bot);
  alike(supervisor, bot);
  signatures.addProcess(30, twin);
  expect(dirty).toEqual(['bot']);
  expect(alike(supervisor, bot)).toEqual([20, 30]);
});

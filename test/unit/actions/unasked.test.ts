/** A process that this system cannot ask to end: nothing is waited for, and whether to kill it is the user's to say. */
import { expect, test } from 'vitest';
import type { ForceQuestion, TerminationResult } from '../../../src/actions/index';
import { forceText } from '../../../src/ui/text/dialogs/terminationText';
import { lock, lockFile, proc } from '../model/build';
import { World } from './world';

const bot = proc(100, 'python3 bot.py');
const worker = proc(101, 'python3 worker.py', { ppid: 100 });

/** `unasked`: who cannot be asked. */
function worldOf(unasked: readonly number[], processes = [bot]): World {
  const world = new World({ lockFiles: [lockFile([lock([bot])])], processes });
  world.onSignal = (pid, signal) => {
    if (signal === 'SIGTERM' && unasked.includes(pid)) return { result: 'unasked' };
    if (signal === 'SIGKILL' || pid === 100) world.end(pid);
    return { result: 'sent' };
  };
  return world;
}

async function end(world: World, force: 'ask' | 'always' | 'never'): Promise<TerminationResult> {
  const plan = await world.actions.planTermination('bot', { kind: 'holder', pid: 100 });
  const chosen = plan.candidates.map(({ id }) => id);
  return world.actions.terminate(plan.id, chosen, { gracePeriodMs: 1000, force, respawnWatchMs: 0 });
}

test('is killed at once when the user says so, and never said to have got SIGTERM', async () => {
  const world = worldOf([100]);
  const asked: ForceQuestion[] = [];
  world.force = (question) => asked.push(question) > 0;
  const { outcomes, sentence } = await end(world, 'ask');
  expect(world.sent).toEqual(['SIGTERM 100', 'SIGKILL 100']);
  expect(asked).toMatchObject([{ running: [100], seconds: 0, isUnasked: true }]);
  expect(asked.map(forceText)).toEqual(['pid 100 bot.py cannot be asked to exit on this system. Kill it?']);
  expect(world.log.join('\n')).toContain(': cannot be asked to end: 100; asking whether to force');
  expect(outcomes).toMatchObject([{ kind: 'killed', signalled: [100] }]);
  expect(sentence).toBe('Process 100 (python3 bot.py) was killed; its lock is released.');
});

test.each([
  ['ask', 'it was not killed'],
  ['never', 'killing it is disabled in the settings'],
] as const)('is left alone with %s when nobody says so', async (force, why) => {
  const world = worldOf([100]);
  const { outcomes, sentence } = await end(world, force);
  expect(world.sent).toEqual(['SIGTERM 100']);
  expect(world.now).toBe(0);
  expect(outcomes).toMatchObject([{ kind: 'stillRunning', signalled: [] }]);
  expect(sentence).toContain(why);
  expect(sentence).not.toContain('SIGTERM');
});

test.each([
  ['ask', 'they were not killed'],
  ['never', 'killing them is disabled in the settings'],
] as const)('speaks of several as several, with %s', async (force, why) => {
  const { sentence } = await end(worldOf([100, 101], [bot, worker]), force);
  expect(sentence).toMatch(/^Processes 100 .* 101 .* cannot be asked to exit on this system/);
  expect(sentence).toContain(why);
});

test('waits for the others that were asked, and names the time since', async () => {
  const world = worldOf([101], [bot, worker]);
  world.onSignal = (pid, signal) => {
    if (signal === 'SIGTERM') return { result: pid === 101 ? 'unasked' : 'sent' };
    world.end(pid);
    return { result: 'sent' };
  };
  const asked: ForceQuestion[] = [];
  world.force = (question) => asked.push(question) > 0;
  const { sentence } = await end(world, 'ask');
  expect(world.sent).toEqual(['SIGTERM 100', 'SIGTERM 101', 'SIGKILL 100', 'SIGKILL 101']);
  expect(asked).toMatchObject([{ running: [100, 101], seconds: 1, isUnasked: false }]);
  expect(sentence).toContain('did not exit in time after SIGTERM and was killed');
});

test('is not waited for beside one that may not be signalled', async () => {
  const world = worldOf([101], [bot, worker]);
  const { onSignal } = world;
  world.onSignal = (pid, signal) => (pid === 100 ? { result: 'denied' } : onSignal(pid, signal));
  const { outcomes } = await end(world, 'never');
  expect(world.sent).toEqual(['SIGTERM 100', 'SIGTERM 101']);
  expect(outcomes).toMatchObject([{ kind: 'stillRunning' }]);
  expect(world.now).toBeLessThan(500);
});

test('is named with those that were asked as what is still running', async () => {
  const world = worldOf([101], [bot, worker]);
  world.onSignal = (pid) => ({ result: pid === 101 ? 'unasked' : 'sent' });
  const { sentence } = await end(world, 'never');
  expect(sentence).toMatch(
    /^Processes 100 .* 101 .* are still running 1 s after SIGTERM; SIGKILL is disabled/,
  );
});

import { describe, expect, it } from 'vitest';
import { actionsOnDemand } from '../../src/monitor/actionsOnDemand';
import { World } from './actions/world';
import { lock, lockFile, proc } from './model/build';

const world = (): World => {
  const [bot, other] = [proc(100, 'python3 bot.py'), proc(200, 'python3 bot.py', { startedAgo: 60 })];
  return new World({
    service: { process: { kind: 'substring', text: 'bot.py' } },
    processes: [bot, other],
    lockFiles: [lockFile([lock([bot])])],
  });
};

describe('actions that are loaded when one is asked for', () => {
  it('are loaded once, whoever asks first', async () => {
    const { actions } = world();
    let loads = 0;
    const offered = actionsOnDemand(() => {
      loads += 1;
      return Promise.resolve(actions);
    });
    expect(loads).toBe(0);
    const [first, second] = await Promise.all([
      offered.planTermination('bot', { kind: 'duplicates' }),
      offered.planTermination('bot', { kind: 'holder', pid: 100 }),
    ]);
    expect([first.candidates.length, second.candidates.length]).toEqual([2, 1]);
    expect(loads).toBe(1);
  });

  it('are not loaded by what stops one', async () => {
    const offered = actionsOnDemand(() => Promise.reject(new Error('loaded')));
    offered.cancelTermination('1');
    offered.cancelCleanUp('1');
    await expect(offered.finishCleanUps()).resolves.toBeUndefined();
  });

  it('stop what was asked of them', async () => {
    const { actions, open } = world();
    const offered = actionsOnDemand(() => Promise.resolve(actions));
    const { id } = await offered.planTermination('bot', { kind: 'duplicates' });
    expect(open).toHaveLength(2);
    offered.cancelTermination(id);
    await offered.finishCleanUps();
    expect(open).toEqual([]);
    expect(await offered.terminate(id, [], { gracePeriodMs: 1, force: 'never' })).toMatchObject({
      sentence: 'Nothing was signalled. Run the command again.',
    });
  });

  it('say why they could not be loaded to who asked, and leave nothing to stop', async () => {
    const offered = actionsOnDemand(() => Promise.reject(new Error('gone')));
    await expect(offered.planCleanUp(['bot'])).rejects.toThrow('gone');
    await expect(offered.finishCleanUps()).resolves.toBeUndefined();
  });
});

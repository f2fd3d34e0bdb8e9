import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Seen, observerOf, seenOnce, service } from '../fixtures/observe';
import { Stage } from '../fixtures/stage';

describe.runIf(process.platform === 'linux')('a pid file that names several processes', () => {
  let stage: Stage;
  let alive: number;
  let dead: number;

  beforeEach(async () => {
    stage = Stage.open();
    alive = (await stage.start('bystander', [])).pid;
    const gone = await stage.start('bystander', []);
    await stage.killHard(gone.pid);
    await gone.exited;
    dead = gone.pid;
  });
  afterEach(() => stage.close());

  it('is live while one of them is, wherever that one stands', async () => {
    for (const [index, content] of [
      `${dead}\n${alive}\n`,
      `${alive} ${dead}`,
      `${dead}\n${dead}\n${alive}`,
    ].entries()) {
      const file = stage.file(path.join(String(index), 'workers.pid'), content);
      const snapshot = await seenOnce(service('workers', { pidFiles: [file] }));
      expect(snapshot.pidFiles).toMatchObject([{ recordedPid: alive, verdict: 'live' }]);
      expect(snapshot.findings.map(({ kind }) => kind)).not.toContain('stalePidDead');
    }
  });

  it('is stale once all of them are gone, and named by the first', async () => {
    const file = stage.file('workers.pid', `${dead}\n${alive}\n`);
    const seen = new Seen(observerOf([service('workers', { pidFiles: [file] })]));
    try {
      await seen.tick();
      expect(seen.of('workers').state).not.toBe('stale');
      await stage.killHard(alive);
      await seen.tick();
      expect(seen.of('workers').pidFiles).toMatchObject([{ recordedPid: dead, verdict: 'dead' }]);
      expect(seen.of('workers').state).toBe('stale');
    } finally {
      seen.observer.close();
    }
  });

  it('is no record of a dead process when a number in it is no pid', async () => {
    const file = stage.file('workers.pid', `${dead}\n${alive}\n1769850307\n`);
    const snapshot = await seenOnce(service('workers', { pidFiles: [file] }));
    expect([snapshot.state, snapshot.pidFiles[0]?.verdict]).toEqual(['unverified', 'unverifiable']);
  });
});

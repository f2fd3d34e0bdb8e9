/** `process.cwd` names a folder, whatever path leads to it, and whether or not it still has a name. */
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createPlatform } from '../../src/os/index';
import { withStage } from '../fixtures/stage';
import { service } from './actionsRig';

const inFolder = (cwd: string) =>
  service({
    process: { kind: 'commandAndCwd', command: { kind: 'substring', text: 'bystander.cjs' }, cwd },
  });

async function matchedIn(cwd: string): Promise<readonly number[]> {
  const observer = createPlatform().createObserver();
  try {
    observer.configure([inFolder(cwd)], { probe: undefined, probePolicy: 'never' });
    return (await observer.inspect('service'))?.matched ?? [];
  } finally {
    observer.close();
  }
}

describe.runIf(process.platform === 'linux')('the working folder of an instance', () => {
  it('is found through a symbolic link, and is not its neighbour', () =>
    withStage(async (stage) => {
      const bot = await stage.start('bystander', [], { cwd: 'data/real' });
      stage.subfolder('data/other');
      fs.symlinkSync(stage.path('data/real'), stage.path('proj'));
      fs.symlinkSync(stage.path('data/other'), stage.path('near'));
      expect(await matchedIn(stage.path('proj'))).toEqual([bot.pid]);
      expect(await matchedIn(stage.path('near'))).toEqual([]);
    }));

  it('is found when it was removed and made again under a running server', () =>
    withStage(async (stage) => {
      const before = await stage.start('bystander', [], { cwd: 'release' });
      fs.rmSync(stage.path('release'), { recursive: true });
      const after = await stage.start('bystander', [], { cwd: 'release' });
      expect([...(await matchedIn(stage.path('release')))].sort()).toEqual([before.pid, after.pid].sort());
    }));
});

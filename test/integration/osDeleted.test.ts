import * as fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { service, seenOnce } from '../fixtures/observe';
import { Stage } from '../fixtures/stage';

describe.runIf(process.platform === 'linux')('a lock file whose name leads to another inode now', () => {
  let stage: Stage;
  beforeEach(() => {
    stage = Stage.open();
  });
  afterEach(() => stage.close());

  const look = () => seenOnce(service('a', { lockFiles: [stage.path('a.lock')] }));
  const holders = async (): Promise<Map<number | undefined, boolean>> =>
    new Map(
      (await look()).lockFiles.flatMap((file) =>
        file.holders.map(({ pid, deletedInode }) => [pid, deletedInode] as const),
      ),
    );

  it('is a split brain also when the removed inode has a second name', async () => {
    const file = stage.path('a.lock');
    const one = await stage.start('holder', ['--file', file]);
    fs.linkSync(file, stage.path('snapshot'));
    fs.rmSync(file);
    const two = await stage.start('holder', ['--file', file]);
    expect(await holders()).toEqual(
      new Map([
        [two.pid, false],
        [one.pid, true],
      ]),
    );
    const { state, findings } = await look();
    expect(state).toBe('conflict');
    expect(findings.map(({ kind }) => kind)).toContain('splitBrain');
  });

  it('is none when a lock file of its own is really called "… (deleted)", linked or not', async () => {
    const other = stage.path('a.lock (deleted)');
    await stage.start('holder', ['--file', other]);
    const one = await stage.start('holder', ['--file', stage.path('a.lock')]);
    expect(await holders()).toEqual(new Map([[one.pid, false]]));
    fs.linkSync(other, stage.path('second name'));
    expect(await holders()).toEqual(new Map([[one.pid, false]]));
  });
});

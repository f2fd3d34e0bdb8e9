/** Whom a handle reaches: the process that it was opened for, while that runs, and nobody else. */
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createPlatform } from '../../src/os/index';
import { actorPath } from '../fixtures/actors';
import { isRunning, isZombie } from '../fixtures/proc';
import { startWithPid, whyNoReusedPid, withNumbersApart } from '../fixtures/reusedPid';
import { withStage } from '../fixtures/stage';
import { startNegligentParent } from '../fixtures/supervisor';
import { eventually } from '../harness/eventually';

describe.runIf(process.platform === 'linux')('a handle on a process', () => {
  const { processes } = createPlatform();

  test('reaches no other that has its pid by now', (context) =>
    withStage(async (stage) => {
      const why = whyNoReusedPid();
      if (why !== undefined) context.skip(why);
      const one = await withNumbersApart(() => stage.start('bystander', []));
      const handle = processes.open(one.pid);
      expect(handle?.read()?.pid).toBe(one.pid);
      await one.killHard();
      const stranger = await startWithPid(stage, one.pid);
      if (stranger === undefined) context.skip('another process was faster');
      expect(await handle?.signal('SIGKILL')).toEqual({ result: 'gone' });
      expect(handle?.read()).toBeUndefined();
      expect(isRunning(one.pid)).toBe(true);
      // Near miss: one that was opened since.
      const own = processes.open(one.pid);
      expect(await own?.signal('SIGKILL')).toEqual({ result: 'sent' });
      await stranger?.exited;
      for (const each of [handle, own]) each?.close();
    }));

  test('reaches no zombie: that has ended', () =>
    withStage(async (stage) => {
      const child = [process.execPath, actorPath('bystander'), '--role', 'bot'];
      const parent = await startNegligentParent(stage, child);
      const bot = parent.pidOf('bot');
      const handle = processes.open(bot);
      expect(await handle?.signal('SIGKILL')).toEqual({ result: 'sent' });
      await eventually(
        'the child a zombie, its last thread too',
        () => isZombie(bot),
        (isOver) => isOver,
      );
      expect(await handle?.signal('SIGKILL')).toEqual({ result: 'gone' });
      handle?.close();
    }));

  test('reaches nobody once it is closed, and keeps no descriptor open', () =>
    withStage(async (stage) => {
      const open = (): number => fs.readdirSync('/proc/self/fd').length;
      const one = await stage.start('bystander', []);
      const other = await stage.start('bystander', []);
      processes.open(one.pid)?.close();
      const before = open();
      const handle = processes.open(one.pid);
      expect(open()).toBe(before + 2);
      handle?.close();
      expect(open()).toBe(before);
      expect(await handle?.signal('SIGKILL')).toEqual({ result: 'gone' });
      expect(isRunning(one.pid)).toBe(true);
      // Not even where its descriptors' numbers are another handle's by now.
      const next = processes.open(other.pid);
      expect(await handle?.signal('SIGKILL')).toEqual({ result: 'gone' });
      expect([one.pid, other.pid].every(isRunning)).toBe(true);
      next?.close();
      // Nor does one that could not be opened.
      expect(processes.open(2 ** 22 + 1)).toBeUndefined();
      expect(open()).toBe(before);
    }));

  test('on init says why it is never signalled', async () => {
    const handle = processes.open(1);
    expect(await handle?.signal('SIGCONT')).toEqual({
      result: 'unproven',
      reason: 'pid 1 is never signalled',
    });
    handle?.close();
  });
});

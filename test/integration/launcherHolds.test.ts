/** A shell that only starts others, and holds the lock of what it has started. */
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { seenOnce, service } from '../fixtures/observe';
import { until, withStage } from '../fixtures/stage';

describe.runIf(process.platform === 'linux')('a launcher that holds the lock of what it has started', () => {
  test.each([
    ['reads its standard input', ['-s']],
    ['is interactive', ['--norc', '-i']],
  ])('is one instance with it, where it is a shell that %s', (_, args) =>
    withStage(async (stage) => {
      const shell = await stage.startCommand('bash', args, { roles: [] });
      shell.say('exec 9>bot.lock; flock -n 9; sleep 60 9>&- & echo $! > bot.tmp; mv bot.tmp bot.pid');
      const record = stage.path('bot.pid');
      await until(() => fs.existsSync(record), 'the shell has not written its record');
      const watched = service('bot', { lockFiles: [stage.path('bot.lock')], pidFiles: [record] });
      const { state, findings, instances, lockFiles } = await seenOnce(watched);
      // It was flock(1) that took it, for the shell.
      expect(findings.map(({ kind }) => kind)).toEqual(['inheritedLock']);
      expect(state).toBe('held');
      expect(lockFiles.flatMap(({ holders }) => holders.map(({ pid }) => pid))).toEqual([shell.pid]);
      const recorded = Number(fs.readFileSync(record, 'utf8'));
      expect(instances.map(({ processes }) => processes.map(({ pid }) => pid).sort((a, b) => a - b))).toEqual(
        [[shell.pid, recorded].sort((a, b) => a - b)],
      );
    }),
  );

  test('is none where it runs something else beside the recorded service, and is named as who has the lock', () =>
    withStage(async (stage) => {
      const bot = await stage.startCommand(process.execPath, [
        stage.file('bot.cjs', `setInterval(() => undefined, 60_000); console.log('"ready":true');`),
      ]);
      const record = stage.file('bot.pid', `${bot.pid}\n`);
      stage.file('backup.sh', `echo '"ready":true'; sleep 60; :`);
      const lock = stage.file('bot.lock');
      await stage.startCommand('flock', [lock, 'bash', 'backup.sh']);
      const watched = service('bot', {
        lockFiles: [lock],
        pidFiles: [record],
        process: { kind: 'substring', text: 'bot.cjs' },
      });
      const { state, findings, instances } = await seenOnce(watched);
      expect(findings.map(({ kind }) => kind)).toEqual(['pidMismatch']);
      expect(state).toBe('held');
      expect(instances.map(({ root }) => root.pid)).toEqual([bot.pid]);
    }));
});

import * as fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CONFLICT_PATTERNS } from '../../src/model/conflictPatterns';
import { observerOf, Seen, service } from '../fixtures/observe';
import { Stage, until } from '../fixtures/stage';

describe.runIf(process.platform === 'linux')('a conflict line in the log of real processes', () => {
  let stage: Stage;
  let seen: Seen | undefined;
  beforeEach(() => {
    stage = Stage.open();
  });
  afterEach(async () => {
    seen?.observer.close();
    seen = undefined;
    await stage.close();
  });

  const kinds = (): string[] => (seen?.of('bot').findings ?? []).map(({ kind }) => kind);
  const conflict = (log: string): void =>
    fs.appendFileSync(
      log,
      `${new Date().toISOString()} ERROR Conflict: terminated by other getUpdates request\n`,
    );

  it('is settled at once when one that may have written it ends, and the next line counts again', async () => {
    const log = stage.file('bot.log');
    const lock = stage.path('bot.lock');
    const args = ['--lock', lock, '--log', log];
    const owner = await stage.start('telegram_bot', args);
    seen = new Seen(
      observerOf([
        service('bot', { lockFiles: [lock], log: { path: log, patterns: CONFLICT_PATTERNS.telegram } }),
      ]),
    );
    await seen.tick();
    conflict(log);
    await seen.tick();
    expect(kinds()).toContain('conflictInLog');
    expect(seen.of('bot').state).toBe('conflict');

    await stage.killHard(owner.pid);
    const killedAt = Date.now();
    // The kernel may still be taking it apart at the first look.
    while (kinds().includes('conflictInLog') && Date.now() - killedAt < 10_000) await seen.tick();
    expect(kinds()).toEqual([]);
    expect(seen.of('bot').state).toBe('free');

    await stage.start('telegram_bot', args);
    // Past the second in which a last line of the one that ended may still be read.
    await until(() => Date.now() > killedAt + 3_000, 'the clock stands still');
    await seen.tick();
    conflict(log);
    await seen.tick();
    expect(kinds()).toContain('conflictInLog');
    const { message } = seen.of('bot').findings.find(({ kind }) => kind === 'conflictInLog') ?? {};
    expect(message).toContain(`pid ${owner.pid} exited`);
    expect(message).not.toContain('elsewhere');
  });

  it('of a refused start is none: the guard has worked', async () => {
    const log = stage.file('bot.log');
    const lock = stage.path('bot.lock');
    const args = ['--lock', lock, '--log', log];
    await stage.start('telegram_bot', args);
    seen = new Seen(
      observerOf([service('bot', { lockFiles: [lock], log: { path: log, patterns: ['holds the lock'] } })]),
    );
    await seen.tick();
    await expect(stage.start('telegram_bot', args)).rejects.toThrow('Another instance holds the lock');
    expect(fs.readFileSync(log, 'utf8')).toContain('Another instance holds the lock. Exiting.');
    await seen.tick();
    expect(kinds()).not.toContain('conflictInLog');
    expect(seen.of('bot').state).toBe('held');
  });
});

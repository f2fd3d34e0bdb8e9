import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { actorPath, type Actor } from '../fixtures/actors';
import { observerOf, Seen, service } from '../fixtures/observe';
import { holdsLock } from '../fixtures/ownLocks';
import { lockTable } from '../fixtures/proc';
import { startWithPid, whyNoReusedPid, withNumbersApart } from '../fixtures/reusedPid';
import { outside, observeAs } from './osOutside';

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

describe.runIf(process.platform === 'linux')('a lock that no readable descriptor shows', () => {
  const rig = outside({ isOpen: true });

  const file = (): string => rig.stage.path('a.lock');
  const watched = () => service('a', { lockFiles: [file()] });
  const startOdd = (how: string, ...more: string[]): Promise<Actor> =>
    rig.stage.startCommand(process.execPath, [
      actorPath('odd_holder.cjs'),
      '--file',
      file(),
      '--how',
      how,
      ...more,
    ]);

  it('is found in the descriptor table that a thread has for itself', async () => {
    const odd = await startOdd('thread');
    const observer = observerOf([watched()]);
    const { changed } = await observer.tick();
    expect(changed[0]?.lockFiles[0]?.locks).toMatchObject([
      { taker: odd.pid, holders: [{ process: { pid: odd.pid }, proven: true }] },
    ]);
    // It stays: the leader's descriptors, which show nothing, are no reason to drop it.
    for (let tick = 0; tick < 3; tick++) await observer.tick();
    const { dev, ino } = fs.statSync(file(), { bigint: true });
    const id = { dev: String(dev), ino: String(ino) };
    expect(holdsLock(odd.pid, id)).toBe(true);
    const again = await observer.inspect('a');
    expect(again?.lockFiles[0]?.locks[0]?.holders.map(({ process }) => process.pid)).toEqual([odd.pid]);
    observer.close();
  });

  it('stays with that thread when everybody is asked about another lock', async () => {
    const odd = await startOdd('thread');
    const other = service('b', { lockFiles: [rig.stage.path('b.lock')] });
    const seen = new Seen(observerOf([watched(), other]));
    await seen.tick();
    await rig.stage.startCommand(process.execPath, [
      actorPath('odd_holder.cjs'),
      ...['--file', rig.stage.path('b.lock'), '--how', 'mapping'],
    ]);
    await seen.tick();
    expect(seen.of('b').state).toBe('unverified');
    expect(seen.of('a').lockFiles[0]?.holders.map(({ pid }) => pid)).toEqual([odd.pid]);
    seen.observer.close();
  });

  it('is not said to be taken by whoever has the dead taker’s number', async (context) => {
    const why = whyNoReusedPid();
    if (why !== undefined) context.skip(why);
    const odd = await withNumbersApart(() =>
      rig.stage.startCommand(
        process.execPath,
        [actorPath('odd_holder.cjs'), '--file', file(), '--how', 'parting'],
        { roles: ['odd', 'keeper'], session: 'shared' },
      ),
    );
    const observer = observerOf([watched()]);
    const first = await observer.tick();
    const holders = first.changed[0]?.lockFiles[0]?.locks[0]?.holders;
    expect(holders?.map(({ process }) => process.pid)).toEqual([odd.pid]);
    await odd.killHard();
    const stranger = await startWithPid(rig.stage, odd.pid);
    try {
      if (stranger === undefined) context.skip('another process was faster');
      const { changed } = await observer.tick();
      const [lock] = changed[0]?.lockFiles[0]?.locks ?? [];
      expect(lock).toMatchObject({ taker: odd.pid, holders: [], unknown: 'notFound' });
      expect(lock?.takenBy).toBeUndefined();
    } finally {
      await stranger?.killHard();
    }
    observer.close();
  });

  it('has at least its living taker named, where only a mapping keeps it', async () => {
    const odd = await startOdd('mapping');
    expect(lockTable().filter(({ pid }) => pid === odd.pid)).toHaveLength(1);
    const seen = new Seen(observerOf([watched()]));
    await seen.tick();
    const found = seen.of('a');
    expect(found.state).toBe('unverified');
    expect(found.findings[0]?.message).toMatch(
      new RegExp(`taken by pid ${odd.pid} \\(.*odd_holder.*\\), user \\S+, which is alive`),
    );
    expect(found.findings[0]?.evidence).toContainEqual(expect.stringContaining(`/proc/${odd.pid}/maps`));
    await odd.killHard();
    await seen.tick();
    expect(seen.of('a').state).toBe('free');
    seen.observer.close();
  });

  describe.runIf(isRoot)('(needs root, to be two users)', () => {
    it('is a protected process of one’s own, not another user’s', async () => {
      const odd = await startOdd('protected', '--uid', String(NOBODY));
      const observer = await observeAs(NOBODY, rig.program, watched());
      const { facts, state } = await observer.tick();
      expect(facts.lockFiles[0]?.locks).toMatchObject([
        { taker: odd.pid, holders: [], unknown: 'protected', takenBy: { pid: odd.pid, uid: NOBODY } },
      ]);
      expect(state).toBe('unverified');
      await observer.close();
    });

    it('is found at an inspection once the user has been given it, under another name too', async () => {
      fs.writeFileSync(file(), '');
      fs.linkSync(file(), rig.stage.path('other name'));
      const script = `
        const { spawn } = require('node:child_process');
        const fd = require('node:fs').openSync(process.argv[1], 'a+');
        if (!require(process.argv[2]).tryFlock(fd)) throw new Error('locked');
        const say = (role, pid) => console.log(JSON.stringify({ ready: true, role, pid }));
        process.stdin.once('data', () => {
          const child = spawn('sleep', ['600'], { uid: ${NOBODY}, gid: ${NOBODY}, stdio: ['ignore', 'ignore', 'ignore', fd] });
          child.once('spawn', () => say('heir', child.pid));
        });
        say('root', process.pid);`;
      const root = await rig.stage.startCommand(process.execPath, [
        ...['-e', script, rig.stage.path('other name'), actorPath('lib/kernel.cjs')],
      ]);
      const observer = await observeAs(NOBODY, rig.program, watched());
      const before = await observer.tick();
      expect(before.facts.lockFiles[0]?.locks).toMatchObject([{ unknown: 'otherUser' }]);
      root.say('give it');
      const { pid: heir } = await root.waitForRole('heir');
      const { facts } = await observer.inspect();
      expect(facts.lockFiles[0]?.locks[0]?.holders.map(({ process }) => process.pid)).toEqual([heir]);
      await observer.close();
    });

    it('may be a protected one’s of one’s own or another user’s, where the kernel names no taker', async () => {
      await rig.stage.start('holder', ['--file', file(), '--kind', 'ofd']);
      const own = await rig.stage.startCommand(process.execPath, [
        actorPath('odd_holder.cjs'),
        ...['--file', rig.stage.path('b.lock'), '--how', 'protected', '--uid', String(NOBODY)],
      ]);
      const observer = await observeAs(NOBODY, rig.program, watched());
      const { facts } = await observer.tick();
      expect(facts.lockFiles[0]?.locks).toMatchObject([
        { kind: 'ofd', holders: [], unknown: 'notFound', denied: [own.pid] },
      ]);
      await observer.close();
      await own.killHard();
      const without = await observeAs(NOBODY, rig.program, watched());
      expect((await without.tick()).facts.lockFiles[0]?.locks).toMatchObject([{ unknown: 'otherUser' }]);
      await without.close();
    });
  });
});

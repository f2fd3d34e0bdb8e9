import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { HeldLock, Observer } from '../../src/os/platform';
import { startLockFarm } from '../fixtures/farm';
import { lookedInto, openedIn } from '../fixtures/lookedInto';
import { eventually } from '../harness/eventually';
import { observerOf, service } from '../fixtures/observe';
import { outside, observeAs, startInside, whyNot } from './osOutside';

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;
const NESTED = ['--user', '--map-root-user', '--pid', '--fork', '--kill-child', '--mount-proc'];

describe.runIf(process.platform === 'linux')('what the kernel’s table says of locks', () => {
  const rig = outside({ isOpen: true });
  let observer: Observer | undefined;

  afterEach(() => {
    observer?.close();
    observer = undefined;
  });

  const rows = (held: readonly HeldLock[]): [string, number[]][] =>
    held
      .filter(({ path }) => path.startsWith(rig.stage.folder))
      .map(({ path, holders }) => [
        path.slice(rig.stage.folder.length + 1),
        holders.map(({ process }) => process.pid),
      ]);

  describe('the list of held locks', () => {
    it('is kept while the table is: listed again, no process is looked into', async () => {
      const { files } = await startLockFarm(rig.stage, { locks: 30, processes: 3 });
      // Holds nothing, and has much open.
      const idle = await rig.stage.startCommand(
        'sh',
        ['-c', 'for n in 3 4 5 6 7 8 9; do eval "exec $n</dev/null"; done; echo ready; read go'],
        { roles: [] },
      );
      await idle.waitFor('ready');
      // A lock that another program takes meanwhile is looked for in every process.
      const looks = await eventually(
        'two lists between which no other lock is taken',
        async () => {
          const asked = (observer = observerOf([]));
          let held: readonly HeldLock[] = [];
          const list = async (): Promise<void> => {
            held = await asked.heldLocks([rig.stage.folder]);
            expect(rows(held)).toHaveLength(files.length);
          };
          const [first, second] = [lookedInto(await openedIn(list)), lookedInto(await openedIn(list))];
          asked.close();
          observer = undefined;
          return { idle: first.includes(idle.pid), second };
        },
        ({ idle: isLookedInto, second }) => !isLookedInto && second.length === 0,
      );
      expect(looks).toEqual({ idle: false, second: [] });

      // A lock that comes or goes makes another list.
      const asked = (observer = observerOf([]));
      await asked.tick();
      const listed = async (): Promise<[string, number[]][]> =>
        rows(await asked.heldLocks([rig.stage.folder]));
      const before = await listed();
      const one = await rig.stage.start('holder', ['--file', rig.stage.file('another.lock')]);
      expect(await listed()).toEqual([...before, ['another.lock', [one.pid]]].sort());
      await one.killHard();
      expect(await listed()).toEqual(before);
    });

    it('is counted by the table of the last tick, and nothing is opened while that stays as it is', async () => {
      const { files, actors } = await startLockFarm(rig.stage, { locks: 30, processes: 3 });
      const asked = (observer = observerOf([]));
      const count = (): Promise<number> => asked.heldLockCount([rig.stage.folder]);
      const counted = async (wanted: number): Promise<unknown> =>
        eventually(
          `${wanted} locks`,
          async () => (await asked.tick(), count()),
          (now) => now === wanted,
        );
      await counted(files.length);
      expect(await openedIn(count)).toEqual([]);
      expect(await asked.heldLockCount([rig.stage.path('elsewhere')])).toBe(0);
      expect(await count()).toBe(files.length);

      await rig.stage.start('holder', ['--file', rig.stage.path('one-more.lock')]);
      // Only a tick reads the table, and a lock has a name once it has settled.
      expect(await count()).toBe(files.length);
      await counted(files.length + 1);
      await actors[0]?.killHard();
      await counted(files.length - 9);
    });

    it('follows what is taken, given up, renamed and removed', async () => {
      const asked = (observer = observerOf([]));
      expect(rows(await asked.heldLocks([rig.stage.folder]))).toEqual([]);
      const one = await rig.stage.start('holder', ['--file', rig.stage.path('a.lock')]);
      const two = await rig.stage.start('holder', ['--file', rig.stage.path('b.lock'), '--kind', 'ofd']);
      expect(rows(await asked.heldLocks([rig.stage.folder]))).toEqual([
        ['a.lock', [one.pid]],
        ['b.lock', [two.pid]],
      ]);
      fs.renameSync(rig.stage.path('a.lock'), rig.stage.path('c.lock'));
      fs.rmSync(rig.stage.path('b.lock'));
      const held = await asked.heldLocks([rig.stage.folder]);
      expect(held.map(({ path, deletedInode }) => [path, deletedInode])).toEqual([
        [rig.stage.path('b.lock'), true],
        [rig.stage.path('c.lock'), false],
      ]);
      await one.killHard();
      expect(rows(await asked.heldLocks([rig.stage.folder]))).toEqual([['b.lock', [two.pid]]]);
      fs.rmSync(rig.stage.path('c.lock'));
    });

    it.runIf(isRoot)(
      'has locks of other users where the file is watched or a waiter has it open',
      async () => {
        const one = await rig.stage.start('holder', ['--file', rig.stage.path('watched.lock')]);
        await rig.stage.start('holder', ['--file', rig.stage.path('unnamed.lock')]);
        const three = await rig.stage.start('holder', ['--file', rig.stage.path('awaited.lock')]);
        fs.chmodSync(rig.stage.path('awaited.lock'), 0o666);
        const waiter = await rig.stage.startCommand(
          'setpriv',
          [
            ...[`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'],
            ...['flock', rig.stage.path('awaited.lock'), 'true'],
          ],
          { roles: [] },
        );
        const asUser = await observeAs(
          NOBODY,
          rig.program,
          service('a', { lockFiles: [rig.stage.path('watched.lock')] }),
        );
        let held: readonly HeldLock[] = [];
        // flock(1) says nothing when it waits.
        for (let tries = 0; tries < 100 && held.length < 2; tries++) {
          held = (await asUser.heldLocks()).filter(({ path }) => path.startsWith(rig.stage.folder));
        }
        expect(held).toMatchObject([
          {
            path: rig.stage.path('awaited.lock'),
            holders: [],
            unknown: 'otherUser',
            takenBy: { pid: three.pid },
            waiters: [waiter.pid],
          },
          {
            path: rig.stage.path('watched.lock'),
            holders: [],
            unknown: 'otherUser',
            takenBy: { pid: one.pid, user: 'root' },
          },
        ]);
        await asUser.close();
      },
    );
  });

  describe('on one file that somebody asks about', () => {
    it('holds for links to it, files nobody watches, and files that come and go', async () => {
      const one = await rig.stage.start('holder', ['--file', rig.stage.path('a.lock'), '--kind', 'posix']);
      fs.symlinkSync('a.lock', rig.stage.path('link'));
      const asked = (observer = observerOf([]));
      for (const path of [rig.stage.path('a.lock'), rig.stage.path('link')]) {
        expect(await asked.locksOf(path)).toMatchObject({
          file: { path, status: 'file' },
          certainty: 'certain',
          locks: [{ kind: 'posix', holders: [{ process: { pid: one.pid }, proven: true }] }],
        });
      }
      await one.killHard();
      expect(await asked.locksOf(rig.stage.path('link'))).toMatchObject({ locks: [], certainty: 'certain' });
      expect(await asked.locksOf(rig.stage.path('none'))).toMatchObject({
        file: { status: 'absent' },
        locks: [],
      });
      fs.rmSync(rig.stage.path('link'));
      // Nothing stays watched.
      expect((await asked.tick()).changed).toEqual([]);
    });

    it('leaves what is watched as it was', async () => {
      const one = await rig.stage.start('holder', ['--file', rig.stage.path('a.lock')]);
      const asked = (observer = observerOf([service('a', { lockFiles: [rig.stage.path('a.lock')] })]));
      await asked.tick();
      expect((await asked.locksOf(rig.stage.path('a.lock'))).locks).toHaveLength(1);
      await one.killHard();
      expect((await asked.tick()).changed[0]?.lockFiles[0]?.locks).toEqual([]);
    });

    it.runIf(isRoot)('says held to a user who may look into nobody', async () => {
      const one = await rig.stage.start('holder', ['--file', rig.stage.path('root.lock')]);
      const asUser = await observeAs(NOBODY, rig.program, service('a', {}));
      expect(await asUser.locksOf(rig.stage.path('root.lock'))).toMatchObject({
        locks: [{ holders: [], unknown: 'otherUser', takenBy: { pid: one.pid } }],
      });
      await asUser.close();
    });

    it('is unknown in a container, where a lock of the outside would not be listed', async (context) => {
      const why = whyNot(...NESTED);
      if (why !== undefined) context.skip(why);
      await rig.stage.start('holder', ['--file', rig.stage.path('a.lock'), '--kind', 'posix']);
      const watched = service('a', {});
      const { observer: inside } = await startInside({
        ...{ ...rig, flags: NESTED, script: '', watched, roles: [] },
      });
      expect(await inside.locksOf(rig.stage.path('a.lock'))).toMatchObject({
        locks: [],
        certainty: 'unknown',
        uncertainBecause: 'outsideNamespace',
        foreign: 'outsideNamespace',
      });
      await inside.close();
    });

    it('leaves FIFOs alone', async () => {
      execFileSync('mkfifo', [rig.stage.path('fifo')]);
      const asked = (observer = observerOf([]));
      expect(await asked.locksOf(rig.stage.path('fifo'))).toMatchObject({ file: { status: 'special' } });
      fs.rmSync(rig.stage.path('fifo'));
    });
  });

  it('leaves a POSIX lock of the outside open though a probe by flock finds the file free', async (context) => {
    const why = whyNot(...NESTED);
    if (why !== undefined) context.skip(why);
    await rig.stage.start('holder', ['--file', rig.stage.path('a.lock'), '--kind', 'posix']);
    fs.writeFileSync(rig.stage.path('b.lock'), '');
    const script = 'mkdir "$D/m"; mount -t tmpfs t "$D/m"; : > "$D/m/c.lock"; export PROBE=1';
    const watched = service('a', {
      lockFiles: [rig.stage.path('a.lock'), rig.stage.path('b.lock'), rig.stage.path('m/c.lock')],
    });
    const { observer: inside } = await startInside({
      ...{ ...rig, flags: NESTED, script, watched, roles: [] },
    });
    const { facts, state } = await inside.tick();
    expect(facts.lockFiles.map(({ certainty }) => certainty)).toEqual(['unknown', 'unknown', 'certain']);
    expect(state).toBe('unverified');
    await inside.close();
  });
});

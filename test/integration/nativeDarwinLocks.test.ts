/** What macOS says of locks, open files and processes, and who holds what by that: its calls by a stand-in. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { contextOf } from '../../src/model/context';
import type { ServiceFacts } from '../../src/model/facts';
import { instanceProofText } from '../../src/model/proofText';
import { unknownPidText } from '../../src/model/lockText';
import { diagnose } from '../../src/model/diagnose';
import { lookAtPath } from '../../src/monitor/lookups/path';
import { UserList } from '../../src/monitor/lookups/userList';
import { createDarwinReaders } from '../../src/os/darwin/index';
import { darwinUsers } from '../../src/os/darwin/users';
import type { FileUse } from '../../src/os/native/darwin/calls';
import { FactsObserver } from '../../src/os/observer/factsObserver';
import type { Actor } from '../fixtures/actors';
import { whyNoCompiler } from '../fixtures/compile';
import { argumentsOf, DarwinWorld, STARTED, type Native, type ToldProcess } from '../fixtures/darwinWorld';
import { service } from '../fixtures/observe';
import { Stage } from '../fixtures/stage';

const why = process.platform === 'linux' ? whyNoCompiler() : 'the stand-in is made on Linux';
const TOOK = 0x4003;
const READS = 1;

describe.skipIf(why !== undefined)(`macOS${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let world: DarwinWorld;
  let stage: Stage;
  let file: string;
  beforeAll(() => {
    world = new DarwinWorld();
  });
  afterAll(() => world.close());
  beforeEach(() => {
    stage = Stage.open();
    file = stage.file('bot.lock', 'x');
    world.script.reset();
  });
  afterEach(async () => {
    // Nothing but the two questions was ever asked.
    expect(world.script.other_asked()).toBe(0);
    await stage.close();
  });

  const locksOn = (path = file): unknown => world.calls.locksOn([path])[0];
  const useOf = (path = file): FileUse => {
    const use = world.calls.usesOf([path])[0];
    if (use === undefined || 'code' in use) throw new Error(JSON.stringify(use));
    return use;
  };
  const WHOLE = { start: '0', end: 'EOF' };

  describe('the locks of a file', () => {
    it('are none, an flock without its owner, or a POSIX lock with it', () => {
      expect(locksOn()).toEqual({ locks: [] });
      world.tell(501);
      world.lock(file, 501);
      expect(locksOn()).toEqual({
        locks: [{ access: 'write', ...WHOLE, owner: { pid: 501, uniqueId: '50100' } }],
      });
      world.script.reset();
      world.lock(file, -1, 'read');
      expect(locksOn()).toEqual({ locks: [{ access: 'read', ...WHOLE }] });
    });

    it('are all found, whatever their order in the list', () => {
      world.tell(501);
      world.tell(502);
      world.lock(file, 501, 'write', 100, 10);
      world.lock(file, 502, 'write', 0, 10);
      world.lock(file, -1, 'write', 50, 5);
      world.lock(file, 501, 'read', 200, 0);
      expect(locksOn()).toMatchObject({
        locks: [
          { start: '100', end: '109' },
          { start: '0', end: '9', owner: { pid: 502 } },
          { start: '200', end: 'EOF', access: 'read', owner: { pid: 501 } },
          { start: '50', end: '54' },
        ],
      });
      expect(world.script.asked()).toBeLessThan(30);
    });

    it.each([
      ['gone', 0n],
      ['another process', 9n],
    ])('have no certain owner when its number is %s by the end of the question', (_, unique) => {
      world.tell(501);
      world.lock(file, 501);
      world.script.becomes(501, 1, unique, 1);
      expect(locksOn()).toEqual({ locks: [{ access: 'write', ...WHOLE, owner: { pid: 501 } }] });
    });

    it('cannot be asked of what is absent, no file, or on a file system that knows none', () => {
      expect(locksOn(stage.path('absent'))).toEqual({ code: 'ENOENT' });
      expect(locksOn(stage.folder)).toEqual({ code: 'ENOTFILE' });
      world.script.refuse(os.constants.errno.ENOTSUP);
      expect(locksOn()).toEqual({ code: 'ENOTSUP' });
      expect(world.calls.usesOf([file, stage.path('absent')])).toEqual([
        { code: 'ENOTSUP' },
        { code: 'ENOENT' },
      ]);
    });
  });

  describe('those who have a file open', () => {
    it('are known by device and inode, with what each may have locked', () => {
      const other = stage.file('other.lock');
      world.tell(501);
      world.tell(502);
      world.tell(503);
      world.opens(501, 3, file, { flags: TOOK, isShared: true });
      world.opens(502, 4, file, { flags: READS });
      world.opens(502, 5, file, { name: '' });
      world.opens(502, 6, file, { type: 2 });
      world.opens(503, 3, other, { flags: TOOK });
      world.lock(file, -1);
      const { id, ...use } = useOf();
      expect(use).toEqual({
        locks: [{ access: 'write', ...WHOLE }],
        openers: [
          {
            ...{ pid: 501, uniqueId: '50100', fd: 3, mayRead: true, mayWrite: true },
            ...{ tookFlock: true, isShared: true, hasHiddenTwin: false },
          },
          {
            ...{ pid: 502, uniqueId: '50200', fd: 4, mayRead: true, mayWrite: false },
            ...{ tookFlock: false, isShared: false, hasHiddenTwin: false },
          },
        ],
        hidden: 0,
        isSettled: true,
      });
      expect(id.ino).toBe(String(fs.statSync(file).ino));
    });

    it('are found among more processes and descriptors than a list has room for at first', () => {
      world.tell(501);
      world.opens(501, 3, file, { flags: TOOK });
      world.script.pad(3000);
      expect(useOf().openers.map(({ pid }) => pid)).toEqual([501]);
    });

    it.each([
      ['gone', 0n],
      ['another process', 9n],
    ])('are not named when their number is %s by the end of the look', (_, unique) => {
      world.tell(501);
      world.opens(501, 3, file, { flags: TOOK });
      world.script.becomes(501, 1, unique, 1);
      expect(useOf()).toMatchObject({ openers: [], hidden: 0 });
    });

    it.each<[string, ToldProcess, number, boolean]>([
      ['runs another program', { exe: '/usr/libexec/logd' }, TOOK, false],
      ['runs the same program', {}, TOOK, true],
      ['runs a program that is not known', { exe: '' }, TOOK, true],
      ['runs the same program, of one that took no flock', {}, READS, false],
    ])('may have a hidden twin where one that hides its descriptors %s', (_, told, flags, expected) => {
      world.tell(501);
      world.opens(501, 3, file, { flags });
      world.tell(80, { uid: 0, ...told });
      world.script.deny(80);
      world.opens(80, 3, file, { flags: TOOK });
      expect(useOf()).toMatchObject({ openers: [{ pid: 501, hasHiddenTwin: expected }], hidden: 1 });
    });

    it('are read once more when the lock was released meanwhile', () => {
      world.tell(501);
      world.opens(501, 3, file, { flags: TOOK });
      world.lock(file, -1);
      world.script.unlock_after(1);
      expect(useOf()).toMatchObject({ locks: [], isSettled: true });
      expect(world.script.asked()).toBe(4);
    });

    it('are each asked about by number where they share a POSIX lock', () => {
      for (const pid of [501, 502, 503]) world.tell(pid);
      for (const pid of [501, 502, 503]) world.opens(pid, 3, file);
      world.lock(file, 501, 'read', 10, 5);
      world.lock(file, 502, 'read', 10, 5);
      expect(useOf().locks.map(({ owner }) => owner?.pid)).toEqual([501, 502]);
      // Its number is asked for twice before that.
      world.script.becomes(502, 2, 9n, 1);
      expect(useOf().locks.map(({ owner }) => owner?.pid)).toEqual([501]);
    });

    it('own no POSIX lock for having the file open where an flock is in the way', () => {
      for (const pid of [501, 502]) world.tell(pid);
      for (const pid of [501, 502]) world.opens(pid, 3, file);
      world.lock(file, 501, 'read', 10, 5);
      world.lock(file, -1, 'read');
      expect(useOf().locks.map(({ owner }) => owner?.pid)).toEqual([501, undefined]);
    });

    it('are without the one who asks, and one that has nothing open hides nothing', () => {
      world.tell(process.pid);
      world.opens(process.pid, 3, file, { flags: TOOK });
      world.tell(80, { uid: 0 });
      world.script.deny(80);
      world.tell(502);
      expect(useOf()).toMatchObject({ openers: [], hidden: 1 });
    });
  });

  describe('the locked files below a folder', () => {
    const listed = (...folders: string[]) =>
      world.calls.lockedFiles(folders).map(({ path, use }) => [path, use.openers.map(({ pid }) => pid)]);

    it('are those that a process has open there, whatever the kind of their lock', () => {
      const folder = stage.subfolder('work');
      const [flocked, posix, free] = ['a.lock', 'b.lock', 'c.lock'].map((name) =>
        stage.file(`work/${name}`),
      ) as [string, string, string];
      world.tell(501);
      world.tell(502);
      world.opens(501, 3, flocked, { flags: TOOK });
      world.opens(502, 3, flocked, { flags: READS });
      world.opens(502, 4, posix);
      world.opens(501, 5, free);
      world.opens(501, 6, file);
      for (const locked of [flocked, file]) world.lock(locked, -1);
      world.lock(posix, 502);
      expect(listed(folder)).toEqual([
        [flocked, [501, 502]],
        [posix, [502]],
      ]);
      expect(listed(`${folder}/`, '/elsewhere')).toHaveLength(2);
      expect(listed(folder.slice(0, -1))).toEqual([]);
    });

    it.each([
      ['a deleted file, whose name may be another’s', { links: 0 }],
      ['no regular file', { mode: 0o010644 }],
    ])('are without %s', (_, descriptor) => {
      world.tell(501);
      world.opens(501, 3, file, { flags: TOOK, ...descriptor });
      world.lock(file, -1);
      expect(listed(stage.folder)).toEqual([]);
    });

    it('are without one whose lock is gone by the end', () => {
      world.tell(501);
      world.opens(501, 3, file, { flags: TOOK });
      world.lock(file, -1);
      world.script.unlock_after(1);
      expect(listed(stage.folder)).toEqual([]);
    });
  });

  describe('the processes', () => {
    const listed = (pid: number) => world.calls.processes().find((one) => one.pid === pid);

    it('have their number, start in microseconds, program and arguments', () => {
      world.tell(501, { argv: ['python3', '', 'my bot.py'], name: 'a-name-of-twenty-ch' });
      expect(listed(501)).toEqual({
        ...{ pid: 501, ppid: 1, pgid: 501, uid: os.userInfo().uid, name: 'a-name-of-twenty-ch', state: 'R' },
        ...{ uniqueId: '50100', idVersion: 7, startTime: STARTED, exe: '/usr/local/bin/python3' },
        argv: ['python3', '', 'my bot.py'],
      });
      expect(listed(0)).toBeUndefined();
    });

    it('of another user have neither start nor arguments', () => {
      world.tell(80, { uid: 0, status: 4 });
      world.script.deny(80);
      expect(listed(80)).toEqual({
        ...{ pid: 80, ppid: 1, pgid: 80, uid: 0, name: 'python3', state: 'T' },
        ...{ uniqueId: '8000', idVersion: 7, exe: '/usr/local/bin/python3' },
      });
    });

    it.each([
      ['cut off', argumentsOf('/bin/a', ['a', 'b'], []).subarray(0, -1)],
      ['garbage', Buffer.from('\x02\0\0\0 no path and no end')],
      ['empty', Buffer.alloc(0)],
    ])('have no arguments where these are %s', (_, bytes) => {
      world.tell(501);
      world.script.start_with(501, bytes, bytes.length);
      expect(listed(501)).not.toHaveProperty('argv');
    });

    it('have all of their arguments, however much environment is behind them', () => {
      world.tell(501);
      const bytes = argumentsOf('/bin/a', ['a', 'b'.repeat(1500)], ['X='.padEnd(2000, 'y')]);
      world.script.start_with(501, bytes, bytes.length);
      expect(listed(501)?.argv).toEqual(['a', 'b'.repeat(1500)]);
    });

    it.each([
      ['is gone', 0n, undefined],
      ['is another process', 9n, undefined],
      ['runs another program', 50100n, '50100'],
    ])('are told once more, or left out, when one %s meanwhile', (_, unique, expected) => {
      world.tell(501);
      world.script.becomes(501, 1, unique, 8);
      const told = listed(501);
      expect(told?.uniqueId).toBe(expected);
      expect(told?.idVersion).toBe(expected === undefined ? undefined : 8);
    });

    it('have their working directory, as far as it may be read', () => {
      world.tell(501);
      world.tell(502);
      world.tell(80);
      world.script.deny(80);
      world.script.works_in(501, stage.folder);
      expect(world.calls.workingFolders([501, 502, 80, 4])).toEqual([[501, stage.folder]]);
    });
  });

  describe('a service', () => {
    /** Real processes, since liveness is asked of this system. */
    const start = async (told: ToldProcess = {}): Promise<number> => {
      const { pid } = await startActor();
      world.tell(pid, told);
      return pid;
    };
    const startActor = () => stage.start('bystander', []);
    const end = async (actor: Actor): Promise<void> => {
      await stage.killHard(actor.pid);
      await actor.exited;
    };
    const observe = (native: Native | undefined = world.native()) => {
      const observer = new FactsObserver(createDarwinReaders(native), undefined);
      observer.configure([service('bot', { lockFiles: [file] })], { probe: undefined, probePolicy: 'auto' });
      const tick = async (): Promise<ServiceFacts | undefined> => (await observer.tick()).changed[0];
      return { observer, tick, source: async () => (await observer.tick()).lockSource };
    };
    const factsNow = async (native?: Native): Promise<ServiceFacts> => {
      const { observer, tick } = observe(native);
      try {
        const facts = await tick();
        if (facts === undefined) throw new Error('nothing was observed');
        return facts;
      } finally {
        observer.close();
      }
    };
    const proofs = (facts: ServiceFacts): string[] =>
      contextOf(facts).instances.all.map(({ root, proof }) => `${root.pid} ${instanceProofText(proof)}`);
    const lockOf = (facts: ServiceFacts) => facts.lockFiles[0]?.locks[0];

    it('is held by the only process that took an flock, whoever else reads the file', async () => {
      const [holder, reader] = [await start(), await start({ exe: '/usr/bin/tail', name: 'tail' })];
      world.opens(holder, 3, file, { flags: TOOK });
      world.opens(reader, 3, file, { flags: READS });
      world.lock(file, -1);
      const facts = await factsNow();
      expect(lockOf(facts)).toMatchObject({
        ...{ kind: 'flock', access: 'write', waiters: [] },
        holders: [
          { process: { pid: holder, argv: ['python3', 'bot.py'] }, inherited: false, proven: true, fd: 3 },
        ],
      });
      expect(proofs(facts)).toEqual([
        `${holder} proven: the file is locked, and only this process took an flock on it through a descriptor that it still has open`,
      ]);
    });

    it('is held by the process that the kernel names', async () => {
      const holder = await start();
      world.lock(file, holder, 'write', 0, 0);
      const facts = await factsNow();
      expect(lockOf(facts)).toMatchObject({
        kind: 'posix',
        start: '0',
        end: 'EOF',
        holders: [{ proven: true }],
      });
      expect(proofs(facts)).toEqual([`${holder} proven: the kernel names it as the owner of the lock`]);
    });

    it('is held by a lock of an open file description: those that may write may hold it, none is proven', async () => {
      const [a, reader] = [await start(), await start()];
      world.opens(a, 3, file);
      world.opens(reader, 3, file, { flags: READS });
      world.lock(file, -1, 'write', 0, 1);
      const lock = lockOf(await factsNow());
      expect(lock).toMatchObject({
        kind: 'ofd',
        end: '0',
        holders: [],
        unknown: 'oneOfUsers',
        users: [{ pid: a }],
      });
    });

    it('is free where only a reader has the file open', async () => {
      world.opens(await start(), 3, file, { flags: READS });
      expect((await factsNow()).lockFiles[0]).toMatchObject({ locks: [], certainty: 'certain' });
    });

    it('may be held by a process that hides: nothing is proven, and why is said', async () => {
      const holder = await start();
      world.tell(80, { uid: 0 });
      world.script.deny(80);
      world.opens(holder, 3, file, { flags: TOOK });
      world.lock(file, -1);
      const lock = lockOf(await factsNow());
      expect(lock).toMatchObject({ holders: [], unknown: 'mayHold' });
      expect(lock && unknownPidText(lock)).toBe(
        `pid unknown: these processes may hold it: ${holder} (python3 bot.py); processes of other users do not show what they have open`,
      );
    });

    it('shows the next holder once the first has ended, and free after that', async () => {
      const [one, two] = [await startActor(), await startActor()];
      const [first, next] = [one.pid, two.pid];
      world.tell(first);
      world.tell(next);
      world.opens(first, 3, file, { flags: TOOK });
      world.lock(file, -1);
      const { observer, tick } = observe();
      expect(lockOf((await tick()) as ServiceFacts)).toMatchObject({
        holders: [{ process: { pid: first } }],
      });
      await end(one);
      world.script.reset();
      world.tell(next);
      world.opens(next, 3, file, { flags: TOOK });
      world.lock(file, -1);
      expect(lockOf((await tick()) as ServiceFacts)).toMatchObject({ holders: [{ process: { pid: next } }] });
      world.script.reset();
      await end(two);
      expect((await tick())?.lockFiles[0]).toMatchObject({ locks: [], certainty: 'certain' });
      observer.close();
    });

    it('has users that are not known where the helper gives no answer, which is not “no process”', async () => {
      const holder = await start();
      world.opens(holder, 3, file, { flags: READS });
      const looks = async (native: Native): Promise<UserList['sentences']> => {
        const facts = await factsNow();
        const list = new UserList();
        const report = { facts, snapshot: diagnose(facts), advice: [] };
        const watch = { inspect: () => Promise.resolve(report), heldLocks: () => Promise.resolve([]) };
        const users = await darwinUsers(native);
        const { signal } = new AbortController();
        const common = { watch, platform: 'darwin', apart: undefined, listeners: undefined } as const;
        await lookAtPath({ ...common, users, list, signal, onProgress: () => undefined }, file, {});
        expect(list.size).toBe(native === dying ? 0 : 1);
        return list.sentences;
      };
      const dying: Native = {
        ask: (call, ...args) =>
          call === 'pathUsers'
            ? Promise.resolve({ why: 'it ended with SIGSEGV', isLost: true })
            : world.native().ask(call, ...args),
      };
      expect(await looks(dying)).toEqual({
        unknown: [],
        notes: ['Who has it open could not be found out: it ended with SIGSEGV.'],
        commands: [`sudo lsof ${file}`],
      });
      expect(await looks(world.native())).toEqual({ unknown: [], notes: [], commands: [] });
    });

    it('is told by lsof where the helper is missing, and the page says what that means', async () => {
      const missing: Native = { ask: () => Promise.resolve({ why: 'no koffi', isLost: false }) };
      const { observer, source } = observe(missing);
      expect(await source()).toBe('lsof');
      observer.close();
      const there = observe();
      expect(await there.source()).toBe('native');
      there.observer.close();
    });
  });
});

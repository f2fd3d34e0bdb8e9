/** Who uses a path of macOS: its calls by a stand-in, with the processes and open files that a test has told it of. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { darwinUsers } from '../../src/os/darwin/users';
import type { PathUsers, UserFinder } from '../../src/os/users';
import { whyNoCompiler } from '../fixtures/compile';
import { DarwinWorld, type Native } from '../fixtures/darwinWorld';
import { Stage } from '../fixtures/stage';

const why = process.platform === 'linux' ? whyNoCompiler() : 'the stand-in is made on Linux';
const OPTIONS = { signal: new AbortController().signal, onProgress: () => undefined };

describe.skipIf(why !== undefined)(`users on macOS${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let world: DarwinWorld;
  let stage: Stage;
  let file: string;
  beforeAll(() => {
    world = new DarwinWorld();
  });
  afterAll(() => world.close());
  beforeEach(() => {
    stage = Stage.open();
    file = stage.file('bot.db', 'x');
    world.script.reset();
    world.tell(501);
    world.tell(502);
  });
  afterEach(async () => {
    // Nothing was asked about locks, and nothing locked.
    expect([world.script.asked(), world.script.other_asked()]).toEqual([0, 0]);
    await stage.close();
  });

  const finder = async (native: Native = world.native()): Promise<UserFinder> => {
    const found = await darwinUsers(native);
    if (found === undefined) throw new Error('nothing can be asked');
    return found;
  };
  const ask = async (of: string, users?: UserFinder): Promise<PathUsers | undefined> => {
    const found = await (users ?? (await finder())).ofPath(of, false, OPTIONS);
    if (found !== undefined && 'problem' in found) throw new Error(found.problem);
    return found;
  };
  const usesOf = async (of: string): Promise<unknown> =>
    (await ask(of))?.users.map(({ process, uses }) => [
      process.pid,
      ...uses.map((use) => `${use.kind} ${use.path}`),
    ]);

  it('of a file have it open, under any of its names, or run it', async () => {
    const other = stage.file('other.db');
    fs.linkSync(file, stage.path('second.db'));
    world.opens(501, 3, file);
    world.opens(501, 4, file, { name: stage.path('second.db') });
    world.opens(502, 3, other);
    world.tell(503, { exe: fs.realpathSync(file) });
    expect(await usesOf(file)).toEqual([
      [501, `open ${file}`],
      [503, `program ${file}`],
    ]);
    expect(await ask(file)).toMatchObject({ done: 3, all: 3, hidden: 0 });
  });

  it('of a folder use what is below it, and not what is beside it', async () => {
    const folder = stage.subfolder('work');
    const inside = stage.file('work/a.db');
    const beside = stage.file('work2.db');
    const link = stage.path('link');
    fs.symlinkSync(folder, link);
    world.opens(501, 3, inside);
    world.opens(501, 4, beside);
    world.opens(501, 5, beside, { links: 0, name: path.join(folder, 'gone.db') });
    world.script.works_in(502, fs.realpathSync(folder));
    expect(await usesOf(folder)).toEqual([
      [501, `open ${inside}`],
      [502, `directory ${folder}`],
    ]);
    expect(await usesOf(link)).toEqual([
      [501, `open ${link}/a.db`],
      [502, `directory ${link}`],
    ]);
    expect(await usesOf(file)).toEqual([]);
  });

  it('may be those that show nothing: they are counted', async () => {
    world.opens(501, 3, file);
    world.script.deny(501);
    expect(await ask(file)).toEqual({ users: [], done: 2, all: 2, hidden: 1 });
  });

  it.each([
    ['by the end of the look', 1],
    ['after it', 2],
  ])('are not named where the number is another process’s %s', async (_, after) => {
    world.opens(501, 3, file);
    const users = await finder();
    world.script.becomes(501, after, 9n, 1);
    expect((await ask(file, users))?.users).toEqual([]);
  });

  it('are not named by the helper itself where the number is another process’s by the end', () => {
    world.opens(501, 3, file);
    world.opens(502, 3, file);
    world.script.becomes(501, 1, 9n, 1);
    expect(world.calls.pathUsers(file)).toMatchObject({ users: [{ pid: 502, uniqueId: '50200' }] });
  });

  it('of a path that is absent, or whose file system may not answer, are not known', async () => {
    world.opens(501, 3, file);
    expect(await ask(stage.path('absent'))).toBeUndefined();
    const asked: string[] = [];
    const counting: Native = {
      ask: (call, ...args) => {
        asked.push(call);
        return world.native().ask(call, ...args);
      },
    };
    expect(await (await finder(counting)).ofPath(file, true, OPTIONS)).toBeUndefined();
    expect(asked).not.toContain('pathUsers');
    const missing: Native = { ask: () => Promise.resolve({ why: 'no koffi', isLost: false }) };
    expect(await darwinUsers(missing)).toBeUndefined();
  });

  it('are not known where the list that has them gets no answer, unless an older one has them', async () => {
    let isSilent = false;
    const by: Native = {
      ask: (call, ...args) =>
        isSilent && call === 'processes'
          ? Promise.resolve({ why: 'it ended with SIGSEGV', isLost: true })
          : world.native().ask(call, ...args),
    };
    const before = await finder(by);
    world.tell(503);
    world.opens(503, 3, file);
    const after = await finder(by);
    isSilent = true;
    expect(await before.ofPath(file, false, OPTIONS)).toEqual({
      problem: 'the list of processes got no answer',
    });
    expect((await ask(file, after))?.users.map(({ process }) => process.pid)).toEqual([503]);
  });

  it('are known with their parents, their working directory, and whether they live', async () => {
    const { pid } = await stage.start('bystander', []);
    world.tell(pid, { parent: 501 });
    world.script.works_in(pid, stage.folder);
    const users = await finder();
    expect(users.livenessOf(pid)).toMatchObject({ state: 'alive', process: { pid, uniqueId: `${pid}00` } });
    expect(users.ancestorsOf(pid)).toEqual([501]);
    expect(users.workingDirectoryOf(pid)).toBe(stage.folder);
    expect(users.workingDirectoryOf(502)).toBeUndefined();
    world.script.forget(pid);
    expect((await finder()).livenessOf(pid)).toMatchObject({ state: 'unavailable' });
    world.tell(pid, { status: 5 });
    expect((await finder()).livenessOf(pid)).toEqual({ state: 'dead', why: 'zombie' });
    await stage.killHard(pid);
  });
});

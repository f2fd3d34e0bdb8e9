/** Whole clean-ups: planned, carried out on real records, undone; and what an interrupted one has left. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CleanUpPlan } from '../../../src/actions/index';
import { plainGuards } from '../../../src/os/plainGuards';
import { newAsideName } from '../../../src/os/removal/asideName';
import { IntentFile, type Intent } from '../../../src/os/removal/intents';
import { newOwner, type Owner } from '../../../src/os/removal/owner';
import { file, gone, lock, lockFile, pidFile, proc } from '../model/build';
import { CleanUpWorld } from './cleanUpWorld';

let world = new CleanUpWorld();
beforeEach(() => {
  world.remove();
  world = new CleanUpWorld();
});
afterEach(() => world.remove());

const all = ({ items }: CleanUpPlan): string[] => items.map(({ id }) => id);

/** Plans the clean-up of these services and carries all of it out. */
async function clean(...services: string[]) {
  const plan = await world.actions.planCleanUp(services);
  return { plan, ...(await world.actions.cleanUp(plan.id, all(plan))) };
}

/** The log without the clock. */
const logged = (): string[] => world.log.map((line) => line.replace(/ \+[\d.]+ ms/, ''));

/** Once only, while a record is aside. */
function meanwhile(act: () => void): void {
  let isDone = false;
  world.onWait = () => {
    if (!isDone) act();
    isDone = true;
  };
}

describe('a clean-up', () => {
  test('removes what was judged, writes it down before, and can be undone', async () => {
    world.dead('bot', 'bot.pid');
    const record = world.at('bot.pid');
    const { ino } = fs.statSync(record);
    let aside = '';
    meanwhile(() => {
      aside = world.aside();
      const [name = ''] = world.written();
      const text = fs.readFileSync(`${world.storage}/${name}`, 'utf8');
      expect(JSON.parse(text)).toMatchObject({
        owner: { pid: process.pid },
        intents: [{ path: record, kind: 'file', ino: String(ino), aside: aside.split('/').at(-1) }],
      });
    });
    const { plan, outcomes, sentence, undoable } = await clean('bot');
    expect(plan).toMatchObject({ refused: [], items: [{ path: record, proof: 'proven' }] });
    expect(Object.keys(plan)).not.toContain('nothing');
    expect({ outcomes, sentence, undoable }).toEqual({
      outcomes: [{ serviceId: 'bot', path: record, removed: true, sentence: `${record} was removed.` }],
      sentence: `${record} was removed.`,
      undoable: true,
    });
    expect([world.here(), world.written(), world.waits]).toEqual([[], [], [20]]);
    expect(world.progress).toEqual(['1 of 1']);
    expect(logged()).toEqual([
      `clean up: stale: ${record} names pid 4242, which is gone.`,
      `clean up: ${record}: still stale; inode ${ino}, 4 bytes: 4242`,
      `clean up: ${record}: moved aside as ${aside.split('/').at(-1)}`,
      `clean up: ${record}: ${record} was removed.`,
    ]);
    expect(await world.actions.undoCleanUp(plan.id)).toEqual({
      outcomes: [{ serviceId: 'bot', path: record, restored: true, sentence: `${record} was restored.` }],
      sentence: `${record} was restored.`,
    });
    expect(fs.readFileSync(record, 'utf8')).toBe('4242');
    expect(logged().at(-1)).toBe(`clean up: undo: ${record} was restored.`);
    expect(await world.actions.undoCleanUp(plan.id)).toEqual({
      outcomes: [],
      sentence: 'There is nothing to restore.',
    });
  });

  test('takes only what is chosen, and counts', async () => {
    world.dead('bot', 'a.pid', 'b.pid', 'c.pid');
    const plan = await world.actions.planCleanUp(['bot']);
    const chosen = plan.items.filter(({ path }) => !path.endsWith('b.pid')).map(({ id }) => id);
    const result = await world.actions.cleanUp(plan.id, chosen);
    expect(result.sentence).toBe('2 of 2 stale records removed.');
    expect(world.here()).toEqual(['b.pid']);
    expect(world.progress).toEqual(['1 of 2', '2 of 2']);
    const { sentence } = await world.actions.undoCleanUp();
    expect(sentence).toBe('2 records were restored.');
    expect(world.here()).toEqual(['a.pid', 'b.pid', 'c.pid']);
  });

  test('says what was kept of several, and why', async () => {
    world.dead('bot', 'a.pid', 'b.pid');
    const plan = await world.actions.planCleanUp(['bot']);
    fs.writeFileSync(world.at('b.pid'), '5555');
    const kept = `Kept ${world.at('b.pid')}. It has changed since it was judged stale.`;
    const result = await world.actions.cleanUp(plan.id, all(plan));
    expect(result).toMatchObject({ sentence: `1 of 2 stale records removed. ${kept}`, undoable: true });
    expect(result.outcomes.map(({ removed }) => removed)).toEqual([true, false]);
    const again = await world.actions.cleanUp(plan.id, all(plan));
    expect(again.sentence).toBe(`${world.at('a.pid')} had already disappeared. ${kept}`);
    expect(world.here()).toEqual(['b.pid']);
  });

  test('of nothing writes nothing down', async () => {
    world.dead('bot', 'a.pid');
    const plan = await world.actions.planCleanUp(['bot']);
    let looks = 0;
    world.guards.syncFolder = () => void (looks += 1);
    expect(await world.actions.cleanUp(plan.id, ['another'])).toEqual({
      outcomes: [],
      sentence: 'Nothing was selected, so nothing was removed.',
      undoable: false,
    });
    expect([looks, world.written(), world.here()]).toEqual([0, [], ['a.pid']]);
    expect(logged().filter((line) => line.includes('written down'))).toEqual([]);
  });

  test('that was never planned removes nothing', async () => {
    world.dead('bot', 'a.pid');
    const { items } = await world.actions.planCleanUp(['bot']);
    expect(
      await world.actions.cleanUp(
        'no such plan',
        items.map(({ id }) => id),
      ),
    ).toEqual({ outcomes: [], sentence: 'Nothing was removed. Run the command again.', undoable: false });
    world.actions.cancelCleanUp('no such plan');
    expect(await world.actions.undoCleanUp('no such plan')).toEqual({
      outcomes: [],
      sentence: 'There is nothing to restore.',
    });
    expect(await world.actions.undoCleanUp()).toMatchObject({ outcomes: [] });
    expect(world.here()).toEqual(['a.pid']);
  });

  test('says why there is nothing to offer', async () => {
    const held = lockFile([lock([proc(7, 'python3 bot.py')])]);
    const offered = async (...names: string[]) => {
      world.dead('bot', ...names);
      const given = world.services.get('bot');
      world.services.set('bot', { ...given, lockFiles: [held] });
      return (await world.actions.planCleanUp(['bot'])).nothing;
    };
    world.services.set('bot', {});
    expect((await world.actions.planCleanUp(['bot'])).nothing).toBe('There are no stale records.');
    expect(await offered('a.pid')).toMatch(
      /\/a\.pid is not offered for removal. The lock on .* is held by pid 7/,
    );
    expect(logged().at(-1)).toMatch(/^clean up: not offered: .*\/a\.pid: The lock on /);
    expect(await offered('a.pid', 'b.pid')).toBe(
      '2 records are not offered for removal; see the log for the reasons.',
    );
  });
});

describe('a record that was chosen', () => {
  const removed = async (act: (plan: CleanUpPlan) => void, services = ['bot']) => {
    const plan = await world.actions.planCleanUp(services);
    act(plan);
    const { sentence, undoable } = await world.actions.cleanUp(plan.id, all(plan));
    expect(undoable).toBe(false);
    return sentence.replace(`Kept ${world.at('bot.pid')}. `, '');
  };
  beforeEach(() => world.dead('bot', 'bot.pid'));

  test('is kept where its service is not watched any more', async () => {
    expect(await removed(() => world.services.clear())).toBe('Its service is no longer watched.');
    expect(world.here()).toEqual(['bot.pid']);
  });

  test('is kept where the service cannot be looked at', async () => {
    const failing = () => {
      world.onInspect = () => {
        throw new Error('no such file system');
      };
    };
    expect(await removed(failing)).toBe('It could not be re-checked; see the log for the reason.');
    expect(logged().join('\n')).toContain('could not be inspected: Error: no such file system');
  });

  test('is kept where another service that names it objects now', async () => {
    world.services.set('other', world.services.get('bot'));
    const held = () => {
      const given = world.services.get('other');
      world.services.set('other', { ...given, lockFiles: [lockFile([lock([proc(7, 'python3 bot.py')])])] });
    };
    expect(await removed(held, ['bot', 'other'])).toMatch(/^The lock on .* is held by pid 7/);
    expect(world.here()).toEqual(['bot.pid']);
  });

  test('is kept where a service that names it and does not offer it objects now', async () => {
    const { dev, ino } = fs.statSync(world.at('bot.pid'));
    const same = file(world.at('bot.pid'), { id: { dev: String(dev), ino: String(ino) } });
    world.services.set('bot', { pidFiles: [pidFile('4242', gone, { file: same })] });
    const as = (holds: boolean): void => {
      world.services.set('other', {
        lockFiles: [lockFile(holds ? [lock([proc(7, 'python3 bot.py')])] : [], { file: same })],
      });
    };
    as(false);
    expect(await removed(() => as(true), ['bot', 'other'])).toMatch(/ is held by pid 7/);
    expect(world.here()).toEqual(['bot.pid']);
    as(false);
    expect((await clean('bot', 'other')).outcomes).toMatchObject([{ removed: true }]);
  });

  test('is kept where what is about to be done cannot be written down', async () => {
    const other = new CleanUpWorld('file/storage');
    try {
      fs.writeFileSync(`${other.folder}/file`, '');
      other.dead('bot', 'bot.pid');
      const plan = await other.actions.planCleanUp(['bot']);
      const { sentence, outcomes } = await other.actions.cleanUp(plan.id, all(plan));
      expect(outcomes.map((one) => one.removed)).toEqual([false]);
      expect(sentence).toBe(
        `Kept ${other.at('bot.pid')}. In case of a crash, each removal must be written down first, but ${other.storage} cannot be written to (ENOTDIR).`,
      );
      expect(other.here()).toEqual(['bot.pid']);
      expect(other.log.join('\n')).toContain(
        `the clean-up cannot be written down in ${other.storage}: Error: ENOTDIR`,
      );
      expect(other.log.join('\n')).not.toContain('that it is done');
    } finally {
      other.remove();
    }
  });

  test('is removed though that it is done cannot be written down: the next start finds it decided', async () => {
    const plan = await world.actions.planCleanUp(['bot']);
    meanwhile(() => {
      const [name = ''] = world.written();
      fs.rmSync(`${world.storage}/${name}`);
      fs.mkdirSync(`${world.storage}/${name}`);
    });
    const result = await world.actions.cleanUp(plan.id, all(plan));
    expect(result.outcomes).toMatchObject([{ removed: true }]);
    expect(logged().join('\n')).toContain('that it is done cannot be written down: ');
  });

  test('goes back where something was written to it meanwhile, and is written down no more', async () => {
    meanwhile(() => fs.writeFileSync(world.aside(), '5555'));
    const { sentence, undoable } = await clean('bot');
    expect(sentence).toContain('It was written to while it was being removed, so it was put back.');
    expect([world.here(), world.written(), undoable]).toEqual([['bot.pid'], [], false]);
    expect(fs.readFileSync(world.at('bot.pid'), 'utf8')).toBe('5555');
  });

  test('gives way to a new one, and the log has what it said', async () => {
    meanwhile(() => {
      fs.writeFileSync(world.aside(), '5555\ntower');
      fs.writeFileSync(world.at('bot.pid'), '6666');
    });
    const { sentence } = await clean('bot');
    expect(sentence).toMatch(/^A new record appeared at .* check that only one instance is running\.$/);
    expect(logged().join('\n')).toContain('bot.pid: the copy moved aside had: 5555 tower');
    expect(world.here()).toEqual(['bot.pid']);
    expect(fs.readFileSync(world.at('bot.pid'), 'utf8')).toBe('6666');
  });

  test('that can get no name any more is where the sentence says, and stays written down', async () => {
    const record = world.at('lock');
    fs.symlinkSync('tower-4242', record);
    const status = 'symlink' as const;
    world.services.set('link', { pidFiles: [pidFile('4242', gone, { file: file(record, { status }) })] });
    meanwhile(() => {
      const aside = world.aside();
      fs.symlinkSync('tower-5555', `${aside}.new`);
      fs.renameSync(`${aside}.new`, aside); // another inode for certain
      world.guards.linkSymlink = () => {
        throw Object.assign(new Error('EIO'), { code: 'EIO', syscall: 'link' });
      };
    });
    const { sentence, outcomes } = await clean('link');
    expect(sentence).toBe(
      `${record} must stay but could not be renamed back (link: EIO). It is at ${world.aside()}; rename it by hand.`,
    );
    expect(outcomes).toMatchObject([{ removed: false }]);
    expect(world.written()).toHaveLength(1);
    // Another life of this process finds it, and that something else lies there.
    await world.another().recover();
    expect(world.told).toEqual([
      `false: A clean-up was interrupted. ${record} was not restored: another file is at ${world.aside()} now.`,
    ]);
    expect(world.written()).toEqual([]);
  });
});

describe('a clean-up that is stopped', () => {
  const stopped = 'The clean-up was stopped before it reached this record.';

  test.each([
    ['by its plan', (id: string) => world.actions.cancelCleanUp(id)],
    ['as everything ends', () => void world.actions.finishCleanUps()],
  ])('decides the record in hand and leaves the others: %s', async (_, stop) => {
    world.dead('bot', 'a.pid', 'b.pid');
    const plan = await world.actions.planCleanUp(['bot']);
    meanwhile(() => stop(plan.id));
    const { sentence, outcomes } = await world.actions.cleanUp(plan.id, all(plan));
    expect(outcomes.map(({ removed }) => removed)).toEqual([true, false]);
    expect(sentence).toBe(`1 of 2 stale records removed. Kept ${world.at('b.pid')}. ${stopped}`);
    expect([world.here(), world.written()]).toEqual([['b.pid'], []]);
  });

  test('is over when nothing is aside, and begins nothing more', async () => {
    world.dead('bot', 'a.pid');
    const plan = await world.actions.planCleanUp(['bot']);
    let finished: Promise<void> | undefined;
    let isOver = false;
    meanwhile(() => {
      finished = world.actions.finishCleanUps().then(() => void (isOver = true));
      expect(world.here()).not.toEqual([]);
    });
    const cleaning = world.actions.cleanUp(plan.id, all(plan));
    await cleaning;
    await finished;
    expect([isOver, world.here()]).toEqual([true, []]);
    const late = await world.actions.planCleanUp(['bot']);
    expect((await world.actions.cleanUp(late.id, all(late))).sentence).toBe(
      'Nothing was removed. Run the command again.',
    );
    await expect(world.actions.finishCleanUps()).resolves.toBeUndefined();
  });
});

test('a clean-up that is under way is waited for, however many are planned meanwhile', async () => {
  world.dead('bot', 'a.pid');
  world.dead('other', 'b.pid');
  const plan = await world.actions.planCleanUp(['bot']);
  let finishing: Promise<string[]> | undefined;
  world.onWait = async () => {
    if (finishing !== undefined) return;
    for (let i = 0; i < 25; i++) await world.actions.planCleanUp(['other']);
    finishing = world.actions.finishCleanUps().then(() => world.here());
    await new Promise(setImmediate);
  };
  await world.actions.cleanUp(plan.id, all(plan));
  expect(await finishing).toEqual(['b.pid']);
});

describe('undoing', () => {
  test('begins with the last that was carried out', async () => {
    world.dead('a', 'a.pid');
    world.dead('b', 'b.pid');
    const [a, b] = [await world.actions.planCleanUp(['a']), await world.actions.planCleanUp(['b'])];
    await world.actions.cleanUp(b.id, all(b));
    await world.actions.cleanUp(a.id, all(a));
    await world.actions.planCleanUp(['b']);
    const back = async () => (await world.actions.undoCleanUp()).outcomes.map(({ serviceId }) => serviceId);
    expect([await back(), await back(), await back()]).toEqual([['a'], ['b'], []]);
  });

  test('means the plan that it names', async () => {
    world.dead('a', 'a.pid');
    world.dead('b', 'b.pid');
    const { plan } = await clean('a');
    await clean('b');
    expect((await world.actions.undoCleanUp(plan.id)).outcomes.map(({ serviceId }) => serviceId)).toEqual([
      'a',
    ]);
    expect(world.here()).toEqual(['a.pid']);
  });

  test('keeps a new record, and says so', async () => {
    world.dead('bot', 'a.pid', 'b.pid');
    const { plan } = await clean('bot');
    fs.writeFileSync(world.at('a.pid'), '5555');
    const { sentence, outcomes } = await world.actions.undoCleanUp(plan.id);
    expect(sentence).toBe(`${world.at('a.pid')} was not restored: a new file is there, and it was kept.`);
    expect(outcomes.map(({ restored }) => restored)).toEqual([false, true]);
    expect(fs.readFileSync(world.at('a.pid'), 'utf8')).toBe('5555');
    expect((await world.actions.undoCleanUp(plan.id)).outcomes).toEqual([]);
  });

  test('says of each of several why it is not back', async () => {
    world.dead('bot', 'a.pid', 'b.pid');
    const { plan } = await clean('bot');
    const kept = ['a.pid', 'b.pid'].map((name) => {
      fs.writeFileSync(world.at(name), '5555');
      return `${world.at(name)} was not restored: a new file is there, and it was kept.`;
    });
    expect((await world.actions.undoCleanUp(plan.id)).sentence).toBe(kept.join(' '));
  });

  test('can be tried again where it failed', async () => {
    world.dead('bot', 'a.pid');
    const { plan } = await clean('bot');
    const folder = world.at('');
    const moved = `${path.resolve(folder)}.moved`;
    fs.renameSync(folder, moved);
    const failed = await world.actions.undoCleanUp();
    expect(failed.sentence).toMatch(/a\.pid could not be restored \(\w+: ENOENT\)/);
    fs.renameSync(moved, folder);
    expect((await world.actions.undoCleanUp(plan.id)).outcomes).toMatchObject([{ restored: true }]);
    expect(world.here()).toEqual(['a.pid']);
  });

  test('puts nothing into a folder that was made again, whatever its number', async () => {
    world.dead('bot', 'a.pid');
    const { plan } = await clean('bot');
    fs.rmSync(world.at(''), { recursive: true });
    fs.mkdirSync(world.at(''));
    const { outcomes, sentence } = await world.actions.undoCleanUp(plan.id);
    expect(outcomes).toMatchObject([{ restored: false }]);
    expect(sentence).toContain('another folder is there now');
    expect(world.here()).toEqual([]);
    expect((await world.actions.undoCleanUp(plan.id)).outcomes).toEqual(outcomes);
  });

  test('is kept for as long as anything can be put back; plans are kept for a while', async () => {
    world.dead('bot', 'a.pid');
    const { plan } = await clean('bot');
    world.dead('other', 'b.pid');
    const plans: CleanUpPlan[] = [];
    // Carried out with nothing chosen: there is nothing to be undone.
    const early = await world.actions.planCleanUp(['other']);
    await world.actions.cleanUp(early.id, ['none']);
    for (let i = 0; i < 25; i++) plans.push(await world.actions.planCleanUp(['other']));
    const cleaned = async (one: CleanUpPlan | undefined) =>
      one && (await world.actions.cleanUp(one.id, ['none'])).sentence;
    expect(await cleaned(early)).toBe('Nothing was removed. Run the command again.');
    expect(await cleaned(plans[4])).toBe('Nothing was removed. Run the command again.');
    expect(await cleaned(plans[5])).toBe('Nothing was selected, so nothing was removed.');
    expect(await cleaned(plans[24])).toBe('Nothing was selected, so nothing was removed.');
    expect((await world.actions.undoCleanUp(plan.id)).outcomes).toMatchObject([{ restored: true }]);
  });
});

describe('an interrupted clean-up', () => {
  const self = newOwner(plainGuards);
  const before = { ...self, life: 'before' };
  const write = (owner: Owner, intents: Intent[]): IntentFile =>
    IntentFile.write(world.storage, { owner, at: Date.now(), intents }, plainGuards);

  function putAside(name: string, more: Partial<Intent> = {}): Intent {
    const record = world.at(name);
    if (!fs.existsSync(record)) fs.writeFileSync(record, '4242');
    const stat = fs.lstatSync(record, { bigint: true });
    const kind = stat.isSymbolicLink() ? 'symlink' : 'file';
    const intent: Intent = { path: record, aside: newAsideName(), kind, ino: String(stat.ino), ...more };
    fs.renameSync(record, world.at(intent.aside));
    return intent;
  }

  /** As a crash right after the rename leaves it. */
  function leave(name: string, more: Partial<Intent> = {}, owner: Owner = before): string {
    const intent = putAside(name, more);
    write(owner, [intent]);
    return world.at(intent.aside);
  }

  test('of nobody is no word worth', async () => {
    await world.actions.recover();
    expect([world.told, world.log, world.waits]).toEqual([[], [], []]);
  });

  test('is put right, and said', async () => {
    const aside = leave('bot.pid');
    await world.actions.recover();
    expect(world.told).toEqual([`true: A clean-up was interrupted. ${world.at('bot.pid')} was restored.`]);
    expect(logged()).toEqual([
      `recover: interrupted clean-up: ${world.at('bot.pid')}, left at ${aside}: back`,
    ]);
    expect([world.here(), world.written(), world.waits]).toEqual([['bot.pid'], [], []]);
  });

  test('says first what is not back, names three and counts the rest', async () => {
    for (const name of ['a.pid', 'b.pid', 'c.pid', 'd.pid']) leave(name);
    const old = leave('e.pid');
    fs.writeFileSync(world.at('e.pid'), '5555');
    const strange = leave('f.pid', { ino: '1' });
    await world.actions.recover();
    const [said = ''] = world.told;
    const pid = (name: string): string => world.at(`${name}.pid`);
    const superseded = `${pid('e')} has a new record, which was kept; the old one is at ${old}.`;
    const notOurs = `${pid('f')} was not restored: another file is at ${strange} now.`;
    expect(said).toMatch(/^false: A clean-up was interrupted\. /);
    expect(said.slice(0, said.indexOf(' was restored.'))).toContain(superseded);
    expect(said.slice(0, said.indexOf(' was restored.'))).toContain(notOurs);
    expect(said).toMatch(/ was restored\. The log lists 3 more\.$/);
    expect(said.match(/ was restored\./g)).toHaveLength(1);
    expect(fs.readFileSync(world.at('e.pid'), 'utf8')).toBe('5555');
    expect(world.told).toHaveLength(1);
  });

  test('says first what is not back, though it was the last', async () => {
    write(before, [putAside('a.pid'), putAside('b.pid', { ino: '1' })]);
    await world.actions.recover();
    expect(world.told[0]).toMatch(/interrupted\. \S+b\.pid was not restored: .* \S+a\.pid was restored\.$/);
  });

  test('names three without counting', async () => {
    for (const name of ['a.pid', 'b.pid', 'c.pid']) leave(name);
    await world.actions.recover();
    expect(world.told[0]).not.toContain('The log lists');
    expect(world.told[0]?.match(/ was restored\./g)).toHaveLength(3);
  });

  test('that cannot be put right says where the record is', async () => {
    fs.symlinkSync('tower-4242', world.at('lock'));
    const aside = leave('lock');
    world.guards.linkSymlink = () => {
      throw Object.assign(new Error('EIO'), { code: 'EIO', syscall: 'link' });
    };
    await world.actions.recover();
    const path = world.at('lock');
    expect(world.told).toEqual([
      `false: A clean-up was interrupted. ${path} could not be restored (link: EIO); it is at ${aside}.`,
    ]);
    expect(logged()).toEqual([
      `recover: interrupted clean-up: ${path}, left at ${aside}: failed (EIO in link)`,
    ]);
    expect(world.written()).toHaveLength(1);
  });

  test('of somebody who may still be at work is looked at again, ever less often', async () => {
    leave('bot.pid', {}, { ...self, host: 'elsewhere', life: 'other' });
    world.onWait = () => {
      if (world.waits.length < 9) return;
      for (const name of world.written()) {
        const at = `${world.storage}/${name}`;
        fs.writeFileSync(at, fs.readFileSync(at, 'utf8').replace('elsewhere', self.host));
      }
    };
    await world.actions.recover();
    const seconds = world.waits.map((ms) => ms / 1000);
    expect(seconds).toEqual([10, 20, 40, 80, 160, 320, 600, 600, 600]);
    expect(world.told).toHaveLength(1);
    expect(world.here()).toEqual(['bot.pid']);
  });
});

import { expect, it } from 'vitest';
import type { ServiceFacts, SignsOfLife } from '../../src/model/facts';
import type { LooksForLife } from '../../src/monitor/signsOfLife';
import { StaleRecords } from '../../src/monitor/staleRecords';
import { facts, file, gone, pidFile, proc } from './model/build';

const SIGNS: SignsOfLife = { naming: [{ process: proc(7, 'python3 bot.py'), by: 'arguments' }], served: [] };

const pathOf = (name: string): string => `/run/${name}.pid`;

/** A service whose record names a process that is gone; `mtimeNs`: when it was written. */
function service(name: string, mtimeNs = 1n): ServiceFacts {
  const given = facts({ pidFiles: [pidFile('4242', gone, { file: file(pathOf(name), { mtimeNs }) })] });
  return { ...given, service: { ...given.service, id: name } };
}

/** Some records, a clock, and the paths that were looked for. */
class World {
  now = 0;
  /** Names of the services that live on. */
  alive = new Set<string>();
  readonly asked: string[][] = [];
  readonly records: StaleRecords;

  constructor(apart?: LooksForLife['apart']) {
    const signsOfLife: LooksForLife['signsOfLife'] = (paths) => {
      this.asked.push([...paths]);
      const live = paths.filter((path) => [...this.alive].some((name) => pathOf(name) === path));
      return Promise.resolve(new Map(live.map((path) => [path, SIGNS])));
    };
    this.records = new StaleRecords({ signsOfLife, apart }, () => this.now);
  }

  /** Returns by service whether signs of life were found. */
  async tick(changed: readonly ServiceFacts[] = [], looksStale = true): Promise<Record<string, boolean>> {
    const told = await this.records.update(changed, () => looksStale);
    return Object.fromEntries(
      told.map(({ service: { id }, pidFiles }) => [id, pidFiles[0]?.content?.signs === SIGNS]),
    );
  }
}

it('looks for what shows that a record that looks left behind is not, in the tick that shows it', async () => {
  const world = new World();
  world.alive.add('bot');
  expect(await world.tick([service('bot'), service('other')])).toEqual({ bot: true, other: false });
  expect(world.asked).toEqual([[pathOf('bot'), pathOf('other')]]);
});

it('knows it still where the service is told anew for another reason, and asks nothing for that', async () => {
  const world = new World();
  world.alive.add('bot');
  await world.tick([service('bot')]);
  expect(await world.tick([service('bot')])).toEqual({ bot: true });
  expect(world.asked).toHaveLength(1);
});

it('asks for a record that was written since', async () => {
  const world = new World();
  await world.tick([service('bot')]);
  world.alive.add('bot');
  expect(await world.tick([service('bot', 2n)])).toEqual({ bot: true });
  world.alive.delete('bot');
  expect(await world.tick([service('bot', 3n)])).toEqual({ bot: false });
});

it('asks for all of them now and then, and never where nothing looks left behind', async () => {
  const world = new World();
  await world.tick([service('bot')]);
  world.alive.add('bot');
  world.now = 29_999;
  expect(await world.tick()).toEqual({});
  world.now = 30_000;
  expect(await world.tick()).toEqual({ bot: true });
  world.alive.delete('bot');
  world.now = 60_000;
  expect(await world.tick()).toEqual({ bot: false });
  expect(await world.tick([service('bot')], false)).toEqual({});
  world.now = 90_000;
  expect(await world.tick()).toEqual({});
  expect(world.asked).toHaveLength(3);
});

it('asks for all of them as often where others come all the time', async () => {
  const world = new World();
  await world.tick([service('bot')]);
  world.alive.add('bot');
  for (world.now = 10_000; world.now < 30_000; world.now += 10_000) {
    expect(await world.tick([service('other', BigInt(world.now))])).toEqual({ other: false });
  }
  expect(await world.tick([service('other', 9n)])).toEqual({ bot: true, other: false });
});

it('forgets a service that is watched no longer', async () => {
  const world = new World();
  await world.tick([service('bot'), service('other')]);
  world.records.retain([service('other').service]);
  world.now = 30_000;
  expect(await world.tick()).toEqual({ other: false });
});

it('looks for two hundred at once, and for no more', async () => {
  const world = new World();
  const many = Array.from({ length: 250 }, (_, index) => service(`bot${index}`));
  expect(Object.keys(await world.tick(many))).toHaveLength(250);
  expect(world.asked.map((paths) => paths.length)).toEqual([200]);
});

it('touches no path of a mount that may give no answer', async () => {
  const world = new World({ mountAt: () => ({ point: '/run', type: 'nfs' }) });
  expect(await world.tick([service('bot')])).toEqual({ bot: false });
  expect(world.asked).toEqual([]);
});

import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ServiceSnapshot, Snapshot } from '../../src/api';
import { HISTORY_LIMIT } from '../../src/model/history';
import { History, type OldStore } from '../../src/monitor/history';
import { HistoryFiles, type HistoryStore } from '../../src/monitor/historyFiles';

const free: ServiceSnapshot = {
  id: 'bot',
  name: 'bot',
  state: 'free',
  lockFiles: [{ path: '/w/bot.lock', exists: true, held: false, holders: [], waiters: [] }],
  pidFiles: [],
  instances: [],
  findings: [],
};
const heldBy = (pid: number): ServiceSnapshot => ({
  ...free,
  state: 'held',
  lockFiles: [
    {
      path: '/w/bot.lock',
      exists: true,
      held: true,
      holders: [
        { pid, process: { pid, command: 'bot', startTime: 1 }, inherited: false, deletedInode: false },
      ],
      waiters: [],
    },
  ],
});
const snapshot = (service: ServiceSnapshot, takenAt: number): Snapshot => ({
  takenAt,
  durationMs: 1,
  lockSource: 'procfs',
  services: [service],
});

describe('History', () => {
  let folder: string;
  const nothing: OldStore = { get: () => undefined, update: () => Promise.resolve() };
  const fail = (error: unknown): never => {
    throw error;
  };
  const open = (old = nothing): History => new History(new HistoryFiles(folder), old, fail);
  const files = (): string[] => (fs.existsSync(folder) ? fs.readdirSync(folder) : []);

  beforeEach(() => {
    folder = join(fs.mkdtempSync(join(tmpdir(), 'history-')), 'history');
  });
  afterEach(() => fs.rmSync(join(folder, '..'), { recursive: true, force: true }));

  it('does not repeat after a reload what was known before it, and says what happened meanwhile', async () => {
    const first = open();
    first.update(snapshot(heldBy(1), 10), ['bot']);
    await first.dispose();
    const second = open();
    second.update(snapshot(heldBy(1), 20), ['bot']);
    expect((await second.of('bot')).events.map(({ at }) => at)).toEqual([10]);
    second.update(snapshot(free, 30), ['bot']);
    second.action('bot', 'Removed bot.pid', 31);
    const { name, events } = await second.of('bot');
    expect(name).toBe('bot');
    expect(events.map(({ kind }) => kind)).toEqual(['held', 'released', 'action']);
    await second.dispose();
  });

  it('takes in what comes while a history is still being read, in order', async () => {
    const first = open();
    first.update(snapshot(heldBy(1), 10), ['bot']);
    await first.dispose();
    const second = open();
    second.update(snapshot(heldBy(2), 20), ['bot']);
    second.update(snapshot(free, 30), ['bot']);
    const { events } = await second.of('bot');
    expect(events.map(({ at, kind }) => `${at} ${kind}`)).toEqual([
      '10 held',
      '20 released',
      '20 held',
      '30 released',
    ]);
    await second.dispose();
  });

  it('writes only the services that changed, and nothing without need', async () => {
    const written: string[] = [];
    class Counting extends HistoryFiles {
      override writeHistory(id: string, text: string): Promise<void> {
        written.push(id);
        return super.writeHistory(id, text);
      }
    }
    const history = new History(new Counting(folder), nothing, fail);
    const all = ['a', 'b', 'c'].map((id) => ({ ...heldBy(1), id }));
    history.update({ ...snapshot(free, 1), services: all }, ['a', 'b', 'c']);
    await history.flush();
    history.update({ ...snapshot(free, 2), services: all.map((each) => ({ ...free, id: each.id })) }, ['b']);
    await history.flush();
    await history.flush();
    expect(written).toEqual(['a', 'b', 'c', 'b']);
    await history.dispose();
  });

  it('tells all that happened, of services that are no longer watched too, the newest of a bounded number', async () => {
    const first = open();
    for (let index = 0; index < 60; index++) {
      const service = { ...heldBy(1), id: `old ${index}`, name: `old ${index}` };
      first.update(snapshot(service, index), [service.id]);
    }
    await first.dispose();
    const second = open();
    second.update(snapshot(heldBy(1), 100), ['bot']);
    const { histories, total } = await second.all(10);
    expect(total).toBe(61);
    expect(histories.flatMap(({ events }) => events.map(({ at }) => at))).toEqual([
      51, 52, 53, 54, 55, 56, 57, 58, 59, 100,
    ]);
    await second.dispose();
  });

  it('keeps in memory only what is in sight or not written, and loses nothing by that', async () => {
    const read: string[] = [];
    class Counting extends HistoryFiles {
      override readHistory(id: string): Promise<string | undefined> {
        read.push(id);
        return super.readHistory(id);
      }
    }
    const history = new History(new Counting(folder), nothing, fail);
    for (let index = 0; index < 120; index++) {
      const service = { ...heldBy(1), id: `s${index}` };
      history.update(snapshot(service, index), [service.id]);
      await history.of(service.id);
    }
    expect((await history.all(1000)).total).toBe(120);
    await history.flush();
    history.update(snapshot(heldBy(1), 500), ['bot']);
    await history.of('bot');
    read.length = 0;
    history.update({ ...snapshot(free, 501), services: [heldBy(1), { ...heldBy(1), id: 's7' }] }, [
      'bot',
      's7',
    ]);
    expect((await history.of('s7')).events).toHaveLength(1);
    expect(read).toEqual(['s7', 's7']);
    expect((await history.all(1000)).total).toBe(121);
    await history.dispose();
  });

  it('lets others have the thread between two services, when reading and when writing', async () => {
    const files = new HistoryFiles(folder);
    const big = Array.from({ length: HISTORY_LIMIT }, (_, at) => ({
      at,
      kind: 'held',
      text: 'x'.repeat(150),
    }));
    for (let index = 0; index < 50; index++) {
      const id = `s${index}`;
      await files.writeHistory(id, JSON.stringify({ id, name: id, events: big }));
    }
    let turns = 0;
    let running = true;
    const spin = (): void => {
      turns += 1;
      if (running) setImmediate(spin);
    };
    spin();
    const history = open();
    const services = Array.from({ length: 50 }, (_, index) => ({ ...heldBy(1), id: `s${index}` }));
    history.update(
      { ...snapshot(free, 1), services },
      services.map(({ id }) => id),
    );
    await history.of('s49');
    const whenRead = turns;
    expect(whenRead).toBeGreaterThanOrEqual(50);
    await history.flush();
    expect(turns - whenRead).toBeGreaterThanOrEqual(50);
    running = false;
    await history.dispose();
  });

  it('forgets the services that have been quiet longest', async () => {
    const store = new HistoryFiles(folder);
    for (const id of ['a', 'b', 'c', 'd']) await store.writeHistory(id, 'x');
    const [oldest] = files();
    fs.utimesSync(join(folder, oldest ?? ''), 1, 1);
    await store.pruneHistories(4);
    expect(files()).toHaveLength(4);
    await store.pruneHistories(3);
    expect(files()).toHaveLength(3);
    expect(files()).not.toContain(oldest);

    for (let index = 0; index < 503; index++) await store.writeHistory(`s${index}`, 'x');
    const history = open();
    history.update(snapshot(heldBy(1), 1), ['bot']);
    await history.dispose();
    expect(files()).toHaveLength(500);
  });

  it('starts empty from what was cut, or is something else', async () => {
    const store = new HistoryFiles(folder);
    for (const [id, text] of [
      ['cut', '{"id":"cut","events":[{"at":1,"kind":"he'],
      ['other', '{"id":"somebody else","events":[{"at":1,"kind":"held","text":"ok"}]}'],
      ['number', '7'],
      ['words', '{"id":"words","events":"x"}'],
    ] as const) {
      await store.writeHistory(id, text);
      expect((await open().of(id)).events).toEqual([]);
    }
    const replaced = open();
    replaced.action('other', 'mine', 5);
    await replaced.dispose();
    expect((await open().of('other')).events.map(({ text }) => text)).toEqual(['mine']);
    await store.writeHistory(
      'mixed',
      '{"id":"mixed","events":[7,null,{"at":1,"kind":"held","text":"ok"}],"known":7}',
    );
    expect((await open().of('mixed')).events).toEqual([{ at: 1, kind: 'held', text: 'ok' }]);
    await store.writeHistory(
      'bot',
      '{"id":"bot","events":[],"known":{"name":"bot","state":"held","holds":7,"findings":[]}}',
    );
    const history = open();
    history.update(snapshot(heldBy(1), 1), ['bot']);
    expect((await history.of('bot')).events).toHaveLength(1);
    await history.dispose();
  });

  it('writes a change soon, and the changes of one service not too often', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      const written: string[] = [];
      const store: HistoryStore = {
        readHistory: () => Promise.resolve(undefined),
        writeHistory: (id) => Promise.resolve(void written.push(`${id} ${performance.now()}`)),
        historyNames: () => Promise.resolve([]),
        readNamedHistory: () => Promise.resolve(undefined),
        pruneHistories: () => Promise.resolve(),
      };
      const history = new History(store, nothing, fail);
      const start = performance.now();
      for (let second = 0; second < 70; second++) {
        history.action('busy', String(second), second);
        if (second === 40) history.action('quiet', 'x', second);
        await vi.advanceTimersByTimeAsync(1000);
      }
      const at = (second: number): string => String(start + second * 1000);
      expect(written).toEqual([`busy ${at(1)}`, `busy ${at(31)}`, `quiet ${at(41)}`, `busy ${at(61)}`]);
      await history.dispose();
      expect(written.at(-1)).toBe(`busy ${at(70)}`);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is not silent and not loud about a store that fails: it tries again half a minute later', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      const tries: string[] = [];
      const errors: unknown[] = [];
      const store: HistoryStore = {
        readHistory: () => Promise.resolve(undefined),
        writeHistory: (id) => Promise.reject(new Error(`no space ${tries.push(id)}`)),
        historyNames: () => Promise.resolve([]),
        readNamedHistory: () => Promise.resolve(undefined),
        pruneHistories: () => Promise.resolve(),
      };
      const history = new History(store, nothing, (error) => errors.push(error));
      for (const id of ['a', 'b', 'c']) history.action(id, 'x', 1);
      await vi.advanceTimersByTimeAsync(95_000);
      expect(tries).toEqual(['a', 'b', 'c', 'a']);
      expect(errors).toHaveLength(4);
      await history.dispose();
    } finally {
      vi.useRealTimers();
    }
  });

  it('loses nothing of what two windows write by turns, and tells no event twice', async () => {
    const [one, other] = [open(), open()];
    one.update(snapshot(heldBy(1), 10_000), ['bot']);
    other.update(snapshot(heldBy(1), 10_900), ['bot']);
    await one.flush();
    await other.flush();
    one.action('bot', 'from one', 20_000);
    other.action('bot', 'from the other', 30_000);
    await one.flush();
    await other.flush();
    const expected = ['Held: pid 1 (bot), /w/bot.lock', 'from one', 'from the other'];
    const texts = async (history: History): Promise<string[]> =>
      (await history.of('bot')).events.map(({ text }) => text);
    // The page shows what the store has, also what this window has not read.
    expect(await texts(one)).toEqual(expected);
    expect(await texts(other)).toEqual(expected);
    const { total, histories } = await one.all(10);
    expect(total).toBe(3);
    expect(histories).toHaveLength(1);
    one.action('bot', 'not written yet', 80_000);
    expect((await one.all(10)).total).toBe(4);
    // The same again, much later, is another event.
    one.action('bot', 'from one', 90_000);
    await one.dispose();
    expect(await texts(other)).toEqual([...expected, 'not written yet', 'from one']);
    await other.dispose();
  });

  it('writes nothing over what it could not read, and loses nothing when a write fails', async () => {
    let broken = false;
    class Breaking extends HistoryFiles {
      override readHistory(id: string): Promise<string | undefined> {
        return broken ? Promise.reject(new Error('no answer')) : super.readHistory(id);
      }
      override writeHistory(id: string, text: string): Promise<void> {
        return broken ? Promise.reject(new Error('no space')) : super.writeHistory(id, text);
      }
    }
    const first = open();
    first.update(snapshot(heldBy(1), 10), ['bot']);
    await first.dispose();

    const errors: unknown[] = [];
    const second = new History(new Breaking(folder), nothing, (error) => errors.push(error));
    broken = true;
    second.update(snapshot(free, 20), ['bot']);
    second.action('bot', 'Removed bot.pid', 21);
    await second.flush();
    expect(errors).toHaveLength(2);
    broken = false;
    second.update(snapshot(heldBy(2), 30), ['bot']);
    await second.flush();
    broken = true;
    second.update(snapshot(free, 40), ['bot']);
    await second.flush();
    broken = false;
    await second.dispose();
    const third = open();
    expect((await third.of('bot')).events.map(({ at }) => at)).toEqual([10, 21, 30, 40]);
    await third.dispose();
  });

  it('goes on when the store cannot be used, and says so', async () => {
    fs.mkdirSync(join(folder, '..'), { recursive: true });
    fs.writeFileSync(folder, 'a file where the folder should be');
    const errors: unknown[] = [];
    const history = new History(new HistoryFiles(folder), nothing, (error) => errors.push(error));
    history.update(snapshot(heldBy(1), 10), ['bot']);
    expect((await history.of('bot')).events).toHaveLength(1);
    await history.flush();
    expect(errors.length).toBeGreaterThan(0);
    await history.dispose();
  });

  describe('from version 0.1.0', () => {
    const old = (value: unknown): OldStore & { value: unknown } => ({
      value,
      get(key) {
        return key === 'history.1' ? this.value : undefined;
      },
      update(key, next) {
        if (key === 'history.1') this.value = next;
        return Promise.resolve();
      },
    });
    const event = { at: 10, kind: 'held', text: 'Held: pid 1 (bot), /w/bot.lock' };

    it('takes over what was kept, once, and deletes it there', async () => {
      const store = old({ bot: { events: [event], last: heldBy(1) }, gone: { events: [event] }, bad: 7 });
      const first = open(store);
      first.update(snapshot(heldBy(1), 20), ['bot']);
      expect((await first.of('bot')).events).toEqual([event]);
      expect((await first.of('gone')).events).toEqual([event]);
      await first.dispose();
      expect(store.value).toBeUndefined();
      expect(
        JSON.stringify(files().map((name) => fs.readFileSync(join(folder, name), 'utf8'))),
      ).not.toContain('lockFiles');
      const second = open(old({ bot: { events: [] } }));
      expect((await second.of('bot')).events).toEqual([event]);
      await second.dispose();
    });

    it('writes nothing there where there is nothing', async () => {
      const history = open({ get: () => undefined, update: () => fail(new Error('written')) });
      await history.of('bot');
      await history.dispose();
    });

    it('drops what is something else', async () => {
      for (const value of ['x', null, [7], { bot: { events: 'x' } }]) {
        const store = old(value);
        const history = open(store);
        expect((await history.of('bot')).events).toEqual([]);
        expect(store.value).toBeUndefined();
        await history.dispose();
      }
    });

    it('keeps the old one while the new place cannot be written', async () => {
      fs.mkdirSync(join(folder, '..'), { recursive: true });
      fs.writeFileSync(folder, 'a file where the folder should be');
      const store = old({ bot: { events: [event], last: heldBy(1) } });
      const errors: unknown[] = [];
      const history = new History(new HistoryFiles(folder), store, (error) => errors.push(error));
      await history.of('x');
      expect(errors.length).toBeGreaterThan(0);
      expect(store.value).toMatchObject({ bot: { events: [event] } });
    });
  });
});

import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { History } from '../../src/monitor/history';
import { clientOf } from '../fixtures/client';
import { buildDist, type Built } from '../fixtures/dist';

let built: Built;
beforeAll(() => {
  built = buildDist();
});
afterAll(() => built.remove());

it('keeps and finds histories through the worker, and not without it', async () => {
  const historyFolder = path.join(built.dist, 'history');
  const errors: unknown[] = [];
  const client = clientOf(built, { historyFolder });
  const open = (): History =>
    new History(client.histories, { get: () => undefined, update: () => Promise.resolve() }, (error) =>
      errors.push(error),
    );
  try {
    await expect(client.histories.readHistory('bot')).rejects.toThrow('not running');
    client.configure({ services: [], pollIntervalMs: 250, activeProbe: 'never' });
    const first = open();
    first.action('bot', 'Removed bot.pid', 7);
    await first.dispose();
    const second = open();
    const event = { at: 7, kind: 'action', text: 'Removed bot.pid' };
    expect(await second.all(10)).toEqual({ histories: [{ name: 'bot', events: [event] }], total: 1 });
    expect((await second.of('bot')).events).toEqual([event]);
    await second.dispose();
    expect(errors).toEqual([]);
    const [file = ''] = fs.readdirSync(historyFolder);
    expect(fs.statSync(path.join(historyFolder, file)).mode & 0o777).toBe(0o600);
    await client.histories.pruneHistories(0);
    expect(fs.readdirSync(historyFolder)).toEqual([]);
  } finally {
    await client.dispose();
  }
});

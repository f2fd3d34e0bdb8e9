import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { MonitorClient } from '../../src/monitor/client';
import type { MonitorConfig } from '../../src/monitor/protocol';
import { clientOf } from '../fixtures/client';
import { buildDist, type Built } from '../fixtures/dist';
import { until } from '../fixtures/stage';

const CONFIG: MonitorConfig = { services: [], pollIntervalMs: 250, activeProbe: 'never' };

describe('an observer that ends by itself', () => {
  let built: Built;
  let client: MonitorClient | undefined;
  /** Of the client that was started last: one that is being disposed of may still tell of a start. */
  let counted: { starts: number };
  beforeAll(() => {
    // No system that this project observes: the observer fails at each start, always with the same words.
    built = buildDist('freebsd');
  });
  afterEach(() => client?.dispose());
  afterAll(() => built.remove());

  const start = (workerFile: string, isStart: (message: string) => boolean): MonitorClient => {
    const own = { starts: 0 };
    counted = own;
    client = clientOf(built, {
      workerFile,
      log: (_level, message) => {
        if (isStart(message)) own.starts += 1;
      },
    });
    client.configure(CONFIG);
    return client;
  };
  const isRefused = (message: string): boolean =>
    message.startsWith('observer: ') && message.includes('but not freebsd');

  it('is started three times, says once why it cannot start, and waits for Refresh or a setting', async () => {
    const monitor = start(path.join(built.dist, 'observer.js'), isRefused);
    const told: string[] = [];
    monitor.onDidChangeStatus((status) =>
      told.push(status.kind === 'failing' ? status.message : status.kind),
    );
    await until(() => told.some((text) => text.includes('cannot start')), 'it was never told');
    expect(counted.starts).toBe(3);
    expect(told.filter((text) => text.includes('cannot start'))).toEqual([
      expect.stringContaining('but not freebsd'),
    ]);

    await expect(monitor.refresh()).rejects.toThrow('but not freebsd');
    expect(counted.starts).toBe(4);
    monitor.configure(CONFIG);
    await until(() => counted.starts > 4, 'a changed setting did not start it');
  });

  it('is started less often each time when it dies after each first look', async () => {
    const works = buildDist();
    try {
      const file = path.join(works.dist, 'dies.js');
      fs.writeFileSync(
        file,
        `require('./observer.js');
         const { parentPort } = require('node:worker_threads');
         const post = parentPort.postMessage.bind(parentPort);
         let isDying = false;
         parentPort.postMessage = (message) => {
           post(message);
           if (isDying || message.m !== 'onStatus') return;
           isDying = true;
           setImmediate(() => { throw new Error('after the first look'); });
         };`,
      );
      const startedAt = performance.now();
      start(file, (message) => message.startsWith('observer: ') && message.includes('after the first look'));
      await until(() => counted.starts >= 3, 'it was not started again');
      // 100 ms, then a second: where the first good look forgot what was before, it took 100 ms each time.
      expect(performance.now() - startedAt).toBeGreaterThan(1100);
    } finally {
      await client?.dispose();
      works.remove();
    }
  });
});

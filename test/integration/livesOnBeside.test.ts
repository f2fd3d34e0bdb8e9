/** Records whose process is gone while something beside them is in use, or cannot be looked at: real processes. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import * as path from 'node:path';
import { describe, expect, test } from 'vitest';
import { withStage } from '../fixtures/stage';
import { deadPid, offered, planFor, reasons, SERVER, startDaemon } from './livesOnRig';

/** Opens nothing of that path meanwhile. */
async function withoutFile<T>(hidden: string, act: () => Promise<T>): Promise<T> {
  const { openSync } = fs;
  const opens: typeof openSync = (at, ...rest) => openSync(at === hidden ? `${hidden}/hidden` : at, ...rest);
  Object.assign(fs, { openSync: opens });
  syncBuiltinESMExports();
  try {
    return await act();
  } finally {
    Object.assign(fs, { openSync });
    syncBuiltinESMExports();
  }
}

describe.runIf(process.platform === 'linux')('a record whose process is gone', () => {
  test.each(['bot.lock', 'bot.pid.lock'])(
    'is kept while %s beside it is held, and is offered afterwards',
    (name) =>
      withStage(async (stage) => {
        const record = stage.file('run/bot.pid', `${await deadPid(stage)}\n`);
        const holder = await stage.start('holder', ['--file', stage.file(`run/${name}`, '')]);
        expect(offered(await planFor(record))).toEqual([]);
        expect(reasons(await planFor(record))).toEqual([
          expect.stringContaining(`But ${stage.path(`run/${name}`)} beside it is locked.`),
        ]);
        await holder.killHard();
        expect(offered(await planFor(record))).toEqual([['bot.pid', true]]);
      }),
  );

  test.each(['bot.pid.oldbin', 'bot.worker.pid'])('is kept while %s beside it names a live process', (name) =>
    withStage(async (stage) => {
      const record = stage.file('run/bot.pid', `${await deadPid(stage)}\n`);
      const daemon = await startDaemon(stage, []);
      stage.file(`run/${name}`, `${daemon.pid}\n`);
      expect(reasons(await planFor(record))).toEqual([
        expect.stringContaining(`But ${stage.path(`run/${name}`)} beside it names process ${daemon.pid} (`),
      ]);
      await daemon.killHard();
      expect(offered(await planFor(record))).toEqual([['bot.pid', true]]);
    }),
  );

  test('is offered beside what is older than the process that has its number now', () =>
    withStage(async (stage) => {
      const record = stage.file('run/bot.pid', `${await deadPid(stage)}\n`);
      const daemon = await startDaemon(stage, []);
      const old = stage.file('run/bot.worker.pid', `${daemon.pid}\n`);
      fs.utimesSync(old, 1_700_000_000, 1_700_000_000);
      stage.file('run/other.pid', `${daemon.pid}\n`);
      stage.file('run/bot.log', 'started\n');
      expect(offered(await planFor(record))).toEqual([['bot.pid', true]]);
    }));

  test.each<[string, string, (folder: string, pid: number) => string, string]>([
    ['beside it', 'bot.sock', (_, pid) => `${pid}\n`, 'But a socket listens at'],
    [
      'through a link of a folder',
      'app.sock',
      (folder, pid) => JSON.stringify({ pid, at: `${folder}/link/app.sock` }),
      '',
    ],
    [
      'with dots and slashes',
      'app.sock',
      (folder, pid) => JSON.stringify({ pid, at: `${folder}/x/..//./app.sock` }),
      '',
    ],
  ])('is kept while a Unix socket is served that it means %s', (_, socket, text, says) =>
    withStage(async (stage) => {
      const folder = path.dirname(stage.file('run/notes', ''));
      fs.symlinkSync('.', `${folder}/link`);
      fs.mkdirSync(`${folder}/x`);
      const program = stage.file('server.cjs', SERVER);
      const server = await stage.startCommand(process.execPath, [program], {
        env: { AT: `${folder}/${socket}` },
      });
      const record = stage.file('run/bot.pid', text(folder, await deadPid(stage)));
      const kept = await planFor(record);
      expect(offered(kept)).toEqual([]);
      expect(reasons(kept)).toEqual([expect.stringContaining(says)]);
      await server.killHard();
      expect(offered(await planFor(record))).toEqual([['bot.pid', true]]);
    }),
  );

  test('is kept while a Unix socket is served that is called by its pid', () =>
    withStage(async (stage) => {
      const pid = await deadPid(stage);
      const record = stage.file('run/bot.pid', `${pid}\n`);
      const program = stage.file('server.cjs', SERVER);
      const at = stage.path(`control-${pid}.sock`);
      const server = await stage.startCommand(process.execPath, [program], { env: { AT: at } });
      expect(reasons(await planFor(record))).toEqual([expect.stringContaining(at)]);
      await server.killHard();
      expect(offered(await planFor(record))).toEqual([['bot.pid', true]]);
    }));

  test('is kept while a process was started with its pid as an option', () =>
    withStage(async (stage) => {
      const pid = await deadPid(stage);
      const record = stage.file('run/bot.pid', `${pid}\n`);
      const worker = await startDaemon(stage, [`--parent-pid=${pid}`]);
      expect(reasons(await planFor(record))).toEqual([
        expect.stringMatching(new RegExp(`But process ${worker.pid} .* was started with this pid`)),
      ]);
      await worker.killHard();
      expect(offered(await planFor(record))).toEqual([['bot.pid', true]]);
    }));

  test.each([
    ['sockets', () => '/proc/self/net/unix'],
    ['the arguments of a process', (pid: number) => `/proc/${pid}/cmdline`],
  ])('is offered, and not chosen beforehand, where %s are hidden', (_, pathOf) =>
    withStage(async (stage) => {
      const record = stage.file('run/bot.pid', `${await deadPid(stage)}\n`);
      const daemon = await startDaemon(stage, []);
      const hidden = pathOf(daemon.pid);
      const plan = await withoutFile(hidden, () => planFor(record));
      expect(offered(plan)).toEqual([['bot.pid', false]]);
      expect(JSON.stringify(plan.items[0]?.evidence)).toContain('are hidden here');
      expect(offered(await planFor(record))).toEqual([['bot.pid', true]]);
    }),
  );
});

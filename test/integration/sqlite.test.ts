import { spawnSync } from 'node:child_process';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sqliteRole, type SqliteRole } from '../../src/model/sqlite';
import { createPlatform } from '../../src/os/index';
import { Stage } from '../fixtures/stage';

const hasPython = spawnSync('python3', ['-c', 'import sqlite3']).status === 0;

/** `step` is Python that leaves the connection `db` in the state to be looked at. */
const program = (mode: string, step: string): string => `
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0)
db.execute('pragma journal_mode=${mode}')
db.execute('create table if not exists t (a)')
db.execute('insert into t values (1)'); db.execute('insert into t values (2)')
${step}
print('{"ready":true}', flush=True)
time.sleep(10**6)`;

const READ = "cursor = db.execute('select * from t'); cursor.fetchone()";

describe.runIf(process.platform === 'linux' && hasPython)('what a process does with a database', () => {
  let stage: Stage;
  beforeEach(() => (stage = Stage.open()));
  afterEach(() => stage.close());

  const start = async (mode: string, step: string): Promise<number> =>
    (await stage.startCommand('python3', ['-c', program(mode, step), stage.path('app.db')])).pid;

  /** By pid: the roles on the database or on its `-shm`, in the order of the table. */
  const roles = async (file = 'app.db'): Promise<Record<number, (SqliteRole | undefined)[]>> => {
    const observer = createPlatform().createObserver();
    try {
      const found: Record<number, (SqliteRole | undefined)[]> = {};
      for (const lock of await observer.heldLocks([stage.folder])) {
        if (path.basename(lock.path) !== file) continue;
        for (const { process } of lock.holders) (found[process.pid] ??= []).push(sqliteRole(lock.path, lock));
      }
      for (const all of Object.values(found)) all.sort();
      return found;
    } finally {
      observer.close();
    }
  };

  it('tells by a rollback journal who writes, who will, and who reads', async () => {
    const writer = await start('delete', "db.execute('begin exclusive')");
    expect(await roles()).toEqual({ [writer]: ['writes'] });
    await stage.killHard(writer);
    const reader = await start('delete', READ);
    const next = await start('delete', '').catch(() => undefined);
    expect(next).toBeUndefined(); // its own table is locked by the reader
    expect((await roles())[reader]).toEqual(['reads']);
  });

  it('tells who has announced to write', async () => {
    const announced = await start('delete', "db.execute('begin immediate')");
    expect(await roles()).toEqual({ [announced]: ['reads', 'willWrite'] });
  });

  it('tells by a write-ahead log who writes and whose reading holds back a checkpoint', async () => {
    const reader = await start('wal', READ);
    const writer = await start(
      'wal',
      "db.execute('begin immediate'); db.execute('insert into t values (3)')",
    );
    const shm = await roles('app.db-shm');
    expect(shm[reader]).toEqual(['connected', 'readsSnapshot']);
    expect(shm[writer]).toContain('writes');
    expect(shm[reader]).not.toContain('writes');
  });

  it('takes a lock of another program on such a file for none of these', async () => {
    const file = stage.file('app.db');
    const holder = await stage.start('holder', ['--file', file, '--kind', 'posix']);
    expect((await roles())[holder.pid]).toEqual([undefined]);
  });
});

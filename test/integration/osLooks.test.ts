/** Which processes are looked into, and when: a look keeps a file open for a moment, and with it a lock. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LockFacts, ServiceFacts } from '../../src/model/facts';
import { SETTLE_MS } from '../../src/os/linux/locks/lockTable';
import type { Observer } from '../../src/os/platform';
import { blockUntil, withFaults } from '../faults/inject';
import { actorPath } from '../fixtures/actors';
import { startLockFarm } from '../fixtures/farm';
import { lookedInto, openedIn } from '../fixtures/lookedInto';
import { observerOf, service } from '../fixtures/observe';
import { startWithPid, whyNoReusedPid, withNumbersApart } from '../fixtures/reusedPid';
import { Stage, until } from '../fixtures/stage';
import { isRunning, readStat } from '../fixtures/proc';

describe.runIf(process.platform === 'linux')('looks into processes', () => {
  let stage: Stage;
  let observer: Observer | undefined;
  let newest: ServiceFacts | undefined;

  beforeEach(() => {
    stage = Stage.open();
    newest = undefined;
  });
  afterEach(async () => {
    observer?.close();
    await stage.close();
  });

  const watch = (...files: string[]): Observer =>
    (observer = observerOf(files.map((file) => service(file, { lockFiles: [file] }))));
  async function tick(): Promise<void> {
    const { changed } = (await observer?.tick()) ?? { changed: [] };
    newest = changed[0] ?? newest;
  }
  const locks = (): readonly LockFacts[] => newest?.lockFiles[0]?.locks ?? [];
  const holders = (): number[] =>
    locks()
      .flatMap((lock) => lock.holders.map(({ process }) => process.pid))
      .sort((a, b) => a - b);

  it('wait until two reads of the table some ms apart have shown the lock', async () => {
    const file = stage.file('a.lock');
    watch(file);
    await tick();
    const one = await stage.start('holder', ['--file', file]);
    const opened = await openedIn(tick);
    const first = opened.findIndex(({ what }) => what === one.pid);
    expect(first).toBeGreaterThan(0);
    const reads = opened.slice(0, first).filter(({ what }) => what === 'locks');
    expect((reads.at(-1)?.at ?? 0) - (reads[0]?.at ?? 0)).toBeGreaterThanOrEqual(SETTLE_MS);
    // The same tick names it: nobody waits for the next one.
    expect(holders()).toEqual([one.pid]);
  });

  it('are not repeated while nothing changes', async () => {
    const { files } = await startLockFarm(stage, { locks: 20, processes: 4 });
    watch(...files);
    await tick();
    // Threads and states of the actors may still settle.
    await tick();
    const opened = await openedIn(async () => {
      for (let count = 0; count < 20; count++) await tick();
    });
    expect(lookedInto(opened)).toEqual([]);
    expect(opened.filter(({ what }) => what === 'locks')).toHaveLength(20);
  });

  it('leave alone who holds other locks when a new one is taken', async () => {
    const { files, actors } = await startLockFarm(stage, { locks: 8, processes: 4 });
    const file = stage.file('a.lock');
    watch(file, ...files);
    await tick();
    await tick();
    const one = await stage.start('holder', ['--file', file]);
    const opened = await openedIn(async () => {
      for (let count = 0; count < 20; count++) await tick();
    });
    expect(lookedInto(opened)).toEqual([one.pid]);
    expect(actors.map(({ pid }) => pid)).not.toContain(one.pid);
  });

  it('find a child that a living holder has had since, and the holder that gives its own up', async () => {
    const file = stage.file('a.lock');
    const flock = actorPath('take_flock.cjs');
    const script = `exec 9>"$1"; "$2" "$3" 9 || exit 1; echo '{"ready":true,"role":"shell"}'; read go
      sleep 600 & echo "{\\"ready\\":true,\\"role\\":\\"child\\",\\"pid\\":$!}"; read go; exec 9>&-; echo closed; read go`;
    const shell = await stage.startCommand('sh', ['-c', script, 'sh', file, process.execPath, flock]);
    watch(file);
    await tick();
    expect(holders()).toEqual([shell.pid]);
    shell.say('fork');
    const child = (await shell.waitForRole('child')).pid;
    // Not looked at before its 100th ms: it may be on its way to exec.
    const born = Date.now();
    await until(() => Date.now() - born > 150, 'time stands still');
    for (let count = 0; count < 3 && holders().length < 2; count++) await tick();
    expect(holders()).toEqual([shell.pid, child].sort((a, b) => a - b));
    // Asked once more, since only fdinfo shows who has shared and given up; then their links answer.
    await tick();
    const opened = await openedIn(async () => {
      for (let count = 0; count < 10; count++) await tick();
    });
    expect(lookedInto(opened)).toEqual([]);
    shell.say('close');
    await shell.waitFor('closed');
    for (let count = 0; count < 3 && holders().length > 1; count++) await tick();
    expect(holders()).toEqual([child]);
  });

  it('are asked of nobody else for a lock that was given up meanwhile', async () => {
    const file = stage.file('a.lock');
    watch(file);
    await tick();
    const one = await stage.start('holder', ['--file', file]);
    await stage.start('bystander', []);
    let isOver = false;
    const others = new Set<string>();
    await withFaults(({ operation, path }) => {
      const pid = /^\/proc\/(\d+)\/fd/.exec(path)?.[1];
      if (pid === String(one.pid) && !isOver) {
        // It ends just when it is looked into.
        one.kill('SIGKILL');
        blockUntil(() => !isRunning(one.pid), 'it does not end');
        isOver = true;
      } else if (isOver && pid !== undefined && operation === 'openSync') {
        others.add(pid);
      }
      return undefined;
    }, tick);
    expect(isOver).toBe(true);
    others.delete(String(one.pid));
    expect([...others]).toEqual([]);
    expect(locks()).toEqual([]);
  });

  it('do not take a dead holder’s number for the holder', async (context) => {
    const why = whyNoReusedPid();
    if (why !== undefined) context.skip(why);
    const file = stage.path('a.lock');
    const one = await withNumbersApart(() =>
      stage.start('holder', ['--file', file, '--heirs', '2'], { roles: ['holder', 'heir-1', 'heir-2'] }),
    );
    const heirs = [one.pidOf('heir-1'), one.pidOf('heir-2')];
    watch(file);
    await tick();
    expect(holders()).toEqual([one.pid, ...heirs].sort((a, b) => a - b));
    const [dead = 0, left = 0] = heirs;
    await stage.killHard(dead);
    await until(() => !isRunning(dead) && readStat(dead) === undefined, 'it is not reaped');
    const stranger = await startWithPid(stage, dead);
    if (stranger === undefined) context.skip('another process was faster');
    await tick();
    expect(holders()).toEqual([one.pid, left].sort((a, b) => a - b));
  });
});

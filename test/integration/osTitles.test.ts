import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProcessTable } from '../../src/os/linux/processes/processTable';
import { ageMs, allPids, readStat, timesRun } from '../fixtures/proc';
import { Stage, until, withStage } from '../fixtures/stage';

/** A process this old (ms) has set its title, unless it sets another one later. */
const SETTLED_MS = 3_000;

/** Where the kernel finds its words: arg_start, field 48 of proc_pid_stat(5). */
const WORDS_AT = String.raw`(pid) => Number(require('fs').readFileSync('/proc/' + pid + '/stat', 'latin1').split(') ')[1].split(' ')[45])`;
/** Writes other words in the place of its own, as PostgreSQL does, from a thread that is not the first. */
const RETITLES = `
  const { Worker, isMainThread, workerData } = require('worker_threads');
  const fs = require('fs');
  if (isMainThread) {
    new Worker(__filename, { workerData: process.argv[2] });
    console.log(JSON.stringify({ ready: true, role: 'bot', pid: process.pid }));
    setInterval(() => undefined, 1e9);
  } else {
    fs.readFileSync(workerData);
    fs.writeSync(fs.openSync('/proc/self/mem', 'r+'), Buffer.from('retitled\\0'), 0, 9, (${WORDS_AT})('self'));
    // Its end would wake the first thread.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }`;
const argvOf = (pid: number): string =>
  fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0', 1)[0] ?? '';
const groupOf = (pid: number): number =>
  Number(fs.readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[2]);
const WAITS = String.raw`echo "{\"ready\":true,\"role\":\"bot\",\"pid\":$$}"; while read -r go; do :; done`;

/** Moves a child that sleeps, and has become no other program, into a group of its own. */
const MOVES = `
import json, os, sys, time
child = os.fork()
if child == 0:
    time.sleep(1000)
print(json.dumps({'ready': True, 'role': 'child', 'pid': child}, separators=(',', ':')), flush=True)
sys.stdin.readline()
os.setpgid(child, child)
time.sleep(1000)
`;

describe.runIf(process.platform === 'linux')('a title that is written long after the start', () => {
  let stage: Stage;
  beforeEach(() => {
    stage = Stage.open();
  });
  afterEach(() => stage.close());

  /** Looks so often that the slow round comes by everybody twice. */
  const isNoticed = (table: ProcessTable, pid: number): boolean => {
    for (let look = 0; look < allPids().length * 2; look++) {
      table.update(new Set());
      if (table.glance(pid, false)?.argv[0] === 'retitled') return true;
    }
    return false;
  };

  it('is noticed in the slow round, whichever of its threads has written it', async (context) => {
    if (process.getuid?.() !== 0) context.skip('needs root, to write into another process');
    const go = stage.path('go');
    execFileSync('mkfifo', [go]);
    const many = await stage.startCommand(process.execPath, [stage.file('bot.cjs', RETITLES), go], {
      roles: ['bot'],
    });
    const one = await stage.startCommand('sh', ['-c', WAITS, 'a long name'], { roles: ['bot'] });
    expect([readStat(one.pid)?.threads, (readStat(many.pid)?.threads ?? 0) > 1]).toEqual([1, true]);
    const table = new ProcessTable();
    try {
      table.update(new Set());
      await until(
        () => ageMs(one.pid) > SETTLED_MS && ageMs(many.pid) > SETTLED_MS,
        'they are not old enough',
      );
      expect([isNoticed(table, one.pid), isNoticed(table, many.pid)]).toEqual([false, false]);

      fs.writeFileSync(go, '\n');
      await until(() => argvOf(many.pid) === 'retitled', 'it does not write its title');
      expect(isNoticed(table, many.pid)).toBe(true);

      const memory = fs.openSync(`/proc/${one.pid}/mem`, 'r+');
      const fields = fs.readFileSync(`/proc/${one.pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
      fs.writeSync(memory, Buffer.from('retitled\0'), 0, 9, Number(fields[45]));
      fs.closeSync(memory);
      const ran = timesRun(one.pid);
      one.say('go');
      await until(() => ran === undefined || timesRun(one.pid) !== ran, 'it does not run');
      expect(isNoticed(table, one.pid)).toBe(true);
    } finally {
      table.close();
    }
  });
});

describe.runIf(process.platform === 'linux')('a group into which a process was moved while it slept', () => {
  it('is noticed in the slow round', ({ skip }) =>
    withStage(async (stage) => {
      if (spawnSync('python3', ['--version']).status !== 0) skip('python3 cannot be run');
      const script = stage.file('moves.py', MOVES);
      const parent = await stage.startCommand('python3', [script], { roles: ['child'] });
      const child = parent.pidOf('child');
      const table = new ProcessTable();
      const lookAround = (): void => {
        for (let look = 0; look < allPids().length * 2; look++) table.update(new Set());
      };
      try {
        table.update(new Set());
        await until(() => ageMs(child) > SETTLED_MS, 'it is not old enough');
        lookAround();
        expect(table.get(child)?.pgid).not.toBe(child);
        parent.say('go');
        await until(() => groupOf(child) === child, 'it was not moved');
        lookAround();
        expect(table.get(child)?.pgid).toBe(child);
      } finally {
        table.close();
      }
    }));
});

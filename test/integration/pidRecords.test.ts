import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Seen, observerOf, seenOnce, service } from '../fixtures/observe';
import { isRunning } from '../fixtures/proc';
import { Stage, until } from '../fixtures/stage';

describe.runIf(process.platform === 'linux')('what a record says of real processes', () => {
  let stage: Stage;
  let alive: number;
  let dead: number;

  beforeEach(async () => {
    stage = Stage.open();
    alive = (await stage.start('bystander', [])).pid;
    const gone = await stage.start('bystander', []);
    await stage.killHard(gone.pid);
    await gone.exited;
    dead = gone.pid;
  });
  afterEach(() => stage.close());

  it('several pids are live while one of them is, wherever that one stands', async () => {
    for (const [index, content] of [
      `${dead}\n${alive}\n`,
      `${alive} ${dead}`,
      `${dead}\n${dead}\n${alive}`,
      JSON.stringify({ pid: dead, childPid: alive, startTicks: 12345678 }),
    ].entries()) {
      const file = stage.file(path.join(String(index), 'workers.pid'), content);
      const snapshot = await seenOnce(service('workers', { pidFiles: [file] }));
      expect(snapshot.pidFiles).toMatchObject([{ recordedPid: alive, verdict: 'live' }]);
      expect(snapshot.findings.map(({ kind }) => kind)).not.toContain('stalePidDead');
    }
  });

  it('no record is dead while any whole number in it is the pid of a live program', async () => {
    for (const [index, content] of [
      `PID: ${dead}\nWorker PID: ${alive}\n`,
      `pid=${dead}\nchild=${alive}\n`,
      `pid: ${dead}\nworker:\n  pid: ${alive}\n`,
      `pid: ${dead}\nworkers:\n  - ${alive}\n`,
      JSON.stringify({ pid: dead, master: { pid: alive } }),
      JSON.stringify({ pid: dead, workers: { w1: alive } }),
      JSON.stringify({ pid: dead, info: { child: { pid: alive } } }),
      JSON.stringify({ pid: dead, pids: { build: alive } }),
      JSON.stringify({ pid: dead, ports: { 3000: alive } }),
      JSON.stringify({ pid: dead, started: [alive] }),
      JSON.stringify({ pid: dead, lastWorkerPid: alive, jvm: `${alive}@${os.hostname()}` }),
      JSON.stringify({ pid: dead, worker: `worker-${alive}` }),
      `pid: ${dead}\nprocesses:\n  build: ${alive}\n`,
      `pid: ${dead}\nby_port:\n  3000: ${alive}\n`,
      `pid=${dead}\nworker=0x${alive.toString(16)}\n`,
      `${dead}\n# worker ${alive}\n`,
    ].entries()) {
      const file = stage.file(path.join(`n${index}`, 'bot.pid'), content);
      const snapshot = await seenOnce(service('bot', { pidFiles: [file] }));
      expect([content, snapshot.pidFiles[0]?.verdict]).toEqual([content, 'live']);
    }
    const other = stage.file('port.pid', JSON.stringify({ pid: dead, port: alive }));
    const snapshot = await seenOnce(service('port', { pidFiles: [other] }));
    expect(snapshot.pidFiles).toMatchObject([{ recordedPid: dead, verdict: 'dead' }]);
  });

  it('one that is left behind only once its worker has ended is said to be so then', async () => {
    const file = stage.file('bot.pid', JSON.stringify({ pid: dead, child: alive }));
    const seen = new Seen(observerOf([service('bot', { pidFiles: [file] })]));
    try {
      await seen.tick();
      expect(seen.of('bot').pidFiles[0]?.verdict).toBe('live');
      await stage.killHard(alive);
      await seen.tick();
      expect(seen.of('bot').pidFiles).toMatchObject([{ recordedPid: dead, verdict: 'dead' }]);
    } finally {
      seen.observer.close();
    }
  });

  it('a leader that has ended is no dead record while its group runs, and is one afterwards', async () => {
    const leader = spawn('sh', ['-c', 'sleep 60 & echo $!'], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let member = 0;
    leader.stdout.once('data', (text: Buffer) => (member = Number(text.toString())));
    await once(leader, 'exit');
    await until(() => member > 0, 'the shell has not told whom it started');
    const file = stage.file('group.pid', `${leader.pid}\n`);
    const seen = new Seen(observerOf([service('group', { pidFiles: [file] })]));
    try {
      await seen.tick();
      expect(seen.of('group').pidFiles).toMatchObject([{ recordedPid: leader.pid, verdict: 'unverifiable' }]);
      expect(seen.of('group').findings[0]?.message).toContain(
        'processes of the group or session that it led still run',
      );
      process.kill(member, 'SIGKILL');
      await until(() => !isRunning(member), 'the member has not ended');
      await seen.tick();
      expect(seen.of('group').pidFiles).toMatchObject([{ recordedPid: leader.pid, verdict: 'dead' }]);
    } finally {
      seen.observer.close();
      if (isRunning(member)) process.kill(member, 'SIGKILL');
    }
  });

  it('a process of the right command whose folder says nothing is not contradicted, and one elsewhere is', async () => {
    const started = ['/', stage.subfolder('other')].map((cwd) =>
      spawn('sleep', ['60'], { cwd, stdio: 'ignore', detached: true }),
    );
    try {
      const said: [string | undefined, string | undefined][] = [];
      for (const { pid } of started) {
        const file = stage.file(`of${pid}.pid`, `${pid}\n`);
        fs.utimesSync(file, new Date(Date.now() + 600_000), new Date(Date.now() + 600_000));
        const command = { kind: 'substring', text: 'sleep' } as const;
        const matcher = { kind: 'commandAndCwd', command, cwd: stage.subfolder('expected') } as const;
        const snapshot = await seenOnce(service('bot', { pidFiles: [file], process: matcher }));
        said.push([snapshot.pidFiles[0]?.verdict, snapshot.findings[0]?.message]);
      }
      expect(said).toEqual([
        ['live', undefined],
        ['unverifiable', expect.stringContaining('that does not work in the expected folder') as string],
      ]);
    } finally {
      for (const one of started) one.kill('SIGKILL');
    }
  });

  it('one that is written again after its process has ended is no dead record: someone goes on with it', async () => {
    const touched = stage.file('touched.pid', `${dead}\n`);
    const renamed = stage.file('renamed.pid', `${dead}\n`);
    const other = stage.file('other.pid', `${dead}\n`);
    const still = stage.file('still.pid', `${dead}\n`);
    const files = { touched, renamed, other, still };
    const seen = new Seen(
      observerOf(Object.entries(files).map(([name, file]) => service(name, { pidFiles: [file] }))),
    );
    const verdicts = (): (string | undefined)[] =>
      Object.keys(files).map((name) => seen.of(name).pidFiles[0]?.verdict);
    try {
      await seen.tick();
      expect(verdicts()).toEqual(['dead', 'dead', 'dead', 'dead']);
      const later = new Date(Date.now() + 60_000);
      fs.utimesSync(touched, later, later);
      fs.writeFileSync(`${renamed}.new`, `${dead}\n`);
      fs.utimesSync(`${renamed}.new`, later, later);
      fs.renameSync(`${renamed}.new`, renamed);
      // The record of another run, which has ended as well.
      fs.writeFileSync(other, '4194301\n');
      await seen.tick();
      expect(verdicts()).toEqual(['unverifiable', 'unverifiable', 'dead', 'dead']);
      expect(seen.of('touched').findings[0]?.message).toContain('A live process may go on with it.');
      await seen.tick();
      expect(verdicts()).toEqual(['unverifiable', 'unverifiable', 'dead', 'dead']);
    } finally {
      seen.observer.close();
    }
  });

  it('several pids are stale once all of them are gone, and the first is named', async () => {
    const file = stage.file('workers.pid', `${dead}\n${alive}\n`);
    const seen = new Seen(observerOf([service('workers', { pidFiles: [file] })]));
    try {
      await seen.tick();
      expect(seen.of('workers').state).not.toBe('stale');
      await stage.killHard(alive);
      await seen.tick();
      expect(seen.of('workers').pidFiles).toMatchObject([{ recordedPid: dead, verdict: 'dead' }]);
      expect(seen.of('workers').state).toBe('stale');
    } finally {
      seen.observer.close();
    }
  });

  it('several numbers of which one is no pid are no dead process', async () => {
    const file = stage.file('workers.pid', `${dead}\n${alive}\n1769850307\n`);
    const snapshot = await seenOnce(service('workers', { pidFiles: [file] }));
    expect([snapshot.state, snapshot.pidFiles[0]?.verdict]).toEqual(['unverified', 'unverifiable']);
  });

  it('seconds since the epoch are no dead process', async () => {
    const file = stage.file('agent.lock', `${Math.floor(Date.now() / 1000)}\n`);
    const snapshot = await seenOnce(service('agent', { pidFiles: [file] }));
    expect([snapshot.state, snapshot.pidFiles[0]?.verdict]).toEqual(['unverified', 'unverifiable']);
  });

  it('a number in the name of a directory is no pid, dead or alive', async () => {
    for (const pid of [alive, dead]) {
      const lock = stage.subfolder('locks', `2.1.${pid}.lock`);
      const snapshot = await seenOnce(service('versions', { lockFiles: [lock] }));
      expect(snapshot.findings.map(({ kind }) => kind)).toEqual(['holderUnknown']);
      expect(snapshot.instances).toEqual([]);
    }
  });

  it('a record that is longer than what is read of it is no dead one', async () => {
    for (const tail of ['', `workerPid: ${alive}\n`]) {
      const file = stage.file('long.pid', `pid: ${dead}\nnote: ${'x'.repeat(4200)}\n${tail}`);
      const snapshot = await seenOnce(service('long', { pidFiles: [file] }));
      expect(snapshot.pidFiles).toMatchObject([{ recordedPid: dead, verdict: 'unverifiable' }]);
      expect(snapshot.findings[0]?.message).toContain('in its first 4 KiB');
    }
  });

  it('a number that nothing calls a pid is no dead process, and the port of this host is none', async () => {
    for (const [name, content] of [
      ['debug.addr', `${os.hostname()}:${dead}\n`],
      ['server.lock', `${os.hostname()}:${Math.min(dead, 65_535)}\n`],
      ['DevToolsActivePort', `${dead}\n/devtools/browser/6f8e-11\n`],
      ...['port', 'port.txt', 'uid', 'httpport', 'lastrun', 'port.lock'].map((one) => [one, `${dead}\n`]),
    ] as [string, string][]) {
      const record = stage.file(path.join('numbers', name), content);
      const snapshot = await seenOnce(service('numbers', { pidFiles: [record] }));
      expect([name, snapshot.pidFiles[0]?.verdict]).toEqual([name, 'unverifiable']);
    }
    // Near misses: names that say it.
    for (const name of ['bot.pid', 'bot.lock']) {
      const record = stage.file(path.join('numbers', name), `${dead}\n`);
      const snapshot = await seenOnce(service('numbers', { pidFiles: [record] }));
      expect([name, snapshot.pidFiles[0]?.verdict]).toEqual([name, 'dead']);
    }
  });

  it('a word beside a live pid, and the host that it listens on, are no other host', async () => {
    for (const [index, content] of [
      `${alive} worker.py\n`,
      `${alive}\npython3\n`,
      `worker:${alive}\n`,
      JSON.stringify({ pid: alive, host: 'shop.test', port: 3000 }),
    ].entries()) {
      const judged = async (text: string): Promise<unknown> => {
        const file = stage.file(path.join(`w${index}`, 'bot.pid'), text);
        return (await seenOnce(service('bot', { pidFiles: [file] }))).pidFiles[0]?.verdict;
      };
      expect([content, await judged(content)]).toEqual([content, 'live']);
      // Near miss: where it does not run here, it may on another.
      const gone = content.replace(String(alive), String(dead));
      expect([gone, await judged(gone)]).toEqual([gone, 'unverifiable']);
    }
    for (const target of [`pid-${alive}`, `bot-${alive}`, `pid:${alive}`]) {
      const lock = stage.path(`to-${target}`);
      fs.symlinkSync(target, lock);
      const snapshot = await seenOnce(service('linked', { lockFiles: [lock] }));
      expect([target, snapshot.state]).toEqual([target, 'held']);
    }
  });

  it('a start that is told of something else speaks against no process that ran when the file was written', async () => {
    const long = '2026-01-01T00:00:00Z';
    for (const [index, content] of [
      JSON.stringify({ pid: alive, createdAt: long }),
      JSON.stringify({ pid: alive, startTicks: 5000 }),
      JSON.stringify({ pid: alive, start_ticks: 412 }),
      `---\npid: ${alive}\ncreated_at: ${long}\n`,
      `${alive}\n8080\n${long}\n`,
      `${alive}\n${long}\n`,
    ].entries()) {
      const file = stage.file(path.join(`s${index}`, 'bot.pid'), content);
      const verdict = async (): Promise<unknown> =>
        (await seenOnce(service('bot', { pidFiles: [file] }))).pidFiles[0]?.verdict;
      expect([content, await verdict()]).toEqual([content, 'live']);
      // Near miss: a file that is older than the process.
      const before = new Date(Date.now() - 365 * 86_400_000);
      fs.utimesSync(file, before, before);
      expect([content, await verdict()]).toEqual([content, 'reused']);
    }
  });

  it('a symlink to a bare number names a process', async () => {
    for (const [pid, state] of [
      [alive, 'held'],
      [dead, 'stale'],
    ] as const) {
      const lock = stage.path(`lock-of-${pid}`);
      fs.symlinkSync(String(pid), lock);
      const snapshot = await seenOnce(service('linked', { lockFiles: [lock] }));
      expect(snapshot.state).toBe(state);
    }
  });
});

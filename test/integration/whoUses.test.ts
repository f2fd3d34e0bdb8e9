import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { UseAnswer, UseKind, UseQuestion } from '../../src/model/users';
import type { Actor } from '../fixtures/actors';
import { askedMonitor, whoUsesFile } from '../fixtures/client';
import { freePort } from '../fixtures/freePort';
import { Stage, until } from '../fixtures/stage';
import { whyNot } from './osOutside';

const READY = 'console.log(JSON.stringify({ready:true}));setInterval(()=>{},1e9);';

/** What each process does with it, by pid. */
const usesOf = ({ users }: UseAnswer): Record<number, UseKind[]> =>
  Object.fromEntries(users.map(({ process, uses }) => [process.pid, uses.map(({ kind }) => kind)]));

describe.runIf(process.platform === 'linux')('who uses this', () => {
  const monitor = askedMonitor();
  let stage: Stage;
  beforeEach(() => (stage = Stage.open()));
  afterEach(() => stage.close());

  const ask = (question: UseQuestion, signal = new AbortController().signal): Promise<UseAnswer> =>
    monitor().whoUses(question, { signal, onProgress: () => undefined });
  const askPath = (file: string): Promise<UseAnswer> => whoUsesFile(monitor(), file);
  const run = (script: string, ...args: string[]): Promise<Actor> =>
    stage.startCommand(process.execPath, ['-e', `${script};${READY}`, ...args]);
  const opens = (file: string): Promise<Actor> => run('require("fs").openSync(process.argv[1],"r")', file);

  it('names the holder first, then who waits, then who has it open, and nobody of a file beside it', async () => {
    const file = stage.file('a/bot.lock');
    const holder = await stage.start('holder', ['--file', file]);
    const waiter = await stage.start('lock_waiter', ['--file', file]);
    const opener = await opens(file);
    await opens(stage.file('b/bot.lock'));
    await opens(stage.file('a/bot.lock2'));
    const answer = await askPath(file);
    const uses = usesOf(answer);
    expect(uses[holder.pid]).toEqual(['lock', 'open']);
    expect(uses[opener.pid]).toEqual(['open']);
    expect(answer.users[0]?.process.pid).toBe(holder.pid);
    expect(answer.users[0]?.uses[0]).toMatchObject({
      proof: 'proven',
      path: file,
      lock: { kind: 'flock', access: 'write' },
    });
    expect(uses[waiter.pid]).toEqual(['waits', 'open']);
    expect(answer.users.map(({ process }) => process.pid)).toEqual([holder.pid, waiter.pid, opener.pid]);
    expect(answer.users[0]?.ancestors[0]).toBe(process.pid);
  });

  it('names working directories, programs and mapped files below a folder, and none of a folder of a like name', async () => {
    const folder = stage.subfolder('data');
    const other = stage.subfolder('database');
    const program = stage.path('data/tool');
    fs.copyFileSync('/bin/sleep', program);
    fs.chmodSync(program, 0o755);
    const inside = await stage.startCommand(process.execPath, ['-e', READY], { cwd: 'data' });
    const runs = await stage.startCommand(program, ['1000'], { roles: [] });
    const library =
      /\/\S+\/lib(?:m|dl|c)[.-]\S*so\S*/.exec(fs.readFileSync('/proc/self/maps', 'utf8'))?.[0] ?? '';
    fs.copyFileSync(library, stage.path('data/lib.so'));
    const maps = await stage.startCommand(process.execPath, ['-e', READY], {
      env: { LD_PRELOAD: stage.path('data/lib.so') },
      cwd: 'elsewhere',
    });
    const opener = await opens(stage.file('data/deep/er/x.txt'));
    const outside = await stage.startCommand(process.execPath, ['-e', READY], { cwd: 'database' });
    await opens(stage.file('database/x.txt'));
    const answer = await askPath(folder);
    expect(answer.isFolder).toBe(true);
    expect(usesOf(answer)).toEqual({
      [inside.pid]: ['directory'],
      [runs.pid]: ['program'],
      [maps.pid]: ['mapped'],
      [opener.pid]: ['open'],
    });
    expect(answer.users[0]?.uses[0]?.path).toBe(path.join(folder, 'deep/er/x.txt'));
    expect(usesOf(await askPath(other))[outside.pid]).toEqual(['directory']);
  });

  it('does not name who has open what the path named before', async () => {
    const file = stage.file('run/bot.lock');
    const former = await opens(file);
    fs.rmSync(file);
    fs.writeFileSync(file, 'another');
    expect((await askPath(file)).users).toEqual([]);
    // Below its folder it is a use all the same, and is called what it is.
    const [user] = (await askPath(path.dirname(file))).users;
    expect([user?.process.pid, user?.uses[0]?.path]).toEqual([former.pid, `${file} (deleted)`]);
  });

  it('does not say that no process uses a Unix socket, since no descriptor shows its path; a FIFO’s does', async () => {
    const socket = stage.path('app.sock');
    await run(`require("net").createServer().listen(process.argv[1])`, socket);
    await until(() => fs.existsSync(socket), 'nothing listens');
    const answer = await askPath(socket);
    expect(answer.users).toEqual([]);
    expect(answer.notes.join('\n')).toContain('It is a Unix socket');
    expect(answer.commands.join('\n')).toContain(socket);
    const fifo = stage.path('fifo');
    execFileSync('mkfifo', [fifo]);
    const opener = await run('require("fs").openSync(process.argv[1],"r+")', fifo);
    const ofFifo = await askPath(fifo);
    expect([usesOf(ofFifo), ofFifo.notes.join()]).toEqual([
      { [opener.pid]: ['open'] },
      expect.not.stringContaining('socket'),
    ]);
  });

  it('names who has it open by another hard link', async () => {
    const file = stage.file('one.db');
    fs.linkSync(file, stage.path('two.db'));
    const opener = await opens(stage.path('two.db'));
    expect(usesOf(await askPath(file))).toEqual({ [opener.pid]: ['open'] });
  });

  const flags = ['--user', '--map-root-user', '--mount'];
  it.skipIf(whyNot(...flags) !== undefined)(
    'tells a file of the same path in another mount namespace apart, and knows the same file by another path',
    async () => {
      const file = stage.file('m/a.txt', 'here');
      const stranger = await stage.startCommand('unshare', [
        ...flags,
        'sh',
        '-c',
        'mount -t tmpfs t "$1" && echo there > "$1/a.txt" && exec "$2" -e "$3" "$1/a.txt"',
        'sh',
        path.dirname(file),
        process.execPath,
        `require("fs").openSync(process.argv[1],"r");${READY}`,
      ]);
      const there = stage.subfolder('there');
      const friend = await stage.startCommand('unshare', [
        ...flags,
        'sh',
        '-c',
        'mount --bind "$1" "$2" && exec "$3" -e "$4" "$2/a.txt"',
        'sh',
        path.dirname(file),
        there,
        process.execPath,
        `require("fs").openSync(process.argv[1],"r");${READY}`,
      ]);
      expect(stranger.pid).not.toBe(friend.pid);
      const answer = await askPath(file);
      expect(usesOf(answer)).toEqual({ [friend.pid]: ['open'] });
      expect(answer.users[0]?.uses[0]?.path).toBe(file);
    },
  );

  it('names the process of a record as plausible at most, and never one that the number was given to', async () => {
    const record = stage.file('run/bot.pid');
    const writer = await stage.startCommand(process.execPath, ['-e', READY], { cwd: 'run' });
    fs.writeFileSync(record, String(writer.pid));
    const [user] = (await askPath(record)).users;
    expect(user).toMatchObject({
      process: { pid: writer.pid },
      uses: [{ kind: 'record', proof: 'plausible' }],
    });
    // The same number in a file that is no record.
    expect((await askPath(stage.file('run/count.txt', String(writer.pid)))).users).toEqual([]);

    await stage.killHard(writer.pid);
    const left = await askPath(record);
    expect(left.users).toEqual([]);
    expect(left.notes).toContain(`Its record names process ${writer.pid}, which has ended.`);
  });

  it('says what became of a pid, and takes no other program, thread or host for it', async () => {
    const actor = await run('0');
    const named = (more: object): Promise<UseAnswer> =>
      ask({ kind: 'pid', named: { pid: actor.pid, ...more } });
    expect(usesOf(await named({}))).toEqual({ [actor.pid]: ['named'] });
    expect((await named({})).users[0]?.uses[0]?.proof).toBe('guessed');
    expect((await named({ programs: ['node'] })).users[0]?.uses[0]?.proof).toBe('plausible');
    const other = await named({ programs: ['postgres'] });
    expect([other.users, other.notes[0]]).toEqual([
      [],
      expect.stringMatching(/does not look like the one that is meant/),
    ]);
    const away = await named({ host: 'elsewhere' });
    expect([away.users, away.notes[0]]).toEqual([[], expect.stringMatching(/runs on elsewhere/)]);
    expect((await named({ host: os.hostname() })).users).toHaveLength(1);

    const thread = Number(fs.readdirSync(`/proc/${actor.pid}/task`).at(-1));
    const ofThread = await ask({ kind: 'pid', named: { pid: thread } });
    expect(ofThread.notes).toEqual([`${thread} is a thread of process ${actor.pid}, not a process.`]);
    await stage.killHard(actor.pid);
    expect((await named({})).notes).toEqual([`Process ${actor.pid} has ended.`]);
  });

  it('says what else a user holds: its locks and its ports', async () => {
    const file = stage.file('app.lock');
    const script =
      'const s=require("net").createServer();s.listen(0,"127.0.0.1",()=>console.log(JSON.stringify({port:s.address().port})))';
    const server = await stage.startCommand('flock', [file, process.execPath, '-e', `${script};${READY}`]);
    const line = await server.waitFor('"port"');
    const { port } = JSON.parse(line) as { port: number };
    const answer = await ask({ kind: 'port', port });
    expect(answer.users).toHaveLength(1);
    expect(answer.users[0]).toMatchObject({
      uses: [{ kind: 'listens', proof: 'proven', port }],
      ports: [port],
    });
    expect(answer.users[0]?.locks).toEqual([file]);

    const free = await freePort();
    const nobody = await ask({ kind: 'port', port: free });
    expect([nobody.users, nobody.notes[0]]).toEqual([[], expect.stringContaining(`port ${free}`)]);
  });

  it('hides secrets, and says so of a file that is not there', async () => {
    const file = stage.file('s.lock');
    await stage.startCommand(process.execPath, [
      '-e',
      `require("fs").openSync(process.argv[1],"r");${READY}`,
      file,
      '--token=T0PSECRETT0PSECRET',
    ]);
    expect(JSON.stringify(await askPath(file))).not.toContain('T0PSECRET');
    const absent = await askPath(stage.path('none.lock'));
    expect([absent.isAbsent, absent.users, absent.notes]).toEqual([
      true,
      [],
      [`${stage.path('none.lock')} does not exist.`],
    ]);
  });

  it('takes less than a second of processor time among 10,000 files and 500 processes, and can be left', async () => {
    const folder = stage.subfolder('many');
    for (let i = 0; i < 10_000; i++) fs.writeFileSync(path.join(folder, String(i)), '');
    const farm = 'i=0; while [ $i -lt 500 ]; do sleep 1000 & i=$((i+1)); done; echo \'{"ready":true}\'; wait';
    await stage.startCommand('sh', ['-c', farm], { cwd: 'many' });
    await askPath(stage.file('warm.txt'));
    const before = process.cpuUsage();
    const answer = await askPath(folder);
    const { user, system } = process.cpuUsage(before);
    expect(answer.users.length).toBeGreaterThanOrEqual(501);
    expect((user + system) / 1000).toBeLessThan(1000);
    console.log(
      `a folder with 10,000 files and 500 processes: ${((user + system) / 1000).toFixed(0)} ms of CPU`,
    );

    const abort = new AbortController();
    let told = 0;
    const left = monitor().whoUses(
      { kind: 'path', path: folder },
      {
        signal: abort.signal,
        onProgress: () => {
          told += 1;
          abort.abort();
        },
      },
    );
    const part = await left;
    expect(told).toBeGreaterThan(0);
    expect(part.users.length).toBeLessThan(answer.users.length);
    expect(part.notes).toEqual([expect.stringMatching(/^Stopped after \d+ of \d+ processes\.$/)]);
  });
});

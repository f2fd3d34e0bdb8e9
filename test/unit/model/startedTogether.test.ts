/** Who started two runs, and how; beside each case the nearest one that is a mere second run. */
import { describe, expect, it } from 'vitest';
import { contextOf } from '../../../src/model/context';
import type { ProcessFacts } from '../../../src/model/facts';
import type { RunFacts } from '../../../src/model/processes/runFacts';
import { alive, facts, lock, lockFile, NAMED, pidFile, proc, without } from './build';

const bot = (pid: number, ppid = 1, startedAgo = 3600 - pid): ProcessFacts =>
  proc(pid, 'python3 bot.py', { ppid, startedAgo });

/** The grade of the second run, 8, beside the owner, 7, and in what it differs. */
function see(...processes: ProcessFacts[]): string {
  return seeWith(new Map(), ...processes);
}

const seeWith = (runs: ReadonlyMap<number, RunFacts>, ...processes: ProcessFacts[]): string =>
  seeNamed(NAMED.process.text, runs, ...processes);

function seeNamed(text: string, runs: ReadonlyMap<number, RunFacts>, ...processes: ProcessFacts[]): string {
  const first = processes.find(({ pid }) => pid === 7) ?? bot(7);
  const given = facts({
    service: {
      process: { kind: 'commandAndCwd', command: { kind: 'substring', text }, cwd: '/home/ann/bot' },
    },
    processes,
    lockFiles: [lockFile([lock([first])])],
  });
  const proof = contextOf({ ...given, runs }).instances.all.find(({ root }) => root.pid === 8)?.proof;
  return [proof?.proof, ...(proof?.differences ?? [])].join(' ');
}

const shell = (pid: number): ProcessFacts => proc(pid, 'bash', { startedAgo: 9000 });

describe('a shell that started both', () => {
  it('meant several where it did so in one moment', () => {
    expect(see(shell(5), bot(7, 5, 3600), bot(8, 5, 3599.1))).toBe('plausible batch');
    expect(see(shell(5), bot(7, 5, 3600), bot(8, 5, 3599))).toBe('proven');
    expect(see(shell(5), bot(7, 5, 3599.5), bot(8, 5, 3600))).toBe('plausible older batch');
  });

  it('is another one where they are of two terminals', () => {
    expect(see(shell(5), shell(6), bot(7, 5, 3600), bot(8, 6, 3600))).toBe('proven');
  });

  it('may be gone: init has the orphans of a loop of `setsid -f`', () => {
    const init = proc(1, 'init', { ppid: 0, startedAgo: 9000 });
    expect(see(init, bot(7, 1, 3600), bot(8, 1, 3599.1))).toBe('plausible batch');
    expect(see(init, bot(7, 1, 3600), bot(8, 1, 3599))).toBe('proven');
    expect(see(init, shell(5), bot(7, 1, 3600), bot(8, 5, 3600))).toBe('proven');
  });

  it('says nothing where it is a process of the monitor’s own', () => {
    expect(see(proc(900, 'node server.js', { startedAgo: 9000 }), bot(7, 900, 3600), bot(8, 900, 3600))).toBe(
      'proven',
    );
  });
});

describe('npm above both', () => {
  const npm = (pid: number, words: string): ProcessFacts =>
    proc(pid, `node /usr/bin/npm ${words}`, { startedAgo: 9000 - pid });
  const under = (one: string, two: string): string => see(npm(17, one), npm(18, two), bot(7, 17), bot(8, 18));

  it('may be told the same in two ways', () => {
    expect(under('start', 'run start')).toBe('proven');
    expect(under('run-script start', 'start')).toBe('proven');
  });

  it('may be told two things', () => {
    expect(under('run start', 'run dev')).toBe('plausible arguments');
    expect(under('run start -- --port 1', 'run start')).toBe('plausible arguments');
  });
});

describe('a program that started the second', () => {
  it('may need it, also where it started a script that did', () => {
    const test = proc(5, 'python3 -m suite', { startedAgo: 9000 });
    const script = proc(6, 'bash start.sh', { ppid: 5, startedAgo: 8000 });
    expect(see(bot(7), test, script, bot(8, 6))).toBe('plausible startedBy');
    expect(see(bot(7), shell(5), script, bot(8, 6))).toBe('proven');
  });
});

describe('sessions of a terminal multiplexer', () => {
  const under = (one: string, two: string): string =>
    see(proc(17, one, { startedAgo: 9000 }), proc(18, two, { startedAgo: 9000 }), bot(7, 17), bot(8, 18));

  it.each([
    ['SCREEN -dmS bot-eu python3 bot.py', 'SCREEN -dmS bot-us python3 bot.py', 'plausible unit'],
    ['SCREEN -S eu', 'SCREEN -S us', 'plausible unit'],
    ['dtach -n /run/eu python3 bot.py', 'dtach -n /run/us python3 bot.py', 'plausible unit'],
    ['dtach -A /run/eu python3 bot.py', 'dtach -A /run/us python3 bot.py', 'plausible unit'],
    ['abduco -n eu python3 bot.py', 'abduco -n us python3 bot.py', 'plausible unit'],
    ['abduco -A bot python3 bot.py', 'abduco -A bot python3 bot.py', 'proven'],
    ['SCREEN -dmS bot python3 bot.py', 'SCREEN -dmS bot python3 bot.py', 'proven'],
    ['SCREEN', 'SCREEN -S us', 'proven'],
    ['SCREEN -S eu', 'SCREEN', 'proven'],
    ['tmux new -s eu', 'tmux new -s us', 'proven'],
    ['tmux new -n eu', 'tmux new -n us', 'proven'],
    // Only an option names the session, and only one that ends so.
    ['SCREEN -t my-S -S eu', 'SCREEN -t my-S -S us', 'plausible unit'],
    ['SCREEN -Sx -S eu', 'SCREEN -Sx -S us', 'plausible unit'],
    ['dtach -e my-n -n /run/eu x', 'dtach -e my-n -n /run/us x', 'plausible unit'],
    ['dtach -nx -n /run/eu x', 'dtach -nx -n /run/us x', 'plausible unit'],
    ['dtach -zn /run/eu x', 'dtach -zn /run/us x', 'plausible unit'],
  ])('`%s` and `%s`: %s', (one, two, found) => {
    expect(under(one, two)).toBe(found);
  });
});

describe('a script that was named from another folder, which its run has left', () => {
  const from = (startedIn?: string): RunFacts => (startedIn === undefined ? {} : { startedIn });
  const named = (pid: number, script: string): ProcessFacts =>
    proc(pid, `python3 ${script}`, { startedAgo: 3600 - pid });

  it('may be the very script of the owner, and is a conflict', () => {
    const runs = new Map([[7, from('/home/ann')]]);
    expect(seeWith(runs, named(7, 'bot/bot.py'), named(8, 'bot.py'))).toBe('plausible startFolder');
    const other = new Map([[8, from('/home/ann')]]);
    expect(seeWith(other, named(7, 'bot.py'), named(8, 'bot/bot.py'))).toBe('plausible startFolder');
  });

  it('is another file of that name where no folder makes it the same', () => {
    const runs = new Map([[7, from('/home/ann')]]);
    expect(seeWith(runs, named(7, 'other/bot.py'), named(8, 'bot.py'))).toBe('');
  });

  it.each([
    ['other/bot', ''],
    // Near misses: a script of another name, and a module, which has no path.
    ['other/bot2', 'plausible script startFolder'],
    ['-m bot', 'plausible script arguments startFolder'],
  ])('is compared with `python3 bot` where its own command is `python3 %s`', (words, expected) => {
    const seen = (one: string, two: string): string =>
      seeNamed('python3', new Map([[7, from('/home/ann')]]), named(7, one), named(8, two));
    expect(seen('bot', words)).toBe(expected);
    expect(seen(words, 'bot')).toBe(expected);
  });
});

describe('an owner that got its lock from another process', () => {
  const heir = (more: Partial<ProcessFacts> = {}): ProcessFacts =>
    proc(7, 'python3 bot.py', { startedAgo: 7200, pgid: 6, sid: 6, ...more });
  const beside = (owner: ProcessFacts, ...more: ProcessFacts[]): string => {
    const given = facts({
      service: { process: { kind: 'commandAndCwd', command: NAMED.process, cwd: '/home/ann/bot' } },
      processes: [owner, bot(8), ...more],
      lockFiles: [lockFile([{ ...lock([owner]), taker: 6 }])],
    });
    const inherited = given.lockFiles.map((file) => ({
      ...file,
      locks: file.locks.map((one) => ({
        ...one,
        holders: one.holders.map((held) => ({ ...held, inherited: true })),
      })),
    }));
    const { all } = contextOf({ ...given, lockFiles: inherited }).instances;
    const proof = all.find(({ root }) => root.pid === 8)?.proof;
    return [proof?.proof, ...(proof?.differences ?? [])].join(' ');
  };

  it('may be left over where that, and the leader of its group, are gone', () => {
    expect(beside(heir())).toBe('plausible ownerLeft');
    expect(beside(heir({ ppid: 99 }))).toBe('plausible ownerLeft');
  });

  it('runs on for its shell, or by itself', () => {
    const script = proc(6, 'bash start.sh', { startedAgo: 7200 });
    expect(beside(heir({ ppid: 6 }), script)).toBe('proven');
    expect(beside(heir({ pgid: 7, sid: 7 }))).toBe('proven');
    expect(beside(heir(), { ...script, argv: ['bash', 'job.sh'] })).toBe('proven');
    expect(beside(heir({ ppid: 5 }), shell(5))).toBe('proven');
    expect(beside(without(heir(), 'pgid'))).toBe('proven');
  });

  it('is not left over where it took the lock itself, or has none', () => {
    expect(see(heir(), bot(8))).toBe('proven');
    const text = `{"pid":7,"start_ticks":${heir().startTicks ?? 0}}`;
    const given = facts({
      service: { process: NAMED.process },
      processes: [heir(), bot(8)],
      pidFiles: [pidFile(text, alive(heir()))],
    });
    const { all } = contextOf(given).instances;
    expect(all.map(({ root, proof }) => `${root.pid} ${proof.reason}`)).toEqual([
      '7 recordedStart',
      '8 sameAsOwner',
    ]);
  });
});

/** What locks say against a run being just one too many; beside each case the nearest one that goes the other way. */
import { describe, expect, it } from 'vitest';
import { contextOf } from '../../../src/model/context';
import type { FileId, ProcessFacts, TakenFile } from '../../../src/model/facts';
import type { RunFacts } from '../../../src/model/processes/runFacts';
import type { CommandMatcher } from '../../../src/model/service';
import { facts, LOCK_PATH, lock, lockFile, NAMED, proc, type Given } from './build';

const FLOCK = `flock ${LOCK_PATH} python3 bot.py`;
const owner = proc(7, 'python3 bot.py', { startedAgo: 7200 });
const other = proc(8, 'python3 bot.py');
const file = (ino: string): FileId => ({ dev: '65024', ino });

interface Locks {
  waiters?: ProcessFacts[];
  taken?: [number, TakenFile[]][];
  runs?: [number, RunFacts][];
  /** What the setting names. */
  command?: CommandMatcher;
}

/** Every instance: its root, its proof, and in what it differs from the owner. */
function see(
  processes: readonly ProcessFacts[],
  { waiters = [], taken = [], runs = [], command = NAMED.process }: Locks = {},
): string[] {
  const given: Given = {
    service: { process: { kind: 'commandAndCwd', command, cwd: '/home/ann/bot' } },
    processes: processes.some(({ pid }) => pid === 7) ? processes : [owner, ...processes],
    lockFiles: [lockFile([lock([owner], { waiters })])],
  };
  const { instances } = contextOf({ ...facts(given), taken: new Map(taken), runs: new Map(runs) });
  return instances.all.map(({ root, proof }) => [root.pid, proof.proof, ...proof.differences].join(' '));
}

describe('locks of a second run', () => {
  it('prove nothing where it has none', () => {
    expect(see([other])).toEqual(['7 proven', '8 proven']);
    expect(see([other], { waiters: [proc(9, 'python3 x.py')] })).toEqual(['7 proven', '8 proven']);
  });

  it('make it a standby where it, or what it runs, waits', () => {
    expect(see([other], { waiters: [other] })).toEqual(['7 proven', '8 plausible waits']);
    const child = proc(9, 'python3 bot.py', { ppid: 8 });
    expect(see([other, child], { waiters: [child] })).toEqual(['7 proven', '8 plausible waits']);
  });

  it('set it apart where it took one on a file that the owner has not locked, and that is not the service’s', () => {
    expect(see([other], { taken: [[8, [file('5')]]] })).toEqual(['7 proven', '8 plausible ownLock']);
    const both: [number, FileId[]][] = [
      [7, [file('5')]],
      [8, [file('5')]],
    ];
    expect(see([other], { taken: both })).toEqual(['7 proven', '8 proven']);
    expect(see([other], { taken: [[8, [file('2294010')]]] })).toEqual(['7 proven', '8 proven']);
    expect(see([other], { taken: [[7, [file('5')]]] })).toEqual(['7 proven', '8 proven']);
  });

  it.each<[string, TakenFile, TakenFile | undefined, string]>([
    ['the same bytes of a file', { ...file('5'), bytes: '0-1' }, { ...file('5'), bytes: '0-1' }, 'proven'],
    ['other bytes', { ...file('5'), bytes: '0-1' }, { ...file('5'), bytes: '2-3' }, 'plausible ownLock'],
    ['the whole of it, and the owner a part', file('5'), { ...file('5'), bytes: '2-3' }, 'plausible ownLock'],
    ['a part, and the owner the whole', { ...file('5'), bytes: '2-3' }, file('5'), 'plausible ownLock'],
    ['bytes of the service’s own file', { ...file('2294010'), bytes: '0-1' }, undefined, 'proven'],
  ])('are told by what of a file they took: %s', (_, ofOther, ofOwner, expected) => {
    const taken: [number, TakenFile[]][] = [
      [7, ofOwner === undefined ? [] : [ofOwner]],
      [8, [ofOther]],
    ];
    expect(see([other], { taken })).toEqual(['7 proven', `8 ${expected}`]);
  });

  it('are those of a script above it too, unless that runs both', () => {
    const script = proc(5, 'bash job.sh', { startedAgo: 9000 });
    const below = (ppid: number): ProcessFacts[] => [script, { ...owner, ppid }, { ...other, ppid: 5 }];
    const taken: [number, FileId[]][] = [[5, [file('5')]]];
    expect(see(below(1), { taken })).toEqual(['7 proven', '8 plausible ownLock']);
    expect(see(below(5), { taken })).toEqual(['7 proven', '8 proven']);
    expect(see(below(1))).toEqual(['7 proven', '8 proven']);
  });

  it('are waited for by a worker of it, be it another lock', () => {
    const worker = proc(9, 'python3 bot.py', { ppid: 8 });
    const seen = (waits: true | undefined): string[] =>
      see([other, worker], { runs: [7, 8, 9].map((pid) => [pid, pid === 9 && waits ? { waits } : {}]) });
    expect(seen(true)).toEqual(['7 proven', '8 plausible waitsElsewhere']);
    expect(seen(undefined)).toEqual(['7 proven', '8 proven']);
  });
});

describe('flock(1)', () => {
  it('runs nothing while nothing is below it, whatever lock it waits for', () => {
    const queued = proc(8, FLOCK);
    expect(see([queued], { waiters: [queued] })).toEqual(['7 proven']);
    expect(see([queued])).toEqual(['7 proven']);
    const running = proc(9, 'python3 bot.py', { ppid: 8 });
    expect(see([queued, running])).toEqual(['7 proven', '9 proven']);
    const titled = proc(9, ['worker: busy'], { ppid: 8 });
    expect(see([queued, titled], { waiters: [queued] })).toHaveLength(2);
  });

  it('is all that a shell runs, or is not', () => {
    const shell = proc(8, ['sh', '-c', `${FLOCK}; true`]);
    const queued = proc(9, FLOCK, { ppid: 8 });
    expect(see([shell, queued], { waiters: [queued] })).toEqual(['7 proven']);
    const sleeps = proc(10, 'sleep 60', { ppid: 8 });
    expect(see([shell, queued, sleeps], { waiters: [queued] })).toEqual(['7 proven']);
    const more = proc(10, 'serve --all', { ppid: 8 });
    expect(see([shell, queued, more], { waiters: [queued] })).toHaveLength(2);
    expect(see([shell], { waiters: [] })).toHaveLength(1);
  });

  it('is all that a script runs now, and waits for the lock of the service, or is not', () => {
    const script = proc(8, 'sh bot.py');
    const subshell = proc(10, 'sh bot.py', { ppid: 8 });
    const queued = proc(9, ['flock', '9'], { ppid: 10 });
    expect(see([script, subshell, queued], { waiters: [queued] })).toEqual(['7 proven']);
    expect(see([script, subshell, queued])).toHaveLength(2);
    expect(see([script])).toHaveLength(2);
    const more = proc(11, 'serve --all', { ppid: 8 });
    expect(see([script, subshell, queued, more], { waiters: [queued] })).toHaveLength(2);
  });

  it('is any wrapper that waits itself, and none that runs something', () => {
    const queued = proc(8, 'timeout 60 python3 bot.py');
    expect(see([queued], { waiters: [queued] })).toEqual(['7 proven']);
    expect(see([queued, proc(9, ['worker: busy'], { ppid: 8 })])).toHaveLength(2);
  });
});

describe('a wrapper that the setting names itself', () => {
  const named = (text: string): CommandMatcher => ({ kind: 'substring', text });
  const seen = (text: string, processes: ProcessFacts[], waiters: ProcessFacts[] = []): string[] =>
    see(processes, { waiters, command: named(text) });
  const running = proc(9, 'python3 bot.py', { ppid: 8 });

  it('is none while it is flock(1) and runs nothing yet, and one that runs its command', () => {
    const queued = proc(8, FLOCK);
    expect(seen('flock', [queued], [queued])).toEqual(['7 proven']);
    expect(seen('flock', [queued])).toEqual(['7 proven']);
    expect(seen('flock', [queued, running])).toHaveLength(2);
  });

  it('is none while it waits for the lock itself, and one that does not', () => {
    const poll = proc(8, 'watch ./poll');
    expect(seen('watch ./poll', [poll], [poll])).toEqual(['7 proven']);
    expect(seen('watch ./poll', [poll])).toHaveLength(2);
    expect(seen('watch ./poll', [poll, running], [poll])).toHaveLength(2);
  });

  it('is none while all that it runs is queued', () => {
    const poll = proc(8, 'watch ./poll');
    const queued = proc(9, FLOCK, { ppid: 8 });
    expect(seen('watch ./poll', [poll, queued])).toEqual(['7 proven']);
    expect(seen('watch ./poll', [poll, queued, proc(10, 'serve --all', { ppid: 8 })])).toHaveLength(2);
  });

  it('is a run where it is no wrapper: a program, or a shell’s script, waits as a standby', () => {
    const program = proc(8, 'serve --all');
    expect(seen('serve --all', [program], [program])).toHaveLength(2);
    const script = proc(8, 'sh serve.sh');
    expect(seen('serve.sh', [script], [script])).toHaveLength(2);
  });
});

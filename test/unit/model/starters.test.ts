import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/model/diagnose';
import type { ProcessFacts } from '../../../src/model/facts';
import { alive, facts, holder, lock, lockFile, NAMED, pidFile, proc, type Given } from './build';

const LOOP = ['sh', '-c', 'while true; do sleep 60; python3 bot.py; done'];
const child = (pid: number, ppid: number, command: string | string[], more: Partial<ProcessFacts> = {}) =>
  proc(pid, command, { ppid, ...more });
const see = (processes: readonly ProcessFacts[], more: Given = {}) => {
  const { state, instances } = diagnose(facts({ service: NAMED, processes, ...more }));
  return [state, ...instances.map(({ processes: all }) => all.map(({ pid }) => pid).join(' '))];
};
const bot = proc(7, 'python3 bot.py');

describe('a shell or wrapper that runs something else now', () => {
  it.each([
    ['a loop that sleeps', LOOP, ['sleep 60']],
    ['a loop between two commands', LOOP, []],
    [
      'a loop of a login shell',
      ['bash', '-lc', 'for i in 1 2; do python3 bot.py; sleep 9; done'],
      ['sleep 9'],
    ],
    ['a sequence', ['sh', '-c', 'sleep 600 && python3 bot.py'], ['sleep 600']],
    ['another command of the text', ['sh', '-c', 'make-db --all; python3 bot.py'], ['make-db --all']],
    ['one that only looks', ['sh', '-c', 'python3 bot.py; cat $LOG'], ['cat out.log']],
    ['entr', ['entr', '-r', 'python3', 'bot.py'], []],
    ['watchexec', ['watchexec', '--', 'python3', 'bot.py'], []],
    ['uv', ['uv', 'run', 'bot.py'], ['git fetch']],
    ['sudo', ['sudo', '-u', 'bot', 'python3', 'bot.py'], []],
    ['nsenter', ['nsenter', '-t', '1', 'python3', 'bot.py'], []],
    ['flock', ['flock', '-n', 'bot.lock', 'python3', 'bot.py'], []],
    ['timeout', ['timeout', '10m', 'python3', 'bot.py'], []],
  ])('is no instance: %s', (_, argv, below) => {
    const idle = [proc(10, argv), ...below.map((command, i) => child(11 + i, 10, command))];
    expect(see(idle)).toEqual(['absent']);
    expect(see([bot, ...idle])).toEqual(['held', '7']);
  });

  it('is none below another one, nor as its own subshell', () => {
    const nested = [proc(10, ['timeout', '9', ...LOOP]), child(11, 10, LOOP), child(12, 11, 'sleep 60')];
    expect(see([bot, ...nested])).toEqual(['held', '7']);
    expect(see([bot, proc(10, LOOP), child(11, 10, LOOP), child(12, 11, 'sleep 60')])).toEqual(['held', '7']);
  });

  it('is no instance where a pattern names it', () => {
    const service = { ...NAMED, process: { kind: 'regex', source: 'python3 bot', flags: '' } } as const;
    expect(see([proc(10, LOOP), child(11, 10, 'sleep 60')], { service })).toEqual(['absent']);
    // Which of the commands of the text the pattern names is not known.
    const more = ['sh', '-c', 'make-db; python3 bot.py'];
    expect(see([proc(10, more), child(11, 10, 'make-db')], { service })).toEqual(['held', '10 11']);
  });
});

describe('a shell or wrapper beside what is gone', () => {
  it('is no instance while it has not collected the child that ended', () => {
    const ended = child(11, 10, 'python3 bot.py', { state: 'Z' });
    expect(see([proc(10, LOOP), ended])).toEqual(['absent']);
  });

  it('is none that has ended itself since it was matched', () => {
    const given = facts({ service: NAMED, processes: [bot] });
    expect(diagnose({ ...given, matched: [7, 10], wrapping: [10] })).toEqual(diagnose(given));
  });
});

describe('a shell or wrapper is an instance', () => {
  it.each([
    ['that runs it', LOOP, 'python3 bot.py'],
    ['whose child calls itself something else', LOOP, ['bot: busy']],
    ['whose child calls itself as other programs are called', LOOP, ['git: busy']],
    ['whose child is none of its other commands', LOOP, 'python3 /srv/x.py'],
    ['of a task', ['make', 'bot.py'], 'python3 src/main.py'],
  ])('%s', (_, argv, below) => {
    expect(see([proc(10, argv), child(11, 10, below)])).toEqual(['held', '10 11']);
  });

  it('that makes a conflict while it runs one more', () => {
    const all = [bot, proc(10, LOOP), child(11, 10, 'python3 bot.py')];
    expect(see(all)).toEqual(['conflict', '7', '10 11']);
  });

  it('where its script file is the service, also while it sleeps', () => {
    for (const argv of [
      ['sh', 'bot.py'],
      ['bash', '-e', './bot.py'],
    ]) {
      expect(see([proc(10, argv), child(11, 10, 'sleep 60')])).toEqual(['held', '10 11']);
      expect(see([proc(10, argv)])).toEqual(['held', '10']);
    }
  });

  it('that sleeps where that is the service', () => {
    const service = { ...NAMED, process: { kind: 'substring', text: 'sleep 60' } } as const;
    expect(see([proc(10, LOOP), child(11, 10, 'sleep 60')], { service })).toEqual(['held', '10 11']);
  });

  it('where the setting names the wrapper itself', () => {
    const service = { ...NAMED, process: { kind: 'substring', text: 'watch -n 5 ./poll' } } as const;
    expect(see([proc(10, 'watch -n 5 ./poll')], { service })).toEqual(['held', '10']);
  });

  it('where it holds the lock or wrote the record, whatever it runs', () => {
    const loop = proc(10, LOOP);
    const all = [loop, child(11, 10, 'sleep 60')];
    expect(see(all, { lockFiles: [lockFile([lock([holder(loop)])])] })).toEqual(['held', '10 11']);
    expect(see(all, { pidFiles: [pidFile('10', alive(loop))] })).toEqual(['held', '10 11']);
  });

  it('where the run works in another folder than the service', () => {
    const service = {
      ...NAMED,
      process: {
        kind: 'commandAndCwd',
        command: { kind: 'substring', text: 'bot.py' },
        cwd: '/home/ann/bot',
      },
    } as const;
    const shell = proc(10, ['sh', '-c', 'cd sub && python3 bot.py'], { cwd: '/home/ann/bot' });
    expect(see([shell, child(11, 10, 'python3 bot.py', { cwd: '/home/ann/bot/sub' })], { service })).toEqual([
      'held',
      '10 11',
    ]);
  });
});

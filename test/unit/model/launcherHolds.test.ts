import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/model/diagnose';
import type { ProcessFacts } from '../../../src/model/facts';
import { alive, facts, file, holder, lock, lockFile, pidFile, proc, type Given } from './build';

const see = (given: Given) => {
  const { state, findings, instances, pidFiles } = diagnose(facts(given));
  return {
    state,
    findings: findings.map(({ kind }) => kind),
    roots: instances.map(({ root }) => root.pid),
    pids: instances.map(({ processes }) => processes.map(({ pid }) => pid).sort()),
    verdicts: pidFiles.map(({ verdict, proof }) => `${verdict} ${proof}`),
  };
};

/** The lock is the launcher's, and the record names what it has started. */
const held = (holder: ProcessFacts, recorded: ProcessFacts, more: readonly ProcessFacts[] = []): Given => ({
  processes: [holder, recorded, ...more],
  lockFiles: [lockFile([lock([holder])])],
  pidFiles: [pidFile(String(recorded.pid), alive(recorded))],
});

const bot = proc(20, 'python3 bot.py', { ppid: 10 });

describe('a launcher that holds the lock of what it has started', () => {
  it.each([
    ['runsv', ['runsv', 'bot']],
    ['s6-supervise', ['s6-supervise', 'bot']],
    ['supervisord', ['supervisord', '-n']],
    ['pm2', ['pm2']],
    ['cron', ['cron', '-f']],
    ['tmux', ['tmux', 'new-session']],
    ['conmon', ['conmon', '-c', 'bot']],
    ['sshd', ['sshd', '-D']],
    ['systemd', ['/usr/lib/systemd/systemd', '--user']],
    ['an interactive shell', ['bash']],
    ['a shell that reads its standard input', ['bash', '-s']],
  ])('is no second instance beside it: %s', (_, argv) => {
    const holder = proc(10, argv, { startedAgo: 7200 });
    expect(see(held(holder, bot))).toEqual({
      state: 'held',
      findings: [],
      roots: [20],
      pids: [[10, 20]],
      verdicts: ['live proven'],
    });
  });

  it('is none either above a shell of its own', () => {
    const holder = proc(10, ['runsv', 'bot']);
    const shell = proc(15, ['sh', './run'], { ppid: 10 });
    const inside = { ...bot, ppid: 15 };
    expect(see(held(holder, inside, [shell]))).toMatchObject({
      state: 'held',
      findings: [],
      verdicts: ['live proven'],
    });
  });

  it('is one where it has not started the recorded process', () => {
    const other = proc(11, ['runsv', 'other']);
    const given = held(proc(10, ['runsv', 'bot']), { ...bot, ppid: 11 }, [other]);
    expect(see(given)).toMatchObject({ state: 'conflict', findings: ['duplicateInstances', 'pidMismatch'] });
  });

  it('is one where another launcher is in between: that starts what its user says', () => {
    const tmux = proc(15, ['tmux', 'new-session'], { ppid: 10 });
    const given = held(proc(10, ['supervisord', '-n']), { ...bot, ppid: 15 }, [tmux]);
    expect(see(given)).toMatchObject({ state: 'conflict' });
  });

  it('is none of it by a lock that is made to be shared', () => {
    const holder = proc(10, ['runsv', 'bot']);
    const given = { ...held(holder, bot), lockFiles: [lockFile([lock([holder], { access: 'read' })])] };
    expect(see(given).pids).toEqual([[10], [20]]);
  });

  it('is one with it where “process” names both', () => {
    const given = held(proc(10, ['runsv', 'bot.py']), bot);
    expect(see({ ...given, service: { process: { kind: 'substring', text: 'bot.py' } } })).toMatchObject({
      state: 'held',
      pids: [[10, 20]],
    });
  });

  it('leaves two that it has started two, where “process” names both', () => {
    const second = proc(21, 'python3 bot.py', { ppid: 10 });
    const given = held(proc(10, ['runsv', 'bot']), bot, [second]);
    expect(see({ ...given, service: { process: { kind: 'substring', text: 'bot.py' } } })).toMatchObject({
      state: 'conflict',
      pids: [[20], [21]],
    });
  });
});

describe('a recorded program that has started two instances', () => {
  it('is none of them, though who holds the lock has started it', () => {
    const [holder, old] = [proc(10, 'manage --all'), proc(40, 'manage --old')];
    const recorded = proc(15, 'spread', { ppid: 10 });
    const bots = [20, 21].map((pid) => proc(pid, 'python3 bot.py', { ppid: 15 }));
    const ofOld = lock([old], { id: { dev: '65024', ino: '9' }, deletedInode: true });
    const given: Given = {
      service: { process: { kind: 'substring', text: 'bot.py' } },
      ...held(holder, recorded, [old, ...bots]),
      lockFiles: [lockFile([lock([holder]), ofOld])],
    };
    expect(see(given)).toMatchObject({ state: 'conflict', roots: [10, 20, 21, 40] });
  });
});

describe('who holds the lock beside a service that a record names', () => {
  const named = { service: { process: { kind: 'substring', text: 'bot.py' } } } as const;
  const live = proc(20, 'python3 bot.py', { ppid: 1 });
  const backup = proc(30, 'bash backup.sh', { ppid: 1 });
  const beside = (holder: ProcessFacts, ...below: readonly ProcessFacts[]): Given => ({
    ...held(holder, live, below),
    ...named,
  });

  it('is no instance where neither it nor what it runs is named by “process”, and is shown', () => {
    const flock = proc(29, 'flock bot.lock bash backup.sh', { ppid: 1 });
    const shell = { ...backup, ppid: 29 };
    const given = beside(flock, shell);
    given.lockFiles = [lockFile([lock([flock, holder(shell, { inherited: true })])])];
    expect(see(given)).toMatchObject({ state: 'held', findings: ['pidMismatch'], roots: [20] });
  });

  it.each<[string, Given]>([
    ['something below it is named', beside(backup, proc(31, 'python3 bot.py', { ppid: 30 }))],
    ['it is named', beside(proc(30, 'python3 bot.py --two', { ppid: 1 }))],
    ['it does not show what it runs', beside(proc(30, [], { ppid: 1, comm: 'x' }))],
    [
      'another record names it',
      {
        ...beside(backup),
        pidFiles: [
          pidFile('20', alive(live)),
          pidFile('30', alive(backup), { file: file('/home/ann/bot/backup.pid') }),
        ],
      },
    ],
    [
      'one that shares its lock does not show what it runs',
      {
        ...beside(backup, proc(31, [], { comm: 'x' })),
        lockFiles: [lockFile([lock([backup, holder(proc(31, [], { comm: 'x' }), { inherited: true })])])],
      },
    ],
    ['its interpreter has a title', beside(proc(30, ['worker'], { ppid: 1, exe: '/usr/bin/python3' }))],
    ['nothing is named', { ...held(backup, live), service: {} }],
    ['the record names no process that is named', { ...held(backup, proc(20, 'python3 x.py')), ...named }],
    [
      'no record names the other',
      { processes: [live, backup], lockFiles: [lockFile([lock([backup])])], ...named },
    ],
    [
      'its lock is on a file that was deleted',
      { ...beside(backup), lockFiles: [lockFile([lock([backup], { deletedInode: true })])] },
    ],
  ])('stays as it was where %s', (_, given) => {
    expect(see(given).roots).toContain(30);
  });
});

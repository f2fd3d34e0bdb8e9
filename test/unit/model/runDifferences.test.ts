/** What sets a run apart that has the owner’s arguments; beside each case the nearest one that proves a second run. */
import { describe, expect, it } from 'vitest';
import { contextOf } from '../../../src/model/context';
import type { ProcessFacts, RunFacts, SupervisorFacts } from '../../../src/model/facts';
import { facts, lock, lockFile, NAMED, proc } from './build';

const owner = proc(7, 'python3 bot.py', { startedAgo: 7200 });
const other = proc(8, 'python3 bot.py');

interface World {
  processes?: readonly ProcessFacts[];
  runs?: [number, RunFacts][];
}

/** The proof of the second run, and in what it differs from the owner. */
function see({ processes = [owner, other], runs = [] }: World): string {
  const first = processes.find(({ pid }) => pid === 7) ?? owner;
  const given = facts({
    service: { process: { kind: 'commandAndCwd', command: NAMED.process, cwd: '/home/ann/bot' } },
    processes: [...processes],
    lockFiles: [lockFile([lock([first])])],
  });
  const { instances } = contextOf({ ...given, runs: new Map(runs) });
  const second = instances.all.find(({ root }) => root.pid === 8);
  return [second?.proof.proof, ...(second?.proof.differences ?? [])].join(' ');
}

const settings = (...of: [string, string][]): RunFacts => ({ settings: new Map(of) });
const withSettings = (one: RunFacts, two: RunFacts): string =>
  see({
    runs: [
      [7, one],
      [8, two],
    ],
  });

describe('settings in the environment', () => {
  it('prove nothing where they are the same, or where those of one are not known', () => {
    expect(see({})).toBe('proven');
    expect(withSettings(settings(['PORT', 'a']), settings(['PORT', 'a']))).toBe('proven');
    expect(withSettings(settings(['PORT', 'a']), {})).toBe('proven');
    expect(withSettings({}, settings(['PORT', 'a']))).toBe('proven');
    expect(see({ runs: [[8, settings(['PORT', 'a'])]] })).toBe('proven');
  });

  it('set a run apart where one has another value, or has it alone', () => {
    expect(withSettings(settings(['PORT', 'a']), settings(['PORT', 'b']))).toBe('plausible environment');
    expect(withSettings(settings(), settings(['PORT', 'b']))).toBe('plausible environment');
    expect(withSettings(settings(['PORT', 'b']), settings())).toBe('plausible environment');
  });

  it('choose no home where one of them was started without a login', () => {
    for (const name of ['HOME', 'XDG_CONFIG_HOME']) {
      expect(withSettings(settings(), settings([name, 'a']))).toBe('proven');
      expect(withSettings(settings([name, 'a']), settings())).toBe('proven');
      expect(withSettings(settings([name, 'a']), settings([name, 'b']))).toBe('plausible environment');
    }
    expect(withSettings(settings(), settings(['BOT_HOME', 'a']))).toBe('plausible environment');
  });
});

describe('the world of a run', () => {
  it('sets it apart where it is another, and where both are known', () => {
    expect(withSettings({ world: 'a' }, { world: 'b' })).toBe('plausible world');
    expect(withSettings({ world: 'a' }, { world: 'a' })).toBe('proven');
    expect(withSettings({ world: 'a' }, {})).toBe('proven');
    expect(withSettings({}, { world: 'b' })).toBe('proven');
  });
});

describe('what started a run', () => {
  const under = (one: SupervisorFacts, two: SupervisorFacts): string =>
    see({
      processes: [
        { ...owner, supervisor: one },
        { ...other, supervisor: two },
      ],
    });

  it('sets it apart where it is another unit of one supervisor', () => {
    const unit = (name?: string): SupervisorFacts => ({
      kind: 'systemd',
      ...(name === undefined ? {} : { name }),
    });
    expect(under(unit('bot@a.service'), unit('bot@b.service'))).toBe('plausible unit');
    expect(under(unit('bot.service'), unit('bot.service'))).toBe('proven');
    expect(under(unit('bot.service'), unit())).toBe('proven');
    expect(under(unit('bot'), { kind: 'pm2', name: 'other' })).toBe('proven');
    expect(under({ kind: 'tmux', name: 'a' }, { kind: 'tmux', name: 'b' })).toBe('proven');
  });

  it.each([
    'xargs -P4 python3 bot.py',
    'parallel python3 bot.py',
    'perl /usr/bin/parallel python3 bot.py',
    'make -j2 bots',
  ])('sets it apart where it is `%s`, and started both', (launcher) => {
    const above = proc(5, launcher);
    const below = (ppid: number): ProcessFacts[] => [
      proc(7, 'python3 bot.py', { ppid: 5 }),
      proc(8, 'python3 bot.py', { ppid }),
    ];
    expect(see({ processes: [above, ...below(5)] })).toBe('plausible batch');
    expect(see({ processes: [above, ...below(1)] })).toBe('proven');
    expect(see({ processes: [proc(5, 'bash'), ...below(5)] })).toBe('proven');
  });
});

/** What sets a run apart that has the owner’s arguments; beside each case the nearest one that proves a second run. */
import { describe, expect, it } from 'vitest';
import { contextOf } from '../../../src/model/context';
import type { ProcessFacts, SupervisorFacts } from '../../../src/model/facts';
import type { InstanceProof } from '../../../src/model/instances/proof';
import { differencesOf } from '../../../src/model/instances/proof';
import { startDifferences } from '../../../src/model/instances/startDifferences';
import { treeOf } from '../../../src/model/processes/processTree';
import type { RunFacts } from '../../../src/model/processes/runFacts';
import { alive, facts, lock, lockFile, NAMED, pidFile, proc, without } from './build';

const owner = proc(7, 'python3 bot.py', { startedAgo: 7200 });
const other = proc(8, 'python3 bot.py');

interface World {
  processes?: readonly ProcessFacts[];
  runs?: [number, RunFacts][];
  isContainer?: boolean;
}

/** The proof of the second run. */
function proofOf({
  processes = [owner, other],
  runs = [],
  isContainer: nestedPidNamespace = false,
}: World): InstanceProof | undefined {
  const first = processes.find(({ pid }) => pid === 7) ?? owner;
  const given = facts({
    service: { process: { kind: 'commandAndCwd', command: NAMED.process, cwd: '/home/ann/bot' } },
    host: { nestedPidNamespace },
    processes: [...processes],
    lockFiles: [lockFile([lock([first])])],
  });
  const { instances } = contextOf({ ...given, runs: new Map(runs) });
  return instances.all.find(({ root }) => root.pid === 8)?.proof;
}

/** Its grade, and in what it differs from the owner. */
function see(world: World): string {
  const proof = proofOf(world);
  return [proof?.proof, ...(proof?.differences ?? [])].join(' ');
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
  it('are no difference where they are the same, or where no system shows them', () => {
    expect(see({})).toBe('proven');
    expect(withSettings(settings(['PORT', 'a']), settings(['PORT', 'a']))).toBe('proven');
  });

  it('leave it open where those of one cannot be read', () => {
    expect(withSettings(settings(['PORT', 'a']), {})).toBe('plausible unread');
    expect(withSettings({}, settings(['PORT', 'a']))).toBe('plausible unread');
    expect(see({ runs: [[8, settings(['PORT', 'a'])]] })).toBe('plausible unread');
  });

  it('leave it open where there are more than were read', () => {
    const same = settings(['PORT', 'a']);
    expect(withSettings(same, { ...same, isCut: true })).toBe('plausible cut');
  });

  it('set a run apart where one has another value, or has it alone', () => {
    expect(withSettings(settings(['PORT', 'a']), settings(['PORT', 'b']))).toBe('plausible environment');
    expect(withSettings(settings(), settings(['PORT', 'b']))).toBe('plausible environment');
    expect(withSettings(settings(['PORT', 'b']), settings())).toBe('plausible environment');
    const [mine, its] = [settings(['HOST', 'x'], ['PORT', 'a']), settings(['HOST', 'x'], ['PORT', 'b'])];
    expect(withSettings(mine, its)).toBe('plausible environment');
  });

  it('choose nothing by what only a login has', () => {
    for (const name of ['USER', 'LOGNAME', 'SUDO_USER', 'DISPLAY', 'XDG_RUNTIME_DIR', 'KRB5CCNAME']) {
      expect(withSettings(settings(), settings([name, 'a']))).toBe('proven');
      expect(withSettings(settings([name, 'a']), settings())).toBe('proven');
      expect(withSettings(settings([name, 'a']), settings([name, 'b']))).toBe('plausible environment');
    }
    for (const name of ['HOME', 'XDG_CONFIG_HOME', 'VIRTUAL_ENV', 'BOT_HOME', 'npm_config_env']) {
      expect(withSettings(settings(), settings([name, 'a']))).toBe('plausible environment');
    }
  });

  it.each<[string, string, string[]]>([
    ['pm2', 'pm_id', ['name', 'pm_exec_path', 'PM2_USAGE', 'NODE_APP_INSTANCE', 'unique_id']],
    ['supervisord', 'SUPERVISOR_ENABLED', ['SUPERVISOR_PROCESS_NAME', 'SUPERVISOR_GROUP_NAME']],
  ])('choose nothing by what %s tells its programs, where it runs only one of them', (_, sign, names) => {
    const managed = (value: string): RunFacts =>
      settings([sign, '1'], ...names.map((name): [string, string] => [name, value]));
    expect(withSettings(managed('a'), settings())).toBe('proven');
    expect(withSettings(settings(), managed('a'))).toBe('proven');
    expect(withSettings(managed('a'), managed('b'))).toBe('plausible environment');
    expect(withSettings(settings(), settings([names[0] ?? '', 'a']))).toBe('plausible environment');
    const configured: RunFacts = { settings: new Map([...(managed('a').settings ?? []), ['TENANT', 'b']]) };
    expect(withSettings(configured, settings())).toBe('plausible environment');
  });

  it('are named, and sorted', () => {
    const world = {
      runs: [
        [7, settings(['B', '1'])],
        [8, settings(['A', '1'])],
      ] as [number, RunFacts][],
    };
    expect(proofOf(world)?.variables).toEqual(['A', 'B']);
    expect(proofOf({})?.variables).toBeUndefined();
  });
});

describe('what is known of a run', () => {
  const all: RunFacts = { settings: new Map([['PORT', 'a']]), world: 'a', startedIn: '/srv/a' };

  it('leaves it open where the other is not known at all', () => {
    expect(see({ runs: [[7, all]] })).toBe('plausible unread startFolder');
    expect(see({ runs: [[8, all]] })).toBe('plausible unread startFolder');
  });

  it('may be known of a process below it only', () => {
    const below = proc(9, 'python3 bot.py', { ppid: 8 });
    const seen = (settingsBelow: RunFacts): string =>
      see({
        processes: [owner, other, below],
        runs: [
          [7, settings(['PORT', 'a'])],
          [9, settingsBelow],
        ],
      });
    expect(seen(settings(['PORT', 'b']))).toBe('plausible environment');
    expect(seen(settings(['PORT', 'a']))).toBe('proven');
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
  const under = (one: SupervisorFacts | undefined, two: SupervisorFacts | undefined): string =>
    see({
      processes: [
        one === undefined ? owner : { ...owner, supervisor: one },
        two === undefined ? other : { ...other, supervisor: two },
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
    expect(under(unit(), unit('bot.service'))).toBe('proven');
    expect(under(unit('bot.service'), undefined)).toBe('proven');
    expect(under(undefined, unit('bot.service'))).toBe('proven');
    expect(under(unit('bot'), { kind: 'pm2', name: 'other' })).toBe('proven');
    expect(under({ kind: 'tmux', name: 'a' }, { kind: 'tmux', name: 'b' })).toBe('proven');
  });

  it.each([
    'xargs -P4 python3 bot.py',
    'parallel python3 bot.py',
    'perl /usr/bin/parallel python3 bot.py',
    'make -j2 bots',
  ])('sets it apart where it is `%s`, and started both', (launcher) => {
    const above = proc(5, launcher, { startedAgo: 9000 });
    const below = (ppid: number): ProcessFacts[] => [
      proc(7, 'python3 bot.py', { ppid: 5, startedAgo: 7200 }),
      proc(8, 'python3 bot.py', { ppid }),
    ];
    expect(see({ processes: [above, ...below(5)] })).toBe('plausible batch');
    expect(see({ processes: [above, ...below(1)] })).toBe('proven');
    expect(see({ processes: [proc(5, 'bash', { startedAgo: 9000 }), ...below(5)] })).toBe('proven');
  });

  it.each([
    ['its script', 'perl /usr/bin/parallel x', 'perl', 'plausible batch'],
    ['the kernel', 'runner x', 'xargs', 'plausible batch'],
    // Near miss.
    ['nobody', 'runner x', 'runner', 'proven'],
  ])('sets it apart where it is a launcher by %s alone, wherever that works', (_, launcher, comm, found) => {
    const above = proc(5, launcher, { comm, cwd: '/', startedAgo: 9900 });
    const below = [7, 8].flatMap((pid) => [
      proc(pid + 10, 'bash job.sh', { ppid: 5, startedAgo: 9000 - pid * 100 }),
      proc(pid, 'python3 bot.py', { ppid: pid + 10 }),
    ]);
    expect(see({ processes: [above, ...below] })).toBe(found);
  });
});

describe('where a run was started', () => {
  const from = (one: string | undefined, two: string | undefined): string => {
    const run = (startedIn: string | undefined): RunFacts => (startedIn === undefined ? {} : { startedIn });
    return withSettings(run(one), run(two));
  };

  it('is another place where both have left two folders for one', () => {
    const absolute = [7, 8].map((pid) =>
      proc(pid, 'python3 /home/ann/bot/bot.py', { startedAgo: 3600 - pid }),
    );
    const run = (startedIn: string | undefined): RunFacts => (startedIn === undefined ? {} : { startedIn });
    const seen = (one: string | undefined, two: string | undefined): string =>
      see({
        processes: absolute,
        runs: [
          [7, run(one)],
          [8, run(two)],
        ],
      });
    expect(seen('/srv/a', '/srv/b')).toBe('plausible startFolder');
    expect(seen('/srv/a', '/srv/a')).toBe('proven');
    expect(seen('/srv/a', undefined)).toBe('proven');
    expect(seen(undefined, '/srv/a')).toBe('proven');
  });

  it('is not known of a script that is named relative to it, once one has left it', () => {
    expect(from('/srv/a', '/srv/a')).toBe('plausible startFolder');
    expect(from('/srv/a', undefined)).toBe('plausible startFolder');
    expect(from(undefined, '/srv/b')).toBe('plausible startFolder');
    expect(from(undefined, undefined)).toBe('proven');
  });

  it('is not known of a relative script that works in the root of all folders', () => {
    const at = (cwd: string, script: string): string[] => {
      const [one, two] = [7, 8].map((pid) => proc(pid, `python3 ${script}`, { cwd, startedAgo: 3600 - pid }));
      if (one === undefined || two === undefined) return [];
      const given = facts({ processes: [one, two] });
      const run = (root: ProcessFacts) => ({ root, processes: [root] });
      return startDifferences(run(one), run(two), given, treeOf(given));
    };
    expect(at('/', 'bot.py')).toEqual(['startFolder']);
    expect(at('/', '-m bot')).toEqual(['startFolder']);
    expect(at('/', '/srv/bot.py')).toEqual([]);
    expect(at('/srv', 'bot.py')).toEqual([]);
  });
});

describe('by what name a run was started', () => {
  const named = (one: string, two: string): string[] =>
    differencesOf(proc(7, one, { exe: '/srv/multi' }), proc(8, two, { exe: '/srv/multi' }));

  it('sets it apart, but for an interpreter', () => {
    expect(named('./bot-eu x', './bot-us x')).toContain('arguments');
    expect(named('/srv/bot x', './bot x')).not.toContain('arguments');
    expect(named('python bot.py', 'python3 bot.py')).not.toContain('arguments');
  });
});

describe('what else started a run', () => {
  it('is one command for both where they are of one process group', () => {
    const of = (pgid: number | undefined): ProcessFacts =>
      proc(8, 'python3 bot.py', pgid === undefined ? {} : { pgid });
    const seen = (pgid: number | undefined): string =>
      see({ processes: [proc(7, 'python3 bot.py', { pgid: 7, startedAgo: 7200 }), of(pgid)] });
    expect(seen(7)).toBe('plausible job');
    expect(seen(8)).toBe('proven');
    expect(seen(undefined)).toBe('proven');
    const unknown = [owner, other].map((run) => without(run, 'pgid'));
    expect(see({ processes: unknown })).toBe('proven');
  });

  it.each([
    // A program that runs on may need what it started; a shell, a terminal, init and what started both alike start anything.
    ['a program', 'python3 -m unittest', undefined, 'plausible startedBy'],
    [
      'a program with other arguments than the owner’s',
      'sup --tenant us',
      'sup --tenant eu',
      'plausible startedBy',
    ],
    ['another program than the owner’s', 'sup --tenant us', 'run --tenant us', 'plausible startedBy'],
    ['the same program with the same arguments', 'sup --all', 'sup --all', 'proven'],
    ['a shell', 'bash', undefined, 'proven'],
    ['a terminal', 'tmux', undefined, 'proven'],
    ['an editor', 'vim notes.txt', undefined, 'proven'],
  ])('is %s', (_, itsParent, ownersParent, expected) => {
    const parents = [proc(5, itsParent), ...(ownersParent === undefined ? [] : [proc(4, ownersParent)])];
    const runs = [
      proc(7, 'python3 bot.py', ownersParent === undefined ? {} : { ppid: 4 }),
      proc(8, 'python3 bot.py', { ppid: 5 }),
    ];
    expect(see({ processes: [...parents, ...runs] })).toBe(expected);
  });
});

describe('a script that runs it', () => {
  const below = (one: string, two: string, parents: [number, number] = [5, 6]): string =>
    see({
      processes: [
        proc(5, one),
        proc(6, two, { startedAgo: 1900 }),
        proc(7, 'python3 bot.py', { ppid: parents[0] }),
        proc(8, 'python3 bot.py', { ppid: parents[1], startedAgo: 1800 }),
      ],
    });

  it('sets it apart where it was given other arguments', () => {
    expect(below('bash run.sh prod', 'bash run.sh staging')).toBe('plausible arguments');
    expect(below('bash run.sh 1', 'bash run.sh 2')).toBe('plausible arguments');
    expect(below('npm run prod', 'npm run staging')).toBe('plausible arguments');
    expect(below('bash run.sh prod', 'bash run.sh prod')).toBe('proven');
  });

  it('says nothing where it is another one, or only one has it', () => {
    expect(below('bash run.sh prod', 'bash other.sh staging')).toBe('proven');
    expect(below('bash run.sh prod', 'npm run staging')).toBe('proven');
    expect(below('npm run prod', 'timeout 9 python3 bot.py')).toBe('proven');
    expect(below('bash run.sh prod', 'bash')).toBe('proven');
    expect(below('bash run.sh prod', 'bash run.sh staging', [5, 1])).toBe('proven');
  });

  it('says nothing where one of several was given the same', () => {
    const nested = see({
      processes: [
        proc(5, 'npm run prod'),
        proc(6, 'npm run all', { startedAgo: 1900 }),
        proc(10, 'npm run prod', { ppid: 6, startedAgo: 1900 }),
        proc(7, 'python3 bot.py', { ppid: 5 }),
        proc(8, 'python3 bot.py', { ppid: 10, startedAgo: 1800 }),
      ],
    });
    expect(nested).toBe('proven');
  });

  it('says nothing of what a program between has started', () => {
    const seen = (between: string): string =>
      see({
        processes: [
          proc(5, 'bash run.sh prod'),
          proc(6, 'bash run.sh staging', { startedAgo: 1900 }),
          proc(10, between, { ppid: 5 }),
          proc(11, between, { ppid: 6, startedAgo: 1900 }),
          proc(7, 'python3 bot.py', { ppid: 10 }),
          proc(8, 'python3 bot.py', { ppid: 11, startedAgo: 1800 }),
        ],
      });
    expect(seen('node manage.js')).toBe('proven');
    // Near miss: a wrapper.
    expect(seen('timeout 9 python3 bot.py')).toBe('plausible arguments');
  });

  it('says nothing by the text of a shell, which differs for any reason', () => {
    expect(below('sh -c "python3 bot.py; true"', 'sh -c "python3 bot.py"')).toBe('proven');
  });

  it('is told by its own arguments where it sleeps', () => {
    const job = (pid: number, words: string): ProcessFacts[] => [
      proc(pid, `bash job.sh ${words}`, { startedAgo: 3600 - pid }),
      proc(pid + 10, 'sleep 30', { ppid: pid, startedAgo: 30 }),
    ];
    const seen = (words: string): string => {
      const given = facts({
        service: { process: { kind: 'substring', text: 'job.sh' } },
        processes: [...job(7, 'prod'), ...job(8, words)],
        matched: [7, 8],
        lockFiles: [lockFile([lock([proc(7, 'bash job.sh prod', { startedAgo: 3593 })])])],
      });
      const { instances } = contextOf(given);
      return instances.all.map(({ root, proof }) => `${root.pid} ${proof.proof}`).join(', ');
    };
    expect(seen('staging')).toBe('7 proven, 8 plausible');
    expect(seen('prod')).toBe('7 proven, 8 proven');
  });
});

describe('a program that started both', () => {
  const of = (
    pool: ProcessFacts,
    parents: [number, number] = [5, 5],
    between = 'timeout 9 python3 bot.py',
  ): string =>
    see({
      processes: [
        pool,
        proc(6, between, { ppid: 5, startedAgo: 8000 }),
        proc(7, 'python3 bot.py', { ppid: parents[0], startedAgo: 7200 }),
        proc(8, 'python3 bot.py', { ppid: parents[1] }),
      ],
    });
  const pool = proc(5, 'python3 pool.py', { startedAgo: 9000 });

  it('started a batch', () => {
    expect(of(pool)).toBe('plausible batch');
    expect(of(pool, [6, 5])).toBe('plausible batch');
    expect(of(pool, [5, 6])).toBe('plausible batch');
    expect(of({ ...pool, cwd: '/', cwdId: undefined as never })).toBe('plausible batch');
  });

  it('did not, where it is a shell, or started both through one', () => {
    expect(of(proc(5, 'bash', { startedAgo: 9000 }))).toBe('proven');
    expect(of(proc(5, 'bash pool.sh', { startedAgo: 9000 }))).toBe('proven');
    expect(of(pool, [5, 1])).toBe('proven');
    expect(of(pool, [6, 5], 'bash job.sh')).toBe('proven');
    expect(of(pool, [5, 6], 'bash job.sh')).toBe('proven');
    expect(of(pool, [6, 5], 'python3 part.py')).toBe('proven');
  });
});

describe('the first process of a container', () => {
  const below = (pid: number): string =>
    see({
      isContainer: true,
      processes: [
        proc(1, 'python3 pool.py', { ppid: 0, startedAgo: 9000 }),
        proc(5, 'python3 pool.py', { startedAgo: 9000 }),
        proc(7, 'python3 bot.py', { ppid: pid, startedAgo: 7200 }),
        proc(8, 'python3 bot.py', { ppid: pid }),
      ],
    });

  it('has orphans, which it has not started', () => {
    expect(below(1)).toBe('proven');
    expect(below(5)).toBe('plausible batch');
  });
});

describe('an owner that is stopped', () => {
  it('may be the one too many', () => {
    const processes = [{ ...owner, state: 'T' }, other];
    expect(proofOf({ processes })).toEqual({ proof: 'plausible', reason: 'ownerStopped', differences: [] });
    expect(see({ processes: [{ ...owner, state: 'T' }, other] })).toBe('plausible');
    expect(see({ processes: [{ ...owner, frozen: true }, other] })).toBe('plausible');
    expect(see({ processes: [{ ...owner, state: 'S' }, other] })).toBe('proven');
    expect(see({ processes: [owner, { ...other, state: 'T' }] })).toBe('proven');
  });
});

describe('an interpreter', () => {
  const by = (one: string, two: string): string =>
    see({
      processes: [
        proc(7, one, { exe: '/usr/bin/python3.11', startedAgo: 7200 }),
        proc(8, two, { exe: '/usr/bin/python3.11' }),
      ],
    });

  it('of another folder has other libraries', () => {
    expect(by('/srv/a/bin/python bot.py', '/srv/b/bin/python bot.py')).toBe('plausible program');
    expect(by('va/bin/python bot.py', 'vb/bin/python bot.py')).toBe('plausible program');
    expect(by('/usr/bin/python3 bot.py', '/bin/python3 bot.py')).toBe('proven');
    expect(by('python3 bot.py', '/srv/b/bin/python bot.py')).toBe('proven');
    expect(by('/srv/b/bin/python bot.py', 'python3 bot.py')).toBe('proven');
    // Only the system's own `/usr/bin` is `/bin`.
    expect(by('/srv/usr/bin/python bot.py', '/srv/bin/python bot.py')).toBe('plausible program');
    expect(by('va/bin/python bot.py', './va/bin/python3 bot.py')).toBe('proven');
  });
});

describe('a run that has the lock file open without the lock', () => {
  it('may be waiting for it, and is not ticked', () => {
    expect(withSettings({}, { opensLock: true })).toBe('plausible opensLock');
  });
});

describe('a run that held the lock before', () => {
  it('may be working off what it has; of the owner it says nothing', () => {
    expect(withSettings({}, { heldBefore: true })).toBe('plausible heldBefore');
    expect(withSettings({ heldBefore: true }, {})).toBe('proven');
  });
});

describe('a run that started before the owner', () => {
  const older = proc(8, 'python3 bot.py', { startedAgo: 90_000 });

  it('may have let the lock go, and be about to end', () => {
    expect(see({ processes: [owner, older] })).toBe('plausible older');
    expect(see({ processes: [owner, { ...older, startTicks: owner.startTicks as number }] })).toBe('proven');
  });

  it('says nothing where the owner is only recorded, or the older one holds a lock too', () => {
    const service = {
      process: { kind: 'commandAndCwd', command: NAMED.process, cwd: '/home/ann/bot' },
    } as const;
    const second = (more: Parameters<typeof facts>[0]): string | undefined =>
      contextOf(facts({ service, processes: [owner, older], ...more })).instances.all.find(
        ({ role }) => role === 'duplicate',
      )?.proof.reason;
    const record = pidFile(`{"pid":7,"start_ticks":${owner.startTicks ?? 0}}`, alive(owner));
    expect(second({ pidFiles: [record] })).toBe('sameAsOwner');
    const locks = [lock([owner]), lock([older], { id: { dev: 'fe:00', ino: '9' }, deletedInode: true })];
    expect(second({ lockFiles: [lockFile(locks)] })).toBe('sameAsOwner');
  });
});

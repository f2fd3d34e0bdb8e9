import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/model/diagnose';
import type { ProcessFacts } from '../../../src/model/facts';
import { alive, facts, holder, host, lock, lockFile, pidFile, proc, type Given, NAMED } from './build';

function see(given: Given) {
  const { state, instances, findings } = diagnose(facts(given));
  return {
    state,
    kinds: findings.map(({ kind }) => kind),
    trees: instances.map(({ processes }) => processes.map(({ pid }) => pid)),
    roots: instances.map(({ root }) => root.pid),
    roles: instances.map(({ role }) => role),
  };
}

const matching = (processes: readonly ProcessFacts[], more: Given = {}) =>
  see({ service: NAMED, processes, ...more });
const child = (pid: number, ppid: number, command: string | string[], more: Partial<ProcessFacts> = {}) =>
  proc(pid, command, { ppid, startedAgo: 3600 - pid, ...more });

describe('one instance is one tree', () => {
  it('counts two bots of one terminal as two', () => {
    const shell = proc(10, ['-bash']);
    expect(matching([shell, child(11, 10, 'python3 bot.py'), child(12, 10, 'python3 bot.py')])).toMatchObject(
      {
        state: 'conflict',
        kinds: ['duplicateInstances'],
        trees: [[11], [12]],
        roles: ['duplicate', 'duplicate'],
      },
    );
  });

  it('counts two bots of two panes of a tmux server that carries the path in its own command line as two', () => {
    const tmux = proc(10, 'tmux new-session -d python3 bot.py');
    const shells = [child(11, 10, ['-zsh']), child(12, 10, ['-zsh'])];
    const bots = [child(13, 11, 'python3 bot.py'), child(14, 12, 'python3 bot.py')];
    expect(matching([tmux, ...shells, ...bots]).trees).toEqual([[13], [14]]);
  });

  it('counts two bots that one script started as two', () => {
    const script = proc(10, ['bash', '-c', 'python3 bot.py & python3 bot.py & wait']);
    expect(
      matching([script, child(11, 10, 'python3 bot.py'), child(12, 10, 'python3 bot.py')]),
    ).toMatchObject({
      state: 'conflict',
      trees: [[11], [12]],
    });
  });

  it('counts a bot, its pipeline and their shell as one', () => {
    const script = proc(10, ['bash', '-c', 'python3 bot.py | rotate bot.py.log']);
    expect(
      matching([script, child(11, 10, 'python3 bot.py'), child(12, 10, 'rotate bot.py.log')]),
    ).toMatchObject({
      state: 'held',
      trees: [[10, 11, 12]],
      roots: [11],
    });
  });

  it.each([
    ['sh', ['sh', '-c', 'python3 bot.py; exit $?']],
    ['npm', ['npm run bot.py']],
    ['uv', ['uv', 'run', 'bot.py']],
    ['timeout', ['timeout', '10m', 'python3', 'bot.py']],
    ['sudo', ['sudo', '-u', 'bot', 'python3', 'bot.py']],
    ['flock', ['flock', '-n', 'bot.lock', 'python3', 'bot.py']],
    ['strace', ['strace', '-f', 'python3', 'bot.py']],
    ['nodemon', ['node', '/usr/lib/node_modules/nodemon/bin/nodemon.js', 'bot.py']],
  ])('counts a bot and the %s that wraps it as one, whose root is the bot', (_, wrapper) => {
    const workers = [12, 13].map((pid) => child(pid, 11, ['python3', 'bot.py', '--worker']));
    expect(matching([proc(10, wrapper), child(11, 10, 'python3 bot.py'), ...workers])).toMatchObject({
      state: 'held',
      trees: [[10, 11, 12, 13]],
      roots: [11],
      roles: ['owner'],
    });
  });

  it('counts nested wrappers with their bot as one', () => {
    const npm = proc(10, ['npm run bot.py']);
    const shell = child(11, 10, ['sh', '-c', 'timeout 9 python3 bot.py; true']);
    const timeout = child(12, 11, 'timeout 9 python3 bot.py');
    expect(matching([npm, shell, timeout, child(13, 12, 'python3 bot.py')])).toMatchObject({
      trees: [[10, 11, 12, 13]],
      roots: [13],
    });
  });

  it('counts 73 pollers and their 69 shells as 73', () => {
    const processes: ProcessFacts[] = [];
    for (let i = 0; i < 73; i++) {
      const wrapped = i < 69;
      if (wrapped) {
        processes.push(proc(1000 + i, ['sh', '-c', 'python3 bot.py; exit']));
      }
      processes.push(child(2000 + i, wrapped ? 1000 + i : 1, 'python3 bot.py'));
    }
    expect(matching(processes).trees).toHaveLength(73);
  });

  it('counts a shell script and its subshells as one', () => {
    const script = proc(10, 'bash bot.py');
    const subshells = [child(11, 10, 'bash bot.py'), child(12, 10, 'bash bot.py')];
    expect(matching([script, ...subshells, child(13, 11, 'sleep 5')])).toMatchObject({
      state: 'held',
      trees: [[10, 11, 12, 13]],
    });
  });

  it('counts workers as one when only they match, by the master above them', () => {
    const master = proc(10, ['gunicorn: master [app]']);
    const workers = [11, 12, 13].map((pid) => child(pid, 10, ['gunicorn: worker [bot.py]']));
    expect(matching([master, ...workers])).toMatchObject({
      state: 'held',
      trees: [[10, 11, 12, 13]],
      roots: [10],
    });
  });

  it('counts two services of one manager as two', () => {
    const manager = proc(10, 'python3 manager.py');
    expect(
      matching([manager, child(11, 10, 'python3 bot.py'), child(12, 10, 'python3 bot.py')]).trees,
    ).toEqual([[11], [12]]);
  });

  it('keeps shells and scripts that do other things out of the instance', () => {
    for (const parent of [['bash', 'deploy.sh'], ['-bash'], ['bash', '-c', 'serve & start-bot']]) {
      expect(matching([proc(10, parent), child(11, 10, 'python3 bot.py')]).trees).toEqual([[11]]);
    }
  });

  it('adds a wrapper that runs nothing else although its own command line does not match', () => {
    expect(matching([proc(10, 'timeout 10m start-bot'), child(11, 10, 'python3 bot.py')]).trees).toEqual([
      [10, 11],
    ]);
  });

  it('does not take a later process with the parent’s number for the parent', () => {
    const late = proc(10, ['sh', '-c', 'python3 bot.py; exit'], { startedAgo: 10 });
    const busy = proc(12, ['bot: busy'], { ppid: 10, startedAgo: 5 });
    expect(matching([late, busy, child(11, 10, 'python3 bot.py')]).trees).toEqual([[11], [10, 12]]);
  });

  it('survives parents that form a ring', () => {
    const untimed = ({ pid, comm, argv }: ProcessFacts, ppid: number): ProcessFacts => ({
      pid,
      comm,
      argv,
      ppid,
    });
    const ring = [untimed(proc(10, 'python3 bot.py'), 11), untimed(proc(11, 'python3 bot.py'), 10)];
    expect(matching(ring).trees.flat()).toEqual(expect.arrayContaining([10, 11]));
  });

  it('lets more instances run where more may', () => {
    const bots = [11, 12].map((pid) => proc(pid, 'python3 bot.py'));
    expect(matching(bots, { service: { ...NAMED, maxInstances: 2 } })).toMatchObject({
      state: 'held',
      kinds: [],
      roles: ['owner', 'owner'],
    });
  });
});

describe('a process that only mentions the service is no instance', () => {
  const bot = proc(11, 'python3 bot.py');

  it.each([
    'vim bot.py',
    'nvim -R bot.py',
    'tail -f bot.py.log',
    'grep -n token bot.py',
    '/usr/bin/less bot.py',
    'lsof bot.py.lock',
    'pgrep -f bot.py',
    'git log bot.py',
    'ssh tower python3 bot.py',
    'docker run image python3 bot.py',
    'sudo -u ann vim bot.py',
    'watch -n 1 cat bot.py.log',
    'tmux attach -t bot.py',
    'systemd --unit bot.py',
  ])('%s', (command) => {
    expect(matching([bot, proc(12, command)]).trees).toEqual([[11]]);
  });

  it.each(['tail -f bot.py.log; true', 'cd /srv && grep x bot.py | sort', 'exec less bot.py'])(
    'sh -c %s',
    (text) => {
      expect(matching([bot, proc(12, ['sh', '-c', text])]).trees).toEqual([[11]]);
    },
  );

  it('nor is the monitor itself', () => {
    expect(matching([bot, proc(900, 'node extensionHost bot.py')]).trees).toEqual([[11]]);
    // Not even if it runs the very same.
    for (const [pid, trees] of [
      [900, [[11]]],
      [901, [[11]]],
      [902, [[11], [902]]],
    ] as const) {
      expect(matching([bot, proc(pid, 'python3 bot.py')]).trees).toEqual(trees);
    }
  });

  it('nor a zombie', () => {
    expect(matching([bot, proc(12, 'python3 bot.py', { state: 'Z' })]).trees).toEqual([[11]]);
  });

  it('but it is where the pattern names that very program', () => {
    const tail = proc(12, 'tail -F /var/log/syslog');
    const service = { process: { kind: 'substring', text: 'tail -F' } } as const;
    expect(see({ service, processes: [tail] }).trees).toEqual([[12]]);
  });
});

describe('who stays', () => {
  const [one, two] = [proc(11, 'python3 bot.py', { startedAgo: 60 }), proc(12, 'python3 bot.py')];

  it('is the holder of the lock', () => {
    const given = { lockFiles: [lockFile([lock([one])])], pidFiles: [pidFile('12', alive(two))] };
    expect(matching([one, two], given)).toMatchObject({ roots: [11, 12], roles: ['owner', 'duplicate'] });
  });

  it('is the recorded owner where no lock is held', () => {
    expect(
      matching([one, two], { pidFiles: [pidFile('11', alive(one), { file: pidFile('').file })] }).roles,
    ).toEqual([
      // 11 started after the file was written, but is the service by its command line.
      'owner',
      'duplicate',
    ]);
  });

  it('is nobody where neither tells, and the person chooses', () => {
    expect(matching([one, two]).roles).toEqual(['duplicate', 'duplicate']);
  });

  it('is nobody where both share one lock', () => {
    const shared = lock([holder(one, { inherited: true }), holder(two, { inherited: true })], { taker: 5 });
    expect(matching([one, two], { lockFiles: [lockFile([shared])] })).toMatchObject({
      state: 'conflict',
      roles: ['duplicate', 'duplicate'],
    });
  });
});

describe('without a configured process', () => {
  const bot = proc(11, 'python3 bot.py');
  const other = proc(12, 'python3 bot.py');

  it('counts a recorded owner beside the holder', () => {
    const server = proc(12, 'python3 other.py');
    expect(
      see({
        processes: [bot, server],
        lockFiles: [lockFile([lock([bot])])],
        pidFiles: [pidFile('12', alive(server))],
      }),
    ).toMatchObject({
      state: 'conflict',
      kinds: ['duplicateInstances', 'pidMismatch'],
      roles: ['owner', 'duplicate'],
    });
  });

  it('does not count holders of different lock files against each other', () => {
    const second = lockFile([lock([proc(12, 'python3 other.py')])], {
      file: { ...lockFile().file, path: '/home/ann/bot/other.lock' },
    });
    expect(see({ processes: [bot], lockFiles: [lockFile([lock([bot])]), second] })).toMatchObject({
      state: 'held',
      kinds: [],
      roles: ['owner', 'owner'],
    });
  });

  it('counts holders of two kinds of lock on one file, but not of disjoint ranges', () => {
    const range = (process: ProcessFacts, start: string, end: string) =>
      lock([process], { kind: 'posix', start, end });
    const seen = (...locks: ReturnType<typeof lock>[]) =>
      see({ processes: [bot, other], lockFiles: [lockFile(locks)] });
    expect(seen(range(bot, '0', '9'), range(other, '10', 'EOF'))).toMatchObject({ state: 'held', kinds: [] });
    expect(seen(lock([bot]), range(other, '0', 'EOF'))).toMatchObject({
      state: 'conflict',
      kinds: ['duplicateInstances'],
    });
  });

  it('reports others with the same script and directory as possible duplicates', () => {
    expect(
      see({
        processes: [bot, other, proc(13, 'python3 bot.py --worker', { ppid: 12 })],
        lockFiles: [lockFile([lock([bot])])],
      }),
    ).toMatchObject({
      state: 'held',
      kinds: ['possibleDuplicates'],
      trees: [[11], [12, 13]],
      roles: ['owner', 'possibleDuplicate'],
    });
  });

  it.each([
    ['another directory', proc(12, 'python3 bot.py', { cwd: '/home/ann/bot2' })],
    ['another user', proc(12, 'python3 bot.py', { uid: 1001 })],
    ['another script', proc(12, 'python3 tool.py')],
    ['an editor', proc(12, 'vim bot.py')],
    ['a worker of its own', proc(12, 'python3 bot.py', { ppid: 11 })],
    ['an interactive interpreter', proc(12, 'python3')],
  ])('does not suspect %s', (_, process) => {
    expect(see({ processes: [bot, process], lockFiles: [lockFile([lock([bot])])] }).kinds).toEqual([]);
  });

  it('knows the script by its absolute path', () => {
    const absolute = proc(12, '/usr/bin/python3.11 -u /home/ann/bot/./bot.py');
    expect(see({ processes: [bot, absolute], lockFiles: [lockFile([lock([bot])])] }).kinds).toEqual([
      'possibleDuplicates',
    ]);
  });

  it('suspects nobody once a process is configured', () => {
    const service = { process: { kind: 'substring', text: 'bot.py --main' } } as const;
    expect(see({ service, processes: [bot, other], lockFiles: [lockFile([lock([bot])])] }).kinds).toEqual([]);
  });
});

describe('with a configured process', () => {
  const bot = proc(11, 'python3 bot.py');

  it('counts whoever took the lock, though it does not match', () => {
    const odd = proc(12, 'python3 -m odd');
    expect(matching([bot, odd], { lockFiles: [lockFile([lock([odd])])] })).toMatchObject({
      state: 'conflict',
      roots: [12, 11],
      roles: ['owner', 'duplicate'],
    });
  });

  it('does not count by the kernel’s table alone who holds the lock and does not match', () => {
    const odd = proc(12, 'python3 -m odd', { uid: 0 });
    const listed = lock([holder(odd, { proven: false })], { kind: 'posix' });
    expect(matching([bot, odd], { lockFiles: [lockFile([listed])] })).toMatchObject({
      state: 'held',
      roles: ['owner', 'owner'],
    });
  });

  it('does not count a helper that inherited the lock', () => {
    const agent = proc(12, 'ssh-agent');
    const inherited = lock([holder(agent, { inherited: true })], { taker: 5 });
    expect(matching([bot, agent], { lockFiles: [lockFile([inherited])] })).toMatchObject({
      state: 'held',
      kinds: ['inheritedLock'],
      roles: ['owner', 'owner'],
    });
  });

  it('does not count a live recorded pid that does not match and is not proven to be the writer', () => {
    const odd = proc(12, 'python3 -m odd');
    expect(matching([bot, odd], { pidFiles: [pidFile('12', alive(odd))] })).toMatchObject({
      state: 'unverified',
      roots: [11],
    });
    const json = JSON.stringify({ pid: 12, start_time: odd.startTicks });
    expect(matching([bot, odd], { pidFiles: [pidFile(json, alive(odd))] }).state).toBe('conflict');
  });

  it('does not take a supervisor with a lock of its own for an instance', () => {
    const supervisor = proc(10, 'bash supervise.sh');
    const bots = [child(11, 10, 'python3 bot.py'), child(12, 10, 'python3 bot.py')];
    expect(matching([supervisor, ...bots], { lockFiles: [lockFile([lock([supervisor])])] })).toMatchObject({
      state: 'conflict',
      trees: [[11], [12]],
    });
  });

  it('never shows the monitor as a holder’s instance', () => {
    const self = proc(900, 'node extensionHost');
    expect(host().ownPids).toContain(900);
    expect(see({ processes: [self], lockFiles: [lockFile([lock([self])])] })).toMatchObject({
      state: 'held',
      trees: [],
    });
  });
});

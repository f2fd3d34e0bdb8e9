import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/model/diagnose';
import type { ProcessFacts } from '../../../src/model/facts';
import { alive, facts, holder, lock, lockFile, pidFile, proc, type Given } from './build';

function see(given: Given) {
  const { state, instances } = diagnose(facts(given));
  return {
    state,
    trees: instances.map(({ processes }) => processes.map(({ pid }) => pid)),
    roles: instances.map(({ role }) => role),
  };
}

const child = (pid: number, ppid: number, command: string | string[], more: Partial<ProcessFacts> = {}) =>
  proc(pid, command, { ppid, startedAgo: 3600 - pid, ...more });

describe('without a configured process, an instance', () => {
  const bot = proc(11, 'python3 bot.py');

  it.each([
    [true, 'conflict', ['owner', 'duplicate']],
    [false, 'held', ['owner', 'owner']],
  ])(
    'counts a recorded owner against a holder whose own descriptor shows the lock: %s',
    (isProven, state, roles) => {
      const server = proc(12, 'python3 other.py');
      const listed = lock([holder(server, { proven: isProven })], { kind: 'posix' });
      const seen = see({
        processes: [bot, server],
        lockFiles: [lockFile([listed])],
        pidFiles: [pidFile('11', alive(bot))],
      });
      expect(seen).toMatchObject({ state, roles });
    },
  );

  it.each([
    ['an interactive shell', ['-bash']],
    ['tmux', 'tmux new-session -d'],
    ['supervisord', '/usr/bin/supervisord -c /etc/supervisord.conf'],
    ['supervisord of Python', 'python3 /usr/bin/supervisord -n'],
    ['pm2 of Node.js', 'node /usr/lib/node_modules/pm2/bin/pm2 resurrect'],
  ])('leaves to itself what %s has started, though it holds the lock', (_, command) => {
    const launcher = proc(10, command);
    const started = [
      child(11, 10, 'python3 bot.py'),
      child(12, 11, 'node worker.js'),
      child(13, 10, 'vim x'),
    ];
    const seen = see({ processes: [launcher, ...started], lockFiles: [lockFile([lock([launcher])])] });
    expect(seen.trees).toEqual([[10]]);
  });

  it('takes along what a holder has started that is no launcher', () => {
    const master = proc(10, 'python3 /usr/bin/supervise.py');
    const started = [child(11, 10, 'python3 bot.py'), child(12, 11, 'node worker.js')];
    const seen = see({ processes: [master, ...started], lockFiles: [lockFile([lock([master])])] });
    expect(seen.trees).toEqual([[10, 11, 12]]);
  });

  it.each([
    ['make', 'make serve', false],
    ['just', 'just serve', false],
    ['task', '/usr/local/bin/task serve', false],
    ['concurrently', 'node /usr/bin/concurrently serve', false],
    ['concurrently itself', 'concurrently serve', false],
    ['foreman', 'ruby /usr/bin/foreman start', false],
    ['honcho', 'python3 /usr/bin/honcho start', false],
    ['overmind', 'overmind start', false],
    ['pnpm', 'node /usr/bin/pnpm.cjs run serve', false],
    ['a shell of two commands', ['sh', '-c', 'serve; clean'], false],
    ['a shell script', 'bash serve.sh', false],
    ['npm', 'npm run serve', true],
    ['timeout', 'timeout 10m serve', true],
    ['sudo', 'sudo -u ann serve', true],
    ['a shell of one command', ['sh', '-c', 'serve'], true],
  ])('takes %s along with what it runs where that is all it does: %s (%s)', (_, command, isAlong) => {
    const holding = child(11, 10, 'python3 bot.py');
    const seen = see({ processes: [proc(10, command), holding], lockFiles: [lockFile([lock([holding])])] });
    expect(seen.trees).toEqual([isAlong ? [10, 11] : [11]]);
  });

  it.each([
    ['the window', 900, []],
    ['what it runs under', 901, []],
    ['another window', 902, [[902]]],
  ])('shows no instance where the record of code.lock names %s', (_, pid, trees) => {
    const window = proc(pid, '/usr/share/code/code');
    const of = { file: { ...pidFile('').file, path: '/home/ann/.config/Code/code.lock' } };
    const seen = see({ processes: [window], pidFiles: [pidFile(String(pid), alive(window), of)] });
    expect(seen).toMatchObject({ state: 'held', trees });
  });
});

describe('a path with spaces in it', () => {
  const own = { process: { kind: 'substring', text: 'tools/bot' } } as const;
  const first = proc(11, '/home/ann/tools/bot');

  it('is no title: what runs from “vim tools” is no editor', () => {
    const second = proc(12, ['/home/ann/vim tools/bot'], { exe: '/home/ann/vim tools/bot' });
    expect(see({ service: own, processes: [first, second] })).toMatchObject({
      state: 'conflict',
      trees: [[11], [12]],
    });
  });

  it('is one where it is not absolute: “vim: tools/bot” is how an editor calls itself', () => {
    const titled = proc(12, ['vim: tools/bot'], { exe: '/usr/bin/vim' });
    expect(see({ service: own, processes: [first, titled] }).trees).toEqual([[11]]);
  });
});

/** Who is related to whom, what a text names, and how a process is written; each with its near miss. */
import { describe, expect, it } from 'vitest';
import type { ProcessFacts, SupervisorKind } from '../../../src/model/facts';
import { hasWords } from '../../../src/model/processes/naming';
import {
  commandLine,
  isRunning,
  isStopped,
  listPids,
  listWords,
  mayBeService,
  processInfo,
  processRef,
  withoutArguments,
} from '../../../src/model/processes/process';
import { compileCommand, compileFolder } from '../../../src/model/processes/processMatch';
import { processParts } from '../../../src/model/processes/processParts';
import { ProcessTree } from '../../../src/model/processes/processTree';
import { supervisorText } from '../../../src/model/processes/supervisors';
import { programLine } from '../../../src/model/processes/programLine';
import { regexEngine } from '../../../src/os/regex';
import { host, namedBy, proc, without } from './build';

const bot = (pid: number, ppid: number, more: Partial<ProcessFacts> = {}) =>
  proc(pid, 'python3 bot.py', { ppid, ...more });
const treeOf = (processes: ProcessFacts[], more = {}) =>
  new ProcessTree(new Map(processes.map((one) => [one.pid, one])), host(more));
const pids = (processes: readonly ProcessFacts[]) => processes.map(({ pid }) => pid);

describe('the tree', () => {
  it('has a parent for who has one, who is no younger and not itself', () => {
    const [a, b] = [bot(10, 1), bot(11, 10)];
    const parent = (of: ProcessFacts, above: ProcessFacts = a) => treeOf([above, of]).parent(of)?.pid;
    expect(parent(b)).toBe(10);
    expect(parent({ ...b, ppid: 12 })).toBeUndefined();
    expect(parent(without(b, 'ppid') as ProcessFacts)).toBeUndefined();
    expect(parent({ ...b, ppid: 11 })).toBeUndefined();
    const ticks = b.startTicks ?? 0;
    expect(parent(b, { ...a, startTicks: ticks + 1 })).toBeUndefined();
    expect(parent(b, { ...a, startTicks: ticks })).toBe(10);
    expect(parent(b, without(a, 'startTicks') as ProcessFacts)).toBe(10);
    expect(parent(without(b, 'startTicks') as ProcessFacts)).toBe(10);
    expect(treeOf([a, b]).get(10)).toBe(a);
    expect(pids(treeOf([a, b, bot(12, 10)]).children(a))).toEqual([11, 12]);
    expect(treeOf([a, b]).children(b)).toEqual([]);
  });

  it.each<[string, ProcessFacts, object, boolean]>([
    ['a program', bot(10, 1), {}, false],
    ['this window', bot(900, 1), {}, true],
    ['a thread of the kernel', bot(10, 2, { kernelThread: true }), {}, true],
    ['the first process', bot(1, 0), {}, true],
    ['the first process of a container', bot(1, 0), { nestedPidNamespace: true }, false],
    ['what starts other things', proc(10, 'tmux'), {}, true],
    [
      'what starts other things in a container',
      proc(1, 'tini', { comm: 'x' }),
      { nestedPidNamespace: true },
      false,
    ],
  ])('ends at what ties nothing together: %s: %s', (_, process, more, ends) => {
    const [middle, low] = [bot(20, process.pid), bot(21, 20)];
    const tree = treeOf([process, middle, low], more);
    expect(tree.isBoundary(process)).toBe(ends);
    expect(pids(tree.ancestors(low))).toEqual(ends ? [20] : [20, process.pid]);
    const above = bot(5, 3);
    const whole = treeOf([above, { ...process, ppid: 5 }, middle, low], more);
    if (process.pid > 5) {
      expect(pids(whole.descendants(above)).sort()).toEqual(ends ? [] : [20, 21, process.pid].sort());
    }
  });

  it('leaves out who does not run, and subtrees that are not wanted', () => {
    const [a, b, c, d] = [bot(10, 1), bot(11, 10), bot(12, 11), bot(13, 10, { state: 'Z' })];
    const tree = treeOf([a, b, c, d]);
    expect(pids(tree.descendants(a))).toEqual([11, 12]);
    expect(pids(tree.descendants(a, ({ pid }) => pid !== 11))).toEqual([]);
    expect(pids(tree.descendants(a, ({ pid }) => pid !== 12))).toEqual([11]);
  });

  it('has relatives above and below, and workers of one master; never strangers of one launcher', () => {
    const [master, one, two] = [bot(10, 1), bot(11, 10), bot(12, 10)];
    const other = proc(13, 'python3 other.py', { ppid: 10 });
    const tree = treeOf([master, one, two, other, bot(14, 13)]);
    const related = (a: ProcessFacts, b: ProcessFacts, of = tree) => [
      of.areRelatives(a, b),
      of.areRelatives(b, a),
    ];
    expect(related(master, one)).toEqual([true, true]);
    expect(related(one, one)).toEqual([true, true]);
    expect(related(bot(99, 98), bot(99, 97))).toEqual([true, true]);
    expect(related(one, two)).toEqual([true, true]);
    expect(related(one, bot(99, 77))).toEqual([false, false]);
    expect(related(one, other)).toEqual([false, false]);
    expect(related(bot(14, 13), master)).toEqual([true, true]);
    expect(related(bot(14, 13), one)).toEqual([false, false]);
    const apart = treeOf([bot(20, 1), bot(21, 1), bot(1, 0)]);
    expect(related(bot(20, 1), bot(21, 1), apart)).toEqual([false, false]);
    expect(related(bot(20, 77), bot(21, 77), apart)).toEqual([false, false]);
    expect(related(bot(20, 77), bot(21, 78), apart)).toEqual([false, false]);
    const cousins = treeOf([bot(30, 1), bot(31, 1), bot(32, 30), bot(33, 31)]);
    expect(related(bot(32, 30), bot(33, 31), cousins)).toEqual([false, false]);
  });
});

describe('whole words', () => {
  it.each([
    ['bot.py', 'bot.py', true],
    ['python3 bot.py', 'bot', true],
    ['bot.pyc', 'bot.py', false],
    ['bot.py.bak', 'bot.py', false],
    ['bot.py.1', 'bot.py', false],
    ['bot.py2', 'bot.py', false],
    ['bot.py~', 'bot.py', false],
    ['#bot.py#', 'bot.py', false],
    ['.#bot.py', 'bot.py', false],
    ['bot.python', 'bot.py', false],
    ['bot.py.exe', 'bot.py', false],
    ['bot.pyä', 'bot.py', false],
    ['äbot.py', 'bot.py', false],
    ['srv/bot.py:app', 'bot.py', true],
    ['bot.py.bak bot.py', 'bot.py', true],
    ['bot.bak', 'bot', false],
    ['bot.old', 'bot', false],
    ['bot.js', 'bot', true],
    ['my.bot.py', 'my.bot', true],
    ['my.bot.py.bak', 'my.bot', false],
    ['.js.py', '.js', true],
    ['xbot.py', 'bot.py', false],
    ['bot-x.py', 'bot', false],
    ['bot_x', 'bot', false],
    ['bot-1', 'bot', false],
    ['bot x', 'bot', true],
    ['bots 5', 'bot', false],
    ['botany .py', 'bot', false],
    ['/srv/bot/x', 'bot', true],
    ['bot.tar.gz', 'bot', false],
    ['bot.toolong7', 'bot', false],
    ['bot.a12345', 'bot', true],
    ['bot3.11', 'bot', true],
    ['bot3.11x', 'bot', false],
    ['bot.9x', 'bot', false],
    ['xbot bot', 'bot', true],
    ['bots --bot', '--bot', true],
    ['x--bot', '--bot', false],
    ['(bot)x', '(bot)', true],
    ['x(bot)', '(bot)', true],
    ['anything', '', false],
    ['', 'bot', false],
  ])('%s has %s: %s', (text, part, has) => {
    expect(hasWords(text, part)).toBe(has);
  });
});

describe('a process in words', () => {
  const one = proc(7, 'python3 bot.py');
  it('runs, stands still, or may be a service at all', () => {
    expect(['S', 'R', 'T', 'D', 'Z', 'X'].map((state) => isRunning({ ...one, state }))).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
    expect([isRunning({ ...one, tgid: 8 }), isRunning(without(one, 'tgid') as ProcessFacts)]).toEqual([
      false,
      true,
    ]);
    expect(['S', 'T', 't', 'Z'].map((state) => isStopped({ ...one, state }))).toEqual([
      false,
      true,
      true,
      true,
    ]);
    expect(isStopped({ ...one, frozen: true })).toBe(true);
    const may = (process: ProcessFacts, nestedPidNamespace: boolean) =>
      mayBeService(process, host({ nestedPidNamespace }));
    expect([
      may(one, false),
      may({ ...one, kernelThread: true }, false),
      may({ ...one, pid: 2 }, false),
      may({ ...one, pid: 0 }, true),
    ]).toEqual([true, false, true, false]);
    expect([
      may({ ...one, pid: 1 }, false),
      may({ ...one, pid: 1 }, true),
      may(proc(1, 'tini x'), true),
    ]).toEqual([false, true, false]);
  });

  it('is listed as far as one reads', () => {
    const list = (count: number) =>
      listWords(
        Array.from({ length: count }, (_, i) => i),
        (n) => `w${n}`,
      );
    expect([0, 1, 2, 3, 6, 7].map(list)).toEqual([
      '',
      'w0',
      'w0 and w1',
      'w0, w1 and w2',
      'w0, w1, w2, w3, w4 and w5',
      'w0, w1, w2, w3, w4 and 2 more',
    ]);
    expect(listPids([one, proc(8, [])])).toBe('7 (python3 bot.py) and 8 ([?])');
    // Where program and script lie does not matter to a sentence; arguments stay as they are.
    expect(
      listPids([proc(8, ['/usr/bin/node', '--inspect', '/srv/bot/bot.js', '--pid', '/run/bot.js'])]),
    ).toBe('8 (node --inspect bot.js --pid /run/bot.js)');
    expect(listPids([proc(8, ['/usr/bin/tail', '-f', '/var/log/x'])])).toBe('8 (tail -f /var/log/x)');
    expect(listPids([proc(8, ['./run/bot', '/'])])).toBe('8 (./run/bot /)');
    expect(listPids([proc(8, ['/usr/bin/tail', '/var/log/x'])])).toBe('8 (tail /var/log/x)');
    expect(listPids([proc(8, ['/usr/bin/node', '/srv/bot/node'])])).toBe('8 (node node)');
    expect(commandLine(proc(8, ['  nginx: master', '', '']))).toBe('  nginx: master');
    expect(commandLine(proc(8, [], { comm: 'kworker' }))).toBe('[kworker]');
    expect(commandLine(proc(9, ['x'.repeat(30_000), 'y']))).toHaveLength(2048);
    expect(commandLine(proc(9, ['a', 'b'.repeat(16_381), 'END']))).not.toContain('END');
    expect(processRef(one)).toEqual({ pid: 7, command: 'python3 bot.py' });
    expect(processRef({ ...one, pid: 0 })).toEqual({ pid: 0 });
  });

  it('is told with what is known of it', () => {
    const { startTime, cwd, user } = one;
    expect(processInfo({ ...one, supervisor: { kind: 'pm2', name: 'x' } })).toEqual({
      pid: 7,
      startTime,
      ppid: 1,
      user,
      command: 'python3 bot.py',
      cwd,
      state: 'S',
      supervisor: 'pm2 x',
    });
    expect(Object.keys(processInfo({ pid: 7, comm: 'a', argv: ['a'] })).sort()).toEqual(['command', 'pid']);
    const nothing = { started: '', parent: '', user: '', supervisor: '', folder: '' };
    expect(processParts({})).toEqual(nothing);
    expect(processParts({ ppid: 1, user: 'ann', supervisor: 'pm2 x', cwd: '/srv' })).toEqual({
      ...nothing,
      parent: 'parent 1',
      user: 'user ann',
      supervisor: 'under pm2 x',
      folder: 'in /srv',
    });
    const kinds: Exclude<SupervisorKind, 'vscode'>[] = [
      'systemd',
      'docker',
      'podman',
      'kubernetes',
      'pm2',
      'supervisord',
      'tmux',
      'screen',
      'cron',
      'nodemon',
    ];
    expect(kinds.map((kind) => supervisorText({ kind }))).toEqual(kinds);
    const of = (kind: SupervisorKind) => supervisorText({ kind, name: 'x' });
    expect(of('systemd')).toBe('systemd unit x');
    for (const kind of ['docker', 'podman', 'kubernetes'] as const) {
      expect(of(kind)).toBe(`${kind} container x`);
    }
    for (const kind of kinds.slice(4)) expect(of(kind)).toBe(`${kind} x`);
    // Places, as a sentence names them: “It runs in …”.
    const inVsCode = (name?: string) =>
      supervisorText({ kind: 'vscode', ...(name === undefined ? {} : { name }) });
    expect(inVsCode('terminal')).toBe('a VS Code terminal');
    expect(inVsCode('extension host')).toBe('an extension host of VS Code');
    expect(inVsCode()).toBe('VS Code');
  });

  it.each([
    ['python3 /srv/bot.py --token x', 'python3 bot.py'],
    ['python3 -m app.worker x', 'python3 -m app.worker'],
    ['/usr/sbin/redis-server --port 1', 'redis-server'],
    ['-bash', 'bash'],
    ['-bash', 'bash', { exe: undefined }],
    ['a:b x', 'a:b'],
    ['sk-live-abcdefgh12345678', 'tool', { exe: '/usr/bin/tool' }],
    ['/usr/bin/python3 bot.py', 'python3 bot.py', { exe: '/usr/bin/python3.11' }],
    [['nginx: master process'], 'nginx', { comm: 'x', exe: '/opt/y' }],
    [['nginx: master process /usr/sbin/nginx'], 'nginx'],
    [['/opt/my tool/x'], 'my x', { comm: 'my' }],
    [['/opt/my tool/x'], 'tool x', { comm: 'my', exe: '/opt/x/tool' }],
    [[], '[kworker]', { comm: 'kworker' }],
    [[], '[?]', { comm: 'a b' }],
    [['C:\\tools\\bot.exe', 'x'], 'bot.exe'],
  ] as [string | string[], string, Partial<ProcessFacts>?][])(
    '%j without arguments is %s',
    (command, expected, more = {}) => {
      const process = proc(7, command, more);
      expect(programLine(process)).toBe(expected);
      expect(withoutArguments(() => commandLine(process))).toBe(expected);
    },
  );

  it('has its arguments again afterwards, also when something failed', () => {
    expect(() =>
      withoutArguments(() => {
        throw new Error('x');
      }),
    ).toThrow('x');
    expect(withoutArguments(() => withoutArguments(() => commandLine(one)) + commandLine(one))).toBe(
      'python3 bot.pypython3 bot.py',
    );
    const secretive = proc(9, 'python3 /srv/bot.py --loop');
    withoutArguments(() => commandLine(secretive));
    expect(commandLine(secretive)).toBe('python3 /srv/bot.py --loop');
  });

  it('has them neither in what was kept of it, nor for good in what is kept', () => {
    const [seen, unseen] = [9, 10].map((pid) => proc(pid, 'python3 /srv/bot.py --token abc'));
    const commands = () => [seen, unseen].map((one) => one && processInfo(one).command);
    const whole = seen && processInfo(seen).command;
    expect(whole).toContain('--token');
    expect(withoutArguments(commands)).toEqual(['python3 bot.py', 'python3 bot.py']);
    expect(commands()).toEqual([whole, whole]);
  });
});

describe('what a setting names', () => {
  const command = { kind: 'substring', text: 'bot.py' } as const;
  const at = (cwd: string | undefined, cwdPattern?: string) =>
    namedBy({ kind: 'commandAndCwd', command, cwd, ...(cwdPattern === undefined ? {} : { cwdPattern }) });
  const here = proc(7, 'python3 bot.py');
  it('a command in a folder, in folders of a pattern, or anywhere', () => {
    expect(at(undefined)(here)).toBe(true);
    expect(at('/home/ann/bot')(here)).toBe(true);
    expect(at('/srv')(here)).toBe(false);
    expect(at(undefined, '^/home/[^/]+/bot$')(here)).toBe(true);
    expect(at(undefined, '^/srv')(here)).toBe(false);
    expect(at(undefined, '.*')(without(here, 'cwd') as ProcessFacts)).toBe(false);
    expect(at('/home/ann/bot')(without(here, 'cwd') as ProcessFacts)).toBe(false);
    expect(at('/home/ann/bot')(proc(7, 'python3 other.py'))).toBe(false);
    expect(at('/home/ann/bot')(proc(7, []))).toBe(false);
    expect(compileFolder('^/srv/', regexEngine)('/srv/a')).toBe(true);
    expect(compileFolder('^/srv/', regexEngine)('/home')).toBe(false);
    expect(compileFolder('^/srv/.*x$', regexEngine)('/srv/a\nx')).toBe(false);
  });

  it('a pattern needs its engine', () => {
    expect(() => compileCommand({ kind: 'regex', source: 'x', flags: '' })).toThrow(
      'no engine for regular expressions',
    );
    expect(() => compileFolder('x', undefined)).toThrow('no engine for regular expressions');
  });
});

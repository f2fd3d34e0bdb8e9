import { describe, expect, it } from 'vitest';
import { candidatesOf, plannedFor } from '../../../src/actions/terminate/candidates';
import { diagnose } from '../../../src/model/diagnose';
import type { Claim, ProcessFacts } from '../../../src/model/facts';
import { alive, facts, file, gone, holder, lock, lockFile, NOW, pidFile, proc, type Given } from './build';

const BOT = { process: { kind: 'substring', text: 'bot.py' } } as const;
const bot = proc(100, 'python3 bot.py', { startedAgo: 7200 });
const held = [lockFile([lock([bot])])];
const duplicates = { kind: 'duplicates' } as const;

/** What a user who presses Enter would end, and what is shown at all. */
function plan(given: Given & { claims?: ReadonlyMap<number, Claim> }) {
  const { claims, ...world } = given;
  const seen = { ...facts({ service: BOT, ...world }), ...(claims === undefined ? {} : { claims }) };
  const inspected = { facts: seen, snapshot: diagnose(seen) };
  const candidates = candidatesOf(inspected, plannedFor(inspected, duplicates), duplicates, new Set());
  return {
    ticked: candidates.filter(({ preselected }) => preselected).map(({ root }) => root.pid),
    shown: inspected.snapshot.instances.map(({ root }) => root.pid),
    state: inspected.snapshot.state,
    candidates,
  };
}

const ticked = (second: ProcessFacts, more: Given = {}) =>
  plan({ processes: [bot, second], lockFiles: held, ...more }).ticked;

describe('what is ticked', () => {
  it('is the second run of what the proven owner runs', () => {
    expect(ticked(proc(200, 'python3 bot.py'))).toEqual([200]);
  });

  it.each([
    ['another directory', proc(200, 'python3 bot.py', { cwd: '/home/ann/worktree' })],
    ['other arguments', proc(200, 'python3 bot.py --shard 2')],
    ['another script', proc(200, 'python3 tools/bot.py')],
    ['another interpreter file', proc(200, 'python3 bot.py', { exe: '/opt/venv/bin/python3' })],
    ['an interpreter that may not be read', proc(200, ['python3', 'bot.py'], { exe: undefined as never })],
    ['a directory that may not be read', proc(200, 'python3 bot.py', { cwd: undefined as never })],
    ['another user', proc(200, 'python3 bot.py', { uid: 0 })],
    ['a PID namespace of its own', proc(200, 'python3 bot.py', { nsPids: [200, 7] })],
    [
      'a folder that was mounted over its path',
      proc(200, 'python3 bot.py', { cwdId: { dev: '1', ino: '2' } }),
    ],
  ])('never one with %s', (_, second) => {
    const owner = { ...bot, cwdId: { dev: '1', ino: '1' } };
    const world = { processes: [owner, second], lockFiles: [lockFile([lock([owner])])], host: { uid: 0 } };
    const seen = plan('cwdId' in second ? world : { ...world, processes: [bot, second], lockFiles: held });
    expect(seen.ticked).toEqual([]);
  });

  it('is nothing when the owner is only plausible', () => {
    const record = pidFile('100', alive(bot));
    // Without `process` a record is all that speaks for the owner.
    expect(
      plan({ service: {}, processes: [bot, proc(200, 'python3 bot.py')], pidFiles: [record] }).ticked,
    ).toEqual([]);
    expect(plan({ processes: [bot, proc(200, 'python3 bot.py')], pidFiles: [record] }).ticked).toEqual([200]);
  });

  it('is nothing when a bystander holds the lock that a dead owner left to it', () => {
    const orphan = proc(50, 'ffmpeg -i in.mp4 out.mp4');
    const inherited = lock([holder(orphan, { inherited: true })], { taker: 40 });
    const seen = plan({
      processes: [orphan, bot, proc(200, 'python3 bot.py')],
      lockFiles: [lockFile([inherited])],
    });
    expect(seen.ticked).toEqual([]);
    expect(seen.state).toBe('conflict');
    const shown = seen.candidates.find(({ root }) => root.pid === 50);
    expect(shown).toMatchObject({ counted: false });
    expect(shown?.refusal).toContain('does not count as an instance');
  });

  it('nor when a shared reader or the holder of a second file stands beside two instances', () => {
    const two = [bot, proc(200, 'python3 bot.py')];
    const reader = proc(60, 'backup --read');
    const shared = lockFile([lock([reader], { access: 'read' })]);
    expect(plan({ processes: [reader, ...two], lockFiles: [shared] }).ticked).toEqual([]);
    const other = proc(70, 'indexer --all');
    const second = lockFile([lock([other])], { file: file('/home/ann/bot/index.lock') });
    expect(
      plan({ service: { ...BOT, maxInstances: 2 }, processes: [other, ...two], lockFiles: [second] }).ticked,
    ).toEqual([]);
  });

  it('is nobody who owns something else, nor what belongs to it', () => {
    const second = proc(200, 'python3 bot.py');
    const wrapper = proc(199, ['sh', '-c', 'python3 bot.py; exit']);
    const child = { ...second, ppid: 199 };
    const claims = new Map<number, Claim>([[200, { by: 'holds', path: '/home/ann/other/bot.lock' }]]);
    expect(plan({ processes: [bot, second], lockFiles: held, claims })).toMatchObject({
      ticked: [],
      shown: [100],
      state: 'held',
    });
    expect(plan({ processes: [bot, wrapper, child], lockFiles: held, claims }).shown).toEqual([100]);
  });
});

describe('which namesakes are instances', () => {
  const shown = (second: ProcessFacts, more: Given = {}) =>
    plan({ processes: [bot, second], lockFiles: held, ...more }).shown;

  it('none of another worktree, whose script and directory are its own', () => {
    expect(shown(proc(200, 'python3 bot.py', { cwd: '/home/ann/worktree' }))).toEqual([100]);
  });

  it('the project’s own script, wherever it was started', () => {
    expect(shown(proc(200, 'python3 /home/ann/bot/bot.py', { cwd: '/' }))).toEqual([100, 200]);
  });

  it('none of another project that runs the same tool of the machine', () => {
    const tool = { service: { process: { kind: 'substring', text: 'vite.js' } as const } };
    const here = proc(100, 'node /usr/lib/node_modules/vite/bin/vite.js');
    const there = proc(200, 'node /usr/lib/node_modules/vite/bin/vite.js', { cwd: '/home/ann/shop' });
    expect(plan({ ...tool, processes: [here, there], lockFiles: [lockFile([lock([here])])] }).shown).toEqual([
      100,
    ]);
  });

  it('one of another directory, where the service is no project’s', () => {
    const service = { ...BOT, lockFiles: ['/run/user/1000/mem.lock'], pidFiles: [] };
    const one = proc(100, 'python3 /usr/bin/bot.py', { cwd: '/home/ann/a' });
    const two = proc(200, 'python3 /usr/bin/bot.py', { cwd: '/home/ann/b' });
    const seen = plan({
      service,
      processes: [one, two],
      lockFiles: [lockFile([lock([one])], { file: file('/run/user/1000/mem.lock') })],
    });
    expect(seen).toMatchObject({ shown: [100, 200], state: 'conflict', ticked: [] });
  });

  it('no other subcommand of one program', () => {
    const manage = { service: { process: { kind: 'substring', text: 'manage.py' } as const } };
    const server = proc(100, 'python3 manage.py runserver', { startedAgo: 7200 });
    const given = { ...manage, lockFiles: [lockFile([lock([server])])] };
    expect(plan({ ...given, processes: [server, proc(200, 'python3 manage.py shell')] }).shown).toEqual([
      100,
    ]);
    expect(plan({ ...given, processes: [server, proc(200, 'python3 manage.py runserver')] }).ticked).toEqual([
      200,
    ]);
  });

  it('where nobody owns anything, those that share program and directory', () => {
    const apart = [proc(100, 'python3 bot.py'), proc(200, 'python3 bot.py', { cwd: '/home/ann/worktree' })];
    expect(plan({ processes: apart })).toMatchObject({ state: 'held', ticked: [] });
    const together = [proc(100, 'python3 bot.py'), proc(200, 'python3 bot.py')];
    expect(plan({ processes: together })).toMatchObject({ state: 'conflict', ticked: [] });
  });

  it('and of those the ones that work where the service’s files are, however many work elsewhere', () => {
    const there = [200, 300].map((pid) => proc(pid, 'python3 bot.py', { cwd: '/home/ann/worktree' }));
    const service = { ...BOT, lockFiles: ['/home/ann/bot/bot.lock'] };
    const counted = (processes: readonly ProcessFacts[]) => {
      const { candidates, state } = plan({ service, processes, lockFiles: [lockFile([])] });
      return [state, ...candidates.filter((one) => one.counted).map(({ root }) => root.pid)];
    };
    expect(counted([...there, bot])).toEqual(['held', 100]);
    // With none at home they may be the service's all the same.
    expect(counted(there)).toEqual(['conflict', 200, 300]);
  });
});

describe('a newcomer', () => {
  const newcomer = (startedAgo: number) => proc(200, 'python3 bot.py', { startedAgo });
  const seen = (second: ProcessFacts, more: Given = {}) =>
    diagnose(facts({ service: BOT, processes: [bot, second], lockFiles: held, ...more }));
  const kinds = (second: ProcessFacts, more: Given = {}) =>
    seen(second, more).findings.map(({ kind }) => kind);

  it('is starting for its first 5 s, and an instance after them', () => {
    expect(kinds(newcomer(4.9))).toEqual(['startingInstance']);
    expect(seen(newcomer(4.9)).state).toBe('held');
    expect(kinds(newcomer(5))).toEqual(['duplicateInstances']);
  });

  it('counts at once when it is recorded, locks another inode, or the log says so', () => {
    const second = newcomer(1);
    expect(
      kinds(second, {
        pidFiles: [pidFile('200', alive(second), { file: file('/home/ann/bot/bot.pid', { writtenAgo: 0 }) })],
      }),
    ).toContain('duplicateInstances');
    const split = lockFile([lock([bot], { deletedInode: true, id: { dev: '1', ino: '9' } }), lock([second])]);
    expect(kinds(second, { lockFiles: [split] })).toContain('splitBrain');
    const line = { text: 'Conflict: terminated by other getUpdates request', seenAt: NOW };
    expect(kinds(second, { log: { path: '/home/ann/bot/bot.log', lines: [line] } })).toContain(
      'duplicateInstances',
    );
    const before = { ...line, seenAt: NOW - 3_000 };
    expect(kinds(second, { log: { path: '/home/ann/bot/bot.log', lines: [before] } })).toContain(
      'startingInstance',
    );
  });

  it('is never the only one, nor the first of several', () => {
    expect(plan({ processes: [newcomer(1)] })).toMatchObject({ shown: [200], state: 'held' });
    const two = [newcomer(2), proc(300, 'python3 bot.py', { startedAgo: 1 })];
    const roles = diagnose(facts({ service: BOT, processes: two })).instances.map(({ root, role }) => [
      root.pid,
      role,
    ]);
    expect(roles).toEqual([
      [200, 'owner'],
      [300, 'possibleDuplicate'],
    ]);
  });

  it('is left alone by the command', () => {
    const { candidates } = plan({ processes: [bot, newcomer(1)], lockFiles: held });
    const found = candidates.find(({ root }) => root.pid === 200);
    expect(found).toMatchObject({ preselected: false });
    expect(found?.refusal ?? 'nothing is offered').toMatch(/just started|nothing is offered/);
  });
});

describe('what a live number proves', () => {
  const verdict = (process: ProcessFacts, given: Given = {}, path = '/run/app.pid') => {
    const writtenAgo = 3600 - 600;
    const record = pidFile(String(process.pid), alive(process), { file: file(path, { writtenAgo }) });
    const { pidFiles, state, findings } = diagnose(
      facts({ service: {}, processes: [process], pidFiles: [record], ...given }),
    );
    return [pidFiles[0]?.verdict, pidFiles[0]?.proof, state, findings.map(({ kind }) => kind).join()];
  };
  const other = { cwd: '/srv/elsewhere' };

  it('is nothing by itself', () => {
    expect(verdict(proc(300, 'java -jar shop.jar', other))).toEqual([
      'unverifiable',
      'guessed',
      'unverified',
      'recordUnverifiable',
    ]);
  });

  it.each([
    [
      'the file lies in its directory',
      proc(300, 'java -jar shop.jar', { cwd: '/srv/app' }),
      '/srv/app/run/x.pid',
    ],
    ['the file is called after it', proc(300, '/usr/sbin/nginx -g x', other), '/run/nginx.pid'],
    [
      'the file was written at its start',
      proc(300, 'java -jar shop.jar', { ...other, startedAgo: 3060 }),
      '/run/x.pid',
    ],
  ])('is plausible where %s', (_, process, path) => {
    expect(verdict(process, {}, path)).toEqual(['live', 'plausible', 'held', '']);
  });

  it.each([
    ['a kernel thread', proc(42, [], { kernelThread: true, comm: 'kthreadd', cwd: '/run' })],
    ['the first process', proc(1, '/sbin/init', { cwd: '/run' })],
    ['an ancestor of this window', proc(900, 'node extensionHost', { cwd: '/run' })],
    ['an interactive shell', proc(300, ['-bash'], { cwd: '/run' })],
    ['another user’s process', proc(300, 'java -jar shop.jar', { cwd: '/run', uid: 1001 })],
    [
      'a process of a container, which has another number there',
      proc(300, 'java x', { cwd: '/run', nsPids: [300, 8] }),
    ],
  ])('is contradicted by %s', (_, process) => {
    expect(verdict(process)).toEqual(['unverifiable', 'guessed', 'unverified', 'recordUnverifiable']);
  });

  it('is contradicted by what `process`, the tool or the record itself says', () => {
    const java = proc(300, 'java -jar shop.jar', { cwd: '/run' });
    expect(verdict(java)[0]).toBe('live');
    expect(verdict(java, { service: BOT })[0]).toBe('unverifiable');
    expect(verdict(java, { service: { programs: ['redis-server'] } })[0]).toBe('unverifiable');
    expect(verdict(java, { service: { programs: ['Shop'] } })[0]).toBe('live');
  });

  it('belongs to who calls itself so in its own namespace, if that holds the lock', () => {
    const inside = proc(1978, 'python3 hermes gateway', { nsPids: [1978, 3] });
    const stranger = proc(3, [], { kernelThread: true, comm: 'ksoftirqd' });
    const record = pidFile('3', alive(stranger), { locks: [] });
    const seen = diagnose(
      facts({ processes: [inside, stranger], pidFiles: [record], lockFiles: [lockFile([lock([inside])])] }),
    );
    expect(seen).toMatchObject({
      state: 'held',
      findings: [],
      pidFiles: [{ verdict: 'live', proof: 'proven' }],
    });
    expect(seen.instances.map(({ root }) => root.pid)).toEqual([1978]);
  });

  it('is never dead while a process of another namespace calls itself so and nothing rules it out', () => {
    const inside = proc(4242, 'node serve.js', { nsPids: [4242, 9] });
    const content = (inner: readonly ProcessFacts[]) => ({
      ...pidFile('9', gone),
      content: { record: { shape: 'integer' as const, pid: 9 }, liveness: gone, inner },
    });
    const state = (inner: readonly ProcessFacts[], given: Given = {}) =>
      diagnose(facts({ processes: [inside], pidFiles: [content(inner)], ...given })).state;
    expect(state([inside])).toBe('unverified');
    expect(state([])).toBe('stale');
    // Ruled out: it runs another program than `process` names.
    expect(state([inside], { service: BOT })).toBe('stale');
    const [finding] = diagnose(facts({ processes: [inside], pidFiles: [content([inside])] })).findings;
    expect(finding?.message).toBe(
      '/home/ann/bot/bot.pid names pid 9. No such process is running here, but process 4242 (node serve.js) has this number in its own PID namespace.',
    );
    expect(finding?.evidence.join('\n')).toMatch(/ -p 9,4242$/m);
  });

  describe('where a process here has that number too', () => {
    const folder = { cwd: '/home/ann/bot' };
    let said: string | undefined;
    const seen = (here: ProcessFacts, inside: ProcessFacts, given: Given = {}) => {
      const content = {
        record: { shape: 'integer' as const, pid: 9 },
        liveness: alive(here),
        inner: [inside],
      };
      const { state, instances, findings } = diagnose(
        facts({ processes: [here, inside], pidFiles: [{ ...pidFile('9'), content }], ...given }),
      );
      said = findings[0]?.message;
      return [state, ...instances.map(({ root }) => root.pid)];
    };
    const inner = (command: string, more: Partial<ProcessFacts> = {}): ProcessFacts =>
      proc(4242, command, { cwd: '/srv', nsPids: [4242, 9], ...more });

    const LONG_BEFORE = { startTime: 1 };

    it('is neither’s while as much speaks for the one inside', () => {
      // Both started just before the file was written; then only the one inside did.
      expect(seen(proc(9, 'tail -F x', folder), inner('node a.js'))).toEqual(['unverified']);
      expect(seen(proc(9, 'tail -F x', { ...folder, ...LONG_BEFORE }), inner('node a.js'))).toEqual([
        'unverified',
      ]);
      expect(said).toBe(
        '/home/ann/bot/bot.pid names pid 9. That may be process 9 (tail -F x) here, or process 4242 (node a.js), which has this number in its own PID namespace.',
      );
      const [state] = seen(proc(9, 'python3 bot.py'), inner('python3 bot.py'), { service: BOT });
      expect(state).toBe('unverified');
    });

    it('is the one’s for whom more speaks', () => {
      expect(seen(proc(9, 'node a.js', folder), inner('tail -F x', LONG_BEFORE))).toEqual(['held', 9]);
      expect(seen(proc(9, 'tail -F x', folder), inner('python3 bot.py'), { service: BOT })).toEqual([
        'held',
        4242,
      ]);
    });

    it('is that of the one here where the one inside is ruled out', () => {
      const other = inner('node a.js', { ...folder, uid: 1 });
      const { file: written } = pidFile('9');
      const content = { record: { shape: 'integer' as const, pid: 9 }, inner: [other] };
      const owned = (uid: number) => {
        const here = proc(9, 'node a.js', { ...folder, uid: 1000 });
        const record = { ...content, liveness: alive(here) };
        return seen(here, other, {
          pidFiles: [{ ...pidFile('9'), file: { ...written, uid }, content: record }],
        });
      };
      expect(owned(1000)).toEqual(['held', 9]);
      // The file of root may be either's.
      expect(owned(0)).toEqual(['unverified']);
    });
  });
});

describe('where a record may be from', () => {
  const dead = (foreign: 'outsideNamespace' | 'otherHost' | undefined, text = '77', host = {}) =>
    diagnose(facts({ host, pidFiles: [pidFile(text, gone, foreign === undefined ? {} : { foreign })] }))
      .pidFiles[0]?.verdict;

  it('decides whether “gone” means anything', () => {
    expect(dead(undefined)).toBe('dead');
    expect(dead('outsideNamespace')).toBe('unverifiable');
    expect(dead('otherHost')).toBe('unverifiable');
  });

  it('is said by a recorded host or namespace, as far as these reach', () => {
    expect(dead('otherHost', '77 tower')).toBe('dead');
    // Containers share their host's name.
    expect(dead('outsideNamespace', '77 tower')).toBe('unverifiable');
  });
});

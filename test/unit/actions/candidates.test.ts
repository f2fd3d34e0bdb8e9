import { describe, expect, test } from 'vitest';
import { candidatesOf, plannedFor } from '../../../src/actions/terminate/candidates';
import type { TerminationTarget } from '../../../src/actions/terminate/plan';
import { findCommands } from '../../../src/actions/terminate/refusal';
import { whyNoLonger } from '../../../src/actions/terminate/recheck';
import type { InspectedService } from '../../../src/actions/deps';
import { diagnose } from '../../../src/model/diagnose';
import type { PlatformName } from '../../../src/model/facts';
import { alive, facts, lock, lockFile, pidFile, proc, type Given } from '../model/build';

const duplicates = { kind: 'duplicates' } as const;
const matcher = { kind: 'substring', text: 'bot.py' } as const;

function inspected(given: Given): InspectedService {
  const seen = facts(given);
  return { facts: seen, snapshot: diagnose(seen) };
}

const candidates = (given: Given, target: TerminationTarget = duplicates, unproven: number[] = []) => {
  const seen = inspected(given);
  return candidatesOf(seen, plannedFor(seen, target), target, new Set(unproven));
};

const bot = proc(100, 'python3 bot.py');
const other = proc(200, 'python3 bot.py', { startedAgo: 60 });
const third = proc(300, 'python3 bot.py', { startedAgo: 30 });
const held = [lockFile([lock([bot])])];

describe('whom Terminate Lock Holder offers', () => {
  const startTime = bot.startTime ?? 0;
  test.each([
    [0, [100]],
    [999, [100]],
    [-999, [100]],
    [1000, []],
    [-1000, []],
  ])('knows the holder again whose start is reckoned %i ms off: %j', (off, pids) => {
    const target = { kind: 'holder', pid: 100, startTime: startTime + off } as const;
    const found = candidates({ processes: [bot, other], lockFiles: held }, target);
    expect(found.map(({ root }) => root.pid)).toEqual(pids);
  });
});

describe('a launcher that holds the lock of what it has started', () => {
  const tmux = proc(90, ['tmux', 'new-session'], { startedAgo: 7200 });
  const inside = proc(100, 'python3 bot.py', { ppid: 90 });
  const given: Given = {
    processes: [tmux, inside],
    lockFiles: [lockFile([lock([tmux])])],
    pidFiles: [pidFile('100', alive(inside))],
  };
  const pidsFor = (target: TerminationTarget): number[][] =>
    candidates(given, target).map(({ processes }) => processes.map(({ pid }) => pid));

  test('is ended for its lock, and never with the instance: it may run anything else as well', () => {
    expect(pidsFor({ kind: 'instance', pid: 100 })).toEqual([[100]]);
    expect(pidsFor({ kind: 'holder', pid: 90 })).toEqual([[90, 100]]);
  });

  test('is ended with the instance that it is itself', () => {
    const alone: Given = { processes: [tmux], lockFiles: [lockFile([lock([tmux])])] };
    const [found] = candidates(alone, { kind: 'instance', pid: 90 });
    expect(found?.processes.map(({ pid }) => pid)).toEqual([90]);
  });
});

describe('what is below a holder', () => {
  const { startTicks, ...holding } = proc(100, 'python3 bot.py');
  const orphan = proc(101, 'python3 tool.py', { ppid: 100 });
  test.each([
    ['a child', '5', '6', [100, 101]],
    // Windows keeps the number of a parent that has ended: the holder has got it since.
    ['none that is older: its parent had that number', '6', '5', [100]],
  ])('is %s', (_, holders, others, pids) => {
    expect(startTicks).toBeDefined();
    const [one, two] = [
      { ...holding, fileTime: holders },
      { ...orphan, fileTime: others },
    ];
    const given: Given = { processes: [one, two], lockFiles: [lockFile([lock([one])])] };
    const [found] = candidates(given, { kind: 'holder', pid: 100 });
    expect(found?.processes.map(({ pid }) => pid)).toEqual(pids);
  });
});

describe('whom Terminate Instance offers', () => {
  const given: Given = { service: { process: matcher }, processes: [bot, other], lockFiles: held };

  test.each([100, 200])('offers the one that is pointed at, PID %i, and nobody else', (pid) => {
    const found = candidates(given, { kind: 'instance', pid });
    expect(found.map(({ root, refusal }) => [root.pid, refusal])).toEqual([[pid, undefined]]);
  });

  test('says what follows from the end of the owner', () => {
    const [owner] = candidates(given, { kind: 'instance', pid: 100 });
    expect(owner?.follows).toContain('It holds /home/ann/bot/bot.lock');
  });

  test('offers nobody once the number is another process', () => {
    const target = { kind: 'instance', pid: 200, startTime: (other.startTime ?? 0) - 60_000 } as const;
    expect(candidates(given, target)).toEqual([]);
  });

  test('refuses init, a thread of the kernel and the extension host', () => {
    const own = candidates({ ...given, host: { ownPids: [200] } }, { kind: 'instance', pid: 200 });
    expect(own.every(({ refusal }) => refusal !== undefined)).toBe(true);
  });
});

describe('whom Keep This and Terminate the Others offers', () => {
  const given: Given = { service: { process: matcher }, processes: [bot, other, third], lockFiles: held };
  const shown = (pid: number, more: Given = given) =>
    candidates(more, { kind: 'keep', pid }).map(({ root, preselected, refusal }) => [
      root.pid,
      preselected,
      refusal !== undefined,
    ]);

  test('ticks the others, the owner too, and never the one that stays', () => {
    expect(shown(200)).toEqual([
      [100, true, false],
      [200, false, true],
      [300, true, false],
    ]);
  });

  test('ticks nobody where the one that stays is not proven to be an instance', () => {
    const elsewhere = proc(200, 'python3 bot.py --account b', { startedAgo: 60 });
    const found = shown(200, { ...given, processes: [bot, elsewhere] });
    expect(found.filter(([, preselected]) => preselected === true)).toEqual([]);
  });

  test('ticks none of the others that is not proven', () => {
    const unlike = proc(300, 'python3 bot.py --account c', { startedAgo: 30 });
    const found = shown(200, { ...given, processes: [bot, other, unlike] });
    expect(found.find(([pid]) => pid === 300)?.[1]).not.toBe(true);
  });

  test('offers nobody once the one that should stay is gone', () => {
    expect(shown(400)).toEqual([]);
  });
});

describe('whom Kill Duplicate Instance offers', () => {
  test('keeps the holder and preselects the rest', () => {
    const found = candidates({
      service: { process: matcher },
      processes: [bot, other, third],
      lockFiles: held,
    });
    expect(found.map(({ root, preselected }) => [root.pid, preselected])).toEqual([
      [100, false],
      [200, true],
      [300, true],
    ]);
    // The owner may be chosen too; what follows from its end is said.
    expect(found[0]?.refusal).toBeUndefined();
    expect(found[0]?.follows).toContain('It holds /home/ann/bot/bot.lock');
    expect(found.map(({ proof }) => proof)).toEqual(['proven', 'proven', 'proven']);
  });

  test('preselects nobody when more are duplicates than have to go', () => {
    const found = candidates({
      service: { process: matcher, maxInstances: 2 },
      processes: [bot, other, third],
      lockFiles: held,
    });
    expect(found.filter(({ preselected }) => preselected)).toEqual([]);
    expect(found.filter(({ refusal }) => refusal === undefined).map(({ root }) => root.pid)).toEqual([
      100, 200, 300,
    ]);
  });

  test('refuses another user’s process with the command for an administrator', () => {
    const foreign = proc(200, 'python3 bot.py', { uid: 0, user: 'root' });
    const [, found] = candidates({
      service: { process: matcher },
      processes: [bot, foreign],
      lockFiles: held,
    });
    expect(found).toMatchObject({ preselected: false });
    expect(found?.refusal).toBe(
      'Process 200 (python3 bot.py) belongs to another user (root). An administrator can terminate it with: sudo kill 200',
    );
  });

  test('names the stop command of the supervisor instead of a plain kill', () => {
    const stopCommand = 'systemctl stop bot.service';
    const supervisor = { kind: 'systemd', name: 'bot.service', stopCommand } as const;
    const unit = proc(200, 'python3 bot.py', { uid: 0, user: 'root', supervisor });
    const [, found] = candidates({ service: { process: matcher }, processes: [bot, unit], lockFiles: held });
    expect(found?.refusal).toContain(stopCommand);
    expect(found?.warning).toBe(`systemd unit bot.service may restart it; to stop it there: ${stopCommand}`);
  });

  test('lets root choose other users’ processes, and ticks none of them', () => {
    const foreign = proc(200, 'python3 bot.py', { uid: 1001, user: 'bob' });
    const given = {
      service: { process: matcher },
      processes: [bot, foreign],
      lockFiles: held,
      host: { uid: 0 },
    };
    const [, found] = candidates(given);
    expect(found).toMatchObject({ preselected: false, proof: 'plausible' });
    expect(found?.refusal).toBeUndefined();
  });

  test('refuses a process whose identity could not be pinned down', () => {
    const given = { service: { process: matcher }, processes: [bot, other], lockFiles: held };
    const [, found] = candidates(given, duplicates, [200]);
    expect(found?.refusal).toContain('Could not establish exactly which process pid 200 is');
    expect(found?.preselected).toBe(false);
  });
});

describe('whom Terminate Lock Holder offers', () => {
  const target = (pid: number, startTime?: number): TerminationTarget => ({
    kind: 'holder',
    pid,
    ...(startTime === undefined ? {} : { startTime }),
  });

  test('the holder, and unselected everyone else who would keep the same lock held', () => {
    const shell = proc(50, 'bash supervise.sh', { startedAgo: 7200 });
    const given = {
      lockFiles: [lockFile([lock([shell, { process: bot, inherited: true, proven: true }])])],
      processes: [shell, bot],
    };
    const found = candidates(given, target(100));
    expect(found.flatMap(({ processes }) => processes.map(({ pid }) => pid)).sort()).toEqual([100, 50]);
    expect(found.find(({ processes }) => processes.some(({ pid }) => pid === 100))?.preselected).toBe(true);
  });

  test('nobody when the pid now belongs to a process that started at another time', () => {
    const given = { lockFiles: held, processes: [bot] };
    expect(candidates(given, target(100, (bot.startTime ?? 0) - 5000))).toEqual([]);
    expect(candidates(given, target(100, bot.startTime))).toHaveLength(1);
  });

  test('never this extension host, its ancestors or init, whatever they hold', () => {
    for (const pid of [900, 901, 1]) {
      const own = proc(pid, 'code-server');
      const [found] = candidates({ lockFiles: [lockFile([lock([own])])], processes: [own] }, target(pid));
      expect(found?.refusal).toContain('never signalled');
      expect(found?.preselected).toBe(false);
    }
  });

  test('says which command finds a holder that cannot be identified', () => {
    const found = (platform: PlatformName) =>
      findCommands(inspected({ host: { platform }, lockFiles: [lockFile([lock([])])] }).facts);
    expect(found('linux')).toEqual(['sudo lsof /home/ann/bot/bot.lock']);
    expect(found('darwin')).toEqual(['sudo lsof /home/ann/bot/bot.lock']);
    expect(found('win32')).toEqual([
      "openfiles /query /fo list | Select-String -SimpleMatch '/home/ann/bot/bot.lock'",
    ]);
  });
});

describe('what has changed since the dialog', () => {
  const given = { service: { process: matcher }, processes: [bot, other], lockFiles: held };
  const [, candidate] = candidates(given);
  const handle = {
    pid: 200,
    read: () => other,
    signal: () => ({ result: 'gone' as const }),
    close: () => undefined,
  };
  const members = [{ pid: 200, command: 'bot', handle, parent: undefined, facts: other }];
  const changed = (
    now: Given | undefined,
    begun = false,
    target: TerminationTarget = duplicates,
  ): string | undefined =>
    candidate === undefined
      ? 'no candidate'
      : whyNoLonger(now && inspected(now), target, candidate, members, begun);

  test('nothing: it is still a duplicate', () => expect(changed(given)).toBeUndefined());

  test('it is the owner now', () => {
    const now = { ...given, processes: [other], lockFiles: [lockFile([lock([other])])] };
    expect(changed(now)).toContain('is now the owner rather than a duplicate');
    expect(changed(now, true)).toContain('is now the owner rather than a duplicate');
  });

  test('it no longer looks like the service; once begun, it is still who was confirmed', () => {
    const now = { ...given, processes: [bot, proc(200, 'sleep 5')] };
    expect(changed(now)).toContain('no longer looks like an instance');
    expect(changed(now, true)).toBeUndefined();
  });

  test('it no longer holds the lock', () => {
    expect(changed(given, false, { kind: 'holder', pid: 200 })).toContain('no longer holds the lock');
  });

  test('the service is no longer watched', () => expect(changed(undefined)).toContain('no longer watched'));
});

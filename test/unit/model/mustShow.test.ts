/** The situations the monitor must show, as facts. */
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/model/diagnose';
import {
  alive,
  facts,
  file,
  gone,
  holder,
  lock,
  lockFile,
  NOW,
  OLD,
  pidFile,
  proc,
  record,
  type Given,
} from './build';

const bot = proc(4242, 'python3 bot.py');

function see(given: Given) {
  const snapshot = diagnose(facts(given));
  return {
    ...snapshot,
    kinds: snapshot.findings.map(({ kind }) => kind),
    words: snapshot.findings.map(({ message, evidence }) => [message, ...evidence].join('\n')).join('\n'),
  };
}

describe('what the monitor must show', () => {
  it('shows a locked lock file and a plain pid file as held', () => {
    const seen = see({
      processes: [bot],
      lockFiles: [lockFile([lock([bot])])],
      pidFiles: [pidFile('4242', alive(bot))],
    });
    expect(seen).toMatchObject({ state: 'held', findings: [] });
    expect(seen.lockFiles[0]).toMatchObject({ held: true, kind: 'flock', holders: [{ pid: 4242 }] });
    expect(seen.lockFiles[0]?.holders[0]?.process?.command).toBe('python3 bot.py');
    expect(seen.pidFiles[0]).toMatchObject({ recordedPid: 4242, verdict: 'live' });
    expect(seen.instances).toMatchObject([{ role: 'owner', root: { pid: 4242 } }]);
  });

  it('shows two pollers without a lock as a conflict and says which one the record names', () => {
    const other = proc(4243, 'python3 bot.py', { startedAgo: 60 });
    const seen = see({
      service: { process: { kind: 'substring', text: 'bot.py' } },
      processes: [bot, other],
      pidFiles: [pidFile('4243', alive(other), { file: file('/home/ann/bot/bot.pid', { writtenAgo: 59 }) })],
    });
    expect(seen).toMatchObject({ state: 'conflict', kinds: ['duplicateInstances'] });
    expect(seen.findings[0]?.message).toMatch(/4243.*4242.*bot\.pid names 4243/);
    expect(seen.instances.map(({ root, role }) => [root.pid, role])).toEqual([
      [4243, 'owner'],
      [4242, 'duplicate'],
    ]);
  });

  it('shows a pid file left by SIGKILL as stale while its lock is free', () => {
    const seen = see({ lockFiles: [lockFile()], pidFiles: [pidFile('4242', gone)] });
    expect(seen).toMatchObject({ state: 'stale', kinds: ['stalePidDead'], instances: [] });
    expect(seen.lockFiles[0]).toMatchObject({ held: false, holders: [] });
    expect(seen.pidFiles[0]).toMatchObject({ recordedPid: 4242, verdict: 'dead' });
    expect(seen.findings[0]?.message).toBe('/home/ann/bot/bot.pid names pid 4242, which is gone.');
  });

  it('shows the holder of an empty lock file from the kernel alone', () => {
    const seen = see({ processes: [bot], lockFiles: [lockFile([lock([bot])])] });
    expect(seen).toMatchObject({ state: 'held', findings: [], instances: [{ root: { pid: 4242 } }] });
  });

  it('shows the shell and the child that share its descriptor, not the flock(1) that has exited', () => {
    const shell = proc(50, 'bash supervisor.sh');
    const child = proc(51, 'node ccbot.js', { ppid: 50, sid: 50, pgid: 50 });
    const shared = lock(
      [shell, child].map((process) => holder(process, { inherited: true })),
      { taker: 49 },
    );
    const seen = see({ processes: [shell, child], lockFiles: [lockFile([shared])] });
    expect(seen).toMatchObject({ state: 'held', kinds: ['inheritedLock'] });
    expect(seen.findings[0]?.severity).toBe('information');
    expect(seen.lockFiles[0]?.holders.map(({ pid }) => pid)).toEqual([50, 51]);
    expect(seen.instances.map(({ processes }) => processes.map(({ pid }) => pid))).toEqual([[50, 51]]);
  });

  it('names the dead acquirer when a child inherited its lock', () => {
    const child = proc(51, 'node ccbot.js');
    const inherited = lock([holder(child, { inherited: true })], { taker: 50 });
    const seen = see({
      processes: [child],
      lockFiles: [lockFile([inherited])],
      pidFiles: [pidFile('50', gone)],
    });
    expect(seen).toMatchObject({ state: 'held', kinds: ['inheritedLock'] });
    expect(seen.findings[0]).toMatchObject({ severity: 'warning' });
    expect(seen.findings[0]?.message).toMatch(
      /pid 50, which is gone although .*bot\.pid still names it; the lock was inherited, and is held, by pid 51/,
    );
    expect(seen.pidFiles[0]?.verdict).toBe('dead');
    expect(seen.instances.map(({ root }) => root.pid)).toEqual([51]);
  });

  const pidPath = '/home/ann/bot/server.pid';
  const server = proc(70, 'python3 -m memtomem');
  const lockedPidFile = (text: string, more = {}): Given => ({
    processes: [server],
    lockFiles: [lockFile([lock([server])], { file: file(pidPath), record: record(text, alive(server)) })],
    pidFiles: [
      pidFile(text, text === '' ? undefined : alive(server), {
        file: file(pidPath),
        locks: [lock([server])],
      }),
    ],
    ...more,
  });

  it('shows one pid for a pid file that is itself locked', () => {
    const seen = see(lockedPidFile('70'));
    expect(seen).toMatchObject({
      state: 'held',
      findings: [],
      pidFiles: [{ recordedPid: 70, verdict: 'live' }],
    });
    expect(seen.instances).toHaveLength(1);
  });

  it('shows the holder of a locked pid file that a contender emptied, and never calls it stale', () => {
    const seen = see(lockedPidFile(''));
    expect(seen).toMatchObject({ state: 'held', kinds: ['recordMissing'], pidFiles: [{ verdict: 'empty' }] });
    expect(seen.findings[0]?.message).toContain('70 (python3 -m memtomem)');
    expect(seen.words).not.toMatch(/None|stale|undefined|NaN/);
  });

  it('reads the pid of a three-line record', () => {
    const seen = see(lockedPidFile(`70\n\n${new Date(NOW - 3_599_000).toISOString()}\n`));
    expect(seen).toMatchObject({
      state: 'held',
      findings: [],
      pidFiles: [{ recordedPid: 70, verdict: 'live' }],
    });
  });

  it('shows two holders of shared locks without a conflict', () => {
    const other = proc(71, 'python3 -m memtomem');
    const shared = [server, other].map((process) => lock([process], { access: 'read' }));
    const seen = see({ processes: [server, other], lockFiles: [lockFile(shared)] });
    expect(seen).toMatchObject({ state: 'held', findings: [] });
    expect(seen.lockFiles[0]).toMatchObject({ access: 'read', holders: [{ pid: 70 }, { pid: 71 }] });
    expect(seen.instances.map(({ role }) => role)).toEqual(['owner', 'owner']);
  });

  const json = (process = bot, startTicks = process.startTicks): string =>
    JSON.stringify({
      pid: process.pid,
      kind: 'hermes-gateway',
      argv: ['hermes', 'gateway'],
      start_time: startTicks,
    });

  it('shows a JSON record beside a locked JSON file as held', () => {
    const seen = see({
      processes: [bot],
      lockFiles: [lockFile([lock([bot])], { record: record(json(), alive(bot)) })],
      pidFiles: [pidFile(json(), alive(bot))],
    });
    expect(seen).toMatchObject({
      state: 'held',
      findings: [],
      pidFiles: [{ recordedPid: 4242, verdict: 'live' }],
    });
    expect(seen.instances).toHaveLength(1);
  });

  it('shows a JSON record of a dead pid as stale, and its free lock as free', () => {
    const seen = see({
      lockFiles: [lockFile([], { record: record(json(), gone) })],
      pidFiles: [pidFile(json(), gone)],
    });
    expect(seen).toMatchObject({ state: 'stale', kinds: ['stalePidDead'], lockFiles: [{ held: false }] });
  });

  it('shows a JSON record of a live stranger as stale and offers the stranger for nothing', () => {
    const stranger = proc(4242, 'vim notes.txt');
    const seen = see({
      processes: [stranger],
      pidFiles: [pidFile(json(bot, (stranger.startTicks ?? 0) - 1), alive(stranger), OLD)],
    });
    expect(seen).toMatchObject({ state: 'stale', kinds: ['stalePidReused'], instances: [] });
    expect(seen.pidFiles[0]).toMatchObject({ recordedPid: 4242, verdict: 'reused' });
    expect(seen.words).toContain("$ sed 's/.*) //' /proc/4242/stat | cut -d' ' -f20");
  });

  it('shows a plain pid file older than the process that has its pid as stale', () => {
    const stranger = proc(4242, 'sleep 1000', { startedAgo: 100 });
    const seen = see({ processes: [stranger], pidFiles: [pidFile('4242', alive(stranger))] });
    expect(seen).toMatchObject({ state: 'stale', kinds: ['stalePidReused'], instances: [] });
    expect(seen.findings[0]?.message).toMatch(/4242.*started after the file was written/);
  });

  it('shows a lock file deleted and made again under its holder as a split brain', () => {
    const second = proc(4300, 'python3 bot.py', { startedAgo: 10 });
    const old = lock([bot], { deletedInode: true, id: { dev: '65024', ino: '2294009' } });
    const seen = see({ processes: [bot, second], lockFiles: [lockFile([old, lock([second])])] });
    expect(seen.state).toBe('conflict');
    expect(seen.kinds).toContain('splitBrain');
    expect(seen.findings[0]?.message).toMatch(
      /pid 4300 .* holds the current one, pid 4242 .* the deleted one \(inode 2294009\)/,
    );
    expect(seen.instances.map(({ root, role }) => [root.pid, role])).toEqual([
      [4300, 'owner'],
      [4242, 'duplicate'],
    ]);
    expect(seen.lockFiles[0]?.holders).toMatchObject([
      { pid: 4300, deletedInode: false },
      { pid: 4242, deletedInode: true },
    ]);
  });

  it.each(['posix', 'ofd'] as const)('shows the holder and the kind of a lock: %s', (kind) => {
    const seen = see({ processes: [bot], lockFiles: [lockFile([lock([bot], { kind })])] });
    expect(seen).toMatchObject({
      state: 'held',
      findings: [],
      lockFiles: [{ kind, holders: [{ pid: 4242 }] }],
    });
  });

  it('says that the other poller is elsewhere when the log has a conflict and one instance runs here', () => {
    const given = (seenAt: number): Given => ({
      processes: [bot],
      lockFiles: [lockFile([lock([bot])])],
      log: {
        path: '/home/ann/bot/bot.log',
        lines: [{ text: 'telegram.error.Conflict: terminated by other getUpdates request', seenAt }],
      },
    });
    const seen = see(given(NOW - 1000));
    expect(seen).toMatchObject({ state: 'conflict', kinds: ['conflictInLog'] });
    expect(seen.findings[0]?.message).toMatch(
      /4242 .* only instance here\. The other one is elsewhere, on another host/,
    );
    expect(see(given(NOW - 61_000)).state).toBe('held');
  });

  it('counts a wrapper shell, its service and two workers as one instance', () => {
    const wrapper = proc(10, ['sh', '-c', '"$0" "$@"; exit $?', 'node', 'bot.cjs', '--lock']);
    const main = proc(11, 'node bot.cjs --lock', { ppid: 10 });
    const workers = [12, 13].map((pid) => proc(pid, 'node bot.cjs --worker', { ppid: 11 }));
    const seen = see({
      service: { process: { kind: 'substring', text: 'bot.cjs' } },
      processes: [wrapper, main, ...workers],
      lockFiles: [lockFile([lock([main])])],
      pidFiles: [pidFile('11', alive(main))],
    });
    expect(seen).toMatchObject({ state: 'held', findings: [] });
    expect(seen.instances).toMatchObject([{ role: 'owner', root: { pid: 11 } }]);
    expect(seen.instances[0]?.processes.map(({ pid }) => pid)).toEqual([10, 11, 12, 13]);
  });
});

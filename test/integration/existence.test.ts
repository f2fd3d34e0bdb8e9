import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceSnapshot } from '../../src/api';
import { adviceOn, PRESETS } from '../../src/model/presets/index';
import { presetService } from '../../src/model/presets/found';
import type { Service } from '../../src/model/service';
import { seenOnce, service } from '../fixtures/observe';
import { Stage } from '../fixtures/stage';

const host = os.hostname();
const bootTime = Math.floor(Date.now() / 1000 - os.uptime());
const STRANGER = 'build-7.example.com';

/** The service that the preset makes of a file found there. */
function known(id: string, file: string): Service {
  const preset = PRESETS.find((candidate) => candidate.id === id);
  const place = preset?.files.find(({ role }) => role === 'lock');
  if (preset === undefined || place === undefined) throw new Error(`no preset ${id}`);
  return presetService({ preset, file: place, path: file });
}

async function seen(watched: Service): Promise<ServiceSnapshot> {
  return seenOnce({ ...watched, name: watched.id });
}

const kinds = (snapshot: ServiceSnapshot): string[] => snapshot.findings.map(({ kind }) => kind);

describe.runIf(process.platform === 'linux')('locks that hold by being there', () => {
  let stage: Stage;
  let alive: number;
  let dead: number;

  beforeEach(async () => {
    stage = Stage.open();
    alive = (await stage.start('bystander', [])).pid;
    const gone = await stage.start('bystander', []);
    await stage.killHard(gone.pid);
    await gone.exited;
    dead = gone.pid;
  });
  afterEach(() => stage.close());

  /** Names of the record's owner, dead or alive, for each tool that writes one into a symlink. */
  const symlinks: { tool: string; file: string; target: (pid: number, on: string) => string }[] = [
    { tool: 'chromium-profile', file: 'chromium/SingletonLock', target: (pid, on) => `${on}-${pid}` },
    { tool: 'emacs', file: '.#notes.org', target: (pid, on) => `dana@${on}.${pid}:${bootTime}` },
    { tool: 'mercurial', file: '.hg/wlock', target: (pid, on) => `${on}:${pid}` },
    { tool: 'mercurial', file: '.hg/store/lock', target: (pid, on) => `${on}/f0000000:${pid}` },
  ];
  const link = (file: string, target: string): string => {
    const whole = path.join(stage.subfolder(path.dirname(file)), path.basename(file));
    fs.symlinkSync(target, whole);
    return whole;
  };

  it('is a lock of git that a setting names, and no file of another kind that nothing locks', async () => {
    const of = (file: string): Promise<ServiceSnapshot> =>
      seen(service(file, { lockFiles: [stage.file(file)] }));
    const index = await of('shop/.git/index.lock');
    expect([index.state, kinds(index)]).toEqual(['unverified', ['holderUnknown']]);
    for (const file of ['shop/index.lock', 'shop/.git/index', 'shop/.git/index~pid.lock']) {
      expect([file, (await of(file)).state]).toEqual([file, 'free']);
    }
  });

  describe.each(symlinks.slice(0, 3))('the symlink of $tool', ({ tool, file, target }) => {
    it('is held by the process it names', async () => {
      const snapshot = await seen(known(tool, link(file, target(alive, host))));
      expect(snapshot.state).toBe('held');
      expect(snapshot.lockFiles).toMatchObject([
        { held: true, kind: 'existence', holders: [{ pid: alive }] },
      ]);
    });

    it('is stale once that process is gone', async () => {
      const snapshot = await seen(known(tool, link(file, target(dead, host))));
      expect([snapshot.state, kinds(snapshot)]).toEqual(['stale', ['stalePidDead']]);
    });

    it('is unverified, never stale, when it names another host', async () => {
      for (const [index, pid] of [alive, dead].entries()) {
        const place = path.join(String(index), file);
        const snapshot = await seen(known(tool, link(place, target(pid, STRANGER))));
        expect(snapshot.state).toBe('unverified');
        expect(kinds(snapshot)).toEqual(['recordUnverifiable']);
      }
    });
  });

  it('believes nothing of a pid in another PID namespace', async () => {
    const [, , , namespaced] = symlinks;
    if (namespaced === undefined) throw new Error('no case');
    const snapshot = await seen(known('mercurial', link(namespaced.file, namespaced.target(dead, host))));
    expect(snapshot.state).toBe('unverified');
  });

  it('believes a pid in this PID namespace', async () => {
    const inode = fs.statSync('/proc/self/ns/pid').ino.toString(16);
    const snapshot = await seen(known('mercurial', link('.hg/wlock', `${host}/${inode}:${dead}`)));
    expect(snapshot.state).toBe('stale');
  });

  it('calls the edit lock of an Emacs from before the last boot stale, though its pid is alive', async () => {
    const file = link('.#notes.org', `dana@${host}.${alive}:${bootTime - 365 * 86_400}`);
    const before = new Date((bootTime - 365 * 86_400) * 1000);
    fs.lutimesSync(file, before, before);
    const snapshot = await seen(known('emacs', file));
    expect([snapshot.state, kinds(snapshot)]).toEqual(['stale', ['stalePidReused']]);
  });

  it('reads the address that Firefox writes: this machine’s is checked, another’s is unverified', async () => {
    const own = service('own', { existence: true, lockFiles: [link('own/lock', `127.0.0.1:+${alive}`)] });
    expect((await seen(own)).lockFiles).toMatchObject([{ held: true, holders: [{ pid: alive }] }]);
    const gone = service('gone', { existence: true, lockFiles: [link('gone/lock', `127.0.0.1:+${dead}`)] });
    expect((await seen(gone)).state).toBe('stale');
    const far = service('far', { existence: true, lockFiles: [link('far/lock', `203.0.113.9:+${dead}`)] });
    expect((await seen(far)).state).toBe('unverified');
  });

  describe('of git', () => {
    it('are there without a word of who made them: unverified, with git’s own advice, nothing to remove', async () => {
      const watched = known('git', stage.file('.git/index.lock', 'DIRC'));
      const snapshot = await seen(watched);
      expect([snapshot.state, kinds(snapshot)]).toEqual(['unverified', ['holderUnknown']]);
      expect(snapshot.lockFiles).toMatchObject([{ held: true, kind: 'existence' }]);
      const [advice] = adviceOn(watched, stage.path('.git/index.lock'));
      expect(advice).toMatch(/git/);
      expect(snapshot.findings[0]?.evidence).toContain(advice);
    });

    it('are held by the process that git 2.54 names beside them', async () => {
      const lock = stage.file('.git/index.lock', 'DIRC');
      const ready = `process.stdin.resume(); process.stdout.write('{"ready":true,"role":"git"}\\n');`;
      const git = await stage.startCommand(process.execPath, [stage.file('bin/git', ready)]);
      stage.file('.git/index~pid.lock', `pid ${git.pid}\n`);
      const snapshot = await seen(known('git', lock));
      expect(snapshot.state).toBe('held');
      expect(snapshot.lockFiles).toMatchObject([{ holders: [{ pid: git.pid }] }]);
      // A live process of another program never wrote it.
      stage.file('.git/index~pid.lock', `pid ${alive}\n`);
      expect((await seen(known('git', lock))).state).toBe('unverified');
    });

    it('are stale once the process named beside them is gone', async () => {
      const lock = stage.file('.git/index.lock', 'DIRC');
      stage.file('.git/index~pid.lock', `pid ${dead}\n`);
      expect((await seen(known('git', lock))).state).toBe('stale');
    });

    it('are absent when git is done', async () => {
      stage.subfolder('.git');
      expect((await seen(known('git', stage.path('.git/index.lock')))).state).toBe('absent');
    });

    it('are judged by host and pid where gc leaves both', async () => {
      const gc = (name: string, text: string): Service =>
        service(name, { pidFiles: [stage.file(`${name}/gc.pid`, text)] });
      expect((await seen(gc('live', `${alive} ${host}`))).state).toBe('held');
      expect((await seen(gc('dead', `${dead} ${host}`))).state).toBe('stale');
      expect((await seen(gc('far', `${dead} ${STRANGER}`))).state).toBe('unverified');
    });
  });

  describe('as directories with a heartbeat', () => {
    const renewed = (folder: string, secondsAgo: number): string => {
      const when = new Date(Date.now() - secondsAgo * 1000);
      fs.utimesSync(folder, when, when);
      return folder;
    };

    it('are held by somebody unknown while they are renewed', async () => {
      const lock = renewed(stage.subfolder('data.json.lock'), 1);
      const snapshot = await seen(service('beating', { existence: true, lockFiles: [lock] }));
      expect(snapshot.lockFiles).toMatchObject([{ exists: true, held: true, kind: 'existence' }]);
      expect(snapshot.lockFiles[0]?.holders[0]?.pid).toBeUndefined();
      expect(snapshot.state).toBe('unverified');
    });

    it('are never called stale by age alone: their owner may be stopped, or on another host', async () => {
      const lock = renewed(stage.subfolder('data.json.lock'), 3600);
      const snapshot = await seen(service('silent', { existence: true, lockFiles: [lock] }));
      expect([snapshot.state, kinds(snapshot)]).toEqual(['unverified', ['holderUnknown']]);
    });

    it('are absent once removed', async () => {
      const snapshot = await seen(
        service('gone', { existence: true, lockFiles: [stage.path('data.json.lock')] }),
      );
      expect(snapshot.state).toBe('absent');
    });
  });

  it('keeps a JSON record of another host, and believes one of this host', async () => {
    const record = (name: string, pid: number, on: string): Service =>
      service(name, {
        existence: true,
        lockFiles: [stage.file(`${name}.lock`, JSON.stringify({ pid, hostname: on }))],
      });
    expect((await seen(record('here', alive, host))).state).toBe('held');
    expect((await seen(record('gone', dead, host))).state).toBe('stale');
    expect((await seen(record('far', dead, STRANGER))).state).toBe('unverified');
  });
});

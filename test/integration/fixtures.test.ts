import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { globSync } from 'tinyglobby';
import { describe, expect, it } from 'vitest';
import { bystanderCases } from '../demo/bystanders';
import type { Case, Pids } from '../demo/case';
import { cases } from '../demo/cases';
import { startDemo } from '../demo/demo';
import { extraCases } from '../demo/extras';
import { actorPath } from '../fixtures/actors';
import { Churner, startLockFarm } from '../fixtures/farm';
import { childrenOf, holdersOf, isRunning, locksHeldBy, lockTable, readStat } from '../fixtures/proc';
import { makeReusedPidRecord } from '../fixtures/records';
import { until, withStage, type Stage } from '../fixtures/stage';
import { flockCommand, startNegligentParent, startShellSupervisor } from '../fixtures/supervisor';

const TYPES = { flock: 'FLOCK', posix: 'POSIX', ofd: 'OFDLCK' } as const;

/** Checks what the case claims against the kernel's own view: fdinfo of every process, and the lock table. */
function verifyLock(stage: Stage, one: Case, pids: Pids): void {
  const { lock } = one.expect.facts(pids);
  const lockFile = one.service.lockFile;
  if (!lock || typeof lockFile !== 'string') return;
  const file = stage.path(lockFile);
  if (!lock.held) {
    if (one.expect.state === 'absent') expect(fs.existsSync(file)).toBe(false);
    else expect(holdersOf(file)).toEqual([]);
    return;
  }
  if (lock.kind === 'existence') {
    expect(fs.existsSync(file)).toBe(true);
    expect(holdersOf(file)).toEqual([]);
    return;
  }
  const deleted = lock.deleted ?? [];
  const named = lock.holders.filter((pid) => !deleted.includes(pid));
  expect(holdersOf(file).sort()).toEqual([...named].sort());
  for (const pid of deleted) {
    expect(locksHeldBy(pid).map(({ link }) => link)).toContain(`${file} (deleted)`);
  }
  const inode = fs.statSync(file, { bigint: true }).ino;
  for (const pid of named) {
    const own = locksHeldBy(pid).find((line) => line.inode === inode);
    expect(own?.type).toBe(TYPES[lock.kind as keyof typeof TYPES]);
    expect(own?.mode).toBe(lock.access === 'read' ? 'READ' : 'WRITE');
    if (lock.kind === 'ofd') {
      expect(own?.pid).toBe(-1);
    } else if (lock.inherited?.includes(pid)) {
      expect(own?.pid).not.toBe(pid);
      expect(isRunning(own?.pid ?? 0), 'the taker has exited').toBe(false);
    } else {
      expect(own?.pid).toBe(pid);
    }
  }
  const listed = lockTable().filter((line) => line.inode === inode);
  expect(listed.some(({ waiting }) => !waiting)).toBe(true);
  for (const pid of lock.waiters ?? []) {
    expect(listed.some((line) => line.waiting && line.pid === pid)).toBe(true);
  }
}

function verifyRecord(stage: Stage, one: Case, pids: Pids): void {
  const { record } = one.expect.facts(pids);
  const { pidFile } = one.service;
  if (!record || typeof pidFile !== 'string') return;
  const [matched = pidFile] = globSync(pidFile, { cwd: stage.folder, dot: true });
  const file = stage.path(matched);
  const text = fs.readFileSync(file, 'utf8');
  expect(text.includes(String(record.pid))).toBe(record.pid !== undefined);
  switch (record.verdict) {
    case 'live':
      expect(isRunning(record.pid ?? 0)).toBe(true);
      break;
    case 'dead':
      expect(isRunning(record.pid ?? 0)).toBe(false);
      break;
    case 'empty':
      expect(text).toBe('');
      break;
    case 'reused': {
      expect(isRunning(record.pid ?? 0)).toBe(true);
      const recorded = text.startsWith('{')
        ? (JSON.parse(text) as { start_time: number }).start_time
        : undefined;
      const started = fs.statSync(`/proc/${record.pid ?? 0}`).ctimeMs;
      if (recorded === undefined) expect(fs.statSync(file).mtimeMs).toBeLessThan(started - 60_000);
      else expect(recorded).not.toBe(readStat(record.pid ?? 0)?.startTicks);
      break;
    }
    case 'unverifiable':
      // Another host says so itself; a number from a container is a live process's here as well.
      if (text.startsWith('{')) {
        expect((JSON.parse(text) as { hostname: string }).hostname).not.toBe(os.hostname());
      } else {
        expect(isRunning(record.pid ?? 0)).toBe(true);
      }
      break;
    case 'absent':
      throw new Error(`no case has the verdict ${record.verdict}`);
  }
}

describe('the cases that must be shown', () => {
  it('are the nineteen rows of the table, each once, with POSIX and OFD locks apart', () => {
    const rows = cases.map(({ row }) => row);
    expect([...new Set(rows)]).toEqual(Array.from({ length: 19 }, (_, index) => index + 1));
    expect(rows.filter((row) => row === 16)).toHaveLength(2);
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
    expect(new Set(cases.map(({ service }) => service.name)).size).toBe(cases.length);
  });

  it.for(cases.map((one) => [`row ${one.row}: ${one.title}`, one] as const))(
    '%s',
    async ([, one], { skip }) => {
      const whyNot = one.whyNot?.();
      if (whyNot !== undefined) skip(whyNot);
      await withStage(async (stage) => {
        const { pids, provoke } = await one.start(stage);
        for (const [role, pid] of Object.entries(pids)) {
          expect(Number.isInteger(pid) && pid > 1, `${role} has a pid`).toBe(true);
        }
        verifyLock(stage, one, pids);
        verifyRecord(stage, one, pids);
        for (const pid of one.expect.facts(pids).oneInstance ?? []) expect(isRunning(pid)).toBe(true);
        if (provoke) {
          const log = stage.path(one.service.logFile ?? '');
          const before = fs.readFileSync(log, 'utf8');
          provoke();
          expect(fs.readFileSync(log, 'utf8').slice(before.length)).toMatch(
            /ERROR - telegram\.error\.Conflict/,
          );
        }
      });
    },
  );

  it.for([...extraCases, ...bystanderCases].map((one) => [one.title, one] as const))(
    'besides: %s',
    async ([, one], { skip }) => {
      const whyNot = one.whyNot?.();
      if (whyNot !== undefined) skip(whyNot);
      await withStage(async (stage) => {
        const { pids } = await one.start(stage);
        verifyLock(stage, one, pids);
        verifyRecord(stage, one, pids);
      });
    },
  );

  it('all act on one stage side by side', async () => {
    await withStage(async (stage) => {
      const possible = cases.filter(({ whyNot }) => whyNot?.() === undefined);
      const started = await Promise.all(
        possible.map(async (one) => ({ one, pids: (await one.start(stage)).pids })),
      );
      for (const { one, pids } of started) verifyLock(stage, one, pids);
    });
  });
});

describe('a stage', () => {
  it('ends orphans, stopped processes and children of children, and removes its folder', async () => {
    let pids: number[] = [];
    let folder = '';
    await withStage(async (stage) => {
      folder = stage.folder;
      const args = ['--file', stage.path('a.lock'), '--heirs', '2', '--ignore-term'];
      const parent = await stage.start('holder', args, { roles: ['holder', 'heir-1', 'heir-2'] });
      pids = ['holder', 'heir-1', 'heir-2'].map((role) => parent.pidOf(role));
      await parent.killHard();
      stage.signal(parent.pidOf('heir-1'), 'SIGSTOP');
      await until(() => readStat(parent.pidOf('heir-1'))?.state === 'T', 'the heir did not stop');
      expect(stage.running().sort()).toEqual(pids.slice(1).sort());
    });
    await until(() => !pids.some(isRunning), 'one of them did not end');
    expect(fs.existsSync(folder)).toBe(false);
  });

  it('signals no process that it did not start', async () => {
    const program = 'process.stdin.resume(); console.log("ready")';
    const other = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      await new Promise((resolve) => other.stdout.once('data', resolve));
      await withStage((stage) => {
        expect(() => stage.signal(other.pid ?? 0, 'SIGKILL')).toThrow('was not started by this stage');
        return Promise.resolve();
      });
      expect(isRunning(other.pid ?? 0)).toBe(true);
    } finally {
      other.kill('SIGKILL');
    }
  });

  it('leaves a given folder as it found it', async () => {
    await withStage(async (outer) => {
      outer.file('workspace/kept.txt', 'kept');
      const { Stage: AnyStage } = await import('../fixtures/stage');
      const stage = AnyStage.open(outer.path('workspace'));
      await stage.start('ccbot', ['--dir', stage.subfolder('ccbot')]);
      expect(fs.existsSync(outer.path('workspace', 'ccbot', 'ccbot.lock'))).toBe(true);
      await stage.close();
      expect(fs.readdirSync(outer.path('workspace'))).toEqual(['kept.txt']);
    });
  });

  it('fails with what the actor said when it cannot get ready', async () => {
    await withStage(async (stage) => {
      const dir = stage.subfolder('ccbot');
      await stage.start('ccbot', ['--dir', dir]);
      await expect(stage.start('ccbot', ['--dir', dir])).rejects.toThrow('another instance is running');
    });
  });
});

describe('the actors', () => {
  it('refuse a second bot with exit code 0 and without naming a pid', async () => {
    await withStage(async (stage) => {
      const args = ['--lock', stage.path('bot.lock'), '--pid', stage.path('bot.pid')];
      const bot = await stage.start('telegram_bot', args);
      const contender = await stage.start('telegram_bot', args, { roles: [] });
      expect(await contender.waitFor('Another instance')).toBe('Another instance holds the lock. Exiting.');
      expect(await contender.exited).toEqual({ code: 0, signal: null });
      expect(fs.readFileSync(stage.path('bot.pid'), 'utf8')).toBe(String(bot.pid));
    });
  });

  it('remove the pid file on SIGTERM and leave the lock file', async () => {
    await withStage(async (stage) => {
      const args = ['--lock', stage.path('bot.lock'), '--pid', stage.path('bot.pid')];
      const bot = await stage.start('telegram_bot', args);
      bot.kill();
      expect(await bot.exited).toEqual({ code: 0, signal: null });
      expect(fs.readdirSync(stage.folder)).toEqual(['bot.lock']);
      expect(holdersOf(stage.path('bot.lock'))).toEqual([]);
    });
  });

  it('take a lock through flock(1) that has exited when the shell is ready', async () => {
    await withStage(async (stage) => {
      const file = stage.path('supervisor.lock');
      const shell = await startShellSupervisor(stage, file);
      const [line] = locksHeldBy(shell.pid);
      expect(line?.link).toBe(file);
      expect(line?.pid).not.toBe(shell.pid);
      expect(readStat(line?.pid ?? 0), 'flock(1) is gone').toBeUndefined();
      await shell.killHard();
      expect(holdersOf(file), 'the bot keeps the lock of its dead supervisor').toEqual([shell.pidOf('bot')]);
    });
  });

  it('take it the same way where flock(1) is not installed', async () => {
    await withStage(async (stage) => {
      const file = stage.path('supervisor.lock');
      const shell = await startShellSupervisor(stage, file, undefined, undefined, flockCommand(false));
      expect(holdersOf(file).sort()).toEqual([shell.pid, shell.pidOf('bot')].sort());
      expect(isRunning(locksHeldBy(shell.pid)[0]?.pid ?? 0)).toBe(false);
    });
  });

  it('keep a legacy lock shared by servers, one of them unlocked on its own pid file', async () => {
    await withStage(async (stage) => {
      const args = ['--pid-file', stage.path('server.pid'), '--legacy', stage.path('legacy.pid')];
      const server = await stage.start('memtomem_server', args);
      const contender = await stage.start('memtomem_server', [...args, '--keep-running']);
      expect(contender.ready('server')['contended']).toBe(true);
      expect(holdersOf(stage.path('server.pid'))).toEqual([server.pid]);
      expect(holdersOf(stage.path('legacy.pid')).sort()).toEqual([server.pid, contender.pid].sort());
      expect(fs.readFileSync(stage.path('server.pid'), 'utf8')).toBe(String(server.pid));
    });
  });

  it('fail on a stale O_EXCL record, as in a crash loop', async () => {
    await withStage(async (stage) => {
      const args = ['--home', stage.folder, '--no-lock'];
      const first = await stage.start('hermes_gateway', args);
      expect(first.ready('gateway')['startTime']).toBe(readStat(first.pid)?.startTicks);
      await first.killHard();
      const second = await stage.start('hermes_gateway', args, { roles: [] });
      expect(await second.waitFor('race lost')).toContain('PID file race lost to another gateway instance');
      expect((await second.exited).code).toBe(1);
    });
  });

  it('leave two live gateways and one record after a race of replacers', async () => {
    await withStage(async (stage) => {
      const home = ['--home', stage.folder, '--no-lock'];
      const old = await stage.start('hermes_gateway', home);
      const replace = [...home, '--replace', '--pause-before-record'];
      const one = await stage.start('hermes_gateway', replace, { roles: [] });
      await one.waitForEvent('replacing');
      await old.exited;
      stage.file('gateway.pid', JSON.stringify({ pid: old.pid }));
      const other = await stage.start('hermes_gateway', replace, { roles: [] });
      await other.waitForEvent('replacing');
      for (const gateway of [one, other]) {
        gateway.say('go on');
        await gateway.waitForRole('gateway');
      }
      expect([old, one, other].map(({ pid }) => isRunning(pid))).toEqual([false, true, true]);
      expect(fs.readFileSync(stage.path('gateway.pid'), 'utf8')).toContain(`"pid":${other.pid},`);
    });
  });

  it('split a lock between an orphan on the deleted inode and a new gateway', async () => {
    await withStage(async (stage) => {
      const home = ['--home', stage.folder];
      const first = await stage.start('hermes_gateway', [...home, '--child'], {
        roles: ['gateway', 'child'],
      });
      await first.killHard();
      const second = await stage.start('hermes_gateway', [...home, '--seize']);
      const lock = stage.path('gateway.lock');
      expect(holdersOf(lock)).toEqual([second.pid]);
      expect(locksHeldBy(first.pidOf('child')).map(({ link }) => link)).toEqual([`${lock} (deleted)`]);
    });
  });

  it('write a token lock that exists and is not locked', async () => {
    await withStage(async (stage) => {
      const args = ['--home', stage.folder, '--token-dir', stage.subfolder('locks')];
      const gateway = await stage.start('hermes_gateway', args);
      const [name = ''] = fs.readdirSync(stage.path('locks'));
      expect(name).toMatch(/^telegram-[0-9a-f]{16}\.lock$/);
      expect(fs.readFileSync(stage.path('locks', name), 'utf8')).toContain(`"pid":${gateway.pid},`);
      expect(holdersOf(stage.path('locks', name))).toEqual([]);
    });
  });

  it('wait for a lock in the kernel and get it when its holder ends', async () => {
    await withStage(async (stage) => {
      const args = ['--file', stage.path('a.lock')];
      const holder = await stage.start('holder', args);
      const waiter = await stage.start('lock_waiter', args);
      expect(lockTable().find((line) => line.waiting && line.pid === waiter.pid)?.type).toBe('FLOCK');
      await holder.killHard();
      expect((await waiter.waitForEvent('acquired'))['pid']).toBe(waiter.pid);
      expect(holdersOf(stage.path('a.lock'))).toEqual([waiter.pid]);
    });
  });

  it('hold a lease', async () => {
    await withStage(async (stage) => {
      stage.file('leased', 'x');
      const args = ['--file', stage.path('leased'), '--kind', 'lease', '--mode', 'shared', '--open', 'r'];
      const holder = await stage.start('holder', args);
      expect(locksHeldBy(holder.pid).map(({ type }) => type)).toEqual(['LEASE']);
    });
  });

  it('ignore SIGTERM, or hand the lock to a child on it, under any name', async () => {
    await withStage(async (stage) => {
      const stubborn = await stage.start('holder', ['--file', stage.path('a.lock'), '--ignore-term']);
      stubborn.kill();
      await stubborn.waitForEvent('ignored SIGTERM');
      expect(holdersOf(stage.path('a.lock'))).toEqual([stubborn.pid]);

      const args = ['--file', stage.path('b.lock'), '--hand-over-on-term', '--comm', 'a) R 1 (x'];
      const giver = await stage.start('holder', args);
      expect(fs.readFileSync(`/proc/${giver.pid}/stat`, 'latin1')).toContain('(a) R 1 (x)');
      giver.kill();
      const heir = (await giver.waitForEvent('handed over'))['pid'];
      await giver.exited;
      expect(holdersOf(stage.path('b.lock'))).toEqual([heir]);
    });
  });

  it('keep the lock while stopped, and die with the stage even then', async () => {
    await withStage(async (stage) => {
      const args = ['--file', stage.path('a.lock'), '--die-with-parent'];
      const wrapper = ['--actor', 'holder', '--args', JSON.stringify(args)];
      const parent = await stage.start('respawning_wrapper', wrapper, { roles: ['wrapper', 'holder'] });
      const holder = parent.pidOf('holder');
      stage.signal(holder, 'SIGSTOP');
      await until(() => readStat(holder)?.state === 'T', 'the holder did not stop');
      expect(holdersOf(stage.path('a.lock'))).toEqual([holder]);
      await parent.killHard();
      await until(() => !isRunning(holder), 'the stopped holder outlived its parent');
    });
  });

  it('start the child again when it ends', async () => {
    await withStage(async (stage) => {
      const args = JSON.stringify(['--dir', stage.folder]);
      const wrapper = await stage.start('respawning_wrapper', ['--actor', 'ccbot', '--args', args], {
        roles: ['wrapper', 'bot'],
      });
      const first = wrapper.pidOf('bot');
      await stage.killHard(first);
      const { pid } = await wrapper.waitForEvent('respawned');
      expect(pid).not.toBe(first);
      expect(childrenOf(wrapper.pid)).toEqual([pid]);
    });
  });

  it('leave a zombie, which has no lock, where nobody waits for it', async () => {
    await withStage(async (stage) => {
      const bot = [process.execPath, actorPath('ccbot'), '--dir', stage.folder];
      const parent = await startNegligentParent(stage, bot);
      const child = parent.pidOf('bot');
      expect(readStat(child)?.ppid).toBe(parent.pid);
      await stage.killHard(child);
      expect(readStat(child)?.state).toBe('Z');
      expect(holdersOf(stage.path('ccbot.lock'))).toEqual([]);
    });
  });

  it('make a record of a reused pid in both shapes', async () => {
    await withStage(async (stage) => {
      const json = await makeReusedPidRecord(stage, 'a.pid', 'json');
      const plain = await makeReusedPidRecord(stage, 'b.pid', 'plain');
      expect([json, plain].every(({ stranger }) => isRunning(stranger))).toBe(true);
      expect(fs.readFileSync(plain.record, 'utf8')).toBe(String(plain.stranger));
    });
  });

  it('hold many locks in few processes', async () => {
    await withStage(async (stage) => {
      const farm = await startLockFarm(stage, { locks: 103, processes: 4 });
      const held = farm.actors.flatMap(({ pid }) => locksHeldBy(pid).map(({ link }) => link));
      expect(held.sort()).toEqual([...farm.files].sort());
    });
  });

  it('churn locks on order and keep a log of the truth', async () => {
    await withStage(async (stage) => {
      const churner = await Churner.start(stage, { count: 5 });
      await churner.begin();
      const { takes } = await churner.report();
      await until(() => fs.statSync(churner.truth).size > 10_000, 'the churner does not churn');
      const stopped = await churner.stop();
      expect(stopped.takes).toBeGreaterThan(takes);
      expect(stopped.held).toBe(0);
      const changes = fs.readFileSync(churner.truth, 'utf8').trim().split('\n');
      expect(changes.filter((line) => line.includes(' held '))).toHaveLength(stopped.takes);
      expect(changes.filter((line) => line.includes(' free '))).toHaveLength(stopped.takes);
    });
  });
});

describe('when the process that opened a stage is killed', () => {
  it('its actors end themselves, orphans too', async () => {
    await withStage(async (outer) => {
      const script = outer.file(
        'opener.ts',
        `import { Stage } from ${JSON.stringify(path.resolve(actorPath('holder'), '../../stage'))};
         const stage = Stage.open(${JSON.stringify(outer.path('inner'))});
         const args = ['--file', stage.path('a.lock'), '--heirs', '1'];
         void stage.start('holder', args, { roles: ['holder', 'heir-1'] }).then(async (parent) => {
           await parent.killHard();
           console.log(JSON.stringify({ event: 'played', heir: parent.pidOf('heir-1') }));
         });`,
      );
      const opener = await outer.startCommand(process.execPath, ['--import', 'tsx', script], {
        cwd: path.relative(outer.folder, process.cwd()),
        roles: [],
      });
      const heir = Number((await opener.waitForEvent('played'))['heir']);
      expect(holdersOf(outer.path('inner', 'a.lock'))).toEqual([heir]);
      await opener.killHard();
      await until(() => !isRunning(heir), 'the orphan outlived its stage');
    });
  });
});

describe('the demo', () => {
  it('lists its services in the settings of a workspace and leaves nothing behind', async () => {
    const demo = await startDemo();
    try {
      const settings = JSON.parse(
        fs.readFileSync(path.join(demo.folder, '.vscode', 'settings.json'), 'utf8'),
      ) as Record<string, { name: string }[]>;
      const names = settings['instanceMonitor.services']?.map(({ name }) => name);
      expect(names).toEqual(demo.services.map(({ case: one }) => one.service.name));
      const states = new Set(demo.services.map(({ case: one }) => one.expect.state));
      expect([...states].sort()).toEqual(['conflict', 'free', 'held', 'stale', 'unverified']);
      const expected = demo.services.flatMap(({ case: one, started }) =>
        // An unknown holder is one without a number.
        one.expect.state === 'stale'
          ? []
          : (one.expect.facts(started.pids).lock?.holders ?? []).filter((pid) => pid > 0),
      );
      expect(expected.filter((pid) => !isRunning(pid))).toEqual([]);
    } finally {
      await demo.stop();
      await demo.stop();
    }
    expect(fs.existsSync(demo.folder)).toBe(false);
    const ended = demo.services.flatMap(({ started }) => Object.values(started.pids));
    expect(ended.filter(isRunning)).toEqual([]);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('ends with its process on %s', async (signal) => {
    await withStage(async (outer) => {
      const script = outer.file(
        'demo.ts',
        `import { startDemo } from ${JSON.stringify(path.resolve(actorPath('holder'), '../../../demo/demo'))};
         void startDemo(${JSON.stringify(outer.path('workspace'))}).then(({ services }) => {
           const pids = services.flatMap(({ started }) => Object.values(started.pids));
           console.log(JSON.stringify({ event: 'playing', pids }));
           setInterval(() => undefined, 1_000);
         });`,
      );
      const opener = await outer.startCommand(process.execPath, ['--import', 'tsx', script], {
        cwd: path.relative(outer.folder, process.cwd()),
        roles: [],
      });
      const pids = (await opener.waitForEvent('playing'))['pids'] as number[];
      expect(pids.filter(isRunning).length).toBeGreaterThan(15);
      opener.kill(signal);
      expect(await opener.exited).toEqual({ code: null, signal });
      await until(() => pids.every((pid) => !isRunning(pid)), 'the demo outlived its process');
      expect(fs.existsSync(outer.path('workspace'))).toBe(signal === 'SIGKILL');
    });
  });
});

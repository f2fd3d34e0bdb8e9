/** Runs of one script that wait for the lock, or have another one: no duplicates, or none that is proven. */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { actorPath, type Actor } from '../fixtures/actors';
import { seenOnce } from '../fixtures/observe';
import { readStat } from '../fixtures/proc';
import { until, withStage, type Stage } from '../fixtures/stage';
import { Rig, service } from './actionsRig';

/** Plays what the file `next` says, so that every run has the same arguments and the same environment. */
const BOT = `const { actor, args } = JSON.parse(require('node:fs').readFileSync(__dirname + '/next', 'utf8'));
process.argv.push(...args);
require(actor);
`;

/** Forks a helper into a session of its own, twice, so that nothing above it is the bot; all end with the pipe. */
const FORKING = `import json, os, sys
def say(role):
    os.write(1, (json.dumps({"ready": True, "role": role, "pid": os.getpid()}, separators=(",", ":")) + "\\n").encode())
forks = os.path.exists("forks")
if forks:
    os.remove("forks")
if forks and os.fork() == 0:
    os.setsid()
    if os.fork() != 0:
        os._exit(0)
    say("helper")
else:
    say("bot")
sys.stdin.read()
`;

/** Takes the lock or goes on without it; lets it go when it is asked to end, and works off what it has until the pipe ends. */
const DRAINING = `import fcntl, json, os, signal, sys
def say(role):
    os.write(1, (json.dumps({"ready": True, "role": role, "pid": os.getpid()}, separators=(",", ":")) + "\\n").encode())
lock = open("bot.lock", "a")
def drain(*_):
    lock.close()
    say("draining")
signal.signal(signal.SIGTERM, drain)
try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    lock.close()
say("bot")
sys.stdin.read()
`;

/** Works once it has the lock, for which it tries again and again. */
const STANDBY = `import fcntl, json, os, time
told = False
lock = open("bot.lock", "a")
while True:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        taken = True
    except BlockingIOError:
        taken = False
    if not told:
        line = {"ready": True, "role": "bot" if taken else "standby", "pid": os.getpid()}
        os.write(1, (json.dumps(line, separators=(",", ":")) + "\\n").encode())
        told = True
    time.sleep(1)
`;

/** From now on the script plays this. */
const next = (stage: Stage, actor: 'holder' | 'lock_waiter', ...args: string[]): string => {
  stage.file('next', JSON.stringify({ actor: actorPath(actor), args }));
  return stage.file('bot.cjs', BOT);
};

const run = (
  stage: Stage,
  actor: 'holder' | 'lock_waiter',
  lock: string,
  ...more: string[]
): Promise<Actor> =>
  stage.startCommand(process.execPath, [next(stage, actor, '--file', stage.path(lock), ...more)]);

const watched = (stage: Stage, lock: string): Parameters<typeof service>[0] => ({
  lockFiles: [stage.path(lock)],
  process: {
    kind: 'commandAndCwd',
    command: { kind: 'substring', text: 'bot.cjs' },
    cwd: stage.folder,
  },
});

const isWaiting = (pid: number): boolean =>
  new RegExp(`-> FLOCK +ADVISORY +WRITE ${pid} `).test(fs.readFileSync('/proc/locks', 'latin1'));

const holds = (pid: number): boolean =>
  new RegExp(`FLOCK +ADVISORY +WRITE ${pid} `).test(fs.readFileSync('/proc/locks', 'latin1'));

describe.runIf(process.platform === 'linux')('runs that wait for a lock, or have another', () => {
  test('only the run without any lock is preselected: no standby, and none with a lock of its own', () =>
    withStage(async (stage) => {
      const owner = await run(stage, 'holder', 'bot.lock');
      const staging = await run(stage, 'holder', 'bot-staging.lock');
      const standby = await run(stage, 'lock_waiter', 'bot.lock');
      const duplicate = await run(stage, 'holder', 'bot.lock', '--contend');
      const reader = await run(stage, 'holder', 'data', '--kind', 'lease');
      const rig = new Rig([service(watched(stage, 'bot.lock'))]);
      const plan = await rig.actions.planTermination('service', { kind: 'duplicates' });
      rig.observer.close();
      const of = (pid: number) => plan.candidates.find(({ root }) => root.pid === pid);
      expect(of(owner.pid)).toMatchObject({ role: 'owner', proof: 'proven', preselected: false });
      expect(of(duplicate.pid)).toMatchObject({ role: 'duplicate', proof: 'proven', preselected: true });
      for (const { pid } of [staging, standby, reader]) {
        expect(of(pid)).toMatchObject({ role: 'duplicate', proof: 'plausible', preselected: false });
      }
      const said = (pid: number): string => JSON.stringify(of(pid));
      expect(said(staging.pid)).toContain('a lock of its own on another file');
      expect(said(reader.pid)).toContain('not proven: it has a file open that the owner has not');
      expect(said(standby.pid)).toContain('not proven: it has to wait for the lock');
    }));

  test('a helper that the owner forked, and that has left its tree, is not preselected; a second start is', async (context) => {
    if (spawnSync('python3', ['--version']).status !== 0) context.skip('python3 cannot be run');
    await withStage(async (stage) => {
      stage.file('bot.py', FORKING);
      const start = (...roles: string[]): Promise<Actor> => {
        if (roles.includes('helper')) stage.file('forks');
        return stage.startCommand('python3', ['bot.py'], { roles });
      };
      const [owner, second] = [await start('bot', 'helper'), await start('bot')];
      const record = stage.file('bot.pid', String(owner.pidOf('bot')));
      const command = { kind: 'substring', text: 'bot.py' } as const;
      const rig = new Rig([
        service({ pidFiles: [record], process: { kind: 'commandAndCwd', command, cwd: stage.folder } }),
      ]);
      const plan = await rig.actions.planTermination('service', { kind: 'duplicates' });
      rig.observer.close();
      const of = (pid: number) => plan.candidates.find(({ root }) => root.pid === pid);
      expect(of(owner.pidOf('bot'))).toMatchObject({ role: 'owner', preselected: false });
      expect(of(second.pidOf('bot'))).toMatchObject({ proof: 'proven', preselected: true });
      const helper = of(owner.pidOf('helper'));
      expect(helper).toMatchObject({ proof: 'plausible', preselected: false });
      expect(JSON.stringify(helper)).toContain('no start of its own: it was forked from the owner');
    });
  });

  test('a run that held the lock before is not preselected; one that never did is', async (context) => {
    if (spawnSync('python3', ['--version']).status !== 0) context.skip('python3 cannot be run');
    await withStage(async (stage) => {
      stage.file('bot.py', DRAINING);
      const start = (): Promise<Actor> => stage.startCommand('python3', ['bot.py'], { roles: ['bot'] });
      const command = { kind: 'substring', text: 'bot.py' } as const;
      const rig = new Rig([
        service({
          lockFiles: [stage.path('bot.lock')],
          process: { kind: 'commandAndCwd', command, cwd: stage.folder },
        }),
      ]);
      const old = await start();
      await rig.observer.tick();
      stage.signal(old.pid, 'SIGTERM');
      await until(() => !holds(old.pid), 'the old run never let the lock go');
      const [owner, careless] = [await start(), await start()];
      const plan = await rig.actions.planTermination('service', { kind: 'duplicates' });
      rig.observer.close();
      const of = (pid: number) => plan.candidates.find(({ root }) => root.pid === pid);
      expect(of(owner.pid)).toMatchObject({ role: 'owner', proof: 'proven', preselected: false });
      expect(of(careless.pid)).toMatchObject({ role: 'duplicate', proof: 'proven', preselected: true });
      expect(of(old.pid)).toMatchObject({ role: 'duplicate', proof: 'plausible', preselected: false });
      expect(JSON.stringify(of(old.pid))).toContain(
        'held the lock or the record before, and may be about to end',
      );
    });
  });

  test('a standby that tries for the lock again and again is not preselected', async (context) => {
    if (spawnSync('python3', ['--version']).status !== 0) context.skip('python3 cannot be run');
    await withStage(async (stage) => {
      stage.file('bot.py', STANDBY);
      const start = (role: string): Promise<Actor> =>
        stage.startCommand('python3', ['bot.py'], { roles: [role] });
      const command = { kind: 'substring', text: 'bot.py' } as const;
      const process = { kind: 'commandAndCwd', command, cwd: stage.folder } as const;
      const rig = new Rig([service({ lockFiles: [stage.path('bot.lock')], process })]);
      const owner = await start('bot');
      const standby = await start('standby');
      const plan = await rig.actions.planTermination('service', { kind: 'duplicates' });
      rig.observer.close();
      const of = (pid: number) => plan.candidates.find(({ root }) => root.pid === pid);
      expect(of(owner.pid)).toMatchObject({ role: 'owner', proof: 'proven', preselected: false });
      expect(of(standby.pid)).toMatchObject({ role: 'duplicate', proof: 'plausible', preselected: false });
      expect(JSON.stringify(of(standby.pid))).toContain('the lock file open without its lock');
    });
  });

  test('no run with other settings, in another world or of the same batch is preselected', () =>
    withStage(async (stage) => {
      const bot = next(stage, 'holder', '--file', stage.path('bot.lock'), '--contend');
      const node = [process.execPath, bot];
      const env = { PORT: '3000' };
      const jobs = `printf '1\\n2\\n' | xargs -P2 -I % '${node.join("' '")}'`;
      const batch = await stage.startCommand('sh', ['-c', jobs], { roles: [], env });
      const ofBatch = (): number[] =>
        batch.lines.flatMap((line) => {
          const { ready, pid = 0 } = JSON.parse(line) as { ready?: boolean; pid?: number };
          return ready === true ? [pid] : [];
        });
      await until(() => ofBatch().length === 2, 'the batch has not started');
      const [owner = 0, second = 0] = ofBatch().sort((a, b) => Number(holds(b)) - Number(holds(a)));
      const start = async (more: Record<string, string>, ...command: string[]): Promise<number> => {
        const [program = '', ...args] = [...command, ...node];
        const options = { env: { ...env, ...more }, stdin: 'none' } as const;
        return (await stage.startCommand(program, args, options)).pid;
      };
      const same = await start({ TERM_SESSION_ID: '7', SHLVL: '3' });
      const startOf = (pid: number): number => readStat(pid)?.startTicks ?? NaN;
      // Whichever of the two was quicker has the lock.
      const earlier =
        startOf(second) < startOf(owner) ? 'an earlier start than the owner, who holds the lock, ' : '';
      const apart: [number, string][] = [
        [
          second,
          `${earlier}a launcher that starts several at a time, or a start in the same moment as the owner and the same process group as the owner`,
        ],
        [await start({ PORT: '3001' }), 'other settings in its environment (PORT)'],
        [await start({ WHATEVER: 'staging' }), 'other settings in its environment (WHATEVER)'],
      ];
      const unshare = ['unshare', '--map-root-user', '--mount'];
      if (spawnSync('unshare', [...unshare.slice(1), 'true']).status === 0) {
        apart.push([
          await start({}, ...unshare),
          'a network, a view of the files, a group or CPUs of its own',
        ]);
      }
      const rig = new Rig([service(watched(stage, 'bot.lock'))]);
      const plan = await rig.actions.planTermination('service', { kind: 'duplicates' });
      rig.observer.close();
      const of = (pid: number) => plan.candidates.find(({ root }) => root.pid === pid);
      expect(of(owner)).toMatchObject({ role: 'owner', proof: 'proven', preselected: false });
      expect(of(same)).toMatchObject({ role: 'duplicate', proof: 'proven', preselected: true });
      for (const [pid, why] of apart) {
        expect(of(pid)).toMatchObject({
          ...{ role: 'duplicate', proof: 'plausible', preselected: false },
          proofText: `not proven: it has ${why}`,
        });
      }
    }));

  test('flock(1) that waits runs nothing yet, below a shell as well', () =>
    withStage(async (stage) => {
      const lock = stage.path('bot.lock');
      const bot = await run(stage, 'holder', 'bot.lock');
      const command = [process.execPath, stage.path('bot.cjs')];
      await stage.startCommand('flock', [lock, ...command], { roles: [] });
      await stage.startCommand('sh', ['-c', `flock ${lock} ${command.join(' ')}; true`], { roles: [] });
      await until(() => stage.running().filter(isWaiting).length === 2, 'flock(1) does not wait');
      const seen = await seenOnce(service(watched(stage, 'bot.lock')));
      expect(seen).toMatchObject({ state: 'held', findings: [{ kind: 'waiters' }] });
      expect(seen.instances.map(({ root }) => root.pid)).toEqual([bot.pid]);
    }));
});

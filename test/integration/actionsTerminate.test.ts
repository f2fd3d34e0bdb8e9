import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Service } from '../../src/model/service';
import type { TerminationPlan, TerminationResult } from '../../src/actions/index';
import { actorPath, type Actor } from '../fixtures/actors';
import { startMainEnds } from '../fixtures/mainEnds';
import { holdersOf, isRunning, isZombie, readStat } from '../fixtures/proc';
import { makeReusedPidRecord } from '../fixtures/records';
import { until, withStage, type Stage } from '../fixtures/stage';
import { hurried, patient, Rig, service, type RigOptions } from './actionsRig';

const duplicates = { kind: 'duplicates' } as const;

/** Every process of the stage that runs the script is the service. */
const everyoneOf = (stage: Stage, script: string, lockFiles: string[] = []): Service =>
  service({
    lockFiles,
    process: {
      kind: 'commandAndCwd',
      command: { kind: 'substring', text: script },
      cwd: stage.folder,
    },
  });

const startBystander = (stage: Stage): Promise<Actor> => stage.start('bystander', ['--tag', stage.folder]);

/** A bot that holds the lock and one that runs without it. */
async function startTwo(stage: Stage) {
  const lock = stage.file('bot.lock');
  const owner = await stage.start('holder', ['--file', lock, '--contend']);
  const duplicate = await stage.start('holder', ['--file', lock, '--contend']);
  return { lock, owner, duplicate, watched: everyoneOf(stage, 'holder.cjs', [lock]) };
}

const preselected = (plan: TerminationPlan): string[] =>
  plan.candidates.filter((candidate) => candidate.preselected).map(({ id }) => id);

/** The descriptor that lists the folder is gone when its link is read. */
function linkOf(fd: string): string | undefined {
  try {
    return fs.readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}

async function terminateHolder(
  lock: string,
  pid: number,
  options: RigOptions & { force?: unknown } = {},
  how: Partial<typeof patient> = {},
): Promise<TerminationResult & { rig: Rig }> {
  const rig = new Rig([service({ lockFiles: [lock] })], options);
  const plan = await rig.actions.planTermination('service', { kind: 'holder', pid });
  expect(preselected(plan)).toHaveLength(1);
  const result = await rig.actions.terminate(plan.id, preselected(plan), { ...patient, ...how });
  return { ...result, rig };
}

describe.runIf(process.platform === 'linux')('Kill Duplicate Instance', () => {
  test('keeps the lock holder and ends the duplicate', () =>
    withStage(async (stage) => {
      const { lock, owner, duplicate, watched } = await startTwo(stage);
      const rig = new Rig([watched]);
      const plan = await rig.actions.planTermination('service', duplicates);
      const [first, second] = plan.candidates;
      expect(first).toMatchObject({
        role: 'owner',
        preselected: false,
        root: { pid: owner.pid, holds: [lock] },
      });
      expect(first).toMatchObject({ proof: 'proven', follows: expect.stringContaining(lock) as string });
      expect(second).toMatchObject({
        role: 'duplicate',
        preselected: true,
        root: { pid: duplicate.pid, cwd: stage.folder, parent: { pid: process.pid } },
      });
      expect(second?.root.command).toContain('holder.cjs');
      const result = await rig.actions.terminate(plan.id, preselected(plan), patient);
      expect(result).toMatchObject({
        success: true,
        outcomes: [{ kind: 'ended', signalled: [duplicate.pid] }],
      });
      expect(result.sentence).toMatch(new RegExp(`^Process ${duplicate.pid} \\(.*holder.*\\) exited\\.$`));
      expect(await duplicate.exited).toMatchObject({ signal: 'SIGTERM' });
      expect(isRunning(owner.pid)).toBe(true);
      expect(rig.log.join('\n')).toContain(`SIGTERM to pid ${duplicate.pid}`);
    }));

  test('preselects nobody when no instance is clearly the owner, and never ends the last one', () =>
    withStage(async (stage) => {
      const one = await startBystander(stage);
      const other = await startBystander(stage);
      const rig = new Rig([everyoneOf(stage, 'bystander.cjs')]);
      const plan = await rig.actions.planTermination('service', duplicates);
      expect(plan.candidates.map(({ root }) => root.pid).sort()).toEqual([one.pid, other.pid].sort());
      expect(preselected(plan)).toEqual([]);
      const all = plan.candidates.map(({ id }) => id);
      expect(await rig.actions.terminate(plan.id, all, patient)).toMatchObject({
        success: false,
        outcomes: [],
      });
      expect([one.pid, other.pid].every(isRunning)).toBe(true);

      const again = await rig.actions.planTermination('service', duplicates);
      const chosen = again.candidates.filter(({ root }) => root.pid === other.pid).map(({ id }) => id);
      expect(await rig.actions.terminate(again.id, chosen, patient)).toMatchObject({ success: true });
      expect(isRunning(other.pid)).toBe(false);
      expect(isRunning(one.pid)).toBe(true);
    }));

  test('leaves a duplicate alone that has become the only one since', () =>
    withStage(async (stage) => {
      const { owner, duplicate, watched } = await startTwo(stage);
      const rig = new Rig([watched]);
      const plan = await rig.actions.planTermination('service', duplicates);
      await owner.killHard();
      const result = await rig.actions.terminate(plan.id, preselected(plan), patient);
      expect(result).toMatchObject({ success: false, outcomes: [{ kind: 'aborted', signalled: [] }] });
      expect(result.sentence).toContain('is now the owner rather than a duplicate');
      expect(isRunning(duplicate.pid)).toBe(true);
    }));

  test('ends a wrapper before the child that it would start again', () =>
    withStage(async (stage) => {
      const { lock, owner, watched, duplicate } = await startTwo(stage);
      await duplicate.killHard();
      const loop = `while true; do '${process.execPath}' '${actorPath('holder')}' --file '${lock}' --contend; done`;
      const wrapper = await stage.startCommand('sh', ['-c', loop], { roles: ['holder'] });
      const rig = new Rig([watched]);
      const plan = await rig.actions.planTermination('service', duplicates);
      const looped = plan.candidates.find(({ processes }) =>
        processes.some(({ pid }) => pid === wrapper.pid),
      );
      expect(looped?.processes.map(({ pid }) => pid)).toEqual([wrapper.pid, wrapper.pidOf('holder')]);
      const result = await rig.actions.terminate(plan.id, preselected(plan), {
        ...patient,
        respawnWatchMs: 1000,
      });
      expect(result, rig.log.join('\n')).toMatchObject({ success: true, outcomes: [{ kind: 'ended' }] });
      expect(result.outcomes[0]?.signalled).toEqual([wrapper.pid, wrapper.pidOf('holder')]);
      expect(stage.running()).toEqual([owner.pid]);
      expect(rig.log.join('\n')).toContain('no respawn seen');
    }));

  test('says that there is no duplicate when only the owner runs', () =>
    withStage(async (stage) => {
      const { duplicate, watched } = await startTwo(stage);
      await duplicate.killHard();
      const plan = await new Rig([watched]).actions.planTermination('service', duplicates);
      expect(plan).toMatchObject({
        candidates: [],
        nothing: 'No duplicate instance of service is running.',
      });
    }));

  test('never offers the stranger that got the pid of a stale record', () =>
    withStage(async (stage) => {
      const { stranger, record } = await makeReusedPidRecord(stage, 'gateway.pid', 'json');
      const rig = new Rig([service({ pidFiles: [record] })]);
      const plan = await rig.actions.planTermination('service', duplicates);
      expect(plan.candidates).toEqual([]);
      expect(plan.nothing).toBeDefined();
      const asHolder = await rig.actions.planTermination('service', { kind: 'holder', pid: stranger });
      expect(asHolder.candidates).toEqual([]);
      expect(asHolder.nothing).toContain('does not hold');
    }));
});

describe.runIf(process.platform === 'linux')('Terminate Lock Holder', () => {
  test('waits until the process is gone and its lock released', () =>
    withStage(async (stage) => {
      const lock = stage.file('bot.lock');
      const bot = await stage.start('holder', ['--file', lock]);
      const result = await terminateHolder(lock, bot.pid);
      expect(result).toMatchObject({ success: true, outcomes: [{ kind: 'ended', signalled: [bot.pid] }] });
      expect(result.sentence).toMatch(/exited; its lock is released\.$/);
      expect(isRunning(bot.pid)).toBe(false);
      expect(fs.existsSync(lock)).toBe(true);
    }));

  test('tells that SIGTERM was ignored, and does not kill when that is off', () =>
    withStage(async (stage) => {
      const lock = stage.file('bot.lock');
      const bot = await stage.start('holder', ['--file', lock, '--ignore-term']);
      const result = await terminateHolder(lock, bot.pid, {}, hurried);
      expect(result).toMatchObject({ success: false, outcomes: [{ kind: 'stillRunning' }] });
      expect(result.sentence).toMatch(/is still running [\d.]+ s after SIGTERM; SIGKILL is disabled/);
      expect(isRunning(bot.pid)).toBe(true);
    }));

  test('asks before it forces, and obeys the answer', () =>
    withStage(async (stage) => {
      const lock = stage.file('bot.lock');
      const bot = await stage.start('holder', ['--file', lock, '--ignore-term']);
      const no = await terminateHolder(lock, bot.pid, { force: () => false }, { ...hurried, force: 'ask' });
      expect(no).toMatchObject({ outcomes: [{ kind: 'stillRunning' }] });
      expect(no.sentence).toContain('it was not killed');
      expect(no.rig.questions).toMatchObject([{ running: [bot.pid] }]);
      expect(isRunning(bot.pid)).toBe(true);
      const yes = await terminateHolder(lock, bot.pid, { force: () => true }, { ...hurried, force: 'ask' });
      expect(yes).toMatchObject({ success: true, outcomes: [{ kind: 'killed' }] });
      expect(yes.sentence).toContain(
        'did not exit in time after SIGTERM and was killed; its lock is released.',
      );
      expect(await bot.exited).toMatchObject({ signal: 'SIGKILL' });
    }));

  test('forces without asking when told so', () =>
    withStage(async (stage) => {
      const lock = stage.file('bot.lock');
      const bot = await stage.start('holder', ['--file', lock, '--ignore-term']);
      const result = await terminateHolder(lock, bot.pid, {}, { ...hurried, force: 'always' });
      expect(result).toMatchObject({ success: true, outcomes: [{ kind: 'killed' }] });
      expect(result.rig.questions).toEqual([]);
    }));

  test('does not kill what ends by itself while the person thinks', () =>
    withStage(async (stage) => {
      const lock = stage.file('bot.lock');
      const bot = await stage.start('holder', ['--file', lock, '--ignore-term']);
      const force = async (): Promise<boolean> => {
        await bot.killHard();
        return true;
      };
      const result = await terminateHolder(lock, bot.pid, { force }, { ...hurried, force: 'ask' });
      expect(result).toMatchObject({ success: true, outcomes: [{ kind: 'ended' }] });
      expect(result.rig.log.join('\n')).not.toContain('SIGKILL to');
    }));

  test('lets a stopped process continue so that it can end', () =>
    withStage(async (stage) => {
      const lock = stage.file('bot.lock');
      const bot = await stage.start('holder', ['--file', lock, '--die-with-parent']);
      stage.signal(bot.pid, 'SIGSTOP');
      await until(() => readStat(bot.pid)?.state === 'T', 'it did not stop');
      const result = await terminateHolder(lock, bot.pid);
      expect(result).toMatchObject({ success: true, outcomes: [{ kind: 'ended' }] });
      expect(result.rig.log.join('\n')).toMatch(/SIGTERM to pid \d+ .*sent[^]*SIGCONT to pid \d+ .*sent/);
      expect(await bot.exited).toMatchObject({ signal: 'SIGTERM' });
    }));

  test('says that a zombie has exited though its parent has not reaped it', () =>
    withStage(async (stage) => {
      const lock = stage.file('bot.lock');
      // sleep takes the shell's place and never waits for the child that the shell started.
      const script = `'${process.execPath}' '${actorPath('holder')}' --file '${lock}' & exec sleep 1000`;
      const parent = await stage.startCommand('sh', ['-c', script]);
      const bot = (await parent.waitForRole('holder')).pid;
      const result = await terminateHolder(lock, bot);
      expect(isZombie(bot)).toBe(true);
      expect(result).toMatchObject({ success: true, outcomes: [{ kind: 'ended', signalled: [bot] }] });
      expect(result.sentence).toContain(
        `exited; its lock is released. Process ${bot} remains a zombie until its parent ${parent.pid} (sleep 1000) reaps it; it holds nothing.`,
      );
      expect(isRunning(parent.pid)).toBe(true);
    }));

  test('says that a process had already exited when it exits between the dialog and the signal', () =>
    withStage(async (stage) => {
      const lock = stage.file('bot.lock');
      const bot = await stage.start('holder', ['--file', lock]);
      const rig = new Rig([service({ lockFiles: [lock] })]);
      const plan = await rig.actions.planTermination('service', { kind: 'holder', pid: bot.pid });
      await bot.killHard();
      const result = await rig.actions.terminate(plan.id, preselected(plan), patient);
      expect(result).toMatchObject({ success: true, outcomes: [{ kind: 'alreadyGone', signalled: [] }] });
      expect(result.sentence).toContain('had already exited');
    }));

  test('says the same when it exits during the last look', () =>
    withStage(async (stage) => {
      const lock = stage.file('bot.lock');
      const bot = await stage.start('holder', ['--file', lock]);
      let planned = false;
      const onInspect = async (): Promise<void> => {
        if (planned) await bot.killHard();
      };
      const rig = new Rig([service({ lockFiles: [lock] })], { onInspect });
      const plan = await rig.actions.planTermination('service', { kind: 'holder', pid: bot.pid });
      planned = true;
      const result = await rig.actions.terminate(plan.id, preselected(plan), patient);
      expect(result).toMatchObject({ success: true, outcomes: [{ kind: 'alreadyGone', signalled: [] }] });
    }));

  test('leaves a process alone that has released the lock since', () =>
    withStage(async (stage) => {
      const lock = stage.file('churn-0.lock');
      const bot = await stage.start('lock_churner', [
        '--dir',
        stage.folder,
        '--count',
        '1',
        '--every',
        '1000000',
      ]);
      bot.say('start');
      await until(() => holdersOf(lock, [bot.pid]).length > 0, 'it did not take the lock');
      const rig = new Rig([service({ lockFiles: [lock] })]);
      const plan = await rig.actions.planTermination('service', { kind: 'holder', pid: bot.pid });
      bot.say('stop');
      await bot.waitForEvent('stopped');
      const result = await rig.actions.terminate(plan.id, preselected(plan), patient);
      expect(result).toMatchObject({ success: false, outcomes: [{ kind: 'aborted', signalled: [] }] });
      expect(result.sentence).toContain('no longer holds the lock');
      expect(isRunning(bot.pid)).toBe(true);
    }));

  test('ends a process whose first thread has ended, and does not say so before', (context) =>
    withStage(async (stage) => {
      const lock = stage.file('bot.lock');
      const bot = (await startMainEnds(stage, lock)) ?? context.skip('no C compiler');
      const result = await terminateHolder(lock, bot.pid);
      expect(result.rig.log.join('\n')).toContain(`SIGTERM to pid ${bot.pid}`);
      expect(result, result.rig.log.join('\n')).toMatchObject({
        success: true,
        outcomes: [{ kind: 'ended', signalled: [bot.pid] }],
      });
      expect(isRunning(bot.pid)).toBe(false);
    }));

  test('names the child that a lock was handed to', () =>
    withStage(async (stage) => {
      const lock = stage.file('bot.lock');
      const bot = await stage.start('holder', ['--file', lock, '--hand-over-on-term']);
      const result = await terminateHolder(lock, bot.pid, {}, { gracePeriodMs: 2000 });
      const heir = (await bot.waitForRole('heir')).pid;
      expect(result).toMatchObject({
        success: false,
        outcomes: [{ kind: 'lockStillHeld', signalled: [bot.pid] }],
      });
      expect(result.sentence).toMatch(
        new RegExp(
          `exited, but its lock on ${lock} is still held by ${heir} \\(.*heir.*\\), which inherited it\\.$`,
        ),
      );
      expect(isRunning(heir)).toBe(true);
    }));

  test('ends the children that share the lock along with their parent', () =>
    withStage(async (stage) => {
      const lock = stage.file('bot.lock');
      const bot = await stage.start('holder', ['--file', lock, '--heirs', '2'], {
        roles: ['holder', 'heir-1', 'heir-2'],
      });
      const heirs = [bot.pidOf('heir-1'), bot.pidOf('heir-2')];
      const result = await terminateHolder(lock, bot.pid);
      expect(result).toMatchObject({ success: true, outcomes: [{ kind: 'ended' }] });
      expect(result.outcomes[0]?.signalled[0]).toBe(bot.pid);
      // An init that does not collect orphans (a container's) leaves zombies; then the sentence says so.
      expect(result.sentence).toMatch(
        /and its 2 other processes exited; its lock is released\.(?: Process \d+ remains a zombie [^;]*; it holds nothing\.)?$/,
      );
      expect(heirs.some(isRunning)).toBe(false);
    }));

  test('reports who took the lock next', () =>
    withStage(async (stage) => {
      const lock = stage.file('bot.lock');
      const bot = await stage.start('holder', ['--file', lock]);
      const waiter = await stage.start('lock_waiter', ['--file', lock]);
      const result = await terminateHolder(lock, bot.pid);
      expect(result).toMatchObject({ success: true, outcomes: [{ kind: 'ended' }] });
      expect(result.sentence).toMatch(new RegExp(`(is now held by ${waiter.pid} |its lock is released)`));
      await waiter.waitForEvent('acquired');
      expect(isRunning(waiter.pid)).toBe(true);
    }));

  test('reports a respawn and who did it', () =>
    withStage(async (stage) => {
      const lock = stage.file('bot.lock');
      const args = JSON.stringify(['--file', lock]);
      const supervisor = await stage.start('respawning_wrapper', ['--actor', 'holder', '--args', args], {
        roles: ['holder', 'wrapper'],
      });
      const bot = supervisor.pidOf('holder');
      const result = await terminateHolder(lock, bot, {}, { respawnWatchMs: 5000 });
      const again = Number((await supervisor.waitForEvent('respawned'))['pid']);
      expect(result.success).toBe(false);
      expect(result.outcomes[0]).toMatchObject({ kind: 'ended', signalled: [bot], respawn: { pid: again } });
      expect(result.outcomes[0]?.respawn?.by?.pid).toBe(supervisor.pid);
      expect(result.sentence).toMatch(
        new RegExp(
          `It was running again after [\\d.]+ s as pid ${again} .*started by pid ${supervisor.pid} `,
        ),
      );
    }));

  describe('what restarted it', () => {
    const started = async (stage: Stage): Promise<{ wrapper: Actor; bot: number; rig: Rig }> => {
      const lock = stage.file('bot.lock');
      const args = JSON.stringify(['--file', lock]);
      const wrapper = await stage.start('respawning_wrapper', ['--actor', 'holder', '--args', args], {
        roles: ['holder', 'wrapper'],
      });
      return { wrapper, bot: wrapper.pidOf('holder'), rig: new Rig([service({ lockFiles: [lock] })]) };
    };

    test('is ended alone, and what it had started goes on', () =>
      withStage(async (stage) => {
        const { wrapper, bot, rig } = await started(stage);
        const plan = await rig.actions.planTermination('service', { kind: 'restarter', pid: wrapper.pid });
        expect(plan.candidates).toMatchObject([
          { role: 'restarter', processes: [{ pid: wrapper.pid }], preselected: true },
        ]);
        expect(plan.candidates[0]?.follows).toContain('continues to run');
        const result = await rig.actions.terminate(plan.id, preselected(plan), patient);
        expect(result.outcomes).toMatchObject([{ kind: 'ended', signalled: [wrapper.pid] }]);
        expect(isRunning(bot)).toBe(true);
      }));

    test('is no process that starts nothing of it, or started at another time, or is part of it', () =>
      withStage(async (stage) => {
        const { wrapper, bot, rig } = await started(stage);
        const other = await stage.start('bystander', []);
        for (const target of [
          { kind: 'restarter', pid: other.pid },
          { kind: 'restarter', pid: bot },
          { kind: 'restarter', pid: wrapper.pid, startTime: Date.now() - 3_600_000 },
        ] as const) {
          const plan = await rig.actions.planTermination('service', target);
          expect(plan.candidates, JSON.stringify(target)).toEqual([]);
          expect(plan.nothing).toMatch(/no longer starts/);
        }
      }));

    test('is never this program itself, nor what that runs under', () =>
      withStage(async (stage) => {
        const { rig } = await started(stage);
        const ticked = async (pid: number): Promise<boolean> => {
          const { candidates } = await rig.actions.planTermination('service', { kind: 'restarter', pid });
          return candidates.some(({ refusal, preselected: isTicked }) => refusal === undefined || isTicked);
        };
        for (const pid of [process.pid, process.ppid, 1]) expect(await ticked(pid), String(pid)).toBe(false);
      }));

    test('is left alone once it starts nothing of the service', () =>
      withStage(async (stage) => {
        const { wrapper, bot, rig } = await started(stage);
        const plan = await rig.actions.planTermination('service', { kind: 'restarter', pid: wrapper.pid });
        stage.signal(wrapper.pid, 'SIGSTOP');
        stage.signal(bot, 'SIGKILL');
        await until(() => isZombie(bot), 'the holder did not end');
        const result = await rig.actions.terminate(plan.id, preselected(plan), patient);
        expect(result.outcomes).toMatchObject([{ kind: 'aborted', signalled: [] }]);
        expect(result.sentence).toContain('no longer starts this service');
        expect(isRunning(wrapper.pid)).toBe(true);
      }));
  });

  test('stops waiting when cancelled, and says what has been signalled', () =>
    withStage(async (stage) => {
      const lock = stage.file('bot.lock');
      const bot = await stage.start('holder', ['--file', lock, '--ignore-term']);
      const rig = new Rig([service({ lockFiles: [lock] })]);
      const plan = await rig.actions.planTermination('service', { kind: 'holder', pid: bot.pid });
      const ending = rig.actions.terminate(plan.id, preselected(plan), { ...patient, gracePeriodMs: 60_000 });
      await bot.waitForEvent('ignored SIGTERM');
      rig.actions.cancelTermination(plan.id);
      const result = await ending;
      expect(result).toMatchObject({
        success: false,
        outcomes: [{ kind: 'cancelled', signalled: [bot.pid] }],
      });
      expect(result.sentence).toContain('was sent SIGTERM and was still running when you stopped waiting');
    }));

  test('signals nothing when the plan was cancelled before it began, and lets go of the processes', () =>
    withStage(async (stage) => {
      const lock = stage.file('bot.lock');
      const bot = await stage.start('holder', ['--file', lock]);
      const rig = new Rig([service({ lockFiles: [lock] })]);
      const open = (): number =>
        fs.readdirSync('/proc/self/fd').filter((fd) => linkOf(fd) === `/proc/${bot.pid}/stat`).length;
      const plan = await rig.actions.planTermination('service', { kind: 'holder', pid: bot.pid });
      expect(open()).toBe(1);
      rig.actions.cancelTermination(plan.id);
      expect(open()).toBe(0);
      expect(await rig.actions.terminate(plan.id, preselected(plan), patient)).toMatchObject({
        success: false,
      });
      expect(isRunning(bot.pid)).toBe(true);
    }));

  test('refuses a holder that its own descriptors do not prove', () =>
    withStage(async (stage) => {
      const lock = stage.file('bot.lock');
      const bot = await stage.start('holder', ['--file', lock]);
      const rig = new Rig([service({ lockFiles: [lock] })], {
        facts: (facts) => ({
          ...facts,
          lockFiles: facts.lockFiles.map((file) => ({
            ...file,
            locks: file.locks.map((one) => ({
              ...one,
              holders: one.holders.map((holder) => ({ ...holder, proven: false })),
            })),
          })),
        }),
      });
      const plan = await rig.actions.planTermination('service', { kind: 'holder', pid: bot.pid });
      expect(plan.candidates[0]?.refusal).toContain('Could not confirm');
      const result = await rig.actions.terminate(plan.id, [plan.candidates[0]?.id ?? ''], patient);
      expect(result).toMatchObject({ success: false, outcomes: [] });
      expect(isRunning(bot.pid)).toBe(true);
    }));
});

/** Kill, Terminate and Clean Up on macOS and Windows, by scripted worlds: the rules of Linux, and real processes end. */
import * as fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plainGuards } from '../../src/os/plainGuards';
import { FactsObserver } from '../../src/os/observer/factsObserver';
import type { Actor } from '../fixtures/actors';
import { whyNoCompiler } from '../fixtures/compile';
import { DarwinWorld } from '../fixtures/darwinWorld';
import { isRunning } from '../fixtures/proc';
import { withStage, type Stage } from '../fixtures/stage';
import { toldDarwin, toldWindows, type SystemName, type ToldSystem } from '../fixtures/toldSystems';
import { WindowsWorld } from '../fixtures/windowsWorld';
import { patient, Rig, service } from './actionsRig';

const why = process.platform === 'linux' ? whyNoCompiler() : 'the stand-in is made on Linux';

describe.skipIf(why !== undefined)(`actions${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let darwin: DarwinWorld;
  let windows: WindowsWorld;
  let systems: Record<SystemName, ToldSystem>;
  beforeAll(() => {
    darwin = new DarwinWorld();
    windows = new WindowsWorld();
    systems = { darwin: toldDarwin(darwin), win32: toldWindows(windows) };
  });
  afterAll(() => {
    darwin.close();
    windows.close();
  });

  const rigOf = (told: ToldSystem, watched: Parameters<typeof service>[0]): Rig =>
    new Rig([service(watched)], {
      force: () => true,
      system: {
        createObserver: () => new FactsObserver(told.readers(), undefined),
        processes: told.processes(),
        removal: plainGuards,
      },
    });

  /** A real process, by this name there. */
  const bot = async (told: ToldSystem, stage: Stage, argv: readonly string[]): Promise<Actor> => {
    const actor = await stage.start('bystander', []);
    told.process(actor.pid, { argv }, stage.folder);
    told.own(actor.pid);
    void actor.exited.then(() => told.forget(actor.pid));
    return actor;
  };

  it.each(['darwin', 'win32'] as const)('end the duplicate of a proven owner, and no other: %s', (system) =>
    withStage(async (stage) => {
      const told = systems[system];
      told.reset();
      const lock = stage.file('bot.lock', '');
      const script = ['python3', stage.path('bot.py')];
      const [owner, duplicate] = [await bot(told, stage, script), await bot(told, stage, script)];
      const other = await bot(told, stage, ['python3', stage.path('robot.py')]);
      told.locks(lock, [owner.pid]);
      const rig = rigOf(told, { lockFiles: [lock], process: { kind: 'substring', text: '/bot.py' } });
      const plan = await rig.actions.planTermination('service', { kind: 'duplicates' });
      // Without its working folder it is not proven to be one.
      const rows = plan.candidates.map(({ root, preselected }) => [root.pid, preselected]);
      expect(rows).toEqual([
        [owner.pid, false],
        [duplicate.pid, system === 'darwin'],
      ]);
      const chosen = plan.candidates.filter(({ root }) => root.pid === duplicate.pid).map(({ id }) => id);
      const result = await rig.actions.terminate(plan.id, chosen, {
        ...patient,
        gracePeriodMs: 300,
        force: 'always',
      });
      // Ctrl+C ends nothing in the stand-in.
      expect(result.outcomes).toMatchObject([{ kind: system === 'darwin' ? 'ended' : 'killed' }]);
      expect([owner, duplicate, other].map(({ pid }) => isRunning(pid))).toEqual([true, false, true]);
    }),
  );

  it.each(['darwin', 'win32'] as const)(
    'remove the record of a dead process, and put it back: %s',
    (system) =>
      withStage(async (stage) => {
        const told = systems[system];
        told.reset();
        const gone = await bot(told, stage, ['python3', 'bot.py']);
        const alive = await bot(told, stage, ['python3', 'bot.py']);
        await gone.killHard();
        const [stale, live] = [stage.file('a.pid', String(gone.pid)), stage.file('b.pid', String(alive.pid))];
        const rig = rigOf(told, { pidFiles: [stale] });
        const plan = await rig.actions.planCleanUp(['service']);
        expect(plan.items).toMatchObject([{ path: stale, verdict: 'dead', preselected: true }]);
        const chosen = plan.items.map(({ id }) => id);
        expect(await rig.actions.cleanUp(plan.id, chosen)).toMatchObject({ outcomes: [{ removed: true }] });
        expect(fs.existsSync(stale)).toBe(false);
        await rig.actions.undoCleanUp(plan.id);
        expect(fs.readFileSync(stale, 'utf8')).toBe(String(gone.pid));
        const kept = await rigOf(told, { pidFiles: [live] }).actions.planCleanUp(['service']);
        expect(kept.items).toEqual([]);
      }),
  );
});

/** Kill Duplicate Instance with the native helper: exactly, and whatever befalls the helper meanwhile. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { binaryFiles } from '../../src/os/native/binary';
import { waitByTimer } from '../../src/actions/deps';
import type { TerminationResult } from '../../src/actions/index';
import { actorPath } from '../fixtures/actors';
import { buildDist, type Built } from '../fixtures/dist';
import { childrenOf, isRunning } from '../fixtures/proc';
import { withStage, type Stage } from '../fixtures/stage';
import { patient, Rig, service, type RigOptions } from './actionsRig';

const root = path.resolve(import.meta.dirname, '../..');
/** Empty once it has ended. */
function commandLineOf(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

const hasKoffi = binaryFiles(root, 'koffi.node').some((file) => fs.existsSync(file));

describe.runIf(process.platform === 'linux' && hasKoffi)('with the native helper', () => {
  let built: Built;
  let program: string;
  beforeAll(() => {
    built = buildDist();
    program = path.join(built.dist, 'native.js');
  });
  afterAll(() => built.remove());

  /** Of this test's own helpers: no other process of this one runs that file. */
  const helperPids = (): number[] =>
    childrenOf(process.pid).filter((pid) => commandLineOf(pid).includes(program));

  const runningHolders = (): number =>
    childrenOf(process.pid).filter(
      (pid) => isRunning(pid) && commandLineOf(pid).includes(actorPath('holder')),
    ).length;

  interface Ended extends TerminationResult {
    rig: Rig;
    owner: number;
    duplicate: number;
    isDuplicateRunning: boolean;
  }

  async function endDuplicate(
    stage: Stage,
    options: RigOptions,
    force: 'never' | 'always' = 'never',
  ): Promise<Ended> {
    const lock = stage.file('bot.lock');
    const owner = await stage.start('holder', ['--file', lock, '--contend']);
    const duplicate = await stage.start('holder', ['--file', lock, '--contend']);
    const watched = service({
      lockFiles: [lock],
      process: {
        kind: 'commandAndCwd',
        command: { kind: 'substring', text: 'holder.cjs' },
        cwd: stage.folder,
      },
    });
    const rig = new Rig([watched], { ...options, platform: { native: { program, log: () => undefined } } });
    try {
      const plan = await rig.actions.planTermination('service', { kind: 'duplicates' });
      const chosen = plan.candidates.filter(({ preselected }) => preselected).map(({ id }) => id);
      const result = await rig.actions.terminate(plan.id, chosen, { ...patient, force });
      expect(isRunning(owner.pid)).toBe(true);
      return {
        ...result,
        rig,
        owner: owner.pid,
        duplicate: duplicate.pid,
        isDuplicateRunning: isRunning(duplicate.pid),
      };
    } finally {
      await rig.closeNative();
    }
  }

  test('the duplicate is ended exactly, and its end is noticed at once', () =>
    withStage(async (stage) => {
      let waited: number | undefined;
      const { outcomes, rig, duplicate } = await endDuplicate(stage, {
        // The first pause while both run would be endless: only the end itself cuts it short.
        wait: async (ms, signal) => {
          if (waited !== undefined || runningHolders() < 2) return waitByTimer(ms, signal);
          waited = 0;
          const began = performance.now();
          await waitByTimer(20_000, signal);
          waited = performance.now() - began;
        },
      });
      expect(outcomes).toMatchObject([{ kind: 'ended', signalled: [duplicate] }]);
      const log = rig.log.join('\n');
      expect(log).toMatch(new RegExp(`SIGTERM to pid ${duplicate} .*: sent$`, 'm'));
      // It may have ended before anything was waited for.
      expect(waited ?? 0).toBeLessThan(10_000);
    }));

  for (const inspection of [1, 2, 3]) {
    test(`killed before inspection ${inspection}: ended all the same, or nothing done and said so`, () =>
      withStage(async (stage) => {
        const { outcomes, isDuplicateRunning } = await endDuplicate(stage, {
          onInspect: (count) => {
            if (count === inspection) for (const pid of helperPids()) process.kill(pid, 'SIGKILL');
          },
        });
        const [outcome] = outcomes;
        if (outcome?.kind === 'denied') {
          expect(outcome.sentence).toContain('because the native helper ended');
          expect(isDuplicateRunning).toBe(true);
        } else {
          expect(outcome?.kind).toBe('ended');
          expect(isDuplicateRunning).toBe(false);
        }
      }));
  }

  test('stopped when the signal is due: it is not sent twice, and that it may have been sent is said', () =>
    withStage(async (stage) => {
      const stopped: number[] = [];
      const { outcomes, duplicate, isDuplicateRunning } = await endDuplicate(stage, {
        // The first two are the plan's.
        onInspect: (count) => {
          if (count < 3) return;
          for (const pid of helperPids().filter((each) => !stopped.includes(each))) {
            process.kill(pid, 'SIGSTOP');
            stopped.push(pid);
          }
        },
      });
      expect(stopped).toHaveLength(1);
      expect(outcomes).toMatchObject([{ kind: 'denied' }]);
      expect(outcomes[0]?.sentence).toMatch(
        new RegExp(
          `^It is unknown whether process ${duplicate} \\(.*\\) got the signal, because the native helper ended`,
        ),
      );
      expect(isDuplicateRunning).toBe(true);
    }));
});

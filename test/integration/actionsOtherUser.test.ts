import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TerminationPlan, TerminationResult, TerminationTarget } from '../../src/actions/index';
import type { Service } from '../../src/model/service';
import { programAlone } from '../fixtures/aloneProgram';
import { Actor } from '../fixtures/actors';
import { isRunning } from '../fixtures/proc';
import { withStage } from '../fixtures/stage';
import { service } from './actionsRig';

const NOBODY = 65534;
/** Only root can play two users. */
const canBeTwoUsers = process.platform === 'linux' && process.getuid?.() === 0;

let folder = '';
let program = '';

async function asNobody(watched: Service, target: TerminationTarget) {
  const child = spawn(process.execPath, [program, JSON.stringify(watched), JSON.stringify(target)], {
    uid: NOBODY,
    gid: NOBODY,
    cwd: folder,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const actor = new Actor('actions of an ordinary user', child.pid ?? 0, child);
  const { plan } = JSON.parse(await actor.waitFor('"plan"')) as { plan: TerminationPlan };
  return {
    plan,
    execute: async (): Promise<TerminationResult> => {
      actor.say('go on');
      return (JSON.parse(await actor.waitFor('"result"')) as { result: TerminationResult }).result;
    },
  };
}

describe.runIf(canBeTwoUsers)('another user’s process (needs root, to be two users)', () => {
  beforeAll(async () => {
    ({ folder, program } = await programAlone('actions', path.join(import.meta.dirname, 'actionsAsUser.ts')));
  });
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  test('is not offered, and the sentence has the command that an administrator would run', () =>
    withStage(async (stage) => {
      fs.chmodSync(stage.folder, 0o755);
      const one = await stage.start('bystander', ['--tag', stage.folder]);
      await stage.start('bystander', ['--tag', stage.folder]);
      const watched = service({
        process: { kind: 'substring', text: `bystander.cjs --tag ${stage.folder}` },
      });
      const { plan, execute } = await asNobody(watched, { kind: 'duplicates' });
      const candidate = plan.candidates.find(({ root }) => root.pid === one.pid);
      expect(candidate).toMatchObject({ preselected: false });
      expect(candidate?.refusal).toMatch(
        new RegExp(`^Process ${one.pid} .* belongs to another user \\(root\\)\\. .*: sudo kill ${one.pid}$`),
      );
      const result = await execute();
      expect(result).toMatchObject({ success: false, outcomes: [] });
      expect(result.sentence).toContain('belongs to another user (root)');
      expect(isRunning(one.pid)).toBe(true);
    }));

  test('that becomes another user’s between the dialog and the signal ends with a true sentence', () =>
    withStage(async (stage) => {
      fs.chmodSync(stage.folder, 0o755);
      // Nobody's by its real uid, which is what counts for signals, root's by the saved one; then root's altogether.
      const turncoat = `
        const koffi = require(${JSON.stringify(require.resolve('koffi'))});
        const setresuid = koffi.load(null).func('int setresuid(uint, uint, uint)');
        if (setresuid(${NOBODY}, 0, ${NOBODY}) !== 0) throw new Error('setresuid');
        process.stdout.write('{"ready":true,"role":"turncoat"}\\n');
        process.stdin.once('data', () => {
          if (setresuid(0, 0, 0) !== 0) throw new Error('setresuid');
          process.stdout.write('{"event":"turned"}\\n');
        });`;
      const script = stage.file('turncoat.cjs', turncoat);
      const start = () => stage.startCommand(process.execPath, [script]);
      const first = await start();
      const second = await start();
      const { plan, execute } = await asNobody(service({ process: { kind: 'substring', text: script } }), {
        kind: 'duplicates',
      });
      expect(plan.candidates.map(({ refusal }) => refusal)).toEqual([undefined, undefined]);
      first.say('turn');
      second.say('turn');
      await Promise.all([first.waitForEvent('turned'), second.waitForEvent('turned')]);
      const result = await execute();
      expect(result).toMatchObject({ success: false, outcomes: [{ kind: 'denied' }] });
      expect(result.sentence).toMatch(/did not allow a signal to pid \d+ .*sudo kill \d+$/);
      expect([first.pid, second.pid].every(isRunning)).toBe(true);
    }));
});

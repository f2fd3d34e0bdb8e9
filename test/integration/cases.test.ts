import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parseServices } from '../fixtures/parseServices';
import { diagnose } from '../../src/model/diagnose';
import { STARTING_MS } from '../../src/model/instances/rivals';
import type { Service } from '../../src/model/service';
import { PresetWatch } from '../../src/monitor/presetWatch';
import { ActedCase, whyNoCases } from '../cases/acted';
import { CASES, secretIn, serviceOf, settingOf, wrongIn, type CaseExpectation } from '../cases/check';
import { isRunning } from '../fixtures/proc';
import { Stage } from '../fixtures/stage';
import { Rig } from './actionsRig';

/** The case's service as the settings give it, or as a preset finds it in the case's own home and workspace. */
function watched(name: string, expected: CaseExpectation, folder: string): Service | undefined {
  const workspace = path.join(folder, expected.workspace ?? '');
  const home = path.join(folder, expected.home ?? '');
  const only = { name: 'case', path: workspace };
  const folders = [only];
  if (expected.service !== undefined) {
    const { services, problems } = parseServices([settingOf(name, expected, folder)], {
      settingName: 'instanceMonitor.services',
      folder: only,
      folders,
      home,
      env: {},
      platform: 'posix',
    });
    expect(problems).toEqual([]);
    return services[0];
  }
  let clock = 0;
  const presets = new PresetWatch({ now: () => clock, home, env: {}, platform: 'linux' });
  presets.configure({ folders: folders.map((one) => ({ ...one, setting: {} })), setting: {}, excluded: [] });
  presets.look([]);
  clock += 2000; // the walk through the workspace comes with the second look
  const found = serviceOf(presets.look([]) ?? [], name, expected, folder);
  expect(found?.origin).toEqual({ kind: 'preset', preset: expected.presetId });
  return found;
}

describe('public bug reports, acted out: observation, diagnosis and what the actions offer', () => {
  const whyNot = whyNoCases();
  let stage: Stage | undefined;
  let acted: ActedCase | undefined;
  afterEach(async () => {
    await acted?.end();
    await stage?.close();
    acted = stage = undefined;
  });

  for (const [name, expected] of CASES) {
    it(`${name} (${expected.source})`, async (context) => {
      if (whyNot !== undefined) context.skip(whyNot);
      stage = Stage.open();
      const started = await ActedCase.start(name, stage.path('case'));
      if (typeof started === 'string') {
        context.skip(started);
        return;
      }
      acted = started;
      const service = watched(name, expected, started.folder);
      expect(service, 'the service is found').toBeDefined();
      if (service === undefined) return;
      const rig = new Rig([service]);
      try {
        const [facts] = (await rig.observer.tick()).changed;
        expect(facts).toBeDefined();
        if (facts === undefined) return;
        const snapshot = diagnose({ ...facts, takenAt: facts.takenAt + STARTING_MS });
        const wrong = [
          ...wrongIn(snapshot, expected, started),
          ...secretIn(snapshot, expected, started),
          ...(await wronglyOffered(rig, service.id, expected, started)),
        ];
        expect(wrong, `${expected.why}\n${JSON.stringify(snapshot, undefined, 1)}`).toEqual([]);
      } finally {
        rig.observer.close();
      }
    });
  }
});

/** What the actions would offer and must not. */
async function wronglyOffered(
  rig: Rig,
  id: string,
  expected: CaseExpectation,
  acted: ActedCase,
): Promise<string[]> {
  const kill = await rig.actions.planTermination(id, { kind: 'duplicates' });
  const strangers = acted.pids(expected.notPids);
  const cleanUp = await rig.actions.planCleanUp([id]);
  return [
    ...kill.candidates
      .filter(({ preselected, proof }) => preselected && proof !== 'proven')
      .map(({ root, proof }) => `${root.pid} is preselected to be killed and ${proof}`),
    ...kill.candidates
      .filter(({ refusal }) => refusal === undefined)
      .flatMap(({ processes }) => processes.filter(({ pid }) => strangers.includes(pid)))
      .map(({ pid }) => `the stranger ${pid} can be killed`),
    ...cleanUp.items.flatMap(({ path: file, verdict, proof, preselected, recordedPid }) => [
      ...(preselected && proof !== 'proven' ? [`${file} is preselected and ${proof}`] : []),
      ...(preselected && verdict === 'dead' && recordedPid !== undefined && isRunning(recordedPid)
        ? [`${file} is preselected, and ${recordedPid} runs`]
        : []),
      // A record whose writer lives in the case: a report about a live one, not about one left behind.
      ...(preselected && !expected.must.includes('stalePidDead') ? [`${file} is preselected`] : []),
      ...(fs.existsSync(file) ? [] : [`${file} is offered, and is not there`]),
    ]),
    ...secretIn(kill, expected, acted),
    ...secretIn(cleanUp, expected, acted),
  ];
}

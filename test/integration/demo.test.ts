/** The scenes of the demo, each alone and all at once: what is shown, and what the actions would offer. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/model/diagnose';
import { parseServices } from '../fixtures/parseServices';
import { STARTING_MS } from '../../src/model/instances/rivals';
import type { Service } from '../../src/model/service';
import { withOwnerless } from '../../src/monitor/ownerless';
import { createPlatform } from '../../src/os/index';
import { bystanderCases } from '../demo/bystanders';
import type { Case, Started } from '../demo/case';
import { differences, planDifferences } from '../demo/check';
import { settingsFor, startDemo } from '../demo/demo';
import { extraCases } from '../demo/extras';
import { withStage } from '../fixtures/stage';
import { Rig } from './actionsRig';

/** The services of a workspace's settings file, as the extension reads them. */
function servicesOf(settings: string, folder: string): Service[] {
  const here = { name: 'demo', path: folder };
  const { services, problems } = parseServices(
    (JSON.parse(settings) as Record<string, unknown>)['instanceMonitor.services'],
    {
      settingName: 'instanceMonitor.services',
      folder: here,
      folders: [here],
      home: folder,
      env: {},
      platform: 'posix',
    },
  );
  expect(problems).toEqual([]);
  return [...services];
}

/** Everything that is not as it should be, by the service's name. */
async function wrongAbout(
  folder: string,
  services: readonly Service[],
  acted: readonly { case: Case; started: Started }[],
): Promise<Record<string, string[]>> {
  const platform = createPlatform();
  const rig = new Rig(services, { cleanUpFolder: `${folder}/.clean-up` });
  const wrong: Record<string, string[]> = {};
  try {
    await rig.observer.tick();
    for (const { started } of acted) started.provoke?.();
    for (const { case: one, started } of acted) {
      const id = services.find(({ name }) => name === one.service.name)?.id ?? '';
      const facts = await rig.observer.inspect(id);
      if (facts === undefined) throw new Error(`${one.id} is not watched`);
      // A second instance that only runs counts after its first seconds.
      const later = { ...facts, takenAt: facts.takenAt + STARTING_MS };
      const shown = diagnose(later);
      const kill = await rig.actions.planTermination(id, { kind: 'duplicates' });
      const cleanUp = await rig.actions.planCleanUp([id]);
      const found = [
        ...differences(shown, one.expect, started.pids),
        ...(one.asked === undefined
          ? []
          : differences(
              diagnose(await withOwnerless(later, platform)),
              { ...one.expect, ...one.asked },
              started.pids,
            )),
        ...planDifferences(kill, cleanUp, one.expect, started.pids),
      ];
      if (found.length > 0) wrong[one.service.name] = found;
    }
  } finally {
    rig.observer.close();
  }
  return wrong;
}

describe.runIf(process.platform === 'linux')('the scenes of the demo', () => {
  it.for([...extraCases, ...bystanderCases].map((one) => [one.title, one] as const))(
    '%s',
    async ([, one], { skip }) => {
      const whyNot = one.whyNot?.();
      if (whyNot !== undefined) skip(whyNot);
      await withStage(async (stage) => {
        const started = await one.start(stage);
        const services = servicesOf(settingsFor([one]), stage.folder);
        expect(await wrongAbout(stage.folder, services, [{ case: one, started }])).toEqual({});
      });
    },
  );

  it('are all right side by side', async () => {
    const demo = await startDemo();
    try {
      const settings = readFileSync(`${demo.folder}/.vscode/settings.json`, 'utf8');
      const services = servicesOf(settings, demo.folder);
      expect(services).toHaveLength(demo.services.length);
      expect(await wrongAbout(demo.folder, services, demo.services)).toEqual({});
    } finally {
      await demo.stop();
    }
  });
});

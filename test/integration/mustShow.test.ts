import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseServices } from '../fixtures/parseServices';
import { diagnose } from '../../src/model/diagnose';
import { STARTING_MS } from '../../src/model/instances/rivals';
import { createPlatform } from '../../src/os/index';
import { cases } from '../demo/cases';
import { differences } from '../demo/check';
import { Stage } from '../fixtures/stage';

describe('observation and diagnosis of what must be shown', () => {
  let stage: Stage;
  beforeAll(() => {
    stage = Stage.open();
  });
  afterAll(() => stage.close());

  for (const item of cases) {
    it(`row ${item.row}: ${item.title}`, async (context) => {
      const whyNot = item.whyNot?.();
      if (whyNot !== undefined) {
        context.skip(whyNot);
      }
      const { pids, provoke } = await item.start(stage);
      const folder = { name: 'stage', path: stage.folder };
      const { services, problems } = parseServices([item.service], {
        settingName: 'instanceMonitor.services',
        folder,
        folders: [folder],
        home: stage.folder,
        env: {},
        platform: 'posix',
      });
      expect(problems).toEqual([]);
      const observer = createPlatform().createObserver();
      try {
        observer.configure(services, { probe: undefined, probePolicy: 'never' });
        let [facts] = (await observer.tick()).changed;
        if (provoke !== undefined) {
          provoke();
          [facts] = (await observer.tick()).changed;
        }
        expect(facts).toBeDefined();
        if (facts !== undefined) {
          // A second instance that only runs counts after its first seconds.
          const service = diagnose({ ...facts, takenAt: facts.takenAt + STARTING_MS });
          expect(differences(service, item.expect, pids), JSON.stringify(service, undefined, 1)).toEqual([]);
        }
      } finally {
        observer.close();
      }
    });
  }
});

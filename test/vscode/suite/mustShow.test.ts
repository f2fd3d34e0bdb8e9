/// <reference types="mocha" />
import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ServiceSnapshot } from '../../../src/api';
import { cases } from '../../demo/cases';
import { differences } from '../../demo/check';
import { Stage } from '../../fixtures/stage';
import { activate, serviceNamed, snapshotWhere, useServices, workspaceFolder } from '../monitor';

describe('what must be shown, from live processes', function () {
  this.timeout(60_000);
  let stage: Stage;

  before(async () => {
    await activate();
    stage = Stage.open(workspaceFolder());
  });

  afterEach(async () => {
    await useServices([]);
  });

  after(async () => {
    await stage.close();
  });

  for (const item of cases) {
    it(`row ${item.row}: ${item.title}`, async function () {
      const whyNot = item.whyNot?.();
      if (whyNot !== undefined) {
        console.log(`cannot be acted out here: ${whyNot}`);
        this.skip();
      }
      const { pids, provoke } = await item.start(stage);
      await useServices([item.service]);
      let last: ServiceSnapshot | undefined;
      if (provoke !== undefined) {
        await snapshotWhere((snapshot) => serviceNamed(snapshot, item.service.name) !== undefined);
        provoke();
      }
      await snapshotWhere(
        (snapshot) => {
          last = serviceNamed(snapshot, item.service.name);
          return last !== undefined && differences(last, item.expect, pids).length === 0;
        },
        () =>
          last === undefined
            ? 'the service never appeared'
            : `${differences(last, item.expect, pids).join('; ')}\n${JSON.stringify(last, undefined, 2)}`,
      );
      assert.ok(last);
    });
  }

  it('shows them all at once in one tree, worst first', async () => {
    await useServices(cases.map(({ service }) => service));
    const snapshot = await snapshotWhere(({ services }) => services.length === cases.length);
    assert.equal(snapshot.lockSource, 'procfs');
    await vscode.commands.executeCommand('instanceMonitor.services.focus');
  });
});

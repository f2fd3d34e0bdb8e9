/// <reference types="mocha" />
import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Snapshot } from '../../../src/api';
import { Stage } from '../../fixtures/stage';
import { activate, serviceNamed, snapshotWhere, useServices, workspaceFolder } from '../monitor';

interface Heard {
  events: number;
  last: Snapshot | undefined;
  now: Snapshot;
}

describe('the public API, used by another extension', function () {
  this.timeout(60_000);
  let stage: Stage;
  const heard = async (): Promise<Heard> => {
    await vscode.extensions.getExtension('instance-monitor-tests.api-consumer')?.activate();
    return vscode.commands.executeCommand<Heard>('apiConsumer.last');
  };

  before(() => {
    stage = Stage.open(workspaceFolder());
  });
  afterEach(() => useServices([]));
  after(() => stage.close());

  it('tells it what changed, and nothing while nothing changes', async () => {
    const before = await heard();
    const bot = await stage.start('ccbot', ['--dir', stage.subfolder('api')], { cwd: 'api' });
    await useServices([{ name: 'api bot', lockFile: 'api/ccbot.lock' }]);
    await snapshotWhere((snapshot) => serviceNamed(snapshot, 'api bot')?.state === 'held');
    const held = await heard();
    assert.ok(held.events > before.events);
    assert.equal(serviceNamed(held.now, 'api bot')?.lockFiles[0]?.holders[0]?.pid, bot.pid);
    assert.deepEqual(held.last, held.now);
    const api = await activate();
    const again = await api.refresh();
    assert.equal(api.apiVersion, 1);
    assert.deepEqual(again.services, held.now.services);
    assert.equal((await heard()).events, held.events);
    await bot.killHard();
    await snapshotWhere((snapshot) => serviceNamed(snapshot, 'api bot')?.state === 'free');
    assert.ok((await heard()).events > held.events);
  });
});

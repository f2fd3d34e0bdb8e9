/// <reference types="mocha" />
import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { languageModelTool } from '../../../src/contributions';
import { Stage } from '../../fixtures/stage';
import { activate, serviceNamed, snapshotWhere, useServices, workspaceFolder } from '../monitor';

interface Answer {
  services?: { name: string; state: string; lockFiles: { holders: { pid: number }[] }[] }[];
  watched?: boolean;
  state?: string;
  locks?: { kind: string; holders: { pid: number; command: string }[] }[];
  error?: string;
}

describe('the tool for language models', function () {
  this.timeout(60_000);
  let stage: Stage;

  const ask = async (input: object): Promise<Answer> => {
    const result = await vscode.lm.invokeTool(languageModelTool, { input, toolInvocationToken: undefined });
    const [part] = result.content;
    assert.ok(part instanceof vscode.LanguageModelTextPart);
    return JSON.parse(part.value) as Answer;
  };

  before(async () => {
    await activate();
    stage = Stage.open(workspaceFolder());
  });
  afterEach(() => useServices([]));
  after(() => stage.close());

  it('is offered, with words that say it only looks', () => {
    const tool = vscode.lm.tools.find(({ name }) => name === languageModelTool);
    assert.match(tool?.description ?? '', /read-only/);
  });

  it('answers who holds a watched service, by its name and by its path', async () => {
    const file = stage.file('asked/bot.lock');
    const holder = await stage.start('holder', ['--file', file], { cwd: 'asked' });
    await useServices([{ name: 'asked', lockFile: file }]);
    await snapshotWhere((snapshot) => serviceNamed(snapshot, 'asked')?.state === 'held');
    for (const input of [{ service: 'asked' }, { path: file }, {}]) {
      const { services } = await ask(input);
      assert.deepEqual(
        services?.map(({ name, state, lockFiles }) => [name, state, lockFiles[0]?.holders[0]?.pid]),
        [['asked', 'held', holder.pid]],
      );
    }
    await holder.killHard();
    assert.equal((await ask({ service: 'asked' })).services?.[0]?.state, 'free');
  });

  it('answers for a lock that nobody watches', async () => {
    const file = stage.file('asked/other.lock');
    const holder = await stage.start('holder', ['--file', file], { cwd: 'asked' });
    const held = await ask({ path: file });
    assert.equal(held.watched, false);
    assert.equal(held.state, 'held');
    assert.deepEqual(
      held.locks?.map(({ kind, holders }) => [kind, holders.map(({ pid }) => pid)]),
      [['flock', [holder.pid]]],
    );
    await holder.killHard();
    assert.equal((await ask({ path: file })).state, 'no visible lock');
  });

  it('names the services there are to who asks for one there is not', async () => {
    const { error } = await ask({ service: 'nonsense' });
    assert.match(error ?? '', /No watched service is called "nonsense"/);
  });
});

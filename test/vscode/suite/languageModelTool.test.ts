/// <reference types="mocha" />
import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { languageModelTool } from '../../../src/contributions';
import { prepared } from '../../../src/ui/languageModelTool';
import { Stage } from '../../fixtures/stage';
import { activate, serviceNamed, snapshotWhere, useServices, workspaceFolder } from '../monitor';

interface Answer {
  services?: {
    name: string;
    state: string;
    lockFiles?: { holders: { pid: number; process: { command: string } }[] }[];
    instances?: { proof?: string; root: { command: string } }[];
  }[];
  watched?: boolean;
  state?: string;
  locks?: { kind: string; holders: { pid: number; command: string }[] }[];
  error?: string;
}

describe('the tool for language models', function () {
  this.timeout(60_000);
  let stage: Stage;
  /** Outside the workspace folder. */
  let elsewhere: Stage;

  const ask = async (input: object): Promise<Answer> => {
    const result = await vscode.lm.invokeTool(languageModelTool, { input, toolInvocationToken: undefined });
    const [part] = result.content;
    assert.ok(part instanceof vscode.LanguageModelTextPart);
    return JSON.parse(part.value) as Answer;
  };

  before(async () => {
    await activate();
    stage = Stage.open(workspaceFolder());
    elsewhere = Stage.open();
  });
  afterEach(() => useServices([]));
  after(async () => {
    await stage.close();
    await elsewhere.close();
  });

  it('is offered, with words that say it only looks', () => {
    const tool = vscode.lm.tools.find(({ name }) => name === languageModelTool);
    assert.match(tool?.description ?? '', /read-only/);
  });

  it('answers who holds a watched service, by its name and by its path', async () => {
    const file = stage.file('asked/bot.lock');
    const holder = await stage.start('holder', ['--file', file], { cwd: 'asked' });
    await useServices([{ name: 'asked', lockFile: file }]);
    await snapshotWhere((snapshot) => serviceNamed(snapshot, 'asked')?.state === 'held');
    for (const input of [{ service: 'asked' }, { path: file }, { service: 'asked', path: file }]) {
      const { services } = await ask(input);
      assert.deepEqual(
        services?.map(({ name, state, lockFiles }) => [name, state, lockFiles?.[0]?.holders[0]?.pid]),
        [['asked', 'held', holder.pid]],
      );
    }
    await holder.killHard();
    assert.equal((await ask({ service: 'asked' })).services?.[0]?.state, 'free');
  });

  it('names programs and scripts, and no argument of any process', async () => {
    const file = stage.file('asked/private.lock');
    const others = stage.file('asked/others.lock');
    const holder = await stage.start('holder', ['--file', file], { cwd: 'asked' });
    const other = await stage.start('holder', ['--file', others], { cwd: 'asked' });
    await useServices([{ name: 'private', lockFile: file }]);
    await snapshotWhere((snapshot) => serviceNamed(snapshot, 'private')?.state === 'held');
    const answers = [await ask({ service: 'private' }), await ask({ path: others })];
    assert.match(
      answers[0]?.services?.[0]?.lockFiles?.[0]?.holders[0]?.process.command ?? '',
      /^\S+ holder\S*$/,
    );
    assert.match(answers[1]?.locks?.[0]?.holders[0]?.command ?? '', /^\S+ holder\S*$/);
    assert.doesNotMatch(JSON.stringify(answers), /--file/);
    const instances = (await snapshotWhere(() => true)).services.find(
      ({ name }) => name === 'private',
    )?.instances;
    assert.deepEqual(
      answers[0]?.services?.[0]?.instances?.map(({ proof }) => proof),
      instances?.map(({ proof }) => proof),
    );
    await holder.killHard();
    await other.killHard();
  });

  it('lists names and states in the workspace to who asks for nothing, and nothing of elsewhere', async () => {
    const here = stage.file('asked/here.lock');
    const there = elsewhere.file('there.lock');
    await useServices([
      { name: 'here', lockFile: here },
      { name: 'there', lockFile: there },
    ]);
    await snapshotWhere((snapshot) => serviceNamed(snapshot, 'there') !== undefined);
    for (const input of [{}, { includeArguments: true }]) {
      const { services } = await ask(input);
      assert.deepEqual(services, [{ name: 'here', state: 'free' }]);
    }
    assert.equal((await ask({ service: 'there' })).services?.[0]?.state, 'free');
    assert.deepEqual((await ask({ service: 'nonsense' })).services, ['here']);
  });

  it('shares arguments on request, and has said to the person what they are', async () => {
    const file = stage.file('asked/consent.lock');
    const holder = await stage.start('holder', ['--file', file], { cwd: 'asked' });
    // VS Code asks nobody in such a test, and goes on as if the person had agreed.
    const { locks } = await ask({ path: file, includeArguments: true });
    assert.ok(locks?.[0]?.holders[0]?.command.endsWith(`--file ${file}`));
    await holder.killHard();
    const { confirmationMessages } = prepared({ path: file, includeArguments: true });
    const message = confirmationMessages?.message;
    assert.ok(message instanceof vscode.MarkdownString);
    assert.match(message.value, /command lines of the processes around `[^`]*consent\.lock`/);
    assert.match(message.value, /Values that look secret are hidden/);
    for (const input of [
      { path: file },
      { service: 'x', includeArguments: false },
      { includeArguments: true },
    ]) {
      assert.equal(prepared(input).confirmationMessages, undefined);
    }
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

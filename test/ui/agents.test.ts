import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually';
import type { Window } from '../harness/window';
import { canRun, setUp, type Ui } from './setUp';

const agent = path.resolve(import.meta.dirname, '../fixtures/agent');

interface Told {
  answer?: string;
  refused?: string;
}

describe.runIf(canRun)('an agent that asks who holds a lock', () => {
  let ui: Ui;
  let window: Window;
  let lockFile: string;

  /** Starts the agent's question; its answer comes when the person has answered, where there is something to ask. */
  const ask = async (input: object): Promise<() => Promise<Told>> => {
    fs.writeFileSync(ui.stage.path('ask.json'), JSON.stringify(input));
    await window.runCommand('Agent: Ask');
    return async () => JSON.parse(fs.readFileSync(await written('told.json'), 'utf8')) as Told;
  };

  const written = async (name: string): Promise<string> => {
    const file = ui.stage.path(name);
    await eventually(
      name,
      () => fs.existsSync(file),
      (isThere) => isThere,
    );
    return file;
  };

  beforeAll(async () => {
    ui = await setUp({ server: { unpacked: [agent] } });
    lockFile = ui.stage.file('bot.lock');
    ui.stage.file('ask.json');
    for (const name of ['told.json', 'agent.ready']) fs.rmSync(ui.stage.file(name));
    await ui.stage.start('holder', ['--file', lockFile]);
    window = await ui.open({ folder: ui.stage.folder });
    await written('agent.ready');
  });

  afterEach(() => fs.rmSync(ui.stage.path('told.json'), { force: true }));

  afterAll(() => ui.close());

  it('is told programs and scripts, and nobody is asked', async () => {
    const told = await (await ask({ path: lockFile }))();
    expect(told.answer).toMatch(/"command": "\S+ holder\S*"/);
    expect(told.answer).not.toContain('--file');
    expect(await window.dialog.isOpen()).toBe(false);
  });

  it('gets arguments only if the person agrees, who is told what they are', async () => {
    const told = await ask({ path: lockFile, includeArguments: true });
    const { message, detail } = await window.dialog.read();
    expect(message).toBe('Share command lines with the language model?');
    expect(detail).toContain(lockFile);
    expect(detail).toContain('Values that look secret are hidden');
    await window.dialog.dismiss();
    expect(Object.keys(await told())).toEqual(['refused']);
    fs.rmSync(ui.stage.path('told.json'));

    const toldNow = await ask({ path: lockFile, includeArguments: true });
    const { buttons } = await window.dialog.read();
    const [yes = ''] = buttons.filter((button) => button !== 'Cancel');
    await window.dialog.press(yes);
    expect((await toldNow()).answer).toContain(`--file ${lockFile}`);
  });
});

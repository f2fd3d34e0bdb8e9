import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { whatToDo } from '../../../src/ui/text/pages/whatToDo';
import { FINDINGS } from '../../../src/model/findings/index';
import { facts as factsOf, proc } from '../model/build';
import { finding, instance, service } from './snapshots';

const root = path.resolve(import.meta.dirname, '../../..');
const facts = factsOf({});

describe('what to do', () => {
  it('is said for every kind of finding', () => {
    for (const kind of Object.keys(FINDINGS)) {
      const steps = whatToDo(service({ findings: [finding(kind, 'warning')] }), facts);
      expect(steps, kind).toHaveLength(1);
      expect(steps[0], kind).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('is nothing where nothing was found, and the state says why', () => {
    expect(whatToDo(service(), facts)).toEqual([expect.stringMatching(/^Nothing\. As it should be/)]);
  });

  it('is said once of two findings of a kind, and not of a kind that this version does not know', () => {
    const twice = finding('stalePidDead', 'stale');
    expect(whatToDo(service({ findings: [twice, twice] }), facts)).toHaveLength(1);
    expect(whatToDo(service({ findings: [finding('newer', 'warning')] }), facts)).toEqual([
      expect.stringMatching(/^Nothing\./),
    ]);
  });

  it('is said once of two holders that are two instances as well', () => {
    const two = [finding('splitBrain', 'conflict'), finding('duplicateInstances', 'conflict')];
    expect(whatToDo(service({ findings: two }), facts)).toEqual([
      expect.stringMatching(/^Terminate one of the two holders.*Do not delete the lock file/),
    ]);
    expect(whatToDo(service({ findings: two.slice(1) }), facts)).toEqual([
      expect.stringMatching(/^Decide which instance stays/),
    ]);
  });

  describe('about a supervisor', () => {
    const systemd = {
      kind: 'systemd',
      name: 'bot.service',
      stopCommand: 'systemctl stop bot.service',
    } as const;
    const tmux = { kind: 'tmux', name: 'work', stopCommand: 'tmux kill-session -t work' } as const;
    const conflict = service({
      state: 'conflict',
      instances: [instance(1), instance(2), instance(3, 'duplicate')],
      findings: [finding('duplicateInstances', 'conflict')],
    });
    const supervisedFacts = factsOf({
      processes: [proc(2, 'bot', { supervisor: tmux }), proc(3, 'bot', { supervisor: systemd })],
    });

    it('names the command that stops what it would start again', () => {
      expect(whatToDo(conflict, supervisedFacts)).toEqual([
        expect.stringContaining('Kill Duplicate Instance'),
        'To terminate pid 3, stop it through systemd unit bot.service, which would otherwise restart it: `systemctl stop bot.service`',
      ]);
    });

    it('is silent where nothing has to end', () => {
      const running = { ...conflict, state: 'held' as const, findings: [] };
      expect(whatToDo(running, supervisedFacts)).toHaveLength(1);
    });
  });

  it.each([
    ['package.nls.json', undefined, /“([^”]+)”/g],
    ['package.nls.de.json', 'bundle.l10n.de.json', /„([^“]+)“/g],
    ['package.nls.zh-cn.json', 'bundle.l10n.zh-cn.json', /“([^”]+)”/g],
  ])('names commands by their titles in %s', (titlesFile, bundleFile, quoted) => {
    const read = (file: string): Record<string, string> =>
      JSON.parse(fs.readFileSync(path.join(root, file), 'utf8')) as Record<string, string>;
    const titles = Object.values(read(titlesFile)).map((title) => title.replace(/\s*…$/, ''));
    const bundle = bundleFile === undefined ? undefined : read(path.join('l10n', bundleFile));
    const named = Object.keys(FINDINGS).flatMap((kind) => {
      const [step = ''] = whatToDo(service({ findings: [finding(kind, 'warning')] }), facts);
      const said = bundle === undefined ? step : (bundle[step] ?? '');
      return [...said.matchAll(quoted)].map((match) => match[1]);
    });
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !titles.includes(name ?? ''))).toEqual([]);
  });
});

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { ServiceSnapshot } from '../../../src/api';
import * as contributions from '../../../src/contributions';
import { PRESETS } from '../../../src/model/presets/index';
import { serviceRow, type Row } from '../../../src/ui/text/rows/rows';
import { finding, instance, NOW, service } from './snapshots';

interface Manifest {
  name: string;
  publisher: string;
  keywords: string[];
  capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
  contributes: {
    viewsContainers: { activitybar: { id: string }[] };
    views: Record<string, { id: string }[]>;
    commands: { command: string; category: string; icon?: string }[];
    menus: Record<string, { command: string; when?: string; group?: string }[]>;
    configuration: { properties: Record<string, Setting> }[];
    languageModelTools: { name: string }[];
    walkthroughs: { id: string; steps: { media: { svg: string } }[] }[];
    viewsWelcome: { view: string; when: string }[];
  };
}
interface Setting {
  default?: unknown;
  minimum?: number;
  enum?: string[];
  scope: string;
  properties?: Record<string, { markdownDescription?: string }>;
}

const text = (name: string): string => readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8');
const manifest = JSON.parse(text('package.json')) as Manifest;
const { contributes } = manifest;
const settings = Object.assign(
  {},
  ...contributes.configuration.map(({ properties }) => properties),
) as Record<string, Setting>;
const sorted = (values: Iterable<string>): string[] => [...values].sort();

test('declares exactly the commands that the code knows', () => {
  expect(sorted(contributes.commands.map(({ command }) => command))).toEqual(
    sorted(Object.values(contributions.commands)),
  );
  expect(new Set(contributes.commands.map(({ category }) => category))).toEqual(
    new Set(['Instance Monitor']),
  );
});

test('declares exactly the views and the container that the code knows', () => {
  expect(contributes.viewsContainers.activitybar.map(({ id }) => id)).toEqual([contributions.viewContainer]);
  const views = contributes.views[contributions.viewContainer] ?? [];
  expect(views.map(({ id }) => id)).toEqual(Object.values(contributions.views));
  expect(contributes.viewsWelcome.filter(({ view }) => !views.some(({ id }) => id === view))).toEqual([]);
});

test('greets by keys of its own only: those of VS Code (isWorkspaceTrusted) come a while after the views', () => {
  const own = [...Object.values<string>(contributions.contextKeys), 'starting', 'workspace'];
  for (const { when } of contributes.viewsWelcome) {
    expect.soft(own).toEqual(expect.arrayContaining(when.match(/[\w.]+/g) ?? []));
  }
});

test('declares exactly the settings that the code reads, with the same defaults and limits', () => {
  const known = Object.values(contributions.settings).map((key) => `${contributions.section}.${key}`);
  expect(sorted(Object.keys(settings))).toEqual(sorted(known));
  expect(settings['instanceMonitor.pollInterval']).toMatchObject(contributions.pollInterval);
  expect(settings['instanceMonitor.terminate.gracePeriod']).toMatchObject(contributions.gracePeriod);
  expect(settings['instanceMonitor.activeProbe']?.enum).toEqual([...contributions.activeProbePolicies]);
  expect(settings['instanceMonitor.terminate.force']?.enum).toEqual([...contributions.forcePolicies]);
});

test('offers a switch for every preset and for all of them', () => {
  expect(Object.keys(settings['instanceMonitor.presets']?.properties ?? {})).toEqual([
    '*',
    ...PRESETS.map(({ id }) => id),
  ]);
});

test('describes every preset by its tool and all its paths', () => {
  const written = settings['instanceMonitor.presets']?.properties ?? {};
  for (const { id, tool, files } of PRESETS) {
    const paths = [...new Set(files.map(({ path }) => `\`${path}\``))].join(', ');
    expect.soft(written[id]?.markdownDescription).toBe(`${tool}: ${paths}`);
  }
});

test('teaches to say in which folder a process works, since its script alone is also that of every copy', () => {
  const services = settings['instanceMonitor.services'];
  const taught = [
    ...JSON.stringify(services).matchAll(/"process":("[^"]*"|\{[^{}]*(?:\{\w+[^{}]*\}[^{}]*)*\})/g),
  ]
    .map(([, process]) => process ?? '')
    .filter((process) => !process.includes('markdownDescription'));
  expect(taught.length).toBeGreaterThanOrEqual(4);
  expect(taught.filter((process) => !process.includes('${workspaceFolder}'))).toEqual([]);
  for (const page of ['README.md', 'docs/reference.md']) {
    const [, example] = /"process": (.*),$/m.exec(text(page)) ?? [];
    expect(example, page).toContain('"cwd": "${workspaceFolder}"');
  }
});

test('lets no workspace say what may be killed or tried', () => {
  expect(settings['instanceMonitor.terminate.force']?.scope).toBe('application');
  expect(settings['instanceMonitor.terminate.gracePeriod']?.scope).toBe('application');
  expect(settings['instanceMonitor.activeProbe']?.scope).toBe('machine');
  expect(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations).toContain(
    'instanceMonitor.services',
  );
});

test('lets no untrusted workspace say how often the monitor looks, or keep it silent', () => {
  const restricted = manifest.capabilities.untrustedWorkspaces.restrictedConfigurations;
  const open = Object.entries(settings).filter(
    ([name, { scope }]) => !['application', 'machine'].includes(scope) && !restricted.includes(name),
  );
  expect(open.map(([name]) => name)).toEqual([]);
});

test('offers in the menus of files the same in a remote window', () => {
  const aboutFiles = Object.values(contributes.menus)
    .flat()
    .filter(({ when }) => when?.includes('resource') === true);
  expect(aboutFiles.length).toBeGreaterThan(0);
  for (const { command, when = '' } of aboutFiles) {
    const pattern = /resourceScheme =~ \/(\S+)\/ /.exec(when)?.[1] ?? '(?!)';
    for (const scheme of ['file', 'vscode-remote']) expect.soft(scheme, command).toMatch(new RegExp(pattern));
    for (const scheme of ['git', 'output', 'untitled', 'vscode-userdata']) {
      expect.soft(scheme, command).not.toMatch(new RegExp(pattern));
    }
  }
});

test('shows only known commands in menus, with at most three inline on a row', () => {
  const known = new Set<string>(Object.values(contributions.commands));
  const items = Object.values(contributes.menus).flat();
  expect(items.filter(({ command }) => !known.has(command))).toEqual([]);
  const heldLock = [
    contributions.capabilities.evidence,
    contributions.capabilities.watch,
    contributions.capabilities.openFile,
    contributions.capabilities.copyPid,
    contributions.capabilities.terminate,
  ];
  const rows: [view: string, contextValue: string][] = [
    [contributions.views.heldLocks, heldLock.join(' ')],
    ...contextValues(everything).map((value): [string, string] => [contributions.views.services, value]),
  ];
  for (const [view, contextValue] of rows) {
    const inline = (contributes.menus['view/item/context'] ?? []).filter(
      ({ group, when }) => group?.startsWith('inline') && holds(when ?? '', view, contextValue),
    );
    expect(inline.length).toBeGreaterThan(0);
    expect(inline.length).toBeLessThanOrEqual(3);
  }
});

/** A service whose rows can do all that a row can. */
const everything = service({
  instances: [instance(1), instance(2, 'duplicate')],
  pidFiles: [{ path: '/a.pid', exists: true, recordedPid: 3, verdict: 'dead' }],
  findings: [finding('stalePidDead', 'stale')],
});

function contextValues(snapshot: ServiceSnapshot): string[] {
  const root = serviceRow(snapshot, { now: NOW, shorten: (path) => path });
  const rows = (row: Row): Row[] => [row, ...row.children.flatMap(rows)];
  return rows(root)
    .filter(({ subject }) => subject.kind !== 'finding')
    .map(({ capabilities }) => capabilities.join(' '));
}

test('looks in menus only for words that rows can carry', () => {
  const words = [...JSON.stringify(contributes.menus).matchAll(/\\\\b(\w+)\\\\b/g)].map(([, word]) => word);
  expect(words.length).toBeGreaterThan(0);
  const known = Object.values(contributions.capabilities) as string[];
  expect(words.filter((word) => !known.includes(word ?? ''))).toEqual([]);
});

test('has a text for every %key%, and no text that nobody uses', () => {
  const nls = JSON.parse(text('package.nls.json')) as Record<string, string>;
  const used = new Set([...text('package.json').matchAll(/%([\w.]+)%/g)].map(([, key]) => key ?? ''));
  expect(sorted(used)).toEqual(sorted(Object.keys(nls)));
});

test('names the extension, the tool and the walkthrough as the code does', () => {
  expect(`${manifest.publisher}.${manifest.name}`).toBe(contributions.extensionId);
  expect(contributes.languageModelTools.map(({ name }) => name)).toEqual([contributions.languageModelTool]);
  expect(contributes.walkthroughs.map(({ id }) => id)).toEqual([contributions.walkthrough]);
  expect(contributes.walkthroughs.flatMap(({ steps }) => steps).length).toBeLessThanOrEqual(4);
  expect(manifest.keywords.length).toBeLessThanOrEqual(5);
});

/** Enough of a when clause for these menus: `&&` of `view == x`, `viewItem =~ /…/` and its negation. */
function holds(when: string, view: string, contextValue: string): boolean {
  return when.split(' && ').every((term) => {
    const negated = /^!\(viewItem =~ \/(.+)\/\)$/.exec(term)?.[1];
    const matched = /^viewItem =~ \/(.+)\/$/.exec(term)?.[1];
    if (negated !== undefined) {
      return !new RegExp(negated).test(contextValue);
    }
    return matched === undefined ? term === `view == ${view}` : new RegExp(matched).test(contextValue);
  });
}

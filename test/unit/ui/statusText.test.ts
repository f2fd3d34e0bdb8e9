import { expect, test } from 'vitest';
import type { ServiceSnapshot, Snapshot } from '../../../src/api';
import { drain } from '../../../src/common/steps';
import { statusCommands, statusText, statusTooltip } from '../../../src/ui/text/words/statusText';
import { NOW, service } from './snapshots';

const snapshot = (...services: ServiceSnapshot[]): Snapshot => ({
  takenAt: NOW,
  durationMs: 1,
  lockSource: 'procfs',
  services,
});
const tooltipOf = (...services: ServiceSnapshot[]): string =>
  drain(statusTooltip(snapshot(...services), NOW));
const watching = { kind: 'watching', lockSource: 'procfs' } as const;

test('says nothing when nothing is watched', () => {
  expect(statusText(snapshot(), watching)).toBeUndefined();
});

test('counts the held services', () => {
  const text = statusText(snapshot(service(), service({ id: 'b', state: 'free', lockFiles: [] })), watching);
  expect(text).toEqual({ text: '$(lock) 1 held', spoken: '1 of 2 services held', conflict: false });
});

test('adds the number of stale ones', () => {
  const text = statusText(snapshot(service(), service({ id: 'b', state: 'stale', lockFiles: [] })), watching);
  expect(text?.text).toBe('$(lock) 1 held · 1 stale');
});

test('names the only conflict and counts several', () => {
  const conflict = service({ state: 'conflict', name: 'telegram-bot' });
  expect(statusText(snapshot(conflict), watching)).toEqual({
    text: '$(warning) Conflict: telegram-bot',
    spoken: 'Conflict: telegram-bot',
    conflict: true,
  });
  expect(statusText(snapshot(conflict, { ...conflict, id: 'b' }), watching)?.text).toBe(
    '$(warning) 2 conflicts',
  );
});

test('does not let a name become an icon', () => {
  const conflict = service({ state: 'conflict', name: '$(check) fine' });
  expect(statusText(snapshot(conflict), watching)?.text).toBe('$(warning) Conflict: $ (check) fine');
});

test('shows that it is paused', () => {
  expect(statusText(snapshot(service()), { kind: 'paused' })?.text).toBe('$(debug-pause) 1 held');
});

test('lists the worst first and counts the rest in the tooltip', () => {
  const many = Array.from({ length: 30 }, (_, index) => service({ id: `s${index}`, name: `s${index}` }));
  many.push(service({ id: 'bad', name: 'bad', state: 'conflict' }));
  const lines = tooltipOf(...many).split('\n');
  expect(lines[0]).toContain('bad');
  expect(lines[1]).toContain('s0');
  expect(lines).toContain('and 23 more');
  expect(lines.at(-1)).toBe('[Open the Services view](command:instanceMonitor.services.focus)');
});

test('links each service to its evidence, and a name or an id can end no link and start no other', () => {
  const hostile = service({ id: 'preset:x:/a (b)](command:evil)\n!*', name: 'x](command:evil) [y' });
  const [line = ''] = tooltipOf(hostile).split('\n');
  const links = [...line.matchAll(/\]\(command:([^)\s]*)\)/g)].map(([, target = '']) => target);
  expect(links).toHaveLength(1);
  const [command = '', argument = ''] = (links[0] ?? '').split('?');
  expect(statusCommands).toContain(command);
  expect(JSON.parse(decodeURIComponent(argument))).toEqual([hostile.id]);
});

test('can run our own commands only, and none that changes anything', () => {
  expect([...statusCommands].sort()).toEqual([
    'instanceMonitor.services.focus',
    'instanceMonitor.showEvidence',
  ]);
});

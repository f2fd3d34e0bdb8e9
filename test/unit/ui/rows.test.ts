import { expect, test } from 'vitest';
import { diffRows } from '../../../src/ui/text/rows/rowDiff';
import { bySeverityThenName, hasProblem, serviceRow, type Row } from '../../../src/ui/text/rows/rows';
import type { LockFileSnapshot, ServiceSnapshot } from '../../../src/api';
import { remarkOf } from '../../../src/ui/text/words/titles';
import everyFinding from '../model/findingsWhole.json';
import { finding, HOUR, holder, instance, lockFile, NOW, service } from './snapshots';

const row = (snapshot: ServiceSnapshot, now = NOW): Row =>
  serviceRow(snapshot, { now, shorten: (path) => path });

const all = (rows: readonly Row[]): Row[] => rows.flatMap((each) => [each, ...all(each.children)]);

test('sorts the worst first, then by name with numbers in order', () => {
  const services = [
    service({ name: 'bot 10', id: 'a' }),
    service({ name: 'bot 9', id: 'b' }),
    service({ name: 'z', id: 'c', state: 'conflict' }),
    service({ name: 'a', id: 'd', state: 'free' }),
    service({ name: 'y', id: 'e', state: 'stale' }),
  ];
  expect(services.sort(bySeverityThenName).map(({ name }) => name)).toEqual([
    'z',
    'y',
    'bot 9',
    'bot 10',
    'a',
  ]);
});

test('gives every row an id of its own and a text for screen readers', () => {
  const rows = all([
    row(
      service({
        lockFiles: [
          lockFile([holder(1), holder(2)], { waiters: [{ pid: 3 }] }),
          lockFile([], { path: '/other.lock' }),
        ],
        pidFiles: [{ path: '/srv/bot/.bot.lock', exists: true, recordedPid: 1, verdict: 'live' }],
        instances: [instance(1), instance(2, 'duplicate')],
        findings: [finding('waiters', 'information'), finding('waiters', 'information')],
      }),
    ),
  ]);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  expect(rows.filter(({ spoken }) => spoken === '')).toEqual([]);
});

test('says of a lock file the same to the eye and to the ear, whatever the path is', () => {
  const texts = (path: string, more: Partial<LockFileSnapshot> = {}) => {
    const file = lockFile(more.held === false ? [] : [holder(1)], { path, ...more });
    const found = all([row(service({ lockFiles: [file] }))]).find(
      ({ subject }) => subject.kind === 'lockFile',
    );
    return [found?.description, found?.spoken];
  };
  expect(texts('/a · b.lock')).toEqual([
    'held · flock exclusive',
    'lock file /a · b.lock, held, flock exclusive',
  ]);
  expect(texts('/a.lock', { held: false })).toEqual(['free', 'lock file /a.lock, free']);
  expect(texts('/a.lock', { exists: false })).toEqual(['held, deleted', 'lock file /a.lock, held, deleted']);
  expect(texts('/a.lock', { exists: false, held: false })).toEqual(['absent', 'lock file /a.lock, absent']);
});

test('names a file by its name where the path leaves no room for what is said of it', () => {
  const labels = (...paths: string[]): (readonly [string, string])[] => {
    const pidFiles = paths.map((path) => ({ path, exists: true, recordedPid: 1, verdict: 'dead' as const }));
    return all([row(service({ lockFiles: [], instances: [], pidFiles }))])
      .filter(({ subject }) => subject.kind === 'pidFile')
      .map(({ label, description }) => [label, description]);
  };
  const gone = 'names pid 1, which is gone';
  expect(labels('/var/run/services/bot.pid', '/var/run/services/api.pid')).toEqual([
    ['bot.pid', `${gone} · /var/run/services`],
    ['api.pid', `${gone} · /var/run/services`],
  ]);
  // Two of one name are told apart by their folders.
  expect(
    labels('/var/run/services/a/bot.pid', '/var/run/services/b/bot.pid').map(([label]) => label),
  ).toEqual(['/var/run/services/a/bot.pid', '/var/run/services/b/bot.pid']);
  const both = { path: '/var/run/services/bot.lock', exists: true, recordedPid: 1, verdict: 'live' as const };
  const one = service({ lockFiles: [lockFile([holder(1)], { path: both.path })], pidFiles: [both] });
  const files = all([row(one)]).filter(({ subject }) => /File$/.test(subject.kind));
  expect(files.map(({ label }) => label)).toEqual(['bot.lock', 'bot.lock']);
  expect(files[0]?.description).toBe('held · flock exclusive · /var/run/services');
});

test('leaves the part that an instance plays in sight, however long its program is called', () => {
  const named = (role: 'owner' | 'duplicate', script: string): string | undefined => {
    const root = { pid: 12345, command: `python3 ${script}` };
    return row(service({ instances: [{ root, processes: [root], role }] })).children.find(
      ({ subject }) => subject.kind === 'instance',
    )?.label;
  };
  expect(named('owner', 'bot.py')).toBe('pid 12345 bot.py');
  expect(named('duplicate', 'hermes_gateway.py')).toBe('pid 12345 hermes_…');
  expect(named('duplicate', 'worker.py')).toBe('pid 12345 worker.py');
});

test('shortens the paths in what a finding says, to the eye and to the ear', () => {
  const found = finding('stalePidDead', 'stale', { message: '/w/shop/bot.pid names pid 1.' });
  const context = { now: NOW, shorten: (path: string) => path };
  const told = (shortenIn?: (text: string) => string): (string | undefined)[] => {
    const one = serviceRow(service({ findings: [found] }), { ...context, ...(shortenIn && { shortenIn }) });
    return one.children.slice(0, 1).flatMap(({ description, spoken }) => [description, spoken]);
  };
  expect(told((text) => text.replace('/w/shop/', ''))).toEqual([
    'bot.pid names pid 1.',
    'stale: Stale record: process no longer exists. bot.pid names pid 1.',
  ]);
  expect(told()[0]).toBe('/w/shop/bot.pid names pid 1.');
});

test('begins with the warning where only the colour of the lock would tell of it', () => {
  const kinds = Object.values(everyFinding as Record<string, string[]>)
    .flat()
    .flatMap((line) => /^warning (\w+):/.exec(line)?.[1] ?? []);
  expect(new Set(kinds).size).toBeGreaterThan(3);
  for (const kind of new Set(kinds)) {
    const { icon, description } = row(service({ findings: [finding(kind, 'warning')] }));
    expect([kind, icon]).toEqual([kind, { name: 'lock', color: 'problemsWarningIcon.foreground' }]);
    expect([kind, description.split(' · ')[0]]).toEqual([kind, remarkOf(kind)]);
    expect(description).not.toMatch(/^pid /);
  }
  expect(row(service()).description).toMatch(/^pid /);
});

test('offers clean-up only of records that are stale and of locks of git without an owner, and killing only where there is a duplicate', () => {
  const healthy = all([row(service())]).flatMap(({ capabilities }) => capabilities);
  expect(healthy).not.toContain('cleanUp');
  expect(healthy).not.toContain('killDuplicates');
  const stale = row(
    service({
      state: 'stale',
      findings: [finding('stalePidDead', 'stale')],
      pidFiles: [{ path: '/a.pid', exists: true, recordedPid: 1, verdict: 'dead' }],
    }),
  );
  expect(stale.capabilities).toContain('cleanUp');
  const unowned = { ...lockFile([{ inherited: false, deletedInode: false }]), kind: 'existence' } as const;
  const can = (path: string): readonly string[] =>
    row(service({ lockFiles: [{ ...unowned, path }] })).capabilities;
  expect(can('/r/.git/index.lock')).toContain('cleanUp');
  expect(can('/r/bot.lock')).not.toContain('cleanUp');
  const doubled = row(service({ instances: [instance(1), instance(2, 'duplicate')] }));
  expect(doubled.capabilities).toContain('killDuplicates');
});

test('does not offer to end a holder that is not known', () => {
  const unknown = { inherited: false, deletedInode: false };
  const rows = all([row(service({ lockFiles: [lockFile([unknown])], instances: [] }))]);
  expect(rows.flatMap(({ capabilities }) => capabilities)).not.toContain('terminate');
});

test('counts anything but an undisturbed holder, a free or an absent file as a problem', () => {
  expect(hasProblem(service())).toBe(false);
  expect(hasProblem(service({ state: 'free' }))).toBe(false);
  expect(hasProblem(service({ findings: [finding('waiters', 'information')] }))).toBe(false);
  expect(hasProblem(service({ findings: [finding('recordMissing', 'warning')] }))).toBe(true);
  expect(hasProblem(service({ state: 'unverified' }))).toBe(true);
});

const everyRow = (): boolean => true;

test('redraws nothing when nothing a person sees has changed', () => {
  expect(diffRows([row(service())], [row(service(), NOW + 60_000)], everyRow)).toEqual({
    roots: false,
    ids: [],
  });
});

test('redraws only the rows whose age has grown', () => {
  const before = row(service());
  const { roots, ids } = diffRows([before], [row(service(), NOW + HOUR)], everyRow);
  expect(roots).toBe(false);
  expect(ids).toEqual(['setting::bot']);
});

test('redraws only the child that changed', () => {
  const pidFile = { path: '/a.pid', exists: true, recordedPid: 1, verdict: 'live' as const };
  const before = row(service({ pidFiles: [pidFile] }));
  const after = row(service({ pidFiles: [{ ...pidFile, recordedPid: 2 }] }));
  expect(diffRows([before], [after], everyRow)).toEqual({ roots: false, ids: ['setting::bot/pid//a.pid'] });
});

test('redraws no child that nobody has asked for, and does not even make it', () => {
  const pidFile = { path: '/a.pid', exists: true, recordedPid: 1, verdict: 'live' as const };
  const shorten = (): string => {
    throw new Error('a child was made');
  };
  const unseen = (recordedPid: number): Row =>
    serviceRow(service({ pidFiles: [{ ...pidFile, recordedPid }] }), { now: NOW, shorten });
  expect(diffRows([unseen(1)], [unseen(2)], () => false)).toEqual({ roots: false, ids: [] });
  expect(() => unseen(1).children).toThrow('a child was made');
});

test('redraws the parent when its children come or go, and the list only when its rows do', () => {
  const more = row(service({ lockFiles: [lockFile([holder(4242)], { waiters: [{ pid: 3 }] })] }));
  expect(diffRows([row(service())], [more], everyRow)).toEqual({
    roots: false,
    ids: ['setting::bot/lock//srv/bot/.bot.lock'],
  });
  const other = row(service({ id: 'other' }));
  expect(diffRows([more], [more, other], everyRow).roots).toBe(true);
  expect(diffRows([other, more], [more, other], everyRow).roots).toBe(true);
});

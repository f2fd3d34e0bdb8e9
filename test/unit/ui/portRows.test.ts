import { expect, test } from 'vitest';
import type { PortSnapshot, ServiceSnapshot } from '../../../src/api';
import { capabilities } from '../../../src/contributions';
import { evidenceDocument } from '../../../src/ui/text/pages/evidence';
import { tooltip } from '../../../src/ui/text/pages/tooltip';
import { diagnose } from '../../../src/model/diagnose';
import { candidateDescription, confirmationDetail } from '../../../src/ui/text/dialogs/terminationText';
import { serviceRow, type Row } from '../../../src/ui/text/rows/rows';
import { facts, lock, lockFile, pidFile, alive, port as portOf, proc } from '../model/build';
import { finding, instance, NOW, service } from './snapshots';

const row = (more: Partial<ServiceSnapshot>): Row =>
  serviceRow(service(more), { now: NOW, shorten: (path) => path });
const port = (more: Partial<PortSnapshot> = {}): PortSnapshot => ({ port: 3000, listeners: [], ...more });
const listener = (
  pid: number,
  relation: 'instance' | 'other' | 'unknown',
  proof?: 'proven' | 'plausible',
): PortSnapshot['listeners'][number] => ({
  pid,
  command: 'node /srv/web/server.js',
  addresses: ['127.0.0.1'],
  relation,
  ...(proof === undefined ? {} : { proof }),
});

const portRow = (more: Partial<PortSnapshot>): Row | undefined =>
  row({ ports: [port(more)] }).children.find(({ subject }) => subject.kind === 'port');

test.each<[string, Partial<PortSnapshot>]>([
  ['no process listens', {}],
  ['pid 7 server.js', { listeners: [listener(7, 'instance', 'proven')] }],
  ['pid 7 server.js · not an instance', { listeners: [listener(7, 'other', 'proven')] }],
  ['pid 7 server.js · probably not an instance', { listeners: [listener(7, 'other', 'plausible')] }],
  ['pid 7 server.js · unknown whether it is an instance', { listeners: [listener(7, 'unknown')] }],
  ['a process of user 0 listens', { unknownReason: 'a process of user 0 listens' }],
])('says %s', (text, more) => {
  expect(portRow(more)?.description).toBe(text);
  expect(portRow(more)?.spoken).toBe(`port 3000, ${text}`);
});

test('has a row for each who listens, as a process', () => {
  const children = portRow({ listeners: [listener(7, 'other', 'proven')] })?.children ?? [];
  expect(children.map(({ label, description }) => [label, description])).toEqual([
    ['pid 7 server.js', 'listens at 127.0.0.1 · not an instance'],
  ]);
  expect(children[0]?.capabilities).toContain(capabilities.copyPid);
});

test('offers to open an address only where one is known, on the port and on its service', () => {
  const url = 'http://localhost:3000/';
  expect(portRow({ url })?.capabilities).toContain(capabilities.openUrl);
  expect(portRow({})?.capabilities).not.toContain(capabilities.openUrl);
  expect(row({ ports: [port({ url })] }).capabilities).toContain(capabilities.openUrl);
  expect(row({ ports: [port()] }).capabilities).not.toContain(capabilities.openUrl);
  expect(row({}).capabilities).not.toContain(capabilities.openUrl);
});

test('names the port that is in use on the row of the service', () => {
  const conflict = { state: 'conflict', findings: [finding('portConflict', 'conflict')] } as const;
  const taken = port({ port: 4000, listeners: [listener(7, 'other', 'proven')] });
  const own = port({ listeners: [listener(4242, 'instance', 'proven')] });
  expect(row({ ...conflict, findings: [...conflict.findings], ports: [own, taken] }).description).toBe(
    'conflict · port 4000 is in use',
  );
  expect(row({ ...conflict, findings: [...conflict.findings], ports: [own] }).description).toBe(
    'conflict · its port is in use',
  );
  expect(row({ findings: [finding('portConflict', 'warning')] }).description).toContain('port conflict');
});

test('says of an instance that it listens', () => {
  const listening = row({
    instances: [instance(4242)],
    ports: [port({ listeners: [listener(4242, 'instance')] }), port({ port: 4000 })],
  });
  const [found] = listening.children.filter(({ subject }) => subject.kind === 'instance');
  expect(found?.description).toContain('listens on port 3000');
  expect(found?.description).not.toContain('4000');
});

test('shows what is known in the tooltip, inert', () => {
  const about = portRow({ listeners: [{ ...listener(7, 'other'), command: '**x** [a](command:b)' }] });
  expect(about && tooltip(about.subject)).not.toContain('](command:');
  expect(about?.children[0] && tooltip(about.children[0].subject)).toContain('`**x** [a](command:b)`');
});

test('has who listens, the record and the address in the evidence', () => {
  const bot = proc(4242, 'python3 bot.py', { ppid: 50 });
  const stranger = proc(4300, 'node server.js', { ppid: 50 });
  const all = facts({
    processes: [proc(50, 'bash', { startedAgo: 9000 }), bot, stranger],
    lockFiles: [lockFile([lock([bot])])],
    pidFiles: [pidFile('{"pid":4242,"port":3000,"url":"http://localhost:3000/x"}', alive(bot))],
    ports: [portOf([stranger])],
  });
  const page = evidenceDocument({ service: diagnose(all), history: [], facts: all, advice: [] });
  expect(page).toContain('## Port in use by another process');
  expect(page).toContain('## TCP ports');
  expect(page).toContain('[Open URL](http://localhost:3000/x): `http://localhost:3000/x`');
  expect(page).toContain('where another process than the recorded one listens');
  expect(page).toContain("sudo ss -ltnp 'sport = :3000'");
});

test('is said before an instance is terminated', () => {
  const root = { pid: 4242, command: 'node server.js', holds: [], ports: [3000] };
  const candidate = {
    id: '4242:1',
    role: 'owner',
    counted: true,
    root,
    processes: [root],
    preselected: false,
  } as const;
  const shown = { now: NOW, all: [candidate], terminalOf: () => undefined };
  expect(candidateDescription(candidate, shown)).toContain('listens on port 3000');
  expect(confirmationDetail([candidate])).toContain('listens on port 3000');
});

/** What each known tool leaves in its files, as it leaves it: the shapes that its preset names are read, and no other. */
import { expect, it } from 'vitest';
import { defined } from '../../../src/common/defined';
import { PRESETS } from '../../../src/model/presets/index';
import { parsePidRecord } from '../../../src/model/records/pidRecord';
import type { RecordShape } from '../../../src/model/records/pidRecordTypes';

const BOOT = Date.UTC(2026, 0, 31, 9, 5, 7) / 1000;
const ISO = '2026-01-31T09:05:07.000Z';
const json = (fields: object): string => JSON.stringify(fields);
const hermes = {
  pid: 4242,
  kind: 'hermes-gateway',
  argv: ['hermes_cli/main.py', 'gateway'],
  start_time: 98_765,
};

interface Left {
  preset: string;
  file: string;
  content?: string;
  symlinkTarget?: string;
  /** Default: 4242. */
  pid?: number | undefined;
}

const number = (preset: string, file: string, content = '4242\n'): Left => ({ preset, file, content });
const link = (preset: string, file: string, symlinkTarget: string): Left => ({ preset, file, symlinkTarget });
const empty = (preset: string, file: string): Left => ({ preset, file, content: '', pid: undefined });

const LEFT: readonly Left[] = [
  number('hermes-gateway', 'gateway.pid', json(hermes)),
  number('hermes-gateway', 'gateway.pid'),
  number('hermes-token-lock', 'telegram-0123456789abcdef.lock', json({ ...hermes, scope: 'telegram' })),
  number('hermes-desktop', 'backend.lock.json', json({ pid: 4242, createdAt: ISO })),
  number('hermes-whatsapp', 'bridge.pid', '4242\n98765432'),
  number('hermes-whatsapp', 'bridge.pid', '4242'),
  number('raft-bridge', 'bridge.lock', json({ pid: 4242, startedAt: ISO })),
  number('telegram-bot', '.telegram-bot.pid'),
  number('memtomem', 'server.pid', '4242'),
  number('memtomem', 'server-0123456789abcdef.pid', `4242\n\n${ISO}\n`),
  number('memtomem-web', 'web.pid', '4242'),
  number('memtomem-web', 'web.pid', `4242\n8787\n${ISO}\n`),
  number('memtomem-web', 'web.json', json({ pid: 4242, port: 8787, started: ISO })),
  empty('memtomem-locks', 'lifecycle.lock'),
  number('claude-telegram', 'bot.pid', '4242'),
  number('openclaw-gateway', 'gateway.0a1b.lock', json({ pid: 4242, createdAt: ISO, startTime: 98_765 })),
  number('openclaw-session', 'a.jsonl.lock', json({ pid: 4242, createdAt: ISO })),
  number('rails', 'server.pid', '4242'),
  number('puma', 'puma.state', '---\npid: 4242\ncontrol_url: unix:///tmp/puma-status\n'),
  number('next', 'lock', json({ pid: 4242, port: 3000, startedAt: BOOT * 1000 })),
  empty('next', 'lock'),
  number('next-build', 'lock', json({ pid: 4242, startedAt: BOOT * 1000 })),
  empty('next-build', 'lock'),
  number('nuxt', 'nuxt.lock', json({ pid: 4242, startedAt: BOOT * 1000, command: 'dev', port: 3000 })),
  number('astro', 'dev.json', json({ pid: 4242, port: 4321 })),
  number('vinext', 'dev-lock.json', json({ pid: 4242, port: 3000, startedAt: BOOT * 1000 })),
  number('nx', 'server-process.json', json({ processId: 4242, nxVersion: '22.0.1' })),
  number('celery-beat', 'celerybeat.pid'),
  number('twisted', 'twistd.pid', '4242'),
  number('supervisord', 'supervisord.pid'),
  number('pm2', 'pm2.pid', '4242'),
  number('jupyter', 'jpserver-4242.json', json({ hostname: 'localhost', pid: 4242, port: 8888 })),
  number('jupyter', 'jpserver-4242.json', ''),
  number(
    'postgresql',
    'postmaster.pid',
    `4242\n/var/lib/postgresql/16/main\n${BOOT}\n5432\n/var/run/postgresql\n`,
  ),
  // A single-user server writes its pid with a minus.
  number('postgresql', 'postmaster.pid', `-4242\n/srv/data\n${BOOT}\n5432\n/tmp\n`),
  number('postgresql-socket', '.s.PGSQL.5432.lock', `4242\n/srv/data\n${BOOT}\n5432\n/tmp\n`),
  number('mongodb', 'mongod.lock'),
  empty('mongodb', 'mongod.lock'),
  number('docker', 'docker.pid', '4242'),
  number('x-server', '.X0-lock', '      4242\n'),
  number('claude-ide', '54321.lock', json({ pid: 4242, ideName: 'Code' })),
  number('vscode-window', 'vscode.lock', json({ pid: 4242, willReleaseAt: 0 })),
  number('vscode-main', 'code.lock', '4242'),
  link('chromium-profile', 'SingletonLock', 'build-host-7-4242'),
  link('emacs', '.#main.c', `ann@tower.4242:${BOOT}`),
  number('git', 'index~pid.lock', 'pid 4242\n'),
  { preset: 'git', file: 'HEAD.lock', content: '0123456789abcdef0123456789abcdef01234567\n', pid: undefined },
  number('git-gc', 'gc.pid', '4242 tower'),
  link('mercurial', 'wlock', 'tower:4242'),
  {
    preset: 'terraform',
    file: '.terraform.tfstate.lock.info',
    content: json({ ID: '5b1c3b0e', Operation: 'OperationTypeApply', Who: 'ann@tower', Created: ISO }),
    pid: undefined,
  },
  {
    preset: 'gradle',
    file: 'fileHashes.lock',
    content: '\u0000\u0000\u0000\u0003\u0000\u0000\u0000\u0000',
    pid: undefined,
  },
  number('bazel', 'server.pid.txt', '4242'),
  number('borg', 'tower@1.4242-0', ''),
];

/** What names no process is none, however it is written. */
function read({ file, content, symlinkTarget }: Left): { shape: RecordShape; pid: number | undefined } {
  const { shape, pid } = parsePidRecord({ fileName: file, ...defined({ content, symlinkTarget }) });
  return { shape: pid === undefined && shape !== 'empty' ? 'none' : shape, pid };
}

it.each(
  LEFT.map((left) => [left.preset, left.file, left.content ?? left.symlinkTarget ?? '', left] as const),
)('%s: %s %j', (preset, _, __, left) => {
  const { shape, pid } = read(left);
  expect(PRESETS.find(({ id }) => id === preset)?.records).toContain(shape);
  expect(pid).toBe('pid' in left ? left.pid : 4242);
});

it('has one of each shape that a preset names', () => {
  const seen = new Set(LEFT.map((left) => `${left.preset}: ${read(left).shape}`));
  const named = PRESETS.flatMap(({ id, records }) => records.map((shape) => `${id}: ${shape}`));
  expect(named.filter((one) => !seen.has(one))).toEqual([]);
});

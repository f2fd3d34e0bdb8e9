import { describe, expect, it } from 'vitest';
import { parsePidRecord } from '../../../src/model/records/pidRecord';
import type { PidRecord } from '../../../src/model/records/pidRecordTypes';

const SECRET = 'S3CRET00deadbeef';
const BOOT = '94e4e828-3b5e-4873-bb23-93993b6ef8a7';
const MACHINE = '2f0c1a9be5d7428f8a0b6f3d5e9c7a14';
const STARTED = Date.UTC(2026, 0, 31, 9, 5, 7);
const ISO = '2026-01-31T09:05:07.000Z';
const TOKEN = ((BigInt(`0x${BOOT.replaceAll('-', '')}`) << 64n) | 98_765n).toString();

interface Wild {
  tool: string;
  /** Relative to where the tool leaves it. */
  file: string;
  content?: string;
  symlinkTarget?: string;
  is: PidRecord;
}

const json = (fields: object): string => JSON.stringify(fields, null, 2);
const hermes = {
  pid: 4242,
  kind: 'hermes-gateway',
  argv: ['/opt/hermes/hermes_cli/main.py', 'gateway', 'run'],
};
const readHermes = {
  shape: 'json',
  pid: 4242,
  program: 'hermes-gateway',
  argv: hermes.argv,
  command: hermes.argv.join(' '),
} as const;

const devServers: readonly Wild[] = [
  {
    tool: 'Nuxt',
    file: '.nuxt/nuxt.lock',
    content: json({
      pid: 4242,
      startedAt: STARTED,
      command: 'dev',
      port: 3000,
      hostname: 'my-box',
      url: 'http://my-box:3000',
      cwd: '/home/ann/web',
      token: '4242-1',
    }),
    is: {
      shape: 'json',
      pid: 4242,
      startedAt: STARTED,
      command: 'dev',
      port: 3000,
      url: 'http://my-box:3000/',
    },
  },
  {
    tool: 'Nuxt, a marker a process',
    file: '.nuxt/locks/4242.json',
    content: json({ pid: 4242, command: 'dev', port: 3001, hostname: '127.0.0.1', startedAt: STARTED }),
    is: { shape: 'json', pid: 4242, startedAt: STARTED, command: 'dev', port: 3001, host: '127.0.0.1' },
  },
  {
    tool: 'Astro',
    file: '.astro/dev.json',
    content: json({ pid: 4242, port: 4321, urls: { local: ['http://localhost:4321/'], network: [] } }),
    is: { shape: 'json', pid: 4242, port: 4321, url: 'http://localhost:4321/' },
  },
  {
    tool: 'vinext',
    file: 'node_modules/.cache/vinext/dev-lock.json',
    content: json({ pid: 4242, port: 3000, url: 'http://localhost:3000', startedAt: STARTED }),
    is: { shape: 'json', pid: 4242, port: 3000, startedAt: STARTED, url: 'http://localhost:3000/' },
  },
  {
    tool: 'Next.js',
    file: '.next/dev/lock',
    content: json({ pid: 4242, port: 3000, hostname: 'box', appUrl: 'http://box:3000', startedAt: STARTED }),
    is: { shape: 'json', pid: 4242, port: 3000, startedAt: STARTED, url: 'http://box:3000/' },
  },
  { tool: 'Next.js build', file: '.next/lock', content: '', is: { shape: 'empty' } },
  {
    tool: 'Vercel',
    file: '.vercel/dev.lock',
    content: json({ pid: 4242, port: 3000, startedAt: STARTED, cwd: '/home/ann/web' }),
    is: { shape: 'json', pid: 4242, port: 3000, startedAt: STARTED },
  },
  {
    tool: 'Nx',
    file: '.nx/workspace-data/d/server-process.json',
    content: `${json({ processId: 4242, socketPath: '/tmp/a1b2/d.sock', nxVersion: '22.0.1' })}\n`,
    is: { shape: 'json', pid: 4242 },
  },
  {
    tool: 'Puma',
    file: 'tmp/pids/puma.state',
    content: `---\npid: 4242\ncontrol_url: unix:///tmp/puma-status-1769850307-4242\ncontrol_auth_token: ${SECRET}\nrunning_from: "/srv/app"\n`,
    is: { shape: 'labelled', pid: 4242 },
  },
  { tool: 'Rails', file: 'tmp/pids/server.pid', content: '4242', is: { shape: 'integer', pid: 4242 } },
];

const desktop: readonly Wild[] = [
  {
    tool: 'KeePassXC',
    file: 'keepassxc-ann.lock',
    content: `4242\nkeepassxc\ntower\n${MACHINE}\n${BOOT}\n`,
    is: { shape: 'lines', pid: 4242, program: 'keepassxc', host: 'tower', bootId: BOOT },
  },
  {
    tool: 'qTox on Windows',
    file: 'profile.lock',
    content: `4242\r\nqtox.exe\r\nDESKTOP-7Q\r\n5b1c3b0e-54f5-4f0c-9b0a-0c4a1d6b7f11\r\n\r\n`,
    is: { shape: 'lines', pid: 4242, program: 'qtox.exe', host: 'DESKTOP-7Q' },
  },
  {
    tool: 'Playwright MCP',
    file: 'ms-playwright/mcp-chrome-5d1f2ab/SingletonLock',
    symlinkTarget: 'build-host-7-4242',
    is: { shape: 'hostPid', pid: 4242, host: 'build-host-7' },
  },
  {
    tool: 'Claude Code, the lock of a version',
    file: 'claude/locks/2.1.33.lock',
    is: { shape: 'none' },
  },
  {
    tool: 'Claude IDE',
    file: '.claude/ide/41233.lock',
    content: json({ pid: 4242, workspaceFolders: ['/ws'], ideName: 'Code', authToken: SECRET }),
    is: { shape: 'json', pid: 4242 },
  },
  {
    tool: 'VS Code window',
    file: 'workspaceStorage/1f2e/vscode.lock',
    content: json({ pid: 4242, willReleaseAt: 0 }),
    is: { shape: 'json', pid: 4242 },
  },
  { tool: 'X server', file: '/tmp/.X0-lock', content: '      4242\n', is: { shape: 'integer', pid: 4242 } },
];

const services: readonly Wild[] = [
  {
    tool: 'hermes on Linux',
    file: '.hermes/gateway.pid',
    content: json({ ...hermes, start_time: 98_765, hermes_home: '/home/ann/.hermes' }),
    is: { ...readHermes, startTicks: 98_765, home: '/home/ann/.hermes' },
  },
  {
    tool: 'hermes on macOS, a token lock',
    file: 'gateway-locks/telegram-bot-token-0011223344556677.lock',
    content: json({
      ...hermes,
      start_time: 176_985_030_712,
      hermes_home: '/Users/ann/.hermes/profiles/ops',
      scope: 'telegram-bot-token',
      identity_hash: '0011223344556677',
      profile: 'ops',
      updated_at: ISO,
    }),
    is: {
      ...readHermes,
      startedAt: STARTED + 120,
      home: '/Users/ann/.hermes/profiles/ops',
      profile: 'ops',
    },
  },
  {
    tool: 'hermes before 2026-06 on macOS',
    file: '.hermes/gateway.lock',
    content: json({ ...hermes, start_time: null }),
    is: readHermes,
  },
  {
    tool: 'hermes, the bridge of WhatsApp',
    file: 'whatsapp/session/bridge.pid',
    content: '4242\n98765432',
    is: { shape: 'lines', pid: 4242, mayBeTicks: 98_765_432 },
  },
  {
    tool: 'memtomem',
    file: 'server-0011223344556677.pid',
    content: `4242\n\n${ISO}\n`,
    is: { shape: 'lines', pid: 4242, startedAt: STARTED },
  },
  {
    tool: 'memtomem web',
    file: 'web.json',
    content: json({ pid: 4242, port: 8787, started: ISO }),
    is: { shape: 'json', pid: 4242, port: 8787, startedAt: STARTED },
  },
  {
    tool: 'OpenClaw',
    file: 'gateway.0011.lock',
    content: json({ pid: 4242, createdAt: ISO, configPath: '/home/ann/.openclaw/x.json', startTime: 98_765 }),
    is: { shape: 'json', pid: 4242, mayBeTicks: 98_765, startedAt: STARTED },
  },
  {
    tool: 'an agent loop: date +%s',
    file: '.conveyor.lock',
    content: '1769850307\n',
    is: { shape: 'none' },
  },
  {
    tool: 'py-filelock, before 3.30',
    file: 'cache.lock',
    content: '4242\nbuild-7\n',
    is: { shape: 'lines', pid: 4242, host: 'build-7' },
  },
  {
    tool: 'py-filelock',
    file: 'cache.lock',
    content: `4242\nbuild-7\n${TOKEN}\n`,
    is: { shape: 'lines', pid: 4242, host: 'build-7', startTicks: 98_765, bootId: BOOT },
  },
  {
    tool: 'py-filelock on Windows',
    file: 'cache.lock',
    content: '4242\nDESKTOP-7Q\n134143239070000000\n',
    is: { shape: 'lines', pid: 4242, host: 'DESKTOP-7Q', startedAt: STARTED },
  },
  {
    tool: 'py-filelock, a lease',
    file: 'cache.lock',
    content: `filelock/2\npid=4242\nhost=build-7\nmode=lease\ntoken=${SECRET}\nduration=30.0\nstart=${TOKEN}\n`,
    is: { shape: 'labelled', pid: 4242, host: 'build-7', startTicks: 98_765, bootId: BOOT },
  },
  {
    tool: 'HAProxy with nbproc',
    file: 'haproxy.pid',
    content: '4242\n4243\n4244\n',
    is: { shape: 'pids', pid: 4242, pids: [4242, 4243, 4244] },
  },
  {
    tool: 'Hadoop',
    file: 'dn/in_use.lock',
    content: '55@dn-0.hadoop-hdfs-dn.dataservice.svc.cluster.local',
    is: { shape: 'pidHost', pid: 55, host: 'dn-0.hadoop-hdfs-dn.dataservice.svc.cluster.local' },
  },
  {
    tool: 'Jupyter',
    file: 'jpserver-4242.json',
    content: json({ base_url: '/', hostname: 'localhost', pid: 4242, port: 8888, token: SECRET }),
    is: { shape: 'json', pid: 4242, port: 8888, host: 'localhost' },
  },
  {
    tool: 'beads',
    file: '.beads/daemon.lock',
    content: json({ pid: 4242, database: '/ws/.beads/beads.db', version: '0.49.3', started_at: ISO }),
    is: { shape: 'json', pid: 4242, startedAt: STARTED },
  },
];

describe('what tools leave on disk', () => {
  it.each([...devServers, ...desktop, ...services])('is read: $tool', ({ file, is, ...record }) => {
    const fileName = file.split('/').at(-1) ?? '';
    const read = parsePidRecord({ fileName, ...record });
    expect(read).toEqual(is);
    expect(JSON.stringify(read)).not.toContain(SECRET);
  });

  it('is no record where it is no text: the swap file of Vim, whose number is at byte 24', () => {
    const content = new Uint8Array(4096);
    content.set(new TextEncoder().encode('b0VIM 9.0'));
    content.set([0x92, 0x10, 0, 0], 24);
    expect(parsePidRecord({ fileName: '.main.c.swp', content })).toEqual({ shape: 'none' });
  });
});

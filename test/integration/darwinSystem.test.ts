/** The macOS half of the native helper on macOS itself: real processes, and holders that Python starts. */
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { binaryFiles } from '../../src/os/native/binary';
import { darwinCalls } from '../../src/os/native/darwin/index';
import * as layouts from '../../src/os/native/darwin/layouts';
import { loadKoffi } from '../../src/os/native/koffi';
import { compile, whyNoCompiler } from '../fixtures/compile';
import { withStage } from '../fixtures/stage';

const root = path.resolve(import.meta.dirname, '../..');
const isMac = process.platform === 'darwin';
const hasKoffi = binaryFiles(root, 'koffi.node').some((file) => fs.existsSync(file));
const noPython = spawnSync('python3', ['--version']).status === 0 ? undefined : 'python3 cannot be run';

/** Says `ready` once it holds, by flock(2) or for some bytes by fcntl(2), in a folder of its own. */
const HOLDER = `
import fcntl, json, os, sys
how, path = sys.argv[1:]
file = open(path, 'r+')
fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB) if how == 'flock' else fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 5)
print(json.dumps({'ready': True, 'role': 'holder', 'pid': os.getpid()}, separators=(',', ':')), flush=True)
sys.stdin.read()
`;

describe.skipIf(!isMac)(`macOS itself${isMac ? '' : ' (skipped: this is another system)'}`, () => {
  it('lays out its structures as they are read', (context) => {
    const why = whyNoCompiler();
    if (why !== undefined) context.skip(why);
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'instance-monitor-libproc-'));
    try {
      const said = execFileSync(compile('libproc.c', folder, 'program'), { encoding: 'utf8' });
      expect({ ...layouts }).toMatchObject(JSON.parse(said) as object);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });

  it.runIf(hasKoffi).for([
    ['flock', { start: '0', end: 'EOF' }],
    ['lockf', { start: '5', end: '14' }],
  ] as const)('names who holds a file by %s', ([how, range], context) =>
    withStage(async (stage) => {
      if (noPython !== undefined) context.skip(noPython);
      const loaded = loadKoffi(root);
      if (!loaded.ok) throw new Error(loaded.reason);
      const calls = darwinCalls(loaded.exports);
      const file = fs.realpathSync(stage.file('a.lock', 'x'));
      expect(calls.locksOn([file])).toEqual([{ locks: [] }]);
      const holder = await stage.startCommand('python3', ['-c', HOLDER, how, file], {}, 'holder');
      const identity = calls.identify(holder.pid);
      const owner = 'code' in identity ? {} : { pid: holder.pid, uniqueId: identity.uniqueId };
      expect(calls.locksOn([file])).toMatchObject([
        { locks: [how === 'lockf' ? { ...range, owner } : range] },
      ]);
      expect(calls.usesOf([file])).toMatchObject([
        { openers: [{ ...owner, tookFlock: how === 'flock', mayWrite: true }], isSettled: true },
      ]);
      expect(calls.lockedFiles([path.dirname(file)]).map((one) => one.path)).toEqual([file]);
      const listed = calls.processes().find(({ pid }) => pid === holder.pid);
      expect(listed?.argv?.slice(-2)).toEqual([how, file]);
      expect(Math.abs((listed?.startTime ?? 0) - Date.now())).toBeLessThan(60_000);
      expect(calls.workingFolders([holder.pid])).toHaveLength(1);
      await holder.killHard();
      expect(calls.locksOn([file])).toEqual([{ locks: [] }]);
    }),
  );

  it.runIf(hasKoffi).each(['127.0.0.1', '::1', '::'])('names who listens at %s', async (address) => {
    const loaded = loadKoffi(root);
    if (!loaded.ok) throw new Error(loaded.reason);
    const calls = darwinCalls(loaded.exports);
    const server = net.createServer().listen(0, address);
    await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
    const { port } = server.address() as net.AddressInfo;
    const client = net.connect(port, address === '::' ? '::1' : address);
    try {
      await new Promise((resolve, reject) => client.once('connect', resolve).once('error', reject));
      const { listeners, hidden, others } = calls.listeners([port]);
      expect(listeners).toMatchObject([{ pid: process.pid, port, address }]);
      // The kernel's list was read, and names the same socket.
      expect(others).toEqual([]);
      // Those of root, unless the tests are run by it.
      expect(hidden > 0).toBe(process.getuid?.() !== 0);
      expect(calls.listeners([client.localPort ?? 0])).toMatchObject({ listeners: [], others: [] });
    } finally {
      client.destroy();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

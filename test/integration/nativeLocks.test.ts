/** What the native helper and the probe ask of files and processes, laid out as the C library has it. */
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import koffi from 'koffi';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { binaryFiles } from '../../src/os/native/binary';
import { DARWIN_LOCK, fileLocks, LINUX_LOCK, loadFileLocks } from '../../src/os/native/fileLocks';
import { POLLFD, POLLIN } from '../../src/os/native/linux/libc';
import { createActiveProbe, type ActiveProbe } from '../../src/os/probe/index';
import { probeFile } from '../../src/os/probe/probeFile';
import { compile, whyNoCompiler } from '../fixtures/compile';
import { Stage, withStage } from '../fixtures/stage';

const root = path.resolve(import.meta.dirname, '../..');
const hasKoffi = binaryFiles(root, 'koffi.node').some((file) => fs.existsSync(file));
const noCompiler = whyNoCompiler();

describe('layouts', () => {
  let folder: string;
  beforeAll(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'instance-monitor-native-'));
  });
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  it.runIf(process.platform === 'linux' || process.platform === 'darwin')(
    'are those that a compiler of this system gives',
    (context) => {
      if (noCompiler !== undefined) context.skip(noCompiler);
      const said = execFileSync(compile('layouts.c', folder, 'program'), { encoding: 'utf8' });
      const { lock, pollfd, pollIn, pidfdOpen, pidfdSendSignal } = JSON.parse(said) as Record<
        string,
        unknown
      >;
      const expected = process.platform === 'linux' ? LINUX_LOCK : { ...DARWIN_LOCK, getOfdLock: -1 };
      expect(expected).toEqual({ ...(lock as object), seesFlock: process.platform === 'darwin' });
      expect({ ...POLLFD }).toEqual(pollfd);
      expect(POLLIN).toBe(pollIn);
      if (process.platform === 'linux') expect([pidfdOpen, pidfdSendSignal]).toEqual([434, 424]);
    },
  );

  it('of macOS are 24 bytes with the type at 20 (bsd/sys/fcntl.h)', () => {
    expect(DARWIN_LOCK).toEqual({
      size: 24,
      start: 0,
      length: 8,
      pid: 16,
      type: 20,
      whence: 22,
      getLock: 7,
      readLock: 1,
      writeLock: 3,
      unlocked: 2,
      seesFlock: true,
    });
  });
});

describe.skipIf(noCompiler !== undefined || process.platform !== 'linux')(
  `the questions of macOS, to a stand-in${noCompiler === undefined ? '' : ` (skipped: ${noCompiler})`}`,
  () => {
    let folder: string;
    let library: string;
    let script: (type: number, pid: number, errno: number) => void;
    let flocks: () => number;
    beforeAll(() => {
      folder = fs.mkdtempSync(path.join(os.tmpdir(), 'instance-monitor-native-'));
      library = compile('darwinLocks.c', folder, 'library');
      const loaded = koffi.load(library);
      script = loaded.func('void script(int type, int pid, int error)') as typeof script;
      flocks = loaded.func('int flocks(void)') as typeof flocks;
    });
    afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

    const ask = () => fileLocks(koffi, DARWIN_LOCK, library).lockOn(9);

    it.each([
      ['nothing', 2, 0, 'none'],
      ['a POSIX lock', 3, 4242, 'posixWrite'],
      ['a shared POSIX lock', 1, 4242, 'posixRead'],
      ['an flock, or an OFD lock', 3, -1, 'held'],
      ['a shared flock', 1, -1, 'held'],
    ] as const)('tell %s', (_, type, pid, answer) => {
      script(type, pid, 0);
      expect(ask()).toBe(answer);
    });

    it('say why there is no answer', () => {
      script(2, 0, os.constants.errno.EBADF);
      expect(ask()).toEqual({ code: 'EBADF' });
    });

    it('take no lock, since one question sees all kinds', () => {
      const file = path.join(folder, 'a.lock');
      fs.writeFileSync(file, '');
      const records = fileLocks(koffi, DARWIN_LOCK, library);
      script(2, 0, 0);
      expect(probeFile({ flock: records, records }, file)).toEqual({ answer: 'freeOfAll' });
      script(3, -1, 0);
      expect(probeFile({ flock: records, records }, file)).toEqual({ answer: 'held' });
      expect(flocks()).toBe(0);
      // Where that question fails, flock(2) is asked.
      script(2, 0, os.constants.errno.ENOTSUP);
      expect(probeFile({ flock: records, records }, file)).toEqual({
        answer: 'unavailable',
        reason: 'ENOTSUP',
      });
      expect(flocks()).toBe(1);
    });
  },
);

/** Says `held` once it holds: by flock(2), or by fcntl(2) for the whole file. */
const HOLDER = `
import fcntl, json, os, sys
how, mode, path = sys.argv[1:]
file = open(path, 'r+')
flag = (fcntl.LOCK_SH if mode == 'shared' else fcntl.LOCK_EX) | fcntl.LOCK_NB
fcntl.flock(file, flag) if how == 'flock' else fcntl.lockf(file, flag)
print(json.dumps({'ready': True, 'role': 'holder', 'pid': os.getpid()}, separators=(',', ':')), flush=True)
sys.stdin.read()
`;
const noPython = spawnSync('python3', ['--version']).status === 0 ? undefined : 'python3 cannot be run';

describe.runIf(process.platform !== 'win32' && hasKoffi)('locks that Python holds, asked passively', () => {
  const isMac = process.platform === 'darwin';
  it.for([
    ['flock', 'exclusive', isMac ? 'held' : 'none'],
    ['flock', 'shared', isMac ? 'held' : 'none'],
    ['lockf', 'exclusive', 'posixWrite'],
    ['lockf', 'shared', 'posixRead'],
  ] as const)('%s, %s: %s', ([how, mode, answer], context) =>
    withStage(async (stage) => {
      if (noPython !== undefined) context.skip(noPython);
      const file = stage.file('a.lock', 'x');
      const loaded = loadFileLocks(root);
      const ask = () => {
        const fd = fs.openSync(file, 'r');
        try {
          return loaded.ok ? loaded.locks.lockOn(fd) : loaded.reason;
        } finally {
          fs.closeSync(fd);
        }
      };
      expect(ask()).toBe('none');
      const holder = await stage.startCommand('python3', ['-c', HOLDER, how, mode, file], {}, 'holder');
      expect(ask()).toBe(answer);
      await holder.killHard();
      expect(ask()).toBe('none');
    }),
  );
});

describe.runIf(process.platform === 'linux' && hasKoffi)('the probe with koffi', () => {
  let stage: Stage;
  let time: number;
  beforeEach(() => {
    stage = Stage.open();
    time = 0;
  });
  afterEach(() => stage.close());

  /** As in a host that fs-ext was not built for. */
  const withoutFsExt = (): { probe: ActiveProbe; logged: string[] } => {
    const extension = stage.subfolder('extension');
    const [from] = binaryFiles(root, 'koffi.node').filter((file) => fs.existsSync(file));
    const [to = ''] = binaryFiles(extension, 'koffi.node');
    fs.mkdirSync(path.dirname(to), { recursive: true });
    fs.copyFileSync(from ?? '', to);
    const logged: string[] = [];
    return {
      probe: createActiveProbe(
        extension,
        (text) => logged.push(text),
        () => time,
      ),
      logged,
    };
  };

  it.each([
    ['posix', 'exclusive', 'posixWrite'],
    ['posix', 'shared', 'posixRead'],
    ['ofd', 'exclusive', 'ofdWrite'],
    ['ofd', 'shared', 'ofdRead'],
    ['flock', 'exclusive', 'held'],
    ['flock', 'shared', 'freeOfAll'],
    ['none', 'exclusive', 'freeOfAll'],
  ] as const)('tells %s, %s, of another process: %s', async (kind, mode, answer) => {
    const file = stage.file('a.lock');
    const { probe, logged } = withoutFsExt();
    await stage.start('holder', ['--file', file, '--kind', kind, '--mode', mode]);
    expect(probe.probe(file).answer).toBe(answer);
    expect(probe.source).toBe('native');
    expect(logged).toEqual([expect.stringContaining('flock(2) through koffi')]);
  });

  it('says after the end of the holder that it is free, and takes nothing that a starter would miss', async () => {
    const file = stage.file('a.lock');
    const { probe } = withoutFsExt();
    const holder = await stage.start('holder', ['--file', file]);
    expect(probe.probe(file).answer).toBe('held');
    await stage.killHard(holder.pid);
    await holder.exited;
    time = 2000;
    expect(probe.probe(file).answer).toBe('freeOfAll');
    await stage.start('holder', ['--file', file]);
  });

  it('asks passively about POSIX and OFD locks only, and claims nothing about flock', async () => {
    const file = stage.file('a.lock');
    const { probe } = withoutFsExt();
    await stage.start('holder', ['--file', file]);
    expect(probe.probe(file, true)).toEqual({ answer: 'unavailable', reason: 'passive' });
    expect(probe.probe(file).answer).toBe('held');
    const other = stage.file('b.lock');
    await stage.start('holder', ['--file', other, '--kind', 'posix']);
    expect(probe.probe(other, true).answer).toBe('posixWrite');
  });

  it('passively never calls flock(2)', () => {
    const calls: number[] = [];
    const records = loadFileLocks(root);
    const flock = { flock: (_fd: number, operation: number) => void calls.push(operation) };
    const means = { flock, records: records.ok ? records.locks : undefined };
    const file = stage.file('a.lock');
    expect(probeFile(means, file, true)).toEqual({ answer: 'unavailable', reason: 'passive' });
    expect(calls).toEqual([]);
    expect(probeFile(means, file)).toEqual({ answer: 'freeOfAll' });
    expect(calls).toEqual([5, 8]);
  });

  it('does not call flock(2) on a file that it knows to be held in another way', async () => {
    const calls: number[] = [];
    const records = loadFileLocks(root);
    const flock = { flock: (_fd: number, operation: number) => void calls.push(operation) };
    const file = stage.file('a.lock');
    await stage.start('holder', ['--file', file, '--kind', 'ofd']);
    expect(probeFile({ flock, records: records.ok ? records.locks : undefined }, file)).toEqual({
      answer: 'ofdWrite',
    });
    expect(calls).toEqual([]);
  });

  it('has nothing to ask with where there is neither', () => {
    expect(probeFile({}, stage.file('a.lock'))).toEqual({ answer: 'unavailable', reason: 'noFlock' });
    expect(createActiveProbe(stage.folder).source).toBe('none');
  });
});

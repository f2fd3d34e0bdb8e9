import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCgroup } from '../../../src/os/linux/procfs/cgroup';
import { parseFdInfo, parseFdLocks } from '../../../src/os/linux/procfs/fdinfo';
import { accessOf, deviceNumber, kindOf, parseLockText } from '../../../src/os/linux/procfs/lockLine';
import { mayBeLockedElsewhere, parseMountInfo, parseMountLine } from '../../../src/os/linux/procfs/mountinfo';
import { parseCmdline, parseProcStat, parseProcStatus } from '../../../src/os/linux/procfs/procStat';
import { parsePasswd } from '../../../src/os/linux/procfs/users';

const fixture = (name: string): string => readFileSync(join(import.meta.dirname, 'fixtures', name), 'latin1');

/** Of a whole line of the table: without its number and indent. */
const parsed = (line: string): ReturnType<typeof parseLockText> =>
  parseLockText(line.slice(line.indexOf(':') + 1).trimStart());

describe('lines of the lock table', () => {
  const lines = fixture('locks-all-kinds.txt').trimEnd().split('\n');

  it('parses every line of a captured table', () => {
    expect(lines.map(parsed)).not.toContain(undefined);
  });

  it('reads hexadecimal majors and minors, and makes the device number that stat gives', () => {
    const line = parseLockText('FLOCK  ADVISORY  WRITE 11320 fe:1a:2261144 0 EOF');
    expect(line).toMatchObject({ type: 'FLOCK', mode: 'WRITE', pid: 11320, waiter: false });
    expect(line?.key).toBe(`${0xfe * 256 + 0x1a}:2261144`);
    // glibc's makedev(3): minors above 255 go above the major.
    expect(deviceNumber(0, 0x123)).toBe(0x100023);
    expect(deviceNumber(0x103, 0x2)).toBe(0x10302);
  });

  it('keeps inodes that a double cannot hold', () => {
    const line = parseLockText('FLOCK  ADVISORY  WRITE 1 00:2d:18446744073709551614 0 EOF');
    expect(line?.ino).toBe('18446744073709551614');
  });

  it('tells waiters from holders at any depth of the queue', () => {
    const waiters = lines.map(parsed).filter((line) => line?.waiter === true);
    expect(waiters.map((line) => line?.pid)).toEqual([11377, 11381, 11338, 11347]);
  });

  it('gives a lease breaker, which has no file, an empty key', () => {
    const line = parsed('9: -> LEASE  BREAKER   WRITE 11377 <none>:0 0 EOF');
    expect(line).toMatchObject({ type: 'LEASE', waiter: true, key: '' });
    expect(line?.dev).toBeUndefined();
  });

  it('reads the range of record locks, and -1 for the taker of an OFD lock', () => {
    expect(parsed('10: POSIX  ADVISORY  WRITE 11365 fe:00:2261332 10 14')).toMatchObject({
      start: '10',
      end: '14',
    });
    expect(parsed('1: OFDLCK ADVISORY  WRITE -1 fe:00:2261444 0 EOF')?.pid).toBe(-1);
  });

  it('counts leases and delegations as no locks', () => {
    const kinds = lines.flatMap((text) => {
      const line = parsed(text);
      return line === undefined ? [] : [kindOf(line)];
    });
    expect(new Set(kinds)).toEqual(new Set(['ofd', 'flock', 'posix', undefined]));
    const delegation = parsed('2: DELEG  ACTIVE    READ 18357 fe:00:2294014 0 EOF');
    expect(delegation === undefined ? 'unparsed' : kindOf(delegation)).toBeUndefined();
  });

  it('tells shared from exclusive', () => {
    const access = (text: string): string | undefined => {
      const line = parsed(text);
      return line && accessOf(line);
    };
    expect(access('2: FLOCK  ADVISORY  READ 11357 fe:00:2261239 0 EOF')).toBe('read');
    expect(access('2: FLOCK  ADVISORY  WRITE 11357 fe:00:2261239 0 EOF')).toBe('write');
  });

  it.each([
    '',
    '1:',
    '1: FLOCK',
    'FLOCK  ADVISORY  WRITE x fe:00:1 0 EOF',
    '1: FLOCK  ADVISORY  WRITE 1 fe:00:1 0 EOF extra',
  ])('refuses %j', (text) => expect(parsed(text)).toBeUndefined());
});

describe('fdinfo', () => {
  it('has the same text for a lock as the table', () => {
    const table = fixture('locks-all-kinds.txt');
    for (const name of ['flock', 'posix', 'ofd', 'lease']) {
      const locks = parseFdLocks(fixture(`fdinfo-${name}.txt`));
      expect(locks).toHaveLength(1);
      expect(table).toContain(locks[0]?.text);
    }
  });

  it('gives the mount and the inode', () => {
    expect(parseFdInfo(fixture('fdinfo-flock.txt'))).toMatchObject({ mntId: 27, ino: '2261144' });
  });

  it('finds no locks where there are none', () => {
    expect(parseFdLocks('pos:\t0\nflags:\t0100000\nmnt_id:\t24\nino:\t3\n')).toEqual([]);
    expect(parseFdLocks('')).toEqual([]);
    expect(parseFdLocks('pos:\t0 lock:\t1: FLOCK  ADVISORY  WRITE 5 fe:00:10 0 EOF\n')).toEqual([]);
    expect(parseFdLocks('lock:\nlock:\tnothing\n')).toEqual([]);
  });

  it('finds each of several locks, the last without the end of its line too', () => {
    const line = (pid: number): string => `FLOCK  ADVISORY  WRITE ${pid} fe:00:10 0 EOF`;
    const text = `pos:\t0\nlock:\t1: ${line(5)}\nlock:\t2: ${line(6)}\ntfd: 3\nlock:\t3: ${line(7)}`;
    expect(parseFdLocks(text).map(({ pid }) => pid)).toEqual([5, 6, 7]);
  });
});

describe('stat, status and cmdline of a process', () => {
  it('is not fooled by a name that looks like the fields after it', () => {
    expect(parseProcStat(fixture('stat-hostile-name.txt'))).toEqual({
      pid: 11457,
      comm: 'a) R 1 (x',
      state: 'S',
      ppid: 11260,
      pgid: 11254,
      sid: 5325,
      isKernelThread: false,
      minorFaults: 1972,
      threads: 1,
      startTicks: 432771,
      startStack: 140729664397584,
    });
  });

  it('knows a kernel thread', () => {
    expect(parseProcStat(fixture('stat-kthreadd.txt'))).toMatchObject({
      pid: 2,
      comm: 'kthreadd',
      isKernelThread: true,
    });
  });

  it.each(['', '1', '1 (', '1 (x)', '1 (x) ', '1 (x) S 1 2 3'])('refuses %j', (text) =>
    expect(parseProcStat(text)).toBeUndefined(),
  );

  it('reads thread group, user and the pids of every namespace', () => {
    expect(parseProcStatus(fixture('status-self.txt'))).toEqual({ tgid: 11260, uid: 0, nsPids: [11260] });
    expect(parseProcStatus('Name:\tx\nTgid:\t7\nUid:\t1000\t0\t0\t0\nNSpid:\t7\t2\n')).toEqual({
      tgid: 7,
      uid: 1000,
      nsPids: [7, 2],
    });
  });

  it('splits a command line, keeps empty arguments and drops the padding of a title', () => {
    expect(parseCmdline('a\0\0b c\0')).toEqual(['a', '', 'b c']);
    expect(parseCmdline('nginx: worker\0\0\0\0')).toEqual(['nginx: worker']);
    // A single word over arguments: one empty argument says so.
    expect(parseCmdline('shop-worker\0\0\0\0')).toEqual(['shop-worker', '']);
    expect(parseCmdline('bot\0run\0\0\0')).toEqual(['bot', 'run']);
    expect(parseCmdline('bot\0')).toEqual(['bot']);
    expect(parseCmdline('title without end')).toEqual(['title without end']);
    expect(parseCmdline('')).toEqual([]);
  });
});

describe('mountinfo', () => {
  it('gives the device of the superblock and the type, past optional fields and escapes', () => {
    const overlay = parseMountInfo(fixture('mountinfo-overlay.txt'));
    expect(overlay.get(66)).toEqual({
      id: 66,
      parent: 63,
      dev: String(deviceNumber(0, 40)),
      root: '/',
      mountPoint: '/tmp/cap/m/with space',
      isSlave: false,
      fsType: 'overlay',
      source: 'overlay',
      options:
        'rw,lowerdir=/tmp/cap,upperdir=/tmp/cap/m/u,workdir=/tmp/cap/m/w,redirect_dir=nofollow,uuid=null',
    });
    const manual = parseMountInfo(fixture('mountinfo-manual.txt'));
    expect(manual.get(36)).toMatchObject({ dev: String(98 * 256), fsType: 'ext3' });
    expect(manual.get(71)).toMatchObject({ dev: '45', fsType: 'btrfs' });
    expect(manual.size).toBe(6);
  });

  it('knows which of them may be locked from elsewhere', () => {
    const manual = parseMountInfo(fixture('mountinfo-manual.txt'));
    const remote = [...manual.values()].filter(({ fsType }) => mayBeLockedElsewhere(fsType));
    expect(remote.map(({ fsType }) => fsType)).toEqual(['nfs4', '9p', 'fuse.sshfs']);
    expect(mayBeLockedElsewhere('fuse.fuse-overlayfs')).toBe(false);
    expect(mayBeLockedElsewhere('virtiofs')).toBe(true);
    expect(mayBeLockedElsewhere('fuse.anything')).toBe(true);
  });

  it.each(['', '36 35', '36 35 98:0 / / rw', 'x 35 98:0 / / rw - ext3 a b'])('refuses %j', (line) =>
    expect(parseMountLine(line)).toBeUndefined(),
  );
});

describe('cgroup', () => {
  const id = '4f1e2d3c4b5a69788796a5b4c3d2e1f0'.repeat(2);

  it.each([
    ['systemd', { unit: 'meridian\\x2dbot.service', isUserUnit: false }],
    ['user-unit', { unit: 'hermes-gateway.service', isUserUnit: true }],
    ['session', { unit: 'session-3.scope', isUserUnit: false }],
    ['docker', { container: { kind: 'docker', id } }],
    ['docker-v1', { container: { kind: 'docker', id } }],
    ['podman', { container: { kind: 'podman', id } }],
    ['kubernetes', { container: { kind: 'kubernetes', id } }],
  ])('tells who started a process: %s', (name, facts) => {
    expect(parseCgroup(fixture(`cgroup-${name}.txt`))).toMatchObject(facts);
  });

  it('finds nothing in the root group', () => {
    expect(parseCgroup('0::/\n')).toEqual({});
  });

  it.each([
    // systemd-escape(1): the unit is really called so.
    ['app-my\\x2dbot@autostart.service', 'app-my\\x2dbot@autostart.service'],
    // systemd's cg_escape: what could be one of the kernel's own files, or begins with an underscore already.
    ['_cpu.service', 'cpu.service'],
    ['__bot.service', '_bot.service'],
    ['my_bot.service', 'my_bot.service'],
  ])('names the unit of %s as systemctl does', (segment, unit) => {
    expect(parseCgroup(`0::/system.slice/${segment}\n`).unit).toBe(unit);
  });

  it('says where a group is frozen: the freezer of version 1, else version 2, never the root', () => {
    const hybrid =
      '7:blkio:/\n6:freezer:/docker/abc\n1:name=systemd:/system.slice/x.service\n0::/system.slice\n';
    expect(parseCgroup(hybrid).freezer).toEqual({ version: 1, path: '/docker/abc' });
    expect(parseCgroup('6:freezer:/\n0::/system.slice/a.service\n').freezer).toEqual({
      version: 2,
      path: '/system.slice/a.service',
    });
    expect(parseCgroup('6:freezer:/\n0::/\n').freezer).toBeUndefined();
    // Outside this control-group namespace.
    expect(parseCgroup('0::/../other.scope\n').freezer).toBeUndefined();
  });
});

describe('passwd', () => {
  it('answers the first line of a uid, as getpwuid does', () => {
    const users = parsePasswd(
      'root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\n# comment\nbot:x:1001:1001::/:/\n',
    );
    expect([...users]).toEqual([
      [0, { name: 'root', home: '/root' }],
      [1001, { name: 'bot', home: '/' }],
    ]);
  });
});

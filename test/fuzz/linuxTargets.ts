import fc from 'fast-check';
import { parseCgroup } from '../../src/os/linux/procfs/cgroup';
import { hidesProcesses } from '../../src/os/linux/locks/lockReader';
import { parseFdInfo, parseFdLocks } from '../../src/os/linux/procfs/fdinfo';
import { parseLockText } from '../../src/os/linux/procfs/lockLine';
import { LockTable } from '../../src/os/linux/locks/lockTable';
import { parseMountInfo } from '../../src/os/linux/procfs/mountinfo';
import { parseCmdline, parseProcStat, parseProcStatus } from '../../src/os/linux/procfs/procStat';
import { must, type Target } from './fuzz';

const lines = (line: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.array(line, { maxLength: 12 }).map((all) => all.map((one) => `${one}\n`).join(''));

const lockText = fc
  .record({
    arrow: fc.constantFrom('', ' -> ', '-> ', '   -> '),
    type: fc.constantFrom('FLOCK ', 'POSIX ', 'OFDLCK', 'LEASE ', 'DELEG ', 'ACCESS', 'UNKNOWN'),
    how: fc.constantFrom('ADVISORY ', 'MANDATORY', '*NOINODE*', 'ACTIVE   ', 'BREAKING ', 'BREAKER  '),
    mode: fc.constantFrom('READ', 'WRITE', 'UNLCK', 'RW', 'NONE'),
    pid: fc.constantFrom(-1, 0, 1, 4242, 4194304, 99999999999),
    device: fc.constantFrom('fe:00', '00:1c', '08:01', 'fffff:fffff', '<none>'),
    ino: fc.oneof(fc.nat(50).map(String), fc.constantFrom('0', '18446744073709551615')),
    end: fc.constantFrom('0 EOF', '10 14', '9223372036854775807 EOF', '-1 -1'),
  })
  .map(
    ({ arrow, type, how, mode, pid, device, ino, end }) =>
      `${arrow}${type} ${how} ${mode} ${pid} ${device}:${ino} ${end}`,
  );

const tableLine = fc.tuple(fc.nat(30), lockText).map(([id, text]) => `${id}: ${text}`);

/** The table is read whole, then torn after its first half, then whole: nothing it held may be lost by that. */
function readTable(input: string): void {
  const bytes = Buffer.from(input, 'latin1');
  const half = bytes.subarray(0, bytes.lastIndexOf('\n', bytes.length / 2) + 1);
  const reads = [bytes, half, bytes, bytes];
  const table = new LockTable((buffer) => {
    const next = reads.shift() ?? bytes;
    if (next.length > buffer.length) {
      reads.unshift(next);
      return { length: -1, pieces: 0 };
    }
    next.copy(buffer);
    return { length: next.length, pieces: 2 };
  });
  const questions = { isWatched: () => true, isProven: () => false };
  for (let tick = 0; tick < 2; tick += 1) {
    table.update(questions);
    const expected = new Map<string, string>();
    for (const line of input.split('\n')) {
      const colon = line.indexOf(':');
      const parsed = colon < 0 ? undefined : parseLockText(line.slice(colon + 1).replace(/^ +/, ''));
      if (parsed !== undefined) expected.set(parsed.text, parsed.key);
    }
    must(table.size === expected.size, `${table.size} lines, not ${expected.size}`);
    for (const [text, key] of expected) {
      const found = table.linesOf(key).some(({ line }) => line.text === text);
      must(found, `lost ${text}`);
    }
  }
}

export const linuxTargets: readonly Target[] = [
  {
    name: 'lock-table',
    run: readTable,
    lookalikes: lines(tableLine),
    pumps: [
      '1',
      ':',
      ' ',
      '-> ',
      '1: FLOCK  ADVISORY  WRITE 5 fe:00:10 0 EOF\n',
      '1:  -> FLOCK  ADVISORY  WRITE 5 fe:00:10 0 EOF\n',
      '\n',
      'A',
    ],
    encoding: 'latin1',
  },
  {
    name: 'fdinfo',
    run: (input) => {
      const { mntId, ino } = parseFdInfo(input);
      must(mntId === undefined || Number.isInteger(mntId), `mnt_id ${mntId}`);
      must(ino === undefined || /^\d+$/.test(ino), `ino ${ino}`);
      for (const { text } of parseFdLocks(input)) must(input.includes(text), `lock ${text}`);
    },
    lookalikes: fc
      .tuple(fc.constantFrom('pos:\t0\n', 'pos:\t0\nflags:\t02\nmnt_id:\t31\nino:\t7\n'), fc.array(tableLine))
      .map(([head, locks]) => head + locks.map((lock) => `lock:\t${lock}\n`).join('')),
    pumps: [
      'lock:',
      'lock:\t1: ',
      'lock:\t1: FLOCK  ADVISORY  WRITE 5 fe:00:10 0 EOF\n',
      'ino:\t',
      ' ',
      '\n',
      'tfd: 1\n',
    ],
    encoding: 'latin1',
  },
  {
    name: 'proc-stat',
    run: (input) => {
      const stat = parseProcStat(input);
      if (stat === undefined) return;
      must(Number.isSafeInteger(stat.pid) && stat.pid > 0, `pid ${stat.pid}`);
      must(Number.isSafeInteger(stat.startTicks) && stat.startTicks >= 0, `start ${stat.startTicks}`);
      must(Number.isSafeInteger(stat.ppid), `ppid ${stat.ppid}`);
    },
    lookalikes: fc
      .tuple(
        fc.nat(),
        fc.string({ unit: 'binary', maxLength: 15 }),
        fc.array(fc.integer(), { minLength: 18 }),
      )
      .map(([pid, comm, numbers]) => `${pid} (${comm}) S ${numbers.join(' ')}\n`),
    pumps: ['(', ')', ') (', ') S ', ' 1', '9', ' '],
    encoding: 'latin1',
  },
  {
    name: 'proc-status',
    run: (input) => {
      const { tgid, uid, nsPids } = parseProcStatus(input);
      must([tgid ?? 0, uid ?? 0, ...nsPids].every(Number.isInteger), 'not an integer');
    },
    lookalikes: lines(
      fc
        .tuple(fc.constantFrom('Name', 'Tgid', 'Uid', 'NSpid', 'State'), fc.array(fc.integer()))
        .map(([key, numbers]) => `${key}:\t${numbers.join('\t')}`),
    ),
    pumps: ['Tgid:', 'NSpid:\t1', '\t1', ' ', '\n', 'NSpid:\t1\t2\n'],
    encoding: 'latin1',
  },
  {
    name: 'cmdline',
    run: (input) => {
      const argv = parseCmdline(input);
      must(
        argv.every((word) => !word.includes('\0')),
        'a NUL in an argument',
      );
    },
    lookalikes: fc.array(fc.string()).map((argv) => argv.map((word) => `${word}\0`).join('')),
    pumps: ['\0', 'a\0', 'a', '\0\0a', ' '],
    encoding: 'utf8',
  },
  {
    name: 'mountinfo',
    run: (input) => {
      hidesProcesses(input);
      for (const [id, mount] of parseMountInfo(input)) {
        must(Number.isInteger(id) && id === mount.id, `id ${id}`);
        must(/^\d+$/.test(mount.dev), `device ${mount.dev}`);
      }
    },
    lookalikes: lines(
      fc
        .tuple(
          fc.nat(99),
          fc.constantFrom('0:21', '254:0', '4095:1048575', '9999999:1', '-1:0'),
          fc.constantFrom('/', '/mnt/with\\040space', '\\134', '//deleted', '\\777\\000'),
          fc.constantFrom('', 'shared:1 ', 'master:3 propagate_from:2 ', '- '),
          fc.constantFrom('ext4', 'nfs4', 'fuse.sshfs', 'btrfs', 'overlay'),
        )
        .map(([id, dev, path, tags, type]) => `${id} 1 ${dev} / ${path} rw ${tags}- ${type} ${path} rw`),
    ),
    pumps: [
      '\\040',
      '\\',
      ' - ',
      '- ',
      ' ',
      ' - proc ',
      ' /proc ',
      'shared:1 ',
      '1 1 0:1 / / rw - x y z\n',
      '0:',
      '9',
    ],
    encoding: 'latin1',
  },
  {
    name: 'cgroup',
    run: (input) => {
      const { unit, container } = parseCgroup(input);
      must(unit === undefined || unit.length > 0, 'an empty unit');
      must(container === undefined || /^[0-9a-f]{64}$/.test(container.id), 'not a container id');
    },
    lookalikes: lines(
      fc
        .tuple(
          fc.constantFrom('0:', '1:name=systemd', '4:cpu,cpuacct'),
          fc.array(
            fc.constantFrom(
              'system.slice',
              'user@1000.service',
              'bot\\x2da.service',
              'docker',
              'a'.repeat(64),
              `docker-${'b'.repeat(64)}.scope`,
              'kubepods-burstable',
              '..',
              '',
            ),
          ),
        )
        .map(([head, segments]) => `${head}:/${segments.join('/')}`),
    ),
    pumps: [
      '/',
      '/a',
      ':',
      '\\x2d',
      '0::/docker/x.service\n',
      '/docker',
      `/${'a'.repeat(64)}`,
      'docker-',
      'kubepods',
    ],
    encoding: 'latin1',
  },
];

/** Who has a file open: the scan on which the clean-up rests. */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findOpeners, isInodeLocked } from '../../src/os/linux/locks/openers';
import { mountHung, whyNoHungMount } from '../fixtures/hungMount';
import { startMainEnds } from '../fixtures/mainEnds';
import { withStage } from '../fixtures/stage';
import { eventually } from '../harness/eventually';
import { RemovalProgram } from './removalOutside';

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

describe.runIf(process.platform === 'linux')('who has a file open', () => {
  let folder = '';
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'openers-'));
    fs.chmodSync(folder, 0o755);
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  const openIn = (base: string): void => {
    const made = fs.mkdtempSync(path.join(base, 'openers-'));
    try {
      const file = path.join(made, 'bot.pid');
      fs.writeFileSync(file, '1');
      fs.writeFileSync(`${file}.other`, '1');
      expect(findOpeners(file).openers).toEqual([]);
      const fd = fs.openSync(file, 'r');
      const other = fs.openSync(`${file}.other`, 'r');
      expect(findOpeners(file).openers).toEqual([{ pid: process.pid, fd }]);
      // Whatever it is called by now.
      fs.renameSync(file, `${file}.aside`);
      expect(findOpeners(`${file}.aside`).openers).toEqual([{ pid: process.pid, fd }]);
      fs.closeSync(fd);
      expect(findOpeners(`${file}.aside`).openers).toEqual([]);
      fs.closeSync(other);
    } finally {
      fs.rmSync(made, { recursive: true, force: true });
    }
  };

  test('is found on a disk, and nobody else', () => openIn(os.tmpdir()));
  test.runIf(fs.existsSync('/dev/shm'))('is found below /dev/shm', () => openIn('/dev/shm'));

  test('is found in another process, until that ends', () =>
    withStage(async (stage) => {
      const file = stage.file('bot.pid', '1');
      const holder = await stage.start('holder', ['--file', file, '--kind', 'none']);
      expect(findOpeners(file).openers).toEqual([{ pid: holder.pid, fd: expect.any(Number) as unknown }]);
      await holder.killHard();
      expect(findOpeners(file).openers).toEqual([]);
    }));

  test('is found in a process whose first thread has ended (needs a C compiler)', (context) =>
    withStage(async (stage) => {
      const file = stage.path('bot.pid');
      const actor = (await startMainEnds(stage, file)) ?? context.skip('no C compiler');
      expect(findOpeners(file).openers).toContainEqual({
        pid: actor.pid,
        fd: expect.any(Number) as unknown,
      });
      await actor.killHard();
    }));

  test('of a file that is not there is an error, not nobody', () => {
    expect(() => findOpeners(path.join(folder, 'absent'))).toThrow('cannot be inspected');
  });

  describe('by what the kernel tells of each descriptor', () => {
    let file = '';
    let mine: { mntId: number; ino: string };
    const PID = 4242;
    /** A process with one descriptor, in a procfs of its own. */
    function shows(fdinfo: string, leadsTo: string, mounts = ''): boolean {
      const procfs = path.join(folder, 'proc');
      fs.rmSync(procfs, { recursive: true, force: true });
      for (const name of ['self', `${PID}/fd`, `${PID}/fdinfo`]) {
        fs.mkdirSync(path.join(procfs, name), { recursive: true });
      }
      fs.copyFileSync('/proc/self/mountinfo', path.join(procfs, 'self/mountinfo'));
      fs.writeFileSync(path.join(procfs, `${PID}/mountinfo`), mounts);
      fs.writeFileSync(path.join(procfs, `${PID}/fdinfo/3`), `pos:\t0\nflags:\t02\n${fdinfo}`);
      fs.symlinkSync(leadsTo, path.join(procfs, `${PID}/fd/3`));
      const { openers, hidden } = findOpeners(file, { procfs, names: ['former.pid'] });
      expect(hidden).toBe(0);
      return openers.length > 0;
    }
    const info = (mntId: number, ino?: string): string =>
      `mnt_id:\t${mntId}\n${ino === undefined ? '' : `ino:\t${ino}\n`}`;
    const UNKNOWN = 999_999;
    const mount = (id: number, device: string, type: string): string =>
      `${id} 1 ${device} / /elsewhere rw - ${type} ${type} rw\n`;

    beforeEach(() => {
      file = path.join(folder, 'bot.pid');
      fs.writeFileSync(file, '1');
      fs.writeFileSync(path.join(folder, 'other.pid'), '1');
      const fd = fs.openSync(file, 'r');
      const text = fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1');
      fs.closeSync(fd);
      mine = {
        mntId: Number(/^mnt_id:\s*(\d+)$/m.exec(text)?.[1]),
        ino: /^ino:\s*(\d+)$/m.exec(text)?.[1] ?? '',
      };
    });
    const other = (): string => path.join(folder, 'other.pid');

    test('the same inode on the same mount is the file', () => {
      expect(shows(info(mine.mntId, mine.ino), file)).toBe(true);
    });

    test('another inode is not, whatever it is called', () => {
      expect(shows(info(mine.mntId, `${mine.ino}7`), file)).toBe(false);
    });

    test('the same number on a btrfs subvolume is asked for its device', () => {
      expect(shows(info(mine.mntId, mine.ino), other())).toBe(false);
    });

    test('the same number on another file system is not, and that is not asked', () => {
      // A mount whose server does not answer would block whoever follows the link: here it leads to the file itself.
      expect(shows(info(UNKNOWN, mine.ino), file, mount(UNKNOWN, '0:99', 'fuse.sshfs'))).toBe(false);
    });

    test('a mount of another namespace on the same device is asked', () => {
      const lines = fs.readFileSync('/proc/self/mountinfo', 'latin1').split('\n');
      const device = lines.find((line) => line.startsWith(`${mine.mntId} `))?.split(' ')[2] ?? '';
      expect(shows(info(UNKNOWN, mine.ino), file, mount(UNKNOWN, device, 'ext4'))).toBe(true);
      expect(shows(info(UNKNOWN, mine.ino), other(), mount(UNKNOWN, device, 'ext4'))).toBe(false);
    });

    test('on a mount that nobody can name, or an overlay, its name decides', () => {
      const overlay = mount(UNKNOWN, '0:99', 'overlay');
      for (const mounts of ['', overlay]) {
        expect(shows(info(UNKNOWN, mine.ino), '/run/bot.pid', mounts)).toBe(true);
        expect(shows(info(UNKNOWN, mine.ino), '/run/former.pid', mounts)).toBe(true);
        expect(shows(info(UNKNOWN, mine.ino), '/run/robot.pid', mounts)).toBe(false);
      }
      // Sockets and pipes have inode numbers too.
      expect(shows(info(UNKNOWN, mine.ino), `socket:[${mine.ino}]`)).toBe(false);
    });

    test('before Linux 5.14, without inode numbers, stat decides, on its own mount only', () => {
      expect(shows(info(mine.mntId), file)).toBe(true);
      expect(shows(info(mine.mntId), other())).toBe(false);
      expect(shows(info(UNKNOWN), file, mount(UNKNOWN, '0:99', 'fuse.sshfs'))).toBe(false);
    });
  });

  describe('for another user (needs root, to be two users)', () => {
    let program: RemovalProgram;
    beforeAll(async () => {
      program = await RemovalProgram.build();
    });
    afterAll(() => program.remove());

    test.runIf(isRoot)('processes that may not be looked at are counted', async () => {
      const file = path.join(folder, 'bot.pid');
      fs.writeFileSync(file, '1');
      const { answers } = await program.run(['scan', file], { uid: NOBODY });
      expect(answers[0]?.['openers']).toEqual([]);
      expect(answers[0]?.['hidden']).toBeGreaterThan(0);
    });

    test.runIf(isRoot)('so are those whose descriptors may be listed and not be read', async () => {
      const file = path.join(folder, 'bot.pid');
      fs.writeFileSync(file, '1');
      const procfs = path.join(folder, 'proc');
      for (const name of ['self', '4242/fd', '4242/fdinfo']) {
        fs.mkdirSync(path.join(procfs, name), { recursive: true });
      }
      fs.copyFileSync('/proc/self/mountinfo', path.join(procfs, 'self/mountinfo'));
      const fdinfo = path.join(procfs, '4242/fdinfo/3');
      fs.writeFileSync(fdinfo, 'pos:\t0\nflags:\t02\nmnt_id:\t1\nino:\t1\n');
      for (const [mode, hidden] of [
        [0o400, 1],
        [0o444, 0],
      ] as const) {
        fs.chmodSync(fdinfo, mode);
        const { answers } = await program.run([`scan:${procfs}`, file], { uid: NOBODY });
        expect(answers).toEqual([{ openers: [], hidden, left: 0 }]);
      }
    });

    test.runIf(isRoot)('so are those that are not even listed (hidepid)', async (context) => {
      const shell = (last: string): string[] => [
        '--mount',
        'sh',
        '-c',
        `mount -t proc -o hidepid=2 proc /proc && ${last}`,
      ];
      const tried = spawnSync('unshare', shell('true'), { encoding: 'utf8' });
      if (tried.status !== 0) context.skip(`no procfs of one’s own: ${tried.stderr.trim()}`);
      const file = path.join(folder, 'bot.pid');
      fs.writeFileSync(file, '1');
      const become = `exec setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups "$@"`;
      const wrapper = ['unshare', ...shell(become), 'sh'];
      const { answers } = await program.run(['scan', file], { wrapper });
      expect(answers).toEqual([{ openers: [], hidden: 1, left: 0 }]);
    });

    test('a mount whose server does not answer blocks nothing', (context) => {
      const why = whyNoHungMount();
      if (why !== undefined) context.skip(why);
      return withStage(async (stage) => {
        const file = stage.file('bot.pid', '1');
        const mount = await mountHung(stage.path('hung'));
        try {
          // Some process has something open there; with O_PATH, which needs no answer.
          const open = `require('node:fs').openSync(process.argv[1], 0o10000000);`;
          const stays = `process.stdout.write('{"ready":true}\\n'); setInterval(() => 0, 1e6);`;
          await stage.startCommand(process.execPath, ['-e', open + stays, mount.folder]);
          const { inTime, answers } = await program.run(['scan', file], { timeout: 10_000 });
          expect(inTime).toBe(true);
          expect(answers).toMatchObject([{ openers: [] }]);
          const removal = await program.run(['remove', file], { timeout: 10_000 });
          expect(removal.answers).toMatchObject([{ result: 'removed' }]);
        } finally {
          await mount.end();
        }
      });
    });
  });

  test('and a lock on it is found in the table, by its inode', () =>
    withStage(async (stage) => {
      const file = stage.file('bot.pid', '1');
      const { ino } = fs.statSync(file, { bigint: true });
      expect(isInodeLocked(ino)).toBe(false);
      const holder = await stage.start('holder', ['--file', file]);
      expect(isInodeLocked(ino)).toBe(true);
      expect(isInodeLocked(BigInt(`${ino}0`))).toBe(false);
      expect(isInodeLocked(ino / 10n)).toBe(false);
      await holder.killHard();
      await eventually(
        'the lock to be gone',
        () => isInodeLocked(ino),
        (locked) => !locked,
      );
    }));
});

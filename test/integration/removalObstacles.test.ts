/** Records that could not be put back: each is kept, untouched, with its own reason. */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { withStage } from '../fixtures/stage';
import { eventually } from '../harness/eventually';
import { RemovalProgram } from './removalOutside';

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

describe.runIf(process.platform === 'linux' && isRoot)('an obstacle (needs root, to be two users)', () => {
  let folder = '';
  let record = '';
  let program: RemovalProgram;
  beforeAll(async () => {
    program = await RemovalProgram.build();
  });
  afterAll(() => program.remove());
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'obstacles-'));
    fs.chmodSync(folder, 0o755);
    record = path.join(folder, 'bot.pid');
    fs.writeFileSync(record, '4242');
    fs.chmodSync(record, 0o666);
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  const asNobody = async (order = 'remove') =>
    (await program.run([order, record], { uid: NOBODY })).answers[0] ?? {};
  const isUntouched = (): void => {
    expect(fs.readdirSync(folder)).toEqual(['bot.pid']);
    expect(fs.readFileSync(record, 'utf8')).toBe('4242');
  };

  test('is a sticky folder with somebody else’s record, and no second name is left behind', async () => {
    fs.chmodSync(folder, 0o1777);
    expect(await asNobody()).toEqual({ result: 'otherUser', uid: 0, left: 0 });
    isUntouched();
  });

  test('is not a sticky folder with one’s own record, nor a sticky folder of one’s own', async () => {
    fs.chmodSync(folder, 0o1777);
    fs.chownSync(record, NOBODY, NOBODY);
    expect(await asNobody('obstacle')).toEqual({ left: 0 });
    fs.chownSync(record, 0, 0);
    fs.chownSync(folder, NOBODY, NOBODY);
    expect(await asNobody('obstacle')).toEqual({ left: 0 });
    // Without the bit, the folder's permissions alone count.
    fs.chownSync(folder, 0, 0);
    fs.chmodSync(folder, 0o777);
    expect(await asNobody('obstacle')).toEqual({ left: 0 });
  });

  test('is not the sticky bit for root, unless it lacks the capability', async () => {
    fs.chmodSync(folder, 0o1777);
    fs.chownSync(folder, 1234, 1234);
    fs.chownSync(record, NOBODY, NOBODY);
    const all = await program.run(['obstacle', record]);
    expect(all.answers).toEqual([{ left: 0 }]);
    const wrapper = ['setpriv', '--bounding-set=-fowner', '--inh-caps=-fowner'];
    const less = await program.run(['remove', record], { wrapper });
    expect(less.answers).toEqual([{ result: 'otherUser', uid: NOBODY, left: 0 }]);
    isUntouched();
  });

  test('is a folder that may not be changed', async () => {
    expect(await asNobody()).toEqual({ result: 'folderDenied', code: 'EACCES', left: 0 });
    isUntouched();
  });

  test('is a record that may not get a second name (protected_hardlinks)', async (context) => {
    const file = '/proc/sys/fs/protected_hardlinks';
    if (fs.readFileSync(file, 'latin1').trim() !== '1') context.skip(`${file} is off`);
    fs.chmodSync(folder, 0o777);
    fs.chmodSync(record, 0o644);
    expect(await asNobody()).toEqual({ result: 'otherUser', uid: 0, left: 0 });
    isUntouched();
    fs.unlinkSync(record);
    // The same of a symlink: only its owner may link it.
    fs.symlinkSync('tower-4242', record);
    expect(await asNobody()).toEqual({ result: 'otherUser', uid: 0, left: 0 });
    expect(fs.readdirSync(folder)).toEqual(['bot.pid']);
  });

  test('is a file system mounted read-only', async (context) => {
    const script = `mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"`;
    const wrapper = ['unshare', '--mount', 'sh', '-c', script, 'sh', folder];
    const [command = '', ...rest] = wrapper;
    const tried = spawnSync(command, [...rest, 'true'], { encoding: 'utf8' });
    if (tried.status !== 0) context.skip(`no mount of one’s own: ${tried.stderr.trim()}`);
    const { answers } = await program.run(['remove', record], { wrapper });
    expect(answers).toEqual([{ result: 'readOnly', left: 0 }]);
    isUntouched();
  });

  test.for([
    ['a protected record', '+i', 'bot.pid', { result: 'noLinks', code: 'EPERM', left: 0 }],
    ['a folder that nothing leaves', '+a', '.', { result: 'linkLeft', code: 'EPERM', left: 1 }],
  ] as const)('is %s (chattr)', async ([, flag, name, expected], context) => {
    const target = path.join(folder, name);
    const tried = spawnSync('chattr', [flag, target]);
    if (tried.status !== 0) context.skip('this file system has no such flags');
    try {
      const { answers } = await program.run(['remove', record]);
      expect(answers[0]).toMatchObject(expected);
      expect(fs.existsSync(record)).toBe(true);
    } finally {
      spawnSync('chattr', [flag.replace('+', '-'), target]);
    }
  });

  test('is a folder that nothing leaves, also for a lock directory, which is not moved', async (context) => {
    fs.unlinkSync(record);
    fs.mkdirSync(record);
    if (spawnSync('chattr', ['+a', folder]).status !== 0) context.skip('this file system has no such flags');
    try {
      const { answers } = await program.run(['obstacle', record]);
      expect(answers[0]).toMatchObject({ result: 'linkLeft', code: 'EPERM' });
      expect(fs.existsSync(record)).toBe(true);
    } finally {
      spawnSync('chattr', ['-a', folder]);
    }
    for (const name of fs.readdirSync(folder)) {
      if (name.endsWith('.aside')) fs.rmdirSync(path.join(folder, name));
    }
    expect((await program.run(['remove', record])).answers).toEqual([{ result: 'removed', left: 0 }]);
  });

  test('is a lock of a process that may not be looked at, and nothing is moved', () =>
    withStage(async (stage) => {
      fs.chmodSync(folder, 0o777);
      fs.chownSync(record, NOBODY, NOBODY);
      const holder = await stage.start('holder', ['--file', record]);
      expect(await asNobody()).toEqual({ result: 'locked', left: 0 });
      isUntouched();
      await holder.killHard();
      expect(await asNobody()).toEqual({ result: 'removed', left: 0 });
    }));

  test('is such a lock that is taken while the record is aside: it is put back', () =>
    withStage(async (stage) => {
      fs.chmodSync(folder, 0o777);
      fs.chownSync(record, NOBODY, NOBODY);
      const removal = asNobody('removeSlowly');
      const aside = await eventually(
        'the record aside',
        () => fs.readdirSync(folder).find((name) => name.endsWith('.aside')),
        (name) => name !== undefined,
      );
      await stage.start('holder', ['--file', path.join(folder, aside ?? '')]);
      expect(await removal).toMatchObject({ result: 'putBack', because: 'locked', left: 0 });
      isUntouched();
    }));
});

import { describe, expect, it } from 'vitest';
import { mayNotAnswer } from '../../../src/os/linux/procfs/mountinfo';
import { mountOf, parseMountPoints } from '../../../src/os/linux/processes/workingDirectory';

describe('the mount that a directory is on', () => {
  const points = parseMountPoints(
    [
      '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw',
      '40 27 0:40 / /home rw - nfs4 server:/home rw',
      '41 40 0:41 / /home/me/data rw - ext4 /dev/vdb rw',
      '42 27 0:42 / /mnt/with\\040space rw - fuse.sshfs you@there: rw',
      '43 27 0:43 / /over rw - fuse.sshfs x rw',
      '44 27 0:44 / /over rw - tmpfs t rw',
    ].join('\n'),
  );
  const mayHang = (path: string): boolean | undefined => mountOf(path, points)?.mayHang;

  it('is the innermost', () => {
    expect(mayHang('/')).toBe(false);
    expect(mayHang('/srv/bot')).toBe(false);
    expect(mayHang('/home')).toBe(true);
    expect(mayHang('/home/me')).toBe(true);
    expect(mayHang('/home/me/data/x')).toBe(false);
    expect(mayHang('/homes/me')).toBe(false);
    expect(mayHang('/mnt/with space')).toBe(true);
  });

  it('is the last of several at one place', () => expect(mayHang('/over/x')).toBe(false));

  it('is none where no mounts are known', () => expect(mountOf('/x', [])).toBeUndefined());

  it.each([
    ['nfs4', true],
    ['9p', true],
    ['fuse.sshfs', true],
    // Local directories, but another process answers for them.
    ['fuse.bindfs', true],
    ['fuseblk', true],
    ['autofs', true],
    ['ext4', false],
    ['overlay', false],
    ['btrfs', false],
  ])('%s may not answer: %s', (type, may) => expect(mayNotAnswer(type)).toBe(may));
});

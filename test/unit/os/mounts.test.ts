import { describe, expect, it } from 'vitest';
import { mayNotAnswer } from '../../../src/os/linux/procfs/mountinfo';

describe('mayNotAnswer', () => {
  it.each([
    'nfs',
    'nfs4',
    'cifs',
    'smb3',
    '9p',
    'ceph',
    'afs',
    'glusterfs',
    'autofs',
    'virtiofs',
    'fakeowner',
  ])('is true of %s, which another machine or process serves', (type) =>
    expect(mayNotAnswer(type)).toBe(true),
  );

  it.each(['fuse', 'fuseblk', 'fuse.sshfs', 'fuse.bindfs', 'fuse.gvfsd-fuse', 'fuse.rclone'])(
    'is true of %s, which a process serves',
    (type) => expect(mayNotAnswer(type)).toBe(true),
  );

  it.each(['ext4', 'xfs', 'btrfs', 'tmpfs', 'overlay', 'proc', 'fusectl', 'nfsd'])(
    'is false of %s, which the kernel serves by itself',
    (type) => expect(mayNotAnswer(type)).toBe(false),
  );
});

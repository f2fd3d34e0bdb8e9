import { describe, expect, it } from 'vitest';
import { localityOf, type Surroundings } from '../../../src/os/linux/locks/locality';
import { parseMountLine } from '../../../src/os/linux/procfs/mountinfo';

const INITIAL: Surroundings = { nestedPidNamespace: false };
const CONTAINER: Surroundings = { nestedPidNamespace: true };
const WSL: Surroundings = { nestedPidNamespace: true, wsl: true };

/** Of a mount as mountinfo shows it; `bornAt`: when its file system was made, procfs being made at 1000. */
function foreign(line: string, here: Surroundings, bornAt?: number): string | undefined {
  const mount = parseMountLine(line);
  expect(mount).toBeDefined();
  return localityOf(mount, here, (path) => (path === '/proc' ? 1000 : bornAt)).foreign;
}

/** As runc 1.1 mounts them for Docker 24: `docker run -v /srv/app:/work --tmpfs /run`. */
const docker = {
  root: '1042 873 0:71 / / rw,relatime master:413 - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/A:/var/lib/docker/overlay2/l/B,upperdir=/var/lib/docker/overlay2/4f1e/diff,workdir=/var/lib/docker/overlay2/4f1e/work',
  proc: '1043 1042 0:74 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw',
  run: '1048 1042 0:79 / /run rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw,size=1024k',
  bind: '1055 1042 254:1 /srv/app /work rw,relatime - ext4 /dev/vda1 rw',
  hosts: '1051 1042 254:1 /var/lib/docker/containers/4f1e/hosts /etc/hosts rw,relatime - ext4 /dev/vda1 rw',
};

describe('who else may write below a mount', () => {
  it('is nobody on a local file system of the initial namespace, whatever is mounted how', () => {
    for (const line of Object.values(docker)) expect(foreign(line, INITIAL)).toBeUndefined();
    expect(localityOf(undefined, INITIAL).foreign).toBeUndefined();
  });

  it.each([
    ['nfs4', '90 27 0:50 / /home rw,relatime - nfs4 server:/home rw,vers=4.2'],
    ['cifs', '91 27 0:51 / /mnt/share rw - cifs //server/share rw'],
    ['9p', '92 27 0:52 / /workspace rw - 9p shared rw,trans=virtio'],
    ['sshfs', '93 27 0:53 / /home/ann/far rw - fuse.sshfs ann@far: rw'],
    ['virtiofs', '94 27 0:54 / /mnt/host rw - virtiofs host rw'],
  ])('is another host on a network file system: %s', (_, line) => {
    for (const here of [INITIAL, CONTAINER, WSL]) expect(foreign(line, here)).toBe('otherHost');
  });

  describe('in a container', () => {
    it('is nobody on what the engine or the container itself made', () => {
      expect(foreign(docker.root, CONTAINER)).toBeUndefined();
      expect(foreign(docker.proc, CONTAINER)).toBeUndefined();
      expect(foreign(docker.run, CONTAINER, 1000)).toBeUndefined();
      expect(
        foreign('50 1 0:40 / / rw - fuse.fuse-overlayfs fuse-overlayfs rw,user_id=0', CONTAINER),
      ).toBeUndefined();
    });

    it.each([
      ['a bind mount of a folder', docker.bind],
      ['a bind mount of a file', docker.hosts],
      ['a whole disk', '60 42 254:2 / /data rw - ext4 /dev/vdb rw'],
      ['the host’s own root, as bubblewrap has it', '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw'],
      ['an overlay that no engine made', '27 1 0:30 / / rw - overlay cow rw,lowerdir=/a,upperdir=/cow/upper'],
      ['a local view by FUSE', '61 42 0:60 / /data rw - fuse.bindfs /srv rw'],
      ['a folder of the engine’s overlay', docker.root.replace('0:71 / ', '0:71 /srv ')],
    ])('is the outside on %s', (_, line) => {
      expect(foreign(line, CONTAINER)).toBe('outsideNamespace');
    });

    it('is the outside on a tmpfs that was there before, came from a master, or tells no time', () => {
      expect(foreign(docker.run, CONTAINER, 999)).toBe('outsideNamespace');
      expect(foreign(docker.run.replace(' - ', ' master:7 - '), CONTAINER, 2000)).toBe('outsideNamespace');
      expect(foreign(docker.run, CONTAINER)).toBe('outsideNamespace');
    });

    it('is the outside where the mount is not known', () => {
      expect(localityOf(undefined, CONTAINER).foreign).toBe('outsideNamespace');
    });
  });

  describe('in WSL', () => {
    it('is nobody on the distribution’s own disk', () => {
      expect(
        foreign('66 77 8:32 / / rw,relatime - ext4 /dev/sdc rw,discard,errors=remount-ro', WSL),
      ).toBeUndefined();
    });

    it.each([
      ['a Windows drive', '80 66 0:50 / /mnt/c rw,noatime - 9p C:\\134 rw,dirsync,aname=drvfs;path=C:\\'],
      ['a Windows drive of WSL 1', '80 66 0:50 / /mnt/c rw,noatime - drvfs C: rw'],
      ['what all distributions share', '81 66 0:36 / /mnt/wsl rw,relatime shared:1 - tmpfs none rw'],
      ['a disk that was attached', '82 66 8:48 / /mnt/wsl/PHYSICALDRIVE1 rw - ext4 /dev/sdd rw'],
    ])('is another host on %s', (_, line) => {
      expect(foreign(line, WSL)).toBe('otherHost');
    });

    it.each([
      ['a folder of that disk as its root', '66 77 8:32 /rootfs / rw,relatime - ext4 /dev/sdc rw'],
      [
        'a root that is no disk of its own',
        '66 77 0:30 / / rw,relatime - overlay none rw,lowerdir=/a,upperdir=/b',
      ],
      ['another disk below it', '66 77 8:64 / /srv rw,relatime - ext4 /dev/sde rw'],
    ])('is the outside with %s', (_, line) => {
      expect(foreign(line, WSL)).toBe('outsideNamespace');
    });

    it('is the outside on what a container there gets from it', () => {
      expect(foreign('90 66 8:32 /home/ann/app /work rw - ext4 /dev/sdc rw', WSL)).toBe('outsideNamespace');
    });
  });

  it.each(['bindfs', 'mergerfs', 'gocryptfs', 'unionfs', 'portal'])(
    'is nobody else on a view of local folders, of which the locks are not known: fuse.%s',
    (type) => {
      const mount = parseMountLine(`61 42 0:60 / /pool rw - fuse.${type} /srv rw`);
      const [here, inside] = [localityOf(mount, INITIAL), localityOf(mount, CONTAINER)];
      expect([here.foreign, here.isView, here.beyondProbe]).toEqual([
        undefined,
        true,
        ['flock', 'posix', 'ofd'],
      ]);
      expect([inside.foreign, inside.isView]).toEqual(['outsideNamespace', true]);
    },
  );

  it.each(['fuse.fuse-overlayfs', 'fuseblk', 'ext4', 'overlay'])('takes no view for granted: %s', (type) => {
    expect(localityOf(parseMountLine(`61 42 0:60 / /pool rw - ${type} /srv rw`), INITIAL)).toEqual({
      beyondProbe: [],
    });
  });

  it('leaves POSIX locks open where a probe by flock meets them not', () => {
    const beyond = (line: string, here: Surroundings) => localityOf(parseMountLine(line), here).beyondProbe;
    expect(beyond(docker.bind, CONTAINER)).toEqual(['posix']);
    expect(beyond('90 27 0:50 / /home rw - nfs4 server:/home rw', CONTAINER)).toEqual([]);
    expect(beyond('95 27 0:55 / /ceph rw - ceph mon:/ rw', INITIAL)).toEqual(['posix', 'ofd']);
    expect(beyond(docker.bind, INITIAL)).toEqual([]);
  });
});

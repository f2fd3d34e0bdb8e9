import { describe, expect, it } from 'vitest';
import { freezerFile, parseFreezerMounts, saysFrozen } from '../../../src/os/linux/processes/freezer';

describe('the file that says whether a control group is frozen', () => {
  const hybrid = parseFreezerMounts(
    [
      '31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755',
      '32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu',
      '37 31 0:34 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer',
      '41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw',
    ].join('\n'),
  );

  it('is freezer.state in version 1 and cgroup.events in version 2', () => {
    expect(freezerFile({ version: 1, path: '/docker/abc' }, hybrid)).toBe(
      '/sys/fs/cgroup/freezer/docker/abc/freezer.state',
    );
    expect(freezerFile({ version: 2, path: '/a.slice/b.service' }, hybrid)).toBe(
      '/sys/fs/cgroup/unified/a.slice/b.service/cgroup.events',
    );
  });

  it('is none where that hierarchy is not mounted', () => {
    const unified = parseFreezerMounts('30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate');
    expect(freezerFile({ version: 1, path: '/x' }, unified)).toBeUndefined();
    expect(freezerFile({ version: 2, path: '/x' }, unified)).toBe('/sys/fs/cgroup/x/cgroup.events');
    expect(freezerFile({ version: 2, path: '/x' }, parseFreezerMounts(''))).toBeUndefined();
  });

  it('is found where only a part of the hierarchy is mounted, as in a container', () => {
    const part = parseFreezerMounts(
      '37 31 0:34 /docker/abc /sys/fs/cgroup/freezer ro - cgroup cgroup rw,freezer',
    );
    expect(freezerFile({ version: 1, path: '/docker/abc/x' }, part)).toBe(
      '/sys/fs/cgroup/freezer/x/freezer.state',
    );
    expect(freezerFile({ version: 1, path: '/docker/abcd' }, part)).toBeUndefined();
  });

  it.each([
    ['FROZEN\n', true],
    ['FREEZING\n', true],
    ['THAWED\n', false],
    ['populated 1\nfrozen 1\n', true],
    ['populated 1\nfrozen 0\n', false],
    ['populated 1\n', false],
    ['', false],
  ])('%j says %s', (text, frozen) => expect(saysFrozen(text)).toBe(frozen));
});

import { afterEach, describe, expect, it } from 'vitest';
import type { HostFacts, PlatformName } from '../../../src/model/facts';
import { createDarwinReaders } from '../../../src/os/darwin/index';
import { createPlatform } from '../../../src/os/index';
import { BootClock } from '../../../src/os/linux/processes/bootClock';
import {
  isWholeDistribution,
  readHost as readLinuxHost,
  type WslView,
} from '../../../src/os/linux/processes/host';
import type { Readers } from '../../../src/os/readers';
import { createWindowsReaders } from '../../../src/os/win32/index';

const distribution: WslView = {
  release: '5.15.167.4-microsoft-standard-WSL2',
  isDistribution: true,
  init: 'init(Ubuntu)',
  depth: 1,
  hasContainerMark: false,
};

describe('a distribution of the Windows Subsystem for Linux', () => {
  it('is whole, with WSL’s own init and with systemd', () => {
    expect(isWholeDistribution(distribution)).toBe(true);
    expect(isWholeDistribution({ ...distribution, init: 'systemd' })).toBe(true);
    expect(isWholeDistribution({ ...distribution, init: 'init' })).toBe(true);
    expect(isWholeDistribution({ ...distribution, release: '4.19.84-microsoft-standard' })).toBe(true);
  });

  it.each<[string, Partial<WslView>]>([
    ['another kernel', { release: '6.8.0-31-generic' }],
    ['WSL 1, which has no kernel of its own', { release: '4.4.0-19041-Microsoft' }],
    ['a container that Docker Desktop runs there', { isDistribution: false, init: 'node' }],
    ['a container with the variable passed on', { hasContainerMark: true }],
    ['a sandbox that has a /proc of its own', { init: 'bwrap' }],
    ['a namespace below that of /proc', { depth: 2 }],
  ])('is not %s', (_, view) => expect(isWholeDistribution({ ...distribution, ...view })).toBe(false));
});

describe('the host', () => {
  const readers: Record<PlatformName, () => HostFacts> = {
    linux: () => readLinuxHost(new BootClock()),
    darwin: () => hostOf(createDarwinReaders()),
    win32: () => hostOf(createWindowsReaders()),
  };
  const hostOf = ({ processes, locks }: Readers): HostFacts => {
    locks.close();
    return processes.host;
  };

  it.each(Object.entries(readers))(
    'is of %s, says its own reader, for the commands in the evidence',
    (name, read) => expect(read().platform).toBe(name),
  );
});

describe('a system that cannot be observed', () => {
  const here = process.platform;
  afterEach(() => {
    Object.defineProperty(process, 'platform', { value: here });
  });

  it('is named, with those that can', () => {
    Object.defineProperty(process, 'platform', { value: 'freebsd' });
    expect(() => createPlatform()).toThrow('it supports Linux, macOS and Windows, but not freebsd');
  });
});

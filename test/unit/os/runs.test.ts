/** What sets a run apart besides what it has open: its environment, its world, and who looks on, as the kernel shows them. */
import { describe, expect, it } from 'vitest';
import { readRun, type Around } from '../../../src/os/linux/processes/runs';
import { SHOWN_PID, withShown, type Shown } from '../../fixtures/shownProc';

const AT = `/proc/${SHOWN_PID}`;
const NAMESPACES = ['net', 'mnt', 'ipc', 'uts', 'user', 'cgroup', 'time'];

const STATUS = {
  Name: 'bot',
  TracerPid: '0',
  Uid: '1000\t1000\t1000\t1000',
  Gid: '1000\t1000\t1000\t1000',
  Groups: '4 1000 ',
  VmRSS: '1234 kB',
  SigQ: '0/31111',
  SigPnd: '0000000000000000',
  ShdPnd: '0000000000000000',
  SigBlk: '0000000000004000',
  CapEff: '0000000000000000',
  Cpus_allowed: '3',
  Cpus_allowed_list: '0-1',
};

const statusOf = (changed: Partial<typeof STATUS>): string =>
  Object.entries({ ...STATUS, ...changed })
    .map(([name, value]) => `${name}:\t${value}\n`)
    .join('');

const WORLD: Shown = {
  ...Object.fromEntries(NAMESPACES.map((name) => [`${AT}/ns/${name}`, { link: `${name}:[1]` }])),
  [`${AT}/root`]: { link: '/' },
  [`${AT}/status`]: statusOf({}),
};

const AROUND: Around = {
  above: () => [],
  sockets: () => ({ byInode: new Map(), pending: new Set() }),
  isWatched: false,
  home: undefined,
  venv: undefined,
  isAt: () => false,
};

const read = (shown: Shown, around: Partial<Around> = {}) =>
  withShown({ ...WORLD, ...shown }, () => readRun(SHOWN_PID, { ...AROUND, ...around }));
const withStatus = (changed: Partial<typeof STATUS>) => read({ [`${AT}/status`]: statusOf(changed) });
const withEnviron = (text: string, around: Partial<Around> = {}) => read({ [`${AT}/environ`]: text }, around);

describe('the world of a run', () => {
  const { world } = read({});

  it('is another by each of its namespaces, and by its root', () => {
    expect(world).toMatch(/^net:\[1\] mnt:\[1\] /);
    for (const name of NAMESPACES) {
      expect(read({ [`${AT}/ns/${name}`]: { link: `${name}:[2]` } }).world, name).not.toBe(world);
    }
    expect(read({ [`${AT}/root`]: { link: '/srv/jail' } }).world).not.toBe(world);
  });

  it.each(['Gid', 'Groups', 'CapEff', 'Cpus_allowed'] as const)('is another by its %s', (name) => {
    expect(withStatus({ [name]: '2' }).world).not.toBe(world);
  });

  it('is the same where a mere second run differs', () => {
    expect(withStatus({ Name: 'bot2', Uid: '0\t0\t0\t0', VmRSS: '9 kB', SigQ: '1/2' }).world).toBe(world);
  });

  it('is not known where one of them does not show, but for one that older kernels have not', () => {
    for (const name of [...NAMESPACES, 'root'].filter((one) => one !== 'time')) {
      const at = name === 'root' ? `${AT}/root` : `${AT}/ns/${name}`;
      expect(read({ [at]: { refused: 'EACCES' } }), name).not.toHaveProperty('world');
    }
    expect(read({ [`${AT}/ns/time`]: { refused: 'ENOENT' } }).world).toContain('net:[1]');
    expect(read({ [`${AT}/status`]: { refused: 'EACCES' } })).toEqual({});
  });
});

describe('a run', () => {
  it.each([
    ['SIGHUP', '0000000000000001'],
    ['SIGINT', '0000000000000002'],
    ['SIGQUIT', '0000000000000004'],
    ['SIGTERM', '0000000000004000'],
    ['SIGHUP beside one of real time', '8000000000000001'],
    ['SIGTERM beside others', 'ffffffff00004200'],
  ])('that has not yet taken %s is ending, whichever thread is to take it', (_, bits) => {
    expect(withStatus({ SigPnd: bits }).isEnding).toBe(true);
    expect(withStatus({ ShdPnd: bits }).isEnding).toBe(true);
    expect(withStatus({ SigBlk: bits })).not.toHaveProperty('isEnding');
  });

  it.each([
    ['SIGUSR1', '0000000000000200'],
    ['SIGCHLD', '0000000000010000'],
    ['SIGPIPE', '0000000000001000'],
    ['a signal of real time', '0000000400000000'],
  ])('that has not yet taken %s is not', (_, bits) => {
    expect(withStatus({ SigPnd: bits, ShdPnd: bits })).not.toHaveProperty('isEnding');
  });

  it('is traced where another looks on, by what the kernel says or by its words', () => {
    expect(read({})).not.toHaveProperty('traced');
    expect(withStatus({ TracerPid: '4711' }).traced).toBe(true);
    expect(read({}, { isWatched: true }).traced).toBe(true);
  });

  it('has the venv of its interpreter, whatever its environment says', () => {
    const venvOf = (text: string, venv: string | undefined): string | undefined =>
      withEnviron(text, { venv }).settings?.get('VIRTUAL_ENV');
    expect(venvOf('A=1\0', undefined)).toBeUndefined();
    expect(venvOf('A=1\0', '/srv/venv')).toBeDefined();
    expect(venvOf('VIRTUAL_ENV=/srv/b\0', '/srv/venv')).toBe(venvOf('A=1\0', '/srv/venv'));
    expect(read({}, { venv: '/srv/venv' })).not.toHaveProperty('settings');
  });

  it('has the home of its user where that is known', () => {
    expect([...(withEnviron('HOME=/home/ann\0', { home: '/home/ann' }).settings ?? [])]).toEqual([]);
    expect(withEnviron('HOME=/home/ann\0').settings?.size).toBe(1);
  });

  it('was started elsewhere where its shell said so and it does not work there', () => {
    expect(withEnviron('PWD=/srv/a\0').startedIn).toBe('/srv/a');
    expect(withEnviron('PWD=/srv/a\0', { isAt: (one) => one === '/srv/a' })).not.toHaveProperty('startedIn');
    expect(withEnviron('A=1\0')).not.toHaveProperty('startedIn');
  });

  it('is not all known where its environment is longer than what is read', () => {
    const long = (length: number) => withEnviron('A='.padEnd(length, 'x'));
    expect(long((1 << 20) - 1)).not.toHaveProperty('isCut');
    expect(long(1 << 20).isCut).toBe(true);
  });
});

/** Which service a found file makes: rules of a preset that another tool would only have to use. */
import { describe, expect, it } from 'vitest';
import { presetService, presetServices } from '../../../src/model/presets/found';
import { isPresetOn, presetPatterns, type Preset, type PresetFile } from '../../../src/model/presets/index';
import type { PresetProcess } from '../../../src/model/presets/preset';
import { service } from './build';

const runs = (text: string): PresetProcess => ({ command: { kind: 'substring', text } });
const file: PresetFile = { path: '**/a.lock', role: 'both' };
const preset = (more: Partial<Preset> = {}): Preset => ({
  id: 'tool',
  tool: 'tool',
  files: [file],
  mechanism: 'kernelLock',
  records: [],
  programs: 'anyone',
  label: 'none',
  ...more,
});
const made = (path: string, more: Partial<Preset> = {}, of: Partial<PresetFile> = {}) =>
  presetService({ preset: preset(more), file: { ...file, ...of }, path });

describe('the service of a found file', () => {
  it('watches the file as what it is to the tool', () => {
    const path = '/w/.git/a.lock';
    const files = (role: PresetFile['role']) => {
      const { lockFiles, pidFiles } = made(path, {}, { role });
      return [lockFiles, pidFiles];
    };
    expect([files('both'), files('lock'), files('pid')]).toEqual([
      [[path], [path]],
      [[path], []],
      [[], [path]],
    ]);
  });

  it('has the profile’s process in a folder of profiles alone, and where there is one', () => {
    const both = { process: runs('home'), ofProfile: runs('profile') };
    const command = (path: string, more: Partial<Preset>) => made(path, more).process;
    expect(command('/h/a.lock', both)).toEqual(runs('home').command);
    expect(command('/h/profiles/a.lock', both)).toEqual(runs('home').command);
    expect(command('/h/profiles/x/a.lock', both)).toEqual(runs('profile').command);
    expect(command('/h/profiles/x/a.lock', { process: runs('home') })).toEqual(runs('home').command);
  });

  it('has no kind of lock where none is known', () => {
    expect(made('/w/a.lock')).not.toHaveProperty('lockKind');
    expect(made('/w/a.lock', { lockKind: 'flock' })).toHaveProperty('lockKind', 'flock');
  });
});

describe('the services of all found files', () => {
  const names = (...folders: string[]): string[] =>
    presetServices(
      folders.map((folder, index) => ({ preset: preset(), file, path: `${folder}/${index}.lock` })),
    ).map(({ name }) => name);

  it.each([
    [['/srv/x/a'], ['tool']],
    [
      ['/srv/x/a', '/srv/x/b'],
      ['tool (a)', 'tool (b)'],
    ],
    [
      ['/a', '/b/a'],
      ['tool (a)', 'tool (b/a)'],
    ],
    [
      ['/1/a/b/c', '/2/a/b/c'],
      ['tool (1/a/b/c)', 'tool (2/a/b/c)'],
    ],
    [
      ['/1/z/a/b/c', '/2/z/a/b/c'],
      ['tool (z/a/b/c)', 'tool (z/a/b/c)'],
    ],
    [
      ['/srv/x/a', '/srv/x/a'],
      ['tool (srv/x/a)', 'tool (srv/x/a)'],
    ],
  ])('in %j have as few parts of them as it takes', (folders, expected) => {
    expect(names(...folders)).toEqual(expected);
  });

  it('are without those of which a setting watches one file', () => {
    const group = { lockFiles: ['a.lock', 'b.lock'], pidFiles: ['a.pid'] };
    const match = { preset: preset({ group }), file, path: '/w/a.lock' };
    const left = (...lockFiles: string[]) =>
      presetServices([match], [service({ lockFiles, pidFiles: [] })]).length;
    expect([left('/w/b.lock'), left('/w/c.lock')]).toEqual([0, 1]);
  });
});

describe('where a tool is looked for', () => {
  const context = {
    folder: { name: 'w', path: '/w' },
    folders: [],
    home: '/h',
    env: { XDG_RUNTIME_DIR: '/run/1', TMPDIR: '/var/tmp' },
    windows: false,
    platform: 'linux' as const,
  };
  const places = (path: string, more: object = {}) =>
    presetPatterns(preset({ files: [{ path, role: 'lock' }] }), { ...context, ...more }).map(
      ({ base, glob }) => `${base} ${glob}`,
    );

  it.each([
    ['${env:XDG_RUNTIME_DIR}/a', 'runtimeDir /run/1/a'],
    ['${env:TMPDIR:-/tmp}/a', 'tmp /var/tmp/a'],
    ['/tmp/a', 'tmp /tmp/a'],
    ['/var/a', 'system /var/a'],
    ['~/a', 'home /h/a'],
    ['${env:NO:-~/x}/a', 'home /h/x/a'],
    ['**/a~', 'workspace /w/**/a~'],
  ])('%s', (path, place) => {
    expect(places(path)).toEqual([place]);
  });

  it('is nowhere without a folder, or a variable, that it needs', () => {
    expect(places('**/a', { folder: undefined })).toEqual([]);
    expect(places('${env:NO}/a')).toEqual([]);
  });

  it('is not left out for a mistake that is not the path’s', () => {
    const env = new Proxy(
      {},
      {
        get: () => {
          throw new TypeError('of the machine');
        },
      },
    );
    expect(() => places('${env:A}/a', { env })).toThrow(new TypeError('of the machine'));
  });

  it('is on where its setting is none', () => {
    const isOn = (setting: unknown): boolean => isPresetOn('tool', setting);
    expect([undefined, null, 'x', {}, { '*': false }, { '*': false, tool: true }].map(isOn)).toEqual([
      true,
      true,
      true,
      true,
      false,
      true,
    ]);
  });
});

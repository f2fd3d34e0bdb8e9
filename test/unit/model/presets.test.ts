import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { globSync } from 'tinyglobby';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseServices } from '../../fixtures/parseServices';
import { CONFLICT_PATTERNS } from '../../../src/model/conflictPatterns';
import { withoutBraces } from '../../../src/model/settings/globText';
import {
  adviceOn,
  isPresetOn,
  presetPatterns,
  PRESETS,
  presetServices,
  toolWithHeartbeat,
  type PresetMatch,
} from '../../../src/model/presets/index';
import { presetService } from '../../../src/model/presets/found';
import type { Service } from '../../../src/model/service';
import { FILES, STRANGERS, SYSTEM, SYSTEM_FILES } from './presetFiles';

describe('presets', () => {
  let root = '';
  let found: readonly PresetMatch[] = [];
  const search = (): readonly PresetMatch[] => found;
  const at = (file: string): string => path.join(root, file);
  beforeAll(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), 'presets-'));
    for (const [file] of [...FILES, ...SYSTEM_FILES, ...STRANGERS]) {
      const place = file.startsWith('/') ? at(`machine${file}`) : at(file);
      fs.mkdirSync(path.dirname(place), { recursive: true });
      fs.writeFileSync(place, '');
    }
    found = searched();
  });
  afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

  const context = (more: { folder?: undefined } = {}) => ({
    folder: 'folder' in more ? undefined : { name: 'work', path: at('ws') },
    folders: [],
    home: at('home'),
    env: { XDG_RUNTIME_DIR: at('run'), TMPDIR: at('tmp'), UID: '1000' },
    windows: false,
    platform: 'linux' as const,
  });

  /** As the search does it, below this test's folder or below the one that stands for the machine's root. */
  const searched = (isOfMachine = false): PresetMatch[] => {
    const cwd = isOfMachine ? at('machine') : root;
    return PRESETS.flatMap((preset) => presetPatterns(preset, context()))
      .filter(({ glob }) => glob.startsWith(root) !== isOfMachine)
      .flatMap(({ preset, file, glob }) =>
        globSync(path.relative(isOfMachine ? '/' : root, glob), {
          cwd,
          absolute: true,
          dot: true,
          expandDirectories: false,
        }).map((found) => ({ preset, file, path: found })),
      );
  };

  it.each(FILES)('knows %s as %s', (file, id, offer) => {
    const matches = search().filter((match) => match.path === at(file));
    expect([...new Set(matches.map(({ preset }) => preset.id))]).toEqual([id]);
    const [match] = matches;
    const service = match === undefined ? undefined : presetService(match);
    expect(service?.origin).toEqual({ kind: 'preset', preset: id });
    const advice = service === undefined ? undefined : adviceOn(service, at(file));
    expect(advice).toEqual(offer ? [] : [expect.stringMatching(/^[A-Za-z].*\.$/)]);
  });

  it.each(SYSTEM)('looks for %s as %s', (glob, id, offer) => {
    const preset = PRESETS.find((one) => one.id === id);
    const patterns = preset === undefined ? [] : presetPatterns(preset, context());
    expect(patterns.map((pattern) => pattern.glob)).toContain(glob);
    expect(preset?.advice === undefined).toBe(offer);
  });

  it('knows the files of the machine, and nothing that only looks like them', () => {
    const known = searched(true).map(({ preset, path: found }) => [
      `/${path.relative(at('machine'), found)}`,
      preset.id,
    ]);
    expect(known.sort()).toEqual([...SYSTEM_FILES].map((row) => [...row]).sort());
  });

  it('is tried with a near miss for each preset', () => {
    const missed = new Set<string>(STRANGERS.map(([, like]) => like));
    expect(PRESETS.map(({ id }) => id).filter((id) => !missed.has(id))).toEqual([]);
  });

  it('is tried at each of its places, or written down again where no test can write', () => {
    const seen = new Set([...search(), ...searched(true)].map(({ file }) => file));
    const written = new Set(SYSTEM.map(([glob, id]) => `${id}: ${glob}`));
    const untried = PRESETS.flatMap((preset) => presetPatterns(preset, context()))
      .filter(({ file }) => !seen.has(file))
      .map(({ preset, glob }) => `${preset.id}: ${glob}`)
      .filter((place) => !written.has(place));
    expect(untried).toEqual([]);
  });

  it('knows nothing else', () => {
    const paths = new Set(search().map((match) => match.path));
    expect([...paths].sort()).toEqual(FILES.map(([file]) => at(file)).sort());
  });

  it('has one id and one table row each', () => {
    const ids = PRESETS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const tested = new Set([...FILES, ...SYSTEM].map(([, id]) => id as string));
    expect(ids.filter((id) => !tested.has(id))).toEqual([]);
  });

  it('makes one service of the files that belong together', () => {
    const services = presetServices(search().filter(({ preset }) => preset.id === 'hermes-gateway'));
    expect(services.sort((a, b) => b.id.localeCompare(a.id, 'en'))).toMatchObject([
      {
        id: `preset:hermes-gateway:${at('home/.hermes/profiles/work')}`,
        name: 'hermes gateway (work)',
        lockFiles: [at('home/.hermes/profiles/work/gateway.lock')],
        pidFiles: [at('home/.hermes/profiles/work/gateway.pid')],
      },
      { name: 'hermes gateway (.hermes-staging)' },
      {
        id: `preset:hermes-gateway:${at('home/.hermes')}`,
        name: 'hermes gateway',
        lockFiles: [at('home/.hermes/gateway.lock')],
        pidFiles: [at('home/.hermes/gateway.pid')],
      },
    ]);
    const nuxt = presetServices(search().filter(({ preset }) => preset.id === 'nuxt'));
    expect(nuxt).toMatchObject([
      {
        name: 'Nuxt',
        lockFiles: [at('ws/shop/.nuxt/nuxt.lock')],
        pidFiles: [at('ws/shop/.nuxt/locks/*.json')],
        existence: true,
      },
    ]);
    const git = presetServices(search().filter(({ preset }) => preset.id === 'git'));
    expect(git.find(({ name }) => name === 'git (index.lock)')).toMatchObject({
      lockFiles: [at('ws/.git/index.lock')],
      pidFiles: [at('ws/.git/index~pid.lock')],
      existence: true,
    });
    const terraform = presetServices(search().filter(({ preset }) => preset.id === 'terraform'));
    expect(terraform).toMatchObject([
      { name: 'Terraform state (infra)', lockFiles: [at('ws/infra/terraform.tfstate')] },
    ]);
  });

  const serviceAt = (file: string): Service | undefined => {
    const match = search().find(({ path: found }) => found === at(file));
    return match === undefined ? undefined : presetService(match);
  };

  it('tells the services of one tool apart by as few folders as it takes', () => {
    const named = (...paths: string[]): string[] => {
      const file = { path: '', role: 'lock' } as const;
      const preset = PRESETS.find(({ id }) => id === 'next');
      return preset === undefined
        ? []
        : presetServices(paths.map((found) => ({ preset, file, path: found }))).map(({ name }) => name);
    };
    expect(named('/w/web/.next/dev/lock')).toEqual(['Next.js dev server']);
    expect(named('/w/web/.next/dev/lock', '/w/admin/.next/dev/lock')).toEqual([
      'Next.js dev server (web)',
      'Next.js dev server (admin)',
    ]);
    expect(named('/w/a/web/.next/dev/lock', '/w/b/web/.next/dev/lock')).toEqual([
      'Next.js dev server (a/web)',
      'Next.js dev server (b/web)',
    ]);
    const ccbots = presetServices(search().filter(({ preset }) => preset.id === 'ccbot'));
    expect(ccbots.map(({ name }) => name).sort()).toEqual([
      'ccbot (.ccbot-staging/ccbot-supervisor.lock)',
      'ccbot (.ccbot2/ccbot.lock)',
      'ccbot (ccbot-supervisor.lock)',
      'ccbot (ccbot.lock)',
    ]);
  });

  it('passes on what is known of programs, instances, locks and logs', () => {
    expect(serviceAt('home/.hermes/gateway.pid')).toMatchObject({
      programs: expect.arrayContaining(['hermes', 'hermes_cli.main']) as unknown,
      process: { kind: 'regex' },
      lockKind: 'flock',
      log: {
        path: at('home/.hermes/logs/{gateway,agent}.log'),
        patterns: expect.arrayContaining([
          ...CONFLICT_PATTERNS.telegram,
          ...CONFLICT_PATTERNS.hermes,
        ]) as unknown,
      },
    });
    expect(serviceAt('home/.hermes/profiles/work/gateway.pid')?.log?.path).toBe(
      at('home/.hermes/profiles/work/logs/{gateway,agent}.log'),
    );
    expect(serviceAt('ws/web/.next/dev/lock')).toMatchObject({
      process: { kind: 'commandAndCwd', cwd: at('ws/web') },
    });
    expect(serviceAt('ws/tmp/pids/server.pid')).toMatchObject({
      programs: expect.arrayContaining(['rails', 'puma']) as unknown,
      process: { kind: 'commandAndCwd', cwd: at('ws') },
    });
    expect(serviceAt('ws/game/Temp/UnityLockfile')?.lockKind).toBe('posix');
    const bot = serviceAt('home/.ccbot2/ccbot.lock');
    expect(bot?.log).toEqual({
      path: at('home/.ccbot2/logs/bot.log'),
      patterns: CONFLICT_PATTERNS.telegram,
    });
    const supervisor = serviceAt('home/.ccbot/ccbot-supervisor.lock');
    expect(supervisor).toBeDefined();
    expect(supervisor?.process).toBeUndefined();
    expect(supervisor?.log).toBeUndefined();
  });

  it('escapes what a folder is called, in paths and in patterns', () => {
    const preset = PRESETS.find(({ id }) => id === 'pm2');
    const file = preset?.files.find(({ path: written }) => written.endsWith('pm2.pid'));
    expect(preset).toBeDefined();
    expect(file).toBeDefined();
    if (preset === undefined || file === undefined) return;
    const service = presetService({ preset, file, path: '/home/a+b (1)/.pm2/pm2.pid' });
    expect(service.pidFiles).toEqual(['/home/a\\+b \\(1\\)/.pm2/pm2.pid']);
    expect(service.process).toMatchObject({
      source: expect.stringContaining('/home/a\\+b \\(1\\)/\\.pm2') as unknown,
    });
  });

  it('knows hermes and memtomem where Windows keeps them, and one folder below another there', () => {
    const windows = {
      ...context(),
      folder: { name: 'work', path: 'C:\\ws' },
      home: 'C:\\Users\\ann',
      env: { LOCALAPPDATA: 'C:\\Users\\ann\\AppData\\Local' },
      windows: true,
      platform: 'win32' as const,
    };
    const globs = PRESETS.flatMap((preset) => presetPatterns(preset, windows)).map(({ glob }) => glob);
    expect(globs).toContain('C:\\Users\\ann\\AppData\\Local\\hermes\\{,profiles\\*\\}gateway.{lock,pid}');
    // A backslash parts folders there, and takes no meaning away.
    expect(globs.flatMap(withoutBraces)).toContain(
      'C:\\Users\\ann\\AppData\\Local\\hermes\\profiles\\*\\gateway.lock',
    );
    expect(withoutBraces('/ws/\\{a,b}/{c,d}')).toEqual(['/ws/\\{a,b}/c', '/ws/\\{a,b}/d']);
    expect(globs).toContain('C:\\Users\\ann\\AppData\\Local\\Temp\\memtomem-0\\server*.pid');
    const preset = PRESETS.find(({ id }) => id === 'hermes-gateway');
    const [file] = preset?.files ?? [];
    expect(file).toBeDefined();
    if (preset === undefined || file === undefined) return;
    const found = 'C:\\Users\\ann\\AppData\\Local\\hermes\\profiles\\work\\gateway.pid';
    const service = presetService({ preset, file, path: found });
    expect(service.name).toBe('hermes gateway (work)');
    expect(service.process).toMatchObject({ source: expect.stringContaining('work') as unknown });
  });

  it('says of every tool who writes its records, or that none is written', () => {
    for (const { id, programs, records, files } of PRESETS) {
      const names = records.some((shape) => shape !== 'none' && shape !== 'empty');
      expect.soft(programs === 'noRecord', id).toBe(!names && programs !== 'anyone');
      for (const each of [programs, ...files.map((file) => file.programs ?? programs)]) {
        if (typeof each !== 'string') {
          expect.soft(each.length, id).toBeGreaterThan(0);
          // A bare interpreter is every script's program.
          expect
            .soft(
              each.filter((name) => /^(?:python|node|ruby|java|bun|sh)$/i.test(name)),
              id,
            )
            .toEqual([]);
        }
      }
    }
  });

  it('knows whose lock directories are renewed', () => {
    const origin = (preset: string): Pick<Service, 'origin'> => ({ origin: { kind: 'preset', preset } });
    expect(
      PRESETS.filter((preset) => toolWithHeartbeat(origin(preset.id)) === preset.tool).map(({ id }) => id),
    ).toEqual(['claude-versions', 'playwright']);
    expect(toolWithHeartbeat({ origin: { kind: 'setting', index: 0, folder: undefined } })).toBeUndefined();
  });

  it('leaves files to the settings that already watch them', () => {
    const { services } = parseServices([at('ws/tmp/pids/server.pid')], {
      settingName: 's',
      folders: [],
      home: at('home'),
      env: {},
      platform: 'linux',
    });
    const matches = search().filter(({ preset }) => preset.id === 'rails');
    expect(presetServices(matches)).toHaveLength(1);
    expect(presetServices(matches, services)).toEqual([]);
  });

  it('never takes the mere file of a kernel lock for the lock', () => {
    for (const match of search()) {
      const service = presetService(match);
      expect(service.existence === true).toBe(match.preset.mechanism === 'existence');
      if (match.preset.mechanism === 'lockedPidFile') {
        expect(service.pidFiles).toEqual(expect.arrayContaining([...service.lockFiles]));
      }
    }
  });

  it('looks in no workspace where there is none, and nowhere for a variable that is not set', () => {
    const bases = PRESETS.flatMap((preset) =>
      presetPatterns(preset, { ...context({ folder: undefined }), env: {} }),
    ).map(({ base }) => base);
    expect(new Set(bases)).toEqual(new Set(['home', 'tmp', 'system']));
  });

  it('is switched off by its name or all at once', () => {
    expect(isPresetOn('rails', undefined)).toBe(true);
    expect(isPresetOn('rails', {})).toBe(true);
    expect(isPresetOn('rails', { rails: false })).toBe(false);
    expect(isPresetOn('rails', { git: false })).toBe(true);
    expect(isPresetOn('rails', { '*': false })).toBe(false);
    expect(isPresetOn('rails', { '*': false, rails: true })).toBe(true);
  });

  it('keeps the advice on each file that might be taken for stale, also where settings name it', () => {
    const origin = { kind: 'setting', index: 0, folder: undefined } as const;
    // A file that only the kernel locks is free, never stale.
    const meant = new Set(
      PRESETS.filter(({ advice, mechanism }) => advice !== undefined && mechanism !== 'kernelLock').map(
        ({ id }) => id,
      ),
    );
    const files = [...FILES, ...SYSTEM_FILES].filter(([, id]) => meant.has(id));
    expect(files.filter(([file]) => adviceOn({ origin }, `/${file}`).length === 0)).toEqual([]);
  });

  it('keeps the vendor’s advice for a file that settings name', () => {
    const origin = { kind: 'setting', index: 0, folder: undefined } as const;
    for (const file of [
      '/data/postmaster.pid',
      '/x/server/server.pid.txt',
      '/run/docker.pid',
      '/r/.git/index.lock',
      'C:\\pg\\postmaster.pid',
    ]) {
      expect(adviceOn({ origin }, file)).toEqual([expect.any(String)]);
    }
    for (const file of [
      '/r/bot.pid',
      '/r/server.pid',
      '/r/my-postmaster.pid',
      '/home/ann/.hermes/gateway.pid',
    ]) {
      expect(adviceOn({ origin }, file)).toEqual([]);
    }
  });
});

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { globSync } from 'tinyglobby';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseServices } from '../../../src/model/config';
import {
  adviceOn,
  isPresetOn,
  presetPatterns,
  PRESETS,
  presetService,
  presetServices,
  type PresetMatch,
} from '../../../src/model/presets';

/** Every file, the preset that knows it, and whether its stale record may be offered for removal. */
const FILES = [
  ['home/.hermes/gateway.lock', 'hermes-gateway', true],
  ['home/.hermes/gateway.pid', 'hermes-gateway', true],
  ['home/.local/state/hermes/gateway-locks/telegram-0123456789abcdef.lock', 'hermes-token-lock', true],
  ['home/.ccbot/ccbot.lock', 'ccbot', false],
  ['home/.ccbot/ccbot-supervisor.lock', 'ccbot', false],
  ['run/memtomem/server.pid', 'memtomem', true],
  ['run/memtomem/server-0123456789abcdef.pid', 'memtomem', true],
  ['tmp/memtomem-1000/server.pid', 'memtomem', true],
  ['home/.claude/channels/telegram/bot.pid', 'claude-telegram', true],
  ['home/.claude/ide/54321.lock', 'claude-ide', true],
  ['tmp/openclaw-1000/gateway.0a1b2c.lock', 'openclaw-gateway', false],
  ['ws/agents/main/sessions/a.jsonl.lock', 'openclaw-session', true],
  ['ws/web/.next/dev/lock', 'next', false],
  ['home/.config/Code/User/workspaceStorage/0a1b/vscode.lock', 'vscode-window', false],
  ['home/.config/Code/code.lock', 'vscode-main', true],
  ['home/.config/google-chrome/SingletonLock', 'chromium-profile', true],
  ['home/.mozilla/firefox/x.default/.parentlock', 'firefox-profile', false],
  ['ws/src/.#main.c', 'emacs', false],
  ['ws/.git/index.lock', 'git', false],
  ['ws/.git/refs/heads/main.lock', 'git', false],
  ['ws/.git/gc.pid', 'git-gc', true],
  ['ws/.hg/wlock', 'mercurial', false],
  ['ws/.hg/store/lock', 'mercurial', false],
  ['ws/infra/.terraform.tfstate.lock.info', 'terraform', false],
  ['ws/target/debug/.cargo-lock', 'cargo', false],
  ['ws/target/debug/.cargo-build-lock', 'cargo', false],
  ['home/.cargo/.package-cache', 'cargo', false],
  ['ws/.gradle/8.5/fileHashes/fileHashes.lock', 'gradle', false],
  ['home/.cache/bazel/_bazel_ann/0a1b/server/server.pid.txt', 'bazel', false],
  ['ws/tmp/pids/server.pid', 'rails', true],
  ['ws/celerybeat.pid', 'celery-beat', true],
  ['ws/twistd.pid', 'twisted', true],
  ['ws/supervisord.pid', 'supervisord', true],
  ['home/.pm2/pm2.pid', 'pm2', false],
  ['home/.pm2/pids/app-0.pid', 'pm2', false],
  ['home/.local/share/jupyter/runtime/jpserver-4242.json', 'jupyter', true],
  ['ws/data/postmaster.pid', 'postgresql', false],
  ['ws/data/mongod.lock', 'mongodb', false],
  ['home/.cache/uv/.lock', 'uv', false],
  ['ws/.venv/.lock', 'uv', false],
  ['tmp/golangci-lint.lock', 'golangci-lint', false],
  ['home/.cache/ms-playwright/__dirlock', 'playwright', true],
  ['ws/repo/lock.exclusive/tower@1.4242-0', 'borg', false],
] as const;

/** Files of the machine, not of a folder a test may write to. */
const SYSTEM = [
  ['/tmp/.X*-lock', 'x-server', true],
  ['/tmp/.s.PGSQL.*.lock', 'postgresql-socket', false],
  ['/var/run/docker.pid', 'docker', false],
  ['/var/lib/dpkg/lock-frontend', 'dpkg', false],
  ['/home/linuxbrew/.linuxbrew/var/homebrew/locks/*.lock', 'homebrew', false],
] as const;

/** Too generic, or only like a tool's file. */
const STRANGERS = [
  'ws/app.lock',
  'ws/package-lock.json',
  'ws/Cargo.lock',
  'ws/yarn.lock',
  'ws/nginx.pid',
  'ws/run/redis.pid',
  'ws/gunicorn.pid',
  'ws/server.pid',
  'ws/data.db.lock',
  'ws/.git/config',
  'ws/.git/objects/pack/x.idx',
  'ws/lock.exclusive.txt',
  'home/.hermes/config.json',
  'home/.claude/ide/54321.json',
  'tmp/other-1000/server.pid',
];

describe('presets', () => {
  let root = '';
  let found: readonly PresetMatch[] = [];
  const search = (): readonly PresetMatch[] => found;
  const at = (file: string): string => path.join(root, file);
  beforeAll(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), 'presets-'));
    for (const file of [...FILES.map(([name]) => name), ...STRANGERS]) {
      fs.mkdirSync(path.dirname(at(file)), { recursive: true });
      fs.writeFileSync(at(file), '');
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

  /** As the search does it, but for the patterns outside this test's folder. */
  const searched = (): PresetMatch[] =>
    PRESETS.flatMap((preset) => presetPatterns(preset, context()))
      .filter(({ glob }) => glob.startsWith(root))
      .flatMap(({ preset, glob, role }) =>
        globSync(path.relative(root, glob), {
          cwd: root,
          absolute: true,
          dot: true,
          expandDirectories: false,
        }).map((found) => ({ preset, path: found, role })),
      );

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
    expect(services).toMatchObject([
      {
        id: `preset:hermes-gateway:${at('home/.hermes')}`,
        name: 'hermes gateway',
        lockFiles: [at('home/.hermes/gateway.lock')],
        pidFiles: [at('home/.hermes/gateway.pid')],
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

  it('never makes a kernel lock a lock by existence', () => {
    for (const match of search()) {
      const service = presetService(match);
      expect(service.existence === true).toBe(match.preset.mechanism === 'existence');
      if (match.preset.mechanism === 'lockedPidFile') {
        expect(service.lockFiles).toEqual(service.pidFiles);
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

  it('keeps the makers’ advice for a file that settings name', () => {
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

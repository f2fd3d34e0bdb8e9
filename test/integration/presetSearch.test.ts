import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Service } from '../../src/model/service';
import { PresetWatch } from '../../src/monitor/presetWatch';

describe('known tools, found without being told', () => {
  let root: string;
  let clock: number;
  beforeEach(() => {
    root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'presets-')));
    clock = 0;
  });
  afterEach(() => fs.rmSync(root, { recursive: true }));

  const file = (relative: string): string => {
    const full = path.join(root, relative);
    fs.mkdirSync(path.dirname(full), { recursive: true });
    fs.writeFileSync(full, '');
    return full;
  };
  const watchOf = (setting: unknown = {}, excluded: string[] = []): PresetWatch => {
    const watch = new PresetWatch({
      now: () => clock,
      home: path.join(root, 'home'),
      env: { XDG_RUNTIME_DIR: path.join(root, 'run'), TMPDIR: path.join(root, 'tmp') },
      platform: 'linux',
    });
    watch.configure({
      folders: [{ name: 'project', path: path.join(root, 'project'), setting }],
      setting,
      excluded,
    });
    return watch;
  };
  /** Without what this machine itself has at fixed places. */
  const mine = (services: readonly Service[] | undefined): readonly Service[] =>
    (services ?? []).filter(({ lockFiles, pidFiles }) =>
      [...lockFiles, ...pidFiles].some((one) => one.startsWith(root)),
    );
  const names = (watch: PresetWatch): string[] =>
    mine(watch.look([]))
      .map(({ name }) => name)
      .sort();

  it('shows the locks of Rails, Next.js, Celery, PostgreSQL and hermes at the first look', () => {
    file('project/tmp/pids/server.pid');
    file('project/.next/dev/lock');
    file('project/celerybeat.pid');
    file('project/postmaster.pid');
    file('home/.hermes/gateway.pid');
    file('run/memtomem/server.pid');
    expect(names(watchOf())).toEqual([
      'Celery beat',
      'Next.js dev server',
      'PostgreSQL (project)',
      'Rails server',
      'hermes gateway',
      'memtomem server (server.pid)',
    ]);
  });

  it('walks the workspace at its second look, not into excluded folders, dependencies or links', () => {
    file('project/services/web/tmp/pids/server.pid');
    file('project/hidden/api/celerybeat.pid');
    file('project/node_modules/a/celerybeat.pid');
    file('elsewhere/celerybeat.pid');
    fs.symlinkSync(path.join(root, 'elsewhere'), path.join(root, 'project', 'link'));
    const watch = watchOf({}, ['hidden']);
    expect(names(watch)).toEqual([]);
    clock += 2000;
    expect(names(watch)).toEqual(['Rails server']);
    clock += 10_000;
    expect(names(watch), 'what a walk found stands until the next walk').toEqual(['Rails server']);
  });

  it('looks where a project keeps its state and its servers their records, not into caches and repositories', () => {
    file('project/.devenv/state/postgres/postmaster.pid');
    file('project/backend/.devenv/state/mongo/mongod.lock');
    file('project/.devbox/virtenv/postgresql/data/postmaster.pid');
    file('project/api/.flox/cache/pgdata/postmaster.pid');
    file('project/jobs/.direnv/db/postmaster.pid');
    file('project/.vscode/db/postmaster.pid');
    file('project/apps/docs/.astro/dev.json');
    file('project/apps/shop/.nuxt/locks/4242.json');
    file('project/.nx/workspace-data/d/server-process.json');
    file('project/node_modules/.cache/vinext/dev-lock.json');
    file('project/.git/celerybeat.pid');
    file('project/.cache/a/celerybeat.pid');
    file('project/a/b/c/d/celerybeat.pid');
    const watch = watchOf();
    expect(names(watch)).toEqual(['Nx daemon', 'vinext dev server']);
    clock += 2000;
    expect(names(watch)).toEqual([
      'Astro (dev.json)',
      'MongoDB (mongo)',
      'Nuxt',
      'Nx daemon',
      'PostgreSQL (data)',
      'PostgreSQL (db)',
      'PostgreSQL (pgdata)',
      'PostgreSQL (postgres)',
      'vinext dev server',
    ]);
  });

  it('knows every home of a tool at the first look, links that lead nowhere and lock directories', () => {
    file('home/.hermes/gateway.lock');
    file('home/.hermes/profiles/work/gateway.pid');
    file('home/.hermes/gateway_state.json');
    file('home/.ccbot2/ccbot.lock');
    file('home/.claude/settings.json');
    file('run/memtomem/server-0123456789abcdef.pid');
    file('run/memtomem/server-fedcba9876543210.pid');
    file('run/memtomem/instances/4242-1-0123456789abcdef-01234567-89abcdef.lock');
    fs.mkdirSync(path.join(root, 'home/.local/state/claude/locks/2.1.33.lock'), { recursive: true });
    file('home/.cache/ms-playwright/mcp-chrome-5d1f2ab/Local State');
    fs.symlinkSync(
      'tower-4242',
      path.join(root, 'home/.cache/ms-playwright/mcp-chrome-5d1f2ab/SingletonLock'),
    );
    expect(names(watchOf())).toEqual([
      'Chrome or Electron profile (mcp-chrome-5d1f2ab)',
      'Claude Code version (2.1.33.lock)',
      'ccbot (.ccbot2/ccbot.lock)',
      'hermes gateway',
      'hermes gateway (work)',
      'memtomem instances',
      'memtomem server (server-0123456789abcdef.pid)',
      'memtomem server (server-fedcba9876543210.pid)',
    ]);
  });

  it('looks again only when a look is due', () => {
    const watch = watchOf();
    expect(watch.look([])).toBeDefined();
    clock += 1;
    expect(watch.look([])).toBeDefined();
    clock += 1000;
    expect(watch.look([])).toBeUndefined();
    clock += 5000;
    file('project/twistd.pid');
    expect(names(watch)).toEqual(['Twisted']);
  });

  it('leaves out what a setting watches already and what is switched off', () => {
    const pidFile = file('project/celerybeat.pid');
    file('project/twistd.pid');
    const watch = watchOf({ twisted: false });
    const [celery] = mine(watch.look([]));
    expect(celery).toMatchObject({ name: 'Celery beat', pidFiles: [pidFile] });
    clock += 6000;
    expect(mine(watch.look(celery === undefined ? [] : [celery]))).toEqual([]);
  });
});

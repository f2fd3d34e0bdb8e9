/**
 * The real dev servers of Next.js, Nuxt and Astro, twice in one project. They are too heavy to be installed for the tests:
 * where `DEV_SERVERS` names a folder with projects `next`, `nuxt` and `astro`, each with its tool installed, they run.
 */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceSnapshot } from '../../src/api';
import { claimsOf } from '../../src/model/terminal/claims';
import { questionOfClaim } from '../../src/model/terminal/question';
import { PresetWatch } from '../../src/monitor/presetWatch';
import { createPlatform } from '../../src/os/index';
import { regexEngine } from '../../src/os/regex';
import { askedMonitor } from '../fixtures/client';
import { Seen } from '../fixtures/observe';
import { childrenOf } from '../fixtures/proc';
import { freePort } from '../fixtures/freePort';
import { Stage } from '../fixtures/stage';
import { eventually } from '../harness/eventually';

const ROOT = process.env['DEV_SERVERS'] ?? '';

interface DevServer {
  tool: string;
  /** Of the service that the preset makes. */
  service: string;
  /** Its lock or record, and whether the kernel lets go of it. */
  file: string;
  afterKill: ServiceSnapshot['state'];
  project: Readonly<Record<string, string>>;
  env?: Readonly<Record<string, string>>;
  /** What the second start must say, among others. */
  links: readonly string[];
}

const SERVERS: readonly DevServer[] = [
  {
    tool: 'next',
    service: 'Next.js dev server',
    file: '.next/dev/lock',
    afterKill: 'free',
    project: {
      'app/page.jsx': 'export default function Page() { return <p>hello</p>; }\n',
      'app/layout.jsx':
        'export default function Layout({ children }) { return <html><body>{children}</body></html>; }\n',
    },
    env: { NEXT_TELEMETRY_DISABLED: '1' },
    links: ['next', 'dev-server-pid'],
  },
  {
    tool: 'nuxt',
    service: 'Nuxt',
    file: '.nuxt/nuxt.lock',
    afterKill: 'stale',
    project: { 'app/app.vue': '<template><p>hello</p></template>\n' },
    // Without it @nuxt/cli 3 locks for agents only.
    env: { NUXT_TELEMETRY_DISABLED: '1', NUXT_LOCK: '1' },
    links: ['dev-server', 'dev-server-pid'],
  },
  {
    tool: 'astro',
    service: 'Astro (dev.json)',
    file: '.astro/dev.json',
    afterKill: 'stale',
    project: { 'src/pages/index.astro': '<html><body>hello</body></html>\n' },
    env: { ASTRO_TELEMETRY_DISABLED: '1' },
    links: ['dev-server', 'dev-server-pid'],
  },
];

const isInstalled = (tool: string): boolean =>
  ROOT !== '' && fs.existsSync(path.join(ROOT, tool, 'node_modules/.bin', tool));

describe.each(SERVERS)('$tool dev, twice (needs DEV_SERVERS)', (server) => {
  const monitor = isInstalled(server.tool) ? askedMonitor() : undefined;
  const folder = path.join(ROOT, server.tool);
  const file = path.join(folder, server.file);
  let stage: Stage;
  let seen: Seen | undefined;
  beforeEach(() => (stage = Stage.open()));
  afterEach(async () => {
    seen?.observer.close();
    await stage.close();
  });

  const commandFor = (port: number): string[] => {
    const program = path.join(folder, 'node_modules/.bin', server.tool);
    return [program, 'dev', '--port', String(port)];
  };

  async function shown(): Promise<ServiceSnapshot> {
    let clock = 0;
    const watch = new PresetWatch({
      now: () => clock,
      home: stage.path('home'),
      env: { XDG_RUNTIME_DIR: stage.path('run'), TMPDIR: stage.path('tmp') },
      platform: 'linux',
    });
    watch.configure({
      folders: [{ name: server.tool, path: folder, setting: {} }],
      setting: {},
      excluded: [],
    });
    watch.look([]);
    clock += 2000;
    const services = watch.look([]) ?? [];
    const id = services.find(({ name }) => name === server.service)?.id ?? '';
    seen?.observer.close();
    const observer = createPlatform({ regexEngine }).createObserver();
    observer.configure(services, { probe: undefined, probePolicy: 'never' });
    seen = new Seen(observer);
    await seen.tick();
    const found = seen.services.get(id);
    if (found === undefined) throw new Error(`${server.service} is not found`);
    return found;
  }

  it.runIf(isInstalled(server.tool))(
    'is found by its preset, named by the link of the second start, and gone when it was killed',
    { timeout: 180_000 },
    async () => {
      fs.rmSync(file, { force: true });
      for (const [name, content] of Object.entries(server.project)) {
        fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
        fs.writeFileSync(path.join(folder, name), content);
      }
      const port = await freePort();
      const first = await stage.startCommand(process.execPath, commandFor(port), {
        cwd: path.relative(stage.folder, folder),
        roles: [],
        ...(server.env === undefined ? {} : { env: server.env }),
      });
      const record = await eventually(
        'the record with its port',
        () => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''),
        (text) => text.includes('"port":'),
        120_000,
      );
      const { pid } = JSON.parse(record) as { pid: number };
      expect([first.pid, ...childrenOf(first.pid)]).toContain(pid);

      const held = await eventually('its port', shown, ({ ports }) => ports?.[0]?.listeners.length === 1);
      expect(held.state).toBe('held');
      expect(held.findings).toEqual([]);
      expect(held.instances.map(({ processes }) => processes.some((one) => one.pid === pid))).toEqual([true]);
      expect(held.ports).toMatchObject([
        {
          port,
          url: `http://localhost:${port}/`,
          listeners: [{ pid, relation: 'instance', proof: 'proven' }],
        },
      ]);

      const second = spawnSync(process.execPath, commandFor(await freePort()), {
        cwd: folder,
        env: { ...process.env, ...server.env },
        encoding: 'utf8',
        timeout: 60_000,
      });
      const lines = stripVTControlCharacters(second.stdout + second.stderr).split('\n');
      const claims = lines.flatMap((line) => claimsOf(line));
      expect(claims.map(({ tool }) => tool)).toEqual(expect.arrayContaining([...server.links]));
      for (const claim of claims) {
        const question = questionOfClaim(claim, { folder });
        if (question === undefined || monitor === undefined) throw new Error(`${claim.tool} asks nothing`);
        const options = { signal: new AbortController().signal, onProgress: () => undefined };
        const { users, notes } = await monitor().whoUses(question, options);
        expect([claim.tool, users[0]?.process.pid, notes]).toEqual([claim.tool, pid, []]);
      }

      await stage.killHard(pid);
      const left = await shown();
      expect([left.state, left.ports?.[0]?.port, left.ports?.[0]?.listeners]).toEqual([
        server.afterKill,
        port,
        [],
      ]);
    },
  );
});

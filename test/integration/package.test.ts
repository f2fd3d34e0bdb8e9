import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inflateRawSync } from 'node:zlib';

const root = path.resolve(import.meta.dirname, '../..');

interface Entry {
  name: string;
  size: number;
  mode: number;
  read: () => Buffer;
}

/** The central directory of a zip archive: APPNOTE.TXT 4.3.12, 4.3.16. */
function entriesOf(file: string): Entry[] {
  const zip = fs.readFileSync(file);
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  const entries: Entry[] = [];
  for (let at = zip.readUInt32LE(end + 16), left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) =>
      zip.readUInt16LE(at + offset),
    );
    const compressed = zip.readUInt32LE(at + 20);
    const isDeflated = zip.readUInt16LE(at + 10) === 8;
    const local = zip.readUInt32LE(at + 42);
    const name = zip.toString('utf8', at + 46, at + 46 + (nameLength ?? 0));
    entries.push({
      name,
      size: zip.readUInt32LE(at + 24),
      mode: zip.readUInt16LE(at + 40) & 0o777,
      read: () => {
        const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
        const data = zip.subarray(start, start + compressed);
        return isDeflated ? inflateRawSync(data) : data;
      },
    });
    at += 46 + (nameLength ?? 0) + (extraLength ?? 0) + (commentLength ?? 0);
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const sha256 = (file: string): string => createHash('sha256').update(fs.readFileSync(file)).digest('hex');

const koffiOf = (file: string): Buffer | undefined =>
  entriesOf(file)
    .find(({ name }) => name.endsWith('/koffi.node'))
    ?.read();

/** What every package carries, apart from what only its target needs. */
const COMMON = [
  '[Content_Types].xml',
  'extension.vsixmanifest',
  'extension/LICENSE.txt',
  'extension/THIRD-PARTY-NOTICES.txt',
  'extension/changelog.md',
  'extension/dist/actions.js',
  'extension/dist/apart.js',
  'extension/dist/extension.js',
  'extension/dist/globs.js',
  'extension/dist/native.js',
  'extension/dist/observer.js',
  'extension/dist/observing.js',
  'extension/dist/onDemand.js',
  'extension/dist/pages.js',
  'extension/dist/probe.js',
  'extension/dist/processes.js',
  'extension/dist/regex.js',
  'extension/dist/session.js',
  'extension/dist/start.js',
  'extension/dist/toolAnswer.js',
  'extension/dist/ui.js',
  'extension/media/activity.svg',
  'extension/media/icon.png',
  'extension/package.json',
  'extension/package.nls.json',
  'extension/readme.md',
];
/** What parts share, pictures of the walkthrough, texts in other languages, where to ask: any number of them. */
const OPTIONAL =
  /^extension\/(dist\/shared-[A-Z0-9]{8}\.js|media\/walkthrough\/[\w-]+\.(svg|png|md)|l10n\/bundle\.l10n(\.[\w-]+)?\.json|package\.nls\.[\w-]+\.json|SUPPORT\.md)$/;

const partsIn = (text: string): string[] =>
  [...text.matchAll(/"\.\/([\w-]+\.js)"/g)].map(([, part]) => part ?? '');

describe('the package', () => {
  let folder: string;
  const packed = (name: string, ...args: string[]): string => {
    const out = path.join(folder, name);
    execFileSync(process.execPath, [path.join(root, '.ci/package.mjs'), `--out-dir=${out}`, ...args]);
    const files = fs.readdirSync(out);
    expect(files).toHaveLength(1);
    return path.join(out, files[0] ?? '');
  };
  let universal: string;
  let windows: string;

  beforeAll(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'instance-monitor-package-'));
    universal = packed('universal', '--target=universal');
    windows = packed('windows', '--target=win32-x64');
  });
  afterAll(() => fs.rmSync(folder, { recursive: true }));

  it('carries what runs and nothing else', () => {
    const names = entriesOf(universal).map(({ name }) => name);
    expect(names.filter((name) => !OPTIONAL.test(name))).toEqual(COMMON);
  });

  it('carries every part that another part asks for', () => {
    const entries = entriesOf(packed('parts')).filter(({ name }) => name.startsWith('extension/dist/'));
    const texts = new Map(entries.map(({ name, read }) => [path.basename(name), read().toString('utf8')]));
    const wanted = [...texts.values()].flatMap((text) => partsIn(text));
    const names = entries.map(({ name }) => path.basename(name));
    expect(new Set(wanted).size).toBeGreaterThan(5);
    expect(wanted.filter((part) => !names.includes(part))).toEqual([]);
    // A copy of the namespace per importing file took VS Code longer than all the rest of loading.
    for (const { name, read } of entries) {
      expect(read().toString('utf8'), name).not.toMatch(/\w\(require\("vscode"\)/);
    }
    // Loaded later, each file has a turn of the loop: so the list names all that it needs, and that first.
    const lists = [...texts.values()].flatMap((text) =>
      [...text.matchAll(/\[("\.\/[\w-]+\.js",?)+\]/g)].map(([list]) => partsIn(list)),
    );
    expect(lists.length).toBeGreaterThan(5);
    for (const list of lists) {
      for (const [index, part] of list.entries()) {
        const needed = [...(texts.get(part) ?? '').matchAll(/require\("\.\/([^"]+)"\)/g)].map(
          ([, each]) => each,
        );
        expect([part, needed.filter((each) => !list.slice(0, index).includes(each ?? ''))]).toEqual([
          part,
          [],
        ]);
      }
    }
    // ps-list is for systems without procfs.
    if (process.platform === 'linux') expect(names).not.toContain('processes.js');
  });

  it('for Windows adds the program that ps-list runs, and koffi of Windows', () => {
    const names = entriesOf(windows).map(({ name }) => name);
    expect(names.filter((name) => !OPTIONAL.test(name) && !COMMON.includes(name))).toEqual([
      'extension/dist/vendor/fastlist-0.3.0-x64.exe',
      'extension/prebuilds/win32-x64/koffi.node',
    ]);
    // "MZ": a library of Windows, though this may be another system.
    expect(koffiOf(windows)?.subarray(0, 2).toString('latin1')).toBe('MZ');
  });

  it('for every system carries its own koffi, in one copy, and elsewhere none', () => {
    const machines = {
      // e_machine of the ELF header: EM_X86_64, EM_AARCH64; cputype of Mach-O: CPU_TYPE_ARM64.
      'linux-x64': [0x12, 62],
      'alpine-arm64': [0x12, 183],
      'darwin-arm64': [0x04, 0x0c],
    } as const;
    for (const [target, [at, machine]] of Object.entries(machines)) {
      const file = packed(`koffi-${target}`, `--target=${target}`);
      const names = entriesOf(file).map(({ name }) => name);
      expect(names.filter((name) => name.includes('koffi'))).toEqual([
        `extension/prebuilds/${target}/koffi.node`,
      ]);
      expect(koffiOf(file)?.[at]).toBe(machine);
      expect(fs.statSync(file).size).toBeLessThan(1_100_000);
    }
    expect(koffiOf(universal)).toBeUndefined();
  });

  it('for this machine adds fs-ext of this machine only, as built', () => {
    const entries = entriesOf(packed('this'));
    const added = entries.filter(({ name }) => !OPTIONAL.test(name) && !COMMON.includes(name));
    const own = fs.existsSync(path.join(root, 'prebuilds'))
      ? fs.readdirSync(path.join(root, 'prebuilds'))
      : [];
    const built = own
      .filter((target) => target.endsWith(`-${process.arch}`) && process.platform !== 'win32')
      .flatMap((target) =>
        fs.readdirSync(path.join(root, 'prebuilds', target)).map((name) => `prebuilds/${target}/${name}`),
      );
    const binaries = added.filter(({ name }) => name.endsWith('.node'));
    expect(binaries.map(({ name }) => name)).toEqual(built.map((name) => `extension/${name}`));
    for (const { name, read } of binaries.filter((each) => !each.name.endsWith('/koffi.node'))) {
      const abi = /abi-(\d+)\.node$/.exec(name)?.[1] ?? '';
      const text = read().toString('latin1');
      expect(text).toContain(`node_register_module_v${abi}`);
      expect(text).not.toContain(root);
    }
  });

  it('has a manifest without what only developers need, that names files it carries', () => {
    const entries = entriesOf(universal);
    const read = (name: string): Buffer =>
      entries.find((entry) => entry.name === name)?.read() ?? Buffer.alloc(0);
    const manifest = JSON.parse(read('extension/package.json').toString('utf8')) as Record<string, unknown>;
    for (const key of [
      'scripts',
      'devDependencies',
      'dependencies',
      'optionalDependencies',
      'allowScripts',
    ]) {
      expect(manifest).not.toHaveProperty(key);
    }
    const names = entries.map(({ name }) => name);
    expect(names).toContain(`extension/${String(manifest['main']).replace('./', '')}`);
    expect(names).toContain(`extension/${String(manifest['icon'])}`);
    const vsix = read('extension.vsixmanifest').toString('utf8');
    expect(vsix).toContain('Id="instance-monitor"');
    expect(vsix).toContain('Publisher="instance-monitor"');
    expect(vsix).not.toContain('TargetPlatform');
  });

  it.each(['readme.md', 'changelog.md', 'SUPPORT.md'])(
    'shows no broken picture and no dead link in %s',
    (name) => {
      const entry = entriesOf(universal).find((each) => each.name === `extension/${name}`);
      const page = entry?.read().toString('utf8') ?? '';
      expect(page).toMatch(/^# /);
      const headings = [...page.matchAll(/^#+ (.*)$/gm)].map(
        ([, heading]) =>
          `#${(heading ?? '')
            .toLowerCase()
            .replace(/[^\w\s-]/g, '')
            .replace(/\s/g, '-')}`,
      );
      // VS Code resolves nothing relative on an extension's page, whatever is packed.
      const targets = [
        ...page.matchAll(/\]\(\s*<?([^)>\s]*)|\b(?:src|href)\s*=\s*["']?([^"'\s>]*)|^\[[^\]]+\]:\s*(\S+)/gm),
      ].map(([, inline, attribute, reference]) => inline ?? attribute ?? reference ?? '');
      // Its links became the names of the pages.
      if (name === 'readme.md') expect(page.match(/ \(`[\w./-]+\.md`\)/g)?.length).toBeGreaterThan(8);
      expect(
        targets.filter((target) => !target.startsWith('https://') && !headings.includes(target)),
      ).toEqual([]);
    },
  );

  it('names in its pages where in the source a link led', () => {
    const page = entriesOf(universal)
      .find((each) => each.name === 'extension/SUPPORT.md')
      ?.read()
      .toString('utf8');
    expect(page).toContain('see `SECURITY.md`.');
  });

  it('names everything bundled in it, with its licence', () => {
    const notices = entriesOf(universal)
      .find(({ name }) => name.endsWith('THIRD-PARTY-NOTICES.txt'))
      ?.read()
      .toString('utf8');
    const bundled = [...(notices ?? '').matchAll(/^(\S+) (\d+\.\d+\.\d+)\n-+$/gm)].map(
      ([, name, version]) => `${name ?? ''} ${version ?? ''}`,
    );
    const names = bundled.map((each) => each.split(' ')[0]);
    expect(names).toEqual(expect.arrayContaining(['@vscode/l10n', 'birpc', 'picomatch', 'ps-list', 're2js']));
    // What `npm audit --omit=dev` asks about.
    const { packages } = JSON.parse(fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { version: string; dev?: boolean }>;
    };
    const audited = Object.entries(packages)
      .filter(([, { dev }]) => dev !== true)
      .map(([at, { version }]) => `${at.replace(/^.*node_modules\//, '')} ${version}`);
    expect(bundled.filter((each) => !audited.includes(each))).toEqual([]);
    expect(notices).not.toContain('License: undefined');
  });

  it('holds nothing of the machine it was made on', () => {
    for (const { name, read } of entriesOf(windows)) {
      const text = read().toString('latin1');
      expect(text.includes(root), name).toBe(false);
      expect(text.includes(os.homedir() === '/' ? root : `${os.homedir()}/`), name).toBe(false);
    }
  });

  it('is the same byte for byte when made again, elsewhere and later', () => {
    const again = path.join(folder, 'again');
    execFileSync(
      'sh',
      [
        '-c',
        'umask 077; exec "$@"',
        'sh',
        process.execPath,
        path.join(root, '.ci/package.mjs'),
        '--target=universal',
        `--out-dir=${again}`,
      ],
      {
        env: { ...process.env, TZ: 'Pacific/Auckland', LC_ALL: 'C.UTF-8' },
      },
    );
    expect(sha256(path.join(again, path.basename(universal)))).toBe(sha256(universal));
  });

  it('stays small', () => {
    const sizes = new Map(entriesOf(universal).map(({ name, size }) => [name, size]));
    const total = fs.statSync(universal).size;
    console.log(`package ${total} bytes: ${[...sizes].map(([name, size]) => `${name} ${size}`).join(', ')}`);
    expect(total).toBeLessThan(600_000);
    const parts = [...sizes].filter(
      ([name]) => name.startsWith('extension/dist/') && !name.endsWith('regex.js'),
    );
    expect(parts.reduce((sum, [, size]) => sum + size, 0)).toBeLessThan(850_000);
  });
});

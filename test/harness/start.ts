/**
 * `npm start`: a real VS Code with the extension installed from its package, on a workspace in which real processes
 * act out the watched systems, or on `--folder PATH`. The desktop VS Code where `code` is on PATH, else the one from npm
 * at a loopback address. Ctrl-C ends every process that was started.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startDemo } from '../demo/demo';
import { projectRoot, temporaryFolder } from './paths';
import { runToEnd, startTree, stopAllTrees } from './processes';
import { quietSettings, startServer } from './server';
import { packagedExtension } from './vsix';

const usage = `npm start [-- options]
  --folder PATH   open this folder instead of the demo
  --port N        loopback port of the VS Code from npm (default: a free one)
  --server        the VS Code from npm even where \`code\` is on PATH
`;

const opener = path.join(projectRoot, 'test', 'harness', 'opener');

/** What to undo at the end, last first. */
const undo: (() => unknown)[] = [];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      folder: { type: 'string' },
      port: { type: 'string' },
      server: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const scratch = temporaryFolder('start');
  undo.push(() => {
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });
  const port = values.port === undefined ? 0 : Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`--port ${String(values.port)} is no port`);
  }

  console.log('[start] packaging the extension');
  const vsix = await packagedExtension(scratch);
  const folder = values.folder === undefined ? await demoFolder(scratch) : existingFolder(values.folder);

  const code = values.server ? undefined : desktopCode();
  if (code !== undefined && (await openDesktop(code, vsix, folder, scratch))) return;

  const server = await startServer({
    version: 'newest',
    vsix: [vsix],
    unpacked: [opener],
    gallery: true,
    port,
    env: { HOME: os.homedir() }, // What the person's own home holds belongs to what they see.
  });
  undo.push(() => server.stop());
  console.log(`[start] VS Code ${server.vscode} with the extension installed, on ${folder}`);
  console.log(`[start] open  ${server.url}/?folder=${encodeURIComponent(folder).replaceAll('%2F', '/')}`);
  console.log('[start] Ctrl-C ends it and every process it started');
  await server.exited;
  if (ending === undefined) throw new Error(`VS Code ended by itself:\n${server.output()}`);
}

function existingFolder(named: string): string {
  // npm changes to the package's folder; the person named theirs from where they were.
  const folder = path.resolve(process.env['INIT_CWD'] ?? process.cwd(), named);
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new Error(`--folder ${named}: no such folder`);
  }
  return realpathSync(folder);
}

async function demoFolder(scratch: string): Promise<string> {
  console.log('[start] starting the processes of the demo');
  const demo = await startDemo(path.join(scratch, 'demo'));
  undo.push(() => demo.stop());
  return demo.folder;
}

/** The desktop VS Code's command line, where there is one that can show a window. */
function desktopCode(): string | undefined {
  const names = process.platform === 'win32' ? ['code.cmd'] : ['code'];
  const found = (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .flatMap((folder) => names.map((name) => path.join(folder, name)))
    .find((file) => existsSync(file));
  if (found === undefined) return undefined;
  if (process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) {
    console.log(`[start] ${found} is there, but no display: using the VS Code from npm`);
    return undefined;
  }
  return found;
}

/** Opens a desktop window with folders of its own and waits until it is closed. False when it does not start. */
async function openDesktop(code: string, vsix: string, folder: string, scratch: string): Promise<boolean> {
  const userData = path.join(scratch, 'user-data');
  const extensions = path.join(scratch, 'extensions');
  mkdirSync(path.join(userData, 'User'), { recursive: true });
  writeFileSync(path.join(userData, 'User', 'settings.json'), JSON.stringify(quietSettings, undefined, 2));
  cpSync(opener, path.join(extensions, path.basename(opener)), { recursive: true });
  const shell = process.platform === 'win32';
  const args = ['--user-data-dir', userData, '--extensions-dir', extensions];
  if (process.getuid?.() === 0) args.push('--no-sandbox');
  const installed = await runToEnd(code, [...args, '--install-extension', vsix, '--force'], { shell });
  if (installed.code !== 0) {
    console.log(
      `[start] ${code} did not install the extension, using the VS Code from npm:\n${installed.output}`,
    );
    return false;
  }
  console.log(`[start] opening ${code} with the extension installed, on ${folder}`);
  console.log('[start] closing its window, or Ctrl-C, ends it and every process it started');
  const tree = startTree(code, [...args, '--disable-workspace-trust', '--new-window', '--wait', folder], {
    shell,
    stdio: 'ignore',
  });
  const ended = await tree.exited;
  await tree.stop();
  if (ended !== 0) console.log(`[start] ${code} ended with ${ended}, using the VS Code from npm`);
  return ended === 0;
}

let ending: Promise<void> | undefined;

function end(code: number): Promise<void> {
  ending ??= (async () => {
    for (const step of undo.reverse()) {
      try {
        await step();
      } catch (error) {
        console.error(error);
        code ||= 1;
      }
    }
    await stopAllTrees();
    process.exit(code);
  })();
  return ending;
}

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    console.log(`\n[start] ${name}: ending everything`);
    void end(0);
  });
}
// A signal to npm does not always come through the shell that npm starts us in; npm's end, or the shell's, shows.
if (process.env['npm_lifecycle_event'] !== undefined) {
  const family = parents();
  setInterval(() => {
    if (parents() !== family) void end(0);
  }, 500).unref();
}

/** Our parent and, on Linux, its parent. */
function parents(): string {
  if (process.platform !== 'linux') return String(process.ppid);
  try {
    const stat = readFileSync(`/proc/${process.ppid}/stat`, 'utf8');
    return `${process.ppid} ${stat.slice(stat.lastIndexOf(')')).split(' ')[2] ?? ''}`;
  } catch {
    return 'gone';
  }
}

main().then(
  () => end(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    return end(1);
  },
);

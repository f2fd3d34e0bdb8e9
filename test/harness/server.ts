/** VS Code's own server, listening on a loopback port, with folders of its own that vanish with it. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { temporaryFolder } from './paths';
import { prepareServer, type PreparedServer, type ServerVersion } from './prepare';
import { runToEnd, startTree } from './processes';

/** User settings for a window that shows nothing but what is under test. */
export const quietSettings: Readonly<Record<string, unknown>> = {
  'chat.disableAIFeatures': true,
  'workbench.startupEditor': 'none',
  'workbench.editor.useModal': 'off',
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'security.workspace.trust.banner': 'never',
  'security.workspace.trust.startupPrompt': 'never',
  'telemetry.telemetryLevel': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'task.autoDetect': 'off',
  'npm.autoDetect': 'off',
  'files.autoSave': 'off',
  'window.commandCenter': false,
};

export interface ServerOptions {
  readonly version: ServerVersion;
  /** Packaged extensions to install before it starts. */
  readonly vsix?: readonly string[];
  /** Unpacked extensions to put beside them as installed ones: their folders are copied. */
  readonly unpacked?: readonly string[];
  /** User settings on top of `quietSettings`; a window may change them. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Whether folders are trusted without asking. Default true; false opens them in Restricted Mode. */
  readonly trusted?: boolean;
  /**
   * VS Code's test driver: lets a page's address carry a test module into the extension host. It also keeps
   * notifications from popping up, so windows that are looked at go without. Default false.
   */
  readonly testDriver?: boolean;
  /** Loopback port; a free one by default. */
  readonly port?: number;
  /** Whether the marketplace can be reached from it. Default false: nothing leaves the machine. */
  readonly gallery?: boolean;
  /** A command and its arguments that start the server in some surroundings, such as a PID namespace: unshare(1). */
  readonly wrapper?: readonly string[];
  /** Added to the environment of the server, so also of the extension host. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface VsCodeServer {
  readonly version: ServerVersion;
  /** Such as `1.139.1`. */
  readonly vscode: string;
  readonly port: number;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Pid of the server's main process. */
  readonly pid: number;
  /** The user's data: `User/settings.json`, `Machine/settings.json`, `logs/` of every window and extension host. */
  readonly userDataDir: string;
  readonly extensionsDir: string;
  /** Everything it wrote to stdout and stderr so far. */
  output(): string;
  /** The user settings file in full: the quiet settings, trust, and these. */
  settingsText(settings: Readonly<Record<string, unknown>>): string;
  /** Replaces the user settings file. For the next window: an open one does not notice, see `Window.changeSettings`. */
  writeSettings(settings: Readonly<Record<string, unknown>>): void;
  /** What that file says now; undefined while it is being written. */
  readSettings(): Record<string, unknown> | undefined;
  /** Pids of every process it started that is alive now: extension hosts, watchers, and what those started. */
  processes(): number[];
  /** Resolves when the server's main process ended, for whatever reason. */
  readonly exited: Promise<unknown>;
  /** Ends everything it started, checks that it is gone, and removes its folders. `graceMs`: before SIGKILL, 5 s. */
  stop(graceMs?: number): Promise<void>;
}

const startTimeoutMs = 60_000;

/** Prepares that version if need be, starts it and resolves when it accepts windows. */
export async function startServer(options: ServerOptions): Promise<VsCodeServer> {
  if (options.port !== undefined && options.port !== 0) await checkFree(options.port);
  const prepared = await prepareServer(options.version);
  const base = temporaryFolder(`server-${options.version}`);
  const userDataDir = path.join(base, 'data');
  const extensionsDir = path.join(base, 'extensions');
  mkdirSync(path.join(userDataDir, 'User'), { recursive: true });
  mkdirSync(extensionsDir);
  const runtimeDir = path.join(base, 'run');
  mkdirSync(runtimeDir, { mode: 0o700 });
  const home = path.join(base, 'home');
  mkdirSync(home);
  const common = [
    '--server-data-dir',
    base,
    '--user-data-dir',
    userDataDir,
    '--extensions-dir',
    extensionsDir,
  ];
  const settingsFile = path.join(userDataDir, 'User', 'settings.json');
  const settingsText = (settings: Readonly<Record<string, unknown>>): string => {
    const all = {
      ...quietSettings,
      'security.workspace.trust.enabled': options.trusted === false,
      ...settings,
    };
    return `${JSON.stringify(all, undefined, 2)}\n`;
  };
  const writeSettings = (settings: Readonly<Record<string, unknown>>): void =>
    writeFileSync(settingsFile, settingsText(settings));
  try {
    writeSettings(options.settings ?? {});
    for (const folder of options.unpacked ?? []) {
      cpSync(folder, path.join(extensionsDir, path.basename(folder)), { recursive: true });
    }
    for (const file of options.vsix ?? []) await installVsix(prepared, file, common);

    const command = [...(options.wrapper ?? []), prepared.node];
    const tree = startTree(
      command[0] ?? prepared.node,
      [
        ...command.slice(1),
        path.join(prepared.root, 'out', 'server-main.js'),
        ...['--host', '127.0.0.1', '--port', String(options.port ?? 0), '--without-connection-token'],
        ...['--accept-server-license-terms', '--disable-telemetry'],
        ...(options.testDriver === true ? ['--enable-smoke-test-driver'] : []),
        ...common,
      ],
      {
        cwd: base,
        env: {
          ...cleanEnvironment(),
          // Neither a user's own locks nor the shell's start-up files, for which VS Code waits up to 10 s.
          HOME: home,
          // VS Code leaves its sockets behind there.
          ...(process.platform === 'linux' ? { XDG_RUNTIME_DIR: runtimeDir } : {}),
          ...(options.gallery === true ? {} : { EXTENSIONS_GALLERY: '{}' }),
          ...options.env,
        },
      },
    );
    let output = '';
    const port = await new Promise<number>((resolve, reject) => {
      const timer = setTimeout(
        () =>
          reject(
            new Error(
              `VS Code ${prepared.vscode} said nothing of a port in ${startTimeoutMs} ms:\n${output}`,
            ),
          ),
        startTimeoutMs,
      );
      const read = (chunk: Buffer): void => {
        output += chunk.toString();
        const bound = /Extension host agent listening on (\d+)/.exec(output);
        if (bound !== null && output.includes('Extension host agent started')) {
          clearTimeout(timer);
          resolve(Number(bound[1]));
        }
      };
      tree.child.stdout?.on('data', read);
      tree.child.stderr?.on('data', read);
      const ended = (how: unknown): void => {
        clearTimeout(timer);
        reject(new Error(`VS Code ${prepared.vscode} ended at once (${String(how)}):\n${output}`));
      };
      tree.exited.then(ended, ended);
    }).catch(async (error: unknown) => {
      await tree.stop();
      throw error;
    });

    return {
      version: options.version,
      vscode: prepared.vscode,
      port,
      url: `http://127.0.0.1:${port}`,
      pid: tree.child.pid ?? 0,
      userDataDir,
      extensionsDir,
      output: () => output,
      settingsText,
      writeSettings,
      readSettings() {
        try {
          return JSON.parse(readFileSync(settingsFile, 'utf8')) as Record<string, unknown>;
        } catch (error) {
          if (error instanceof SyntaxError) return undefined;
          throw error;
        }
      },
      processes: () => tree.members(),
      exited: tree.exited,
      async stop(graceMs) {
        await tree.stop(graceMs);
        rmSync(base, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
      },
    };
  } catch (error) {
    rmSync(base, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    throw error;
  }
}

/** The server does not say so itself when its port is taken: it waits for ever. */
async function checkFree(port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      reject(new Error(`port ${port} on 127.0.0.1 cannot be used (${error.code ?? error.message})`));
    });
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve()));
  });
}

/** Installs a packaged extension as a person would, by the server's own command line. */
async function installVsix(prepared: PreparedServer, file: string, common: readonly string[]): Promise<void> {
  const { code, output } = await runToEnd(
    prepared.node,
    [
      path.join(prepared.root, 'out', 'server-main.js'),
      ...['--install-extension', path.resolve(file), '--force', '--accept-server-license-terms', ...common],
    ],
    { env: cleanEnvironment() },
  );
  if (code !== 0 || !output.includes('successfully installed')) {
    throw new Error(`VS Code ${prepared.vscode} did not install ${file} (exit ${code}):\n${output}`);
  }
}

/** This process's environment without what would steer another Node or another VS Code. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(VSCODE_|ELECTRON_|NODE_OPTIONS$|NODE_PATH$|VITEST|npm_)/.test(name),
    ),
  );
}

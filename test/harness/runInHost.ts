/**
 * Runs a test module inside the real extension host of a server, the way VS Code's own browser integration tests do:
 * the page's address names the module, the page reports its output and its end.
 */
import { closeSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { contextVariable, type Count, type HostContext } from '../vscode/runner';
import { withEnvironment } from './hostBundle';
import { projectRoot, temporaryFolder } from './paths';
import type { ServerVersion } from './prepare';
import { startServer, type VsCodeServer } from './server';
import { launchBrowser } from './window';

export interface HostRun {
  readonly version: ServerVersion;
  /** A CommonJS module that exports `run(): Promise<void>`; absolute path, inside the clone if it needs node_modules. */
  readonly module: string;
  /** An unpacked extension to load; absolute path. The page's address has room for one: install others with `vsix`. */
  readonly extensionDevelopmentPath: string;
  /** Packaged extensions to install first. */
  readonly vsix?: readonly string[];
  /** The folder that is open; a fresh temporary one, removed afterwards, by default. */
  readonly folder?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly trusted?: boolean;
  /** Environment of the server and the extension host. */
  readonly env?: Readonly<Record<string, string>>;
  /** Only tests whose full title matches. */
  readonly grep?: string;
  /** Each line the tests write; the console by default. */
  readonly onOutput?: (line: string) => void;
  /** How long nothing may be written before the run counts as stuck; ms. */
  readonly silenceMs?: number;
}

/** Resolves with what the tests counted; rejects when the module could not be run or counted nothing. */
export async function runInHost(run: HostRun): Promise<Count> {
  const scratch = temporaryFolder(`host-${run.version}`);
  const report = path.join(scratch, 'report.json');
  const output = path.join(scratch, 'output.txt');
  writeFileSync(output, '');
  const context: HostContext = {
    host: run.version,
    report,
    output,
    projectRoot,
    ...(run.grep === undefined ? {} : { grep: run.grep }),
  };
  const contextFile = path.join(scratch, 'context.json');
  writeFileSync(contextFile, JSON.stringify(context));
  const folder = run.folder ?? temporaryFolder('workspace');
  let browser: Browser | undefined;
  let server: VsCodeServer | undefined;
  try {
    server = await startServer({
      version: run.version,
      testDriver: true,
      ...(run.vsix === undefined ? {} : { vsix: run.vsix }),
      ...(run.settings === undefined ? {} : { settings: run.settings }),
      ...(run.trusted === undefined ? {} : { trusted: run.trusted }),
      ...(run.env === undefined ? {} : { env: run.env }),
    });
    browser = await launchBrowser();
    const entry = withEnvironment(run.module, { [contextVariable]: contextFile });
    const { code, log } = await drive(browser, server.port, folder, entry, output, run);
    return readCount(report, code, `${log.join('\n')}\n${server.output()}`);
  } finally {
    await browser?.close();
    await server?.stop();
    rmSync(scratch, { recursive: true, force: true });
    if (run.folder === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** Opens the page and resolves with the exit code that the host reports, and the workbench's own last messages. */
async function drive(
  browser: Browser,
  port: number,
  folder: string,
  entry: string,
  output: string,
  run: HostRun,
): Promise<{ code: number; log: string[] }> {
  const remote = (file: string): string => `vscode-remote://127.0.0.1:${port}${file}`;
  const payload = [
    ['extensionDevelopmentPath', remote(run.extensionDevelopmentPath)],
    ['extensionTestsPath', remote(entry)],
    ['skipWelcome', 'true'],
  ];
  const query = new URLSearchParams({ folder, payload: JSON.stringify(payload) });
  const page = await browser.newPage({ permissions: ['clipboard-read', 'clipboard-write'] });
  const silenceMs = run.silenceMs ?? 180_000;
  const log: string[] = [];
  const lines = new Follower(output);
  let lastHeard = Date.now();
  const print = (): void => {
    for (const line of lines.read()) {
      lastHeard = Date.now();
      (run.onOutput ?? console.log)(line);
    }
  };
  let timer: NodeJS.Timeout | undefined;
  try {
    const code = await new Promise<number>((resolve, reject) => {
      timer = setInterval(() => {
        print();
        if (Date.now() - lastHeard < silenceMs) return;
        reject(
          new Error(
            `the tests in ${run.version} wrote nothing for ${silenceMs} ms; VS Code:\n${log.join('\n')}`,
          ),
        );
      }, 100);
      page.on('crash', () => {
        reject(new Error('the page crashed'));
      });
      const open = async (): Promise<void> => {
        await page.exposeFunction('codeAutomationLog', (_type: string, args: unknown[]) => {
          log.push(args.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join(' '));
          log.splice(0, log.length - 100);
        });
        await page.exposeFunction('codeAutomationExit', resolve);
        await page.goto(`http://127.0.0.1:${port}/?${query.toString()}`);
      };
      open().catch(reject);
    });
    return { code, log };
  } finally {
    clearInterval(timer);
    print();
    lines.close();
    await page.close();
  }
}

/** The lines of a file as they are added. */
class Follower {
  private readonly fd: number;
  private readonly buffer = Buffer.alloc(65_536);
  private rest = '';

  constructor(file: string) {
    this.fd = openSync(file, 'r');
  }

  read(): string[] {
    for (let n = 1; n > 0;) {
      n = readSync(this.fd, this.buffer);
      this.rest += this.buffer.toString('utf8', 0, n);
    }
    const lines = this.rest.split('\n');
    this.rest = lines.pop() ?? '';
    return lines;
  }

  close(): void {
    closeSync(this.fd);
  }
}

function readCount(report: string, code: number, log: string): Count {
  let count: Count;
  try {
    count = JSON.parse(readFileSync(report, 'utf8')) as Count;
  } catch {
    throw new Error(`the tests ended with code ${code} and left no counts; VS Code wrote:\n${log}`);
  }
  if (code !== 0 && count.failed.length === 0) {
    throw new Error(`the host ended with code ${code} though no test failed`);
  }
  return count;
}

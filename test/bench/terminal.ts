/**
 * What links in a terminal cost while a build prints there. VS Code asks for the links of a line when the pointer comes to
 * it, not when it is printed; a second extension counts how often it does, and the main thread's own CPU time says what
 * one such question costs with the extension and without.
 */
import { execFileSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, readFileSync, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import { claimsOf } from '../../src/model/terminal/claims';
import { Stage } from '../fixtures/stage';
import { eventually } from '../harness/eventually';
import { projectRoot } from '../harness/paths';
import { Terminal } from '../harness/parts/terminal';
import { releases } from '../harness/prepare';
import { runToEnd } from '../harness/processes';
import { startServer } from '../harness/server';
import { launchBrowser, openWindow, type Window } from '../harness/window';
import { noPresets } from '../ui/setUp';
import { median, ownCpu } from './cpu';
import { atMost, type Row } from './table';
import { unpackedExtension } from './unpackedExtension';

/** Assumed, and a hundred times what a real run prints: this project's own tests, 950 lines in 20 minutes. */
const LINES_PER_S = 80;
const MINUTES = 10;
const BUILD_MS = MINUTES * 60_000;
/** How long the build is watched with the pointer at rest on its output. */
const PRINT_MS = 30_000;
const ROWS = 30;
const PAGES = 25;
const SWEEPS = 3;
const COUNTED = 7;

/** What a real run prints: this project's own unit tests, each by its name. */
async function realOutput(): Promise<string[]> {
  const vitest = path.join(projectRoot, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--project', 'unit', '--reporter', 'verbose', 'test/unit/model'];
  const { output } = await runToEnd(process.execPath, args, { cwd: projectRoot });
  const lines = stripVTControlCharacters(output)
    .split('\n')
    .filter((line) => line.trim() !== '');
  if (lines.length < ROWS * PAGES) throw new Error(`only ${lines.length} lines:\n${output.slice(-2000)}`);
  return lines;
}

/** µs a line, of the matcher alone. */
function matched(lines: readonly string[]): number {
  const rounds = Array.from({ length: COUNTED }, () => {
    const before = process.cpuUsage();
    for (const line of lines) claimsOf(line);
    return ownCpu(before) / lines.length;
  });
  return median(rounds);
}

/** Registers a provider of no links, and tells over a socket what it was asked and by which process. */
function counter(base: string): string {
  const main = `const vscode = require('vscode');
exports.activate = () => {
  let asked = 0;
  vscode.window.registerTerminalLinkProvider({
    provideTerminalLinks: () => { asked += 1; return []; },
    handleTerminalLink: () => undefined,
  });
  require('node:net')
    .createServer((socket) => socket.end(JSON.stringify({ pid: process.pid, asked })))
    .listen(process.env.BENCH_COUNTER);
};
`;
  return unpackedExtension(base, { name: 'counter', main });
}

interface Asked {
  /** How often VS Code asked for the links of a line. */
  lines: number;
  /** CPU of the extension host's main thread meanwhile, µs. */
  cpu: number;
}

/** A window with a terminal that shows what is written to it. */
class Shown {
  readonly terminal: Terminal;
  readonly #window: Window;
  readonly #socket: string;
  readonly #pipe: WriteStream;
  #page = 0;

  private constructor(window: Window, socket: string, pipe: WriteStream) {
    this.#window = window;
    this.#socket = socket;
    this.#pipe = pipe;
    this.terminal = new Terminal(window.page);
  }

  static async open(window: Window, socket: string, fifo: string): Promise<Shown> {
    await window.runCommand('View: Toggle Terminal');
    const pipe = createWriteStream(fifo);
    await once(pipe, 'open');
    const shown = new Shown(window, socket, pipe);
    await eventually(
      'the counter',
      () => shown.#counter().catch(() => undefined),
      (told) => told !== undefined,
    );
    await shown.page(['']);
    return shown;
  }

  async #counter(): Promise<{ pid: number; asked: number }> {
    const socket = connect(this.#socket);
    return JSON.parse(await text(socket)) as { pid: number; asked: number };
  }

  write(line: string): void {
    this.#pipe.write(`${line}\r\n`);
  }

  /** Shows these lines and no others. */
  async page(lines: readonly string[]): Promise<void> {
    this.#page += 1;
    const end = `page ${this.#page} is shown`;
    this.#pipe.write(`\u001b[H\u001b[2J\u001b[3J${[...lines, end].join('\r\n')}\r\n`);
    await this.terminal.rowsWhen(end, (rows) => rows.includes(end));
  }

  /** Where the row is, in the middle of its words. */
  async point(row: number): Promise<{ x: number; y: number }> {
    const box = await this.#window.page
      .locator('.terminal-wrapper.active .xterm-rows > div')
      .nth(row)
      .boundingBox();
    if (box === null) throw new Error(`there is no row ${row}`);
    return { x: box.x + 60, y: box.y + box.height / 2 };
  }

  /** Moves the pointer over each row in turn, there and back. */
  async sweep(first: { x: number; y: number }, height: number): Promise<void> {
    for (let turn = 0; turn < SWEEPS; turn += 1) {
      for (let step = 0; step < ROWS; step += 1) {
        const row = turn % 2 === 0 ? step : ROWS - 1 - step;
        await this.#window.page.mouse.move(first.x, first.y + row * height);
      }
    }
  }

  async during(act: () => Promise<void>): Promise<Asked> {
    const { pid, asked } = await this.#counter();
    const before = mainThread(pid);
    await act();
    const cpu = mainThread(pid) - before;
    return { lines: (await this.#counter()).asked - asked, cpu };
  }

  close(): void {
    this.#pipe.end();
  }
}

/** CPU of a process's first thread so far, µs. */
const mainThread = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1000;

interface Figures {
  printed: Asked;
  swept: Asked;
}

/** `vsix`: with the extension. */
async function inWindow(lines: readonly string[], base: string, vsix?: string): Promise<Figures> {
  const stage = Stage.open(mkdtempSync(path.join(base, 'stage-')));
  const fifo = stage.path('build');
  execFileSync('mkfifo', [fifo]);
  const socket = stage.path('counter.sock');
  const server = await startServer({
    version: 'newest',
    ...(vsix === undefined ? {} : { vsix: [vsix] }),
    unpacked: [counter(base)],
    env: { BENCH_COUNTER: socket },
  });
  const browser = await launchBrowser();
  try {
    const window = await openWindow(server, {
      browser,
      folder: stage.folder,
      viewport: { width: 1400, height: 1000 },
      settings: {
        ...noPresets,
        'terminal.integrated.gpuAcceleration': 'off',
        'terminal.integrated.stickyScroll.enabled': false,
        'terminal.integrated.profiles.linux': { build: { path: '/bin/cat', args: [fifo] } },
        'terminal.integrated.defaultProfile.linux': 'build',
      },
    });
    const shown = await Shown.open(window, socket, fifo);
    await window.runCommand('View: Toggle Maximized Panel');
    const figures = await measured(shown, window, lines);
    shown.close();
    await window.close();
    return figures;
  } finally {
    await browser.close();
    await server.stop();
    await stage.close();
  }
}

async function measured(shown: Shown, window: Window, lines: readonly string[]): Promise<Figures> {
  const pageOf = (page: number): readonly string[] =>
    lines.slice(page * ROWS, (page + 1) * ROWS).map((line) => line.slice(0, 150));
  await shown.page(pageOf(0));
  const [first, second] = [await shown.point(0), await shown.point(1)];
  const sweep = (): Promise<void> => shown.sweep(first, second.y - first.y);
  await sweep();
  const swept = await shown.during(async () => {
    for (let page = 0; page < PAGES; page += 1) {
      await shown.page(pageOf(page));
      await sweep();
    }
  });
  await window.page.mouse.move(first.x, first.y + 10 * (second.y - first.y));
  const printed = await shown.during(async () => {
    const began = performance.now();
    for (let count = 0; performance.now() - began < PRINT_MS; count += 1) {
      shown.write(lines[count % lines.length] ?? '');
      const due = (count / LINES_PER_S) * 1000 - (performance.now() - began);
      if (due > 4) await delay(due);
    }
  });
  return { printed, swept };
}

export async function terminalRows(vsix: string, base: string): Promise<Row[]> {
  const lines = await realOutput();
  const alone = matched(lines);
  const without = await inWindow(lines, base);
  const { printed, swept } = await inWindow(lines, base, vsix);
  const beyond = swept.cpu / swept.lines - without.swept.cpu / without.swept.lines;
  // What the rest of the host does can hide it: it is at least what the matcher takes.
  const cost = Math.max(beyond, alone);
  const asked = (printed.lines * BUILD_MS) / PRINT_MS;
  const share = (us: number): number => us / 10 / BUILD_MS;
  const total = LINES_PER_S * MINUTES * 60;
  const name = `VS Code ${releases.newest.vscode}, ${MINUTES} minutes of a build of ${LINES_PER_S} lines/s`;
  return [
    atMost(`${name}, the pointer at rest on it: CPU for links`, share(asked * cost), 0.1, '% of a core', {
      digits: 4,
      note: `asked about ${printed.lines} of ${(LINES_PER_S * PRINT_MS) / 1000} lines; ${beyond.toFixed(0)} µs for each beyond a host without us, of ${swept.lines}`,
    }),
    atMost(`${name}: every line of it matched, CPU`, share(total * alone), 0.1, '% of a core', {
      digits: 4,
      note: `${alone.toFixed(1)} µs a line`,
    }),
  ];
}

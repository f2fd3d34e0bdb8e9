/** Public bug reports, acted out live by `cases.py`: real programs, real locks, real containers' numbers. */
import { spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { actorsFolder, within } from '../fixtures/actors';
import { allPids, hasEnvironment } from '../fixtures/proc';
import { until } from '../fixtures/stage';

/** What a case says when it is ready: pids that matter, by the names that the expectations use. */
export type Acted = Readonly<Record<string, string | number | readonly number[]>>;

/** The exit code of a case that this machine has no means for; its line says what is missing. */
const CANNOT = 77;

const script = (): string => path.join(actorsFolder(), '..', '..', 'cases', 'cases.py');

let python: string | undefined;

/** Why no case can be acted out here; undefined: they can. */
export function whyNoCases(): string | undefined {
  if (process.platform !== 'linux') return `the cases need Linux, not ${process.platform}`;
  if (process.getuid?.() !== 0) return 'the cases need root';
  // The program itself: a version manager's shim would be a shell in between.
  const tried = spawnSync('python3', ['-c', 'import ctypes, sys; print(sys.executable)'], {
    encoding: 'utf8',
  });
  if (tried.status !== 0) return 'python3 cannot be run';
  python = tried.stdout.trim();
  return undefined;
}

export class ActedCase {
  private constructor(
    readonly folder: string,
    readonly facts: Acted,
    private readonly child: ChildProcessByStdio<Writable, Readable, null>,
  ) {}

  /** Acts a case out in a folder; a string says why this machine cannot. */
  static async start(name: string, folder: string): Promise<ActedCase | string> {
    fs.mkdirSync(folder, { recursive: true });
    const child = spawn(python ?? 'python3', [script(), name, folder], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    const lines = createInterface(child.stdout);
    const [line] = (await within(
      60_000,
      () => `${name} did not become ready`,
      Promise.race([once(lines, 'line'), exited.then(() => [''])]),
    )) as [string];
    lines.close();
    if (child.exitCode === null && line !== '') {
      return new ActedCase(folder, JSON.parse(line) as Acted, child);
    }
    await exited;
    if (child.exitCode === CANNOT) return line;
    throw new Error(`${name} ended with code ${child.exitCode} before it was ready`);
  }

  /** The pids under these names. */
  pids(names: string | readonly string[] | undefined): number[] {
    return [names ?? []].flat().flatMap((name) => {
      const value = this.facts[name];
      if (value === undefined || typeof value === 'string') throw new Error(`the case names no pid ${name}`);
      return value;
    });
  }

  text(name: string): string {
    const value = this.facts[name];
    if (typeof value !== 'string') throw new Error(`the case names no text ${name}`);
    return value;
  }

  /** Ends the case's programs (they end with the pipe that the actor alone writes to) and removes its folder. */
  async end(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exited = once(this.child, 'exit');
      this.child.stdin.end();
      await exited;
    }
    await until(
      () => !allPids().some((pid) => hasEnvironment(pid, `HOME=${this.folder}`)),
      `programs of ${this.folder} would not end`,
    );
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

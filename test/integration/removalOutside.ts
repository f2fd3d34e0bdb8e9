/** Runs `removalProgram` where a removal is to be: as another user, or inside namespaces. */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { programAlone } from '../fixtures/aloneProgram';

export class RemovalProgram {
  private constructor(
    private readonly folder: string,
    readonly file: string,
  ) {}

  /** As one file that any user can read. */
  static async build(): Promise<RemovalProgram> {
    const from = path.join(import.meta.dirname, 'removalProgram.ts');
    const { folder, program } = await programAlone('removal', from);
    return new RemovalProgram(folder, program);
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  /** Its answers; `wrapper`: a command that runs the rest of its arguments. Ends it after `timeout` ms. */
  async run(args: readonly string[], { wrapper = [] as readonly string[], uid = -1, timeout = 30_000 } = {}) {
    const [command = '', ...rest] = [...wrapper, process.execPath, this.file, ...args];
    const child = spawn(command, rest, {
      cwd: '/',
      stdio: ['ignore', 'pipe', 'inherit'],
      ...(uid < 0 ? {} : { uid, gid: uid }),
    });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    const ended = new Promise<boolean>((resolve) => child.once('exit', () => resolve(true)));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), timeout)));
    const inTime = await Promise.race([ended, late]);
    clearTimeout(timer);
    if (!inTime) child.kill('SIGKILL');
    const answers = out
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    return { inTime, answers };
  }
}

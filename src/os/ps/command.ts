/** Running the small programs that tell of processes where there is no procfs. */
import { execFile, execFileSync } from 'node:child_process';

/** Plain output, in English, and times without the ambiguous hour of a change to winter time. */
const environment = (): NodeJS.ProcessEnv => ({ ...process.env, LC_ALL: 'C', LANG: 'C', TZ: 'UTC' });

const OPTIONS = { encoding: 'utf8', maxBuffer: 64 << 20, timeout: 20_000, windowsHide: true } as const;

/** What lsof says, beside exit code 1, of a file that went away between the question and the answer. */
const NOT_THERE = /^lsof: status error on .*: No such file or directory$/;

/**
 * What it printed. An exit code other than 0 without a complaint is an answer too: ps and lsof use it when one of the
 * processes or files asked for is not there. Rejects when the program is missing, was killed, or complains.
 */
export function outputOf(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { ...OPTIONS, env: environment() }, (error, stdout, stderr) => {
      const complaints = stderr.split('\n').filter((line) => line.trim() !== '' && !NOT_THERE.test(line));
      if (error === null || (typeof error.code === 'number' && complaints.length === 0)) {
        resolve(stdout);
      } else {
        reject(new Error(`${command}: ${complaints[0] ?? error.message}`));
      }
    });
  });
}

/** The same, waiting for it. undefined when it fails in any way. */
export function outputNow(command: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync(command, args, {
      ...OPTIONS,
      env: environment(),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return undefined;
  }
}

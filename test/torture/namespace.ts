/** Runs a harness program in a PID namespace of its own: few processes, and pids that may be played with. */
import { spawn, spawnSync } from 'node:child_process';

/** Root needs no user namespace; anyone else becomes root in one. */
const wrapper = [
  'unshare',
  ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']),
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
];

/** Whether this system lets us make one: containers often do not. */
export function canMakeNamespace(): boolean {
  const [command = '', ...args] = wrapper;
  return process.platform === 'linux' && spawnSync(command, [...args, 'true']).status === 0;
}

/** The program's last line of output, parsed. */
export function runInNamespace<T>(program: string, args: readonly string[]): Promise<T> {
  return new Promise((resolve, reject) => {
    const [command = '', ...rest] = [...wrapper, process.execPath, program, ...args];
    const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.once('error', reject);
    child.once('close', (code) => {
      process.off('exit', kill);
      const last = out.trimEnd().split('\n').at(-1) ?? '';
      if (code === 0 && last.startsWith('{')) {
        resolve(JSON.parse(last) as T);
      } else {
        reject(new Error(`${program} ${args.join(' ')} ended with ${String(code)}:\n${out}\n${err}`));
      }
    });
  });
}

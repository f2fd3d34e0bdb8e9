import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { actorsFolder, type Actor } from '../fixtures/actors';
import type { Stage } from '../fixtures/stage';
import { eventually } from '../harness/eventually';

/** docs/recipes: what the documentation tells people to copy. */
export const recipesFolder = path.resolve(actorsFolder(), '..', '..', '..', 'docs', 'recipes');

export const recipeFile = (name: string): string => path.join(recipesFolder, name);

export interface Recipe {
  readonly title: string;
  /** Programs it needs on PATH. */
  readonly needs: readonly string[];
  /** The command line of its demonstration, guarded by `lock`. */
  readonly command: (lock: string) => readonly string[];
}

/** Stands for the reader's own bot in the systemd recipe: has a child, says so, stays. */
const BOT = `import subprocess, os
helper = subprocess.Popen(['sleep', '600'])
print(f'running as pid {os.getpid()}, helper {helper.pid}', flush=True)
helper.wait()
`;

/** The words of the unit's ExecStart=, its paths replaced by ones that exist here. */
export function execStart(lock: string): string[] {
  const unit = fs.readFileSync(recipeFile('bot.service'), 'utf8');
  const line = /^ExecStart=(.*)$/m.exec(unit)?.[1] ?? '';
  const bot = path.join(path.dirname(lock), 'bot.py');
  fs.writeFileSync(bot, BOT);
  const replaced = line
    .replace('/usr/local/bin/run-once.sh', recipeFile('run-once.sh'))
    .replace('%S/bot/bot.lock', lock)
    .replace('/usr/bin/python3', 'python3')
    .replace('/opt/bot/bot.py', bot);
  return replaced.split(' ');
}

/** Built once for all tests of this run, into a folder that goes with it. */
const built = new Map<string, string>();
let folder: string | undefined;

function builtFrom(name: string, build: (source: string, program: string) => readonly string[]): string {
  const known = built.get(name);
  if (known !== undefined) return known;
  folder ??= fs.mkdtempSync(path.join(os.tmpdir(), 'recipes-'));
  const program = path.join(folder, path.parse(name).name);
  const [command = '', ...args] = build(recipeFile(name), program);
  const { status, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  built.set(name, program);
  return program;
}

export function removeBuilt(): void {
  if (folder !== undefined) fs.rmSync(folder, { recursive: true, force: true });
  folder = undefined;
  built.clear();
}

export const recipes: readonly Recipe[] = [
  {
    title: 'Python (single_instance.py)',
    needs: ['python3'],
    command: (lock) => ['python3', recipeFile('single_instance.py'), lock],
  },
  {
    title: 'Node with koffi (single-instance.mjs)',
    needs: [],
    command: (lock) => [process.execPath, recipeFile('single-instance.mjs'), lock],
  },
  {
    title: 'Node without packages (run-once.sh, require-lock.mjs)',
    needs: ['bash', 'flock'],
    command: (lock) => [
      recipeFile('run-once.sh'),
      lock,
      process.execPath,
      recipeFile('require-lock.mjs'),
      lock,
    ],
  },
  {
    title: 'Bash (single-instance.sh)',
    needs: ['bash', 'flock'],
    command: (lock) => [recipeFile('single-instance.sh'), lock],
  },
  {
    title: 'Rust (single_instance.rs)',
    needs: ['rustc'],
    command: (lock) => [
      builtFrom('single_instance.rs', (source, program) => [
        'rustc',
        '-O',
        '-D',
        'warnings',
        '-o',
        program,
        source,
      ]),
      lock,
    ],
  },
  {
    title: 'Java (SingleInstance.java)',
    needs: ['java'],
    command: (lock) => ['java', recipeFile('SingleInstance.java'), lock],
  },
  {
    title: 'Go (single_instance.go)',
    needs: ['go'],
    command: (lock) => [
      builtFrom('single_instance.go', (source, program) => ['go', 'build', '-o', program, source]),
      lock,
    ],
  },
  {
    title: "systemd (bot.service's ExecStart= line)",
    needs: ['bash', 'flock', 'python3'],
    command: execStart,
  },
];

/** Recipes that no test runs, with the reason; the page says so. */
export const notRun: Readonly<Record<string, string>> = {
  'Single-Instance.ps1': 'it locks with a sharing mode of Windows',
  'compose.yaml': 'it needs a Docker daemon',
};

/** Why a recipe cannot run here, or undefined. */
export function whyNot(needs: readonly string[]): string | undefined {
  if (process.platform !== 'linux') return `what it holds is checked in /proc, absent on ${process.platform}`;
  const missing = needs.find((program) => spawnSync(program, ['--version']).error !== undefined);
  return missing === undefined ? undefined : `${missing} is not installed`;
}

export interface Running {
  readonly actor: Actor;
  readonly pid: number;
  /** A child of the guarded program. */
  readonly helper: number;
}

export async function startRecipe(
  stage: Stage,
  [command = '', ...args]: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const actor = await stage.startCommand(command, args, { roles: [], env });
  const line = await actor.waitFor('running as pid ');
  const [pid = 0, helper = 0] = [...line.matchAll(/\d+/g)].map(Number);
  // A shell says so right after fork(2): until its child has become another program, it has every descriptor.
  await eventually(
    'the child to be another program',
    () => fs.readlinkSync(`/proc/${helper}/exe`),
    (program) => !program.endsWith('/bash'),
  );
  return { actor, pid, helper };
}

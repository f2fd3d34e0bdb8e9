/** Runs the checks on Windows or under Wine. argv: the folder of the bundle, koffi.node, the folder of the
 * programs, the file for the results. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { loadBinary } from '../../src/os/native/binary';
import { NativeHelper } from '../../src/os/native/helper';
import type { Koffi } from '../../src/os/native/koffi';
import type { WindowsCalls } from '../../src/os/native/win32/calls';
import { CHECKS, type World } from './checks';

export interface Results {
  system: string;
  passed: string[];
  failed: { name: string; why: string }[];
  lacks: string[];
}

const [, , dist = '', koffi = '', programs = '', resultFile = ''] = process.argv;

const CHECK_MS = 20_000;

async function atMost(checked: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took longer than ${CHECK_MS} ms`)), CHECK_MS);
  });
  try {
    await Promise.race([checked, late]);
  } finally {
    clearTimeout(timer);
  }
}

function loadKoffi(): Koffi {
  const loaded = loadBinary([koffi], (exports): exports is Koffi => exports !== null, 'koffi', 'no koffi');
  if (!loaded.ok) throw new Error(loaded.reason);
  return loaded.exports;
}

/** The version of Wine; undefined on Windows. */
function wineVersion(): string | undefined {
  try {
    return (loadKoffi().load('ntdll.dll').func('str wine_get_version()') as () => string)();
  } catch {
    return undefined;
  }
}

/** A console of its own that is not shown: Node has no way to ask for one. */
const CREATE_NO_WINDOW = 0x0800_0000;

function startInConsole(...args: string[]): number {
  const create = loadKoffi()
    .load('kernel32.dll')
    .func(
      'int CreateProcessW(str16 program, void *command, void *a, void *b, int inherit, uint32_t flags, void *environment, str16 folder, void *startup, void *made)',
    ) as (...given: unknown[]) => number;
  const words = [process.execPath, path.join(programs, 'inConsole.cjs'), ...args];
  const command = Buffer.from(`${words.map((word) => `"${word}"`).join(' ')}\0`, 'utf16le');
  const [startup, made] = [Buffer.alloc(104), Buffer.alloc(24)];
  startup.writeUInt32LE(startup.length);
  if (create(null, command, null, null, 0, CREATE_NO_WINDOW, null, null, startup, made) === 0) {
    throw new Error('CreateProcessW failed');
  }
  return made.readUInt32LE(16);
}

async function run(): Promise<Results> {
  const wine = wineVersion();
  const results: Results = {
    system: wine === undefined ? `Windows ${os.release()}` : `Wine ${wine}`,
    passed: [],
    failed: [],
    lacks: [],
  };
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'instance-monitor-'));
  const logged: string[] = [];
  const native = new NativeHelper<WindowsCalls>({
    program: path.join(dist, 'native.js'),
    log: (_level, text) => void logged.push(text),
  });
  const world: World = {
    native,
    koffi,
    holderProgram: path.join(programs, 'holder.cjs'),
    startInConsole,
    folder,
    isWine: wine !== undefined,
    lacks: (what) => results.lacks.includes(what) || results.lacks.push(what),
  };
  for (const [name, check] of Object.entries(CHECKS)) {
    try {
      await atMost(check(world));
      results.passed.push(name);
    } catch (error) {
      const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
      results.failed.push({ name, why: `${why}\n${logged.splice(0).join('\n')}` });
    }
  }
  await native.close();
  fs.rmSync(folder, { recursive: true, force: true });
  return results;
}

void run()
  .catch((error: unknown): Results => ({
    system: '?',
    passed: [],
    failed: [{ name: 'the suite', why: String(error) }],
    lacks: [],
  }))
  .then((results) => {
    // A pipe of the parent cannot be written to under Wine.
    fs.writeFileSync(resultFile, JSON.stringify(results));
    process.exit(0);
  });

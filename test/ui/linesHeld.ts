/** Real processes that hold what lines of a terminal name, and those lines with the process that is right. */
import * as os from 'node:os';
import type { Stage } from '../fixtures/stage';

/** Relative to the stage: the folder that the window shows and the terminal works in. */
export const FOLDER = 'app';

const READY = 'console.log(JSON.stringify({ready:true}));setInterval(()=>{},1e9);';
const LISTEN =
  'const net=require("net"),s=net.createServer();s.listen(0,"127.0.0.1",()=>net.createServer().listen("app.sock",()=>console.log(JSON.stringify({ready:true,port:s.address().port}))));';
const SQLITE = `import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute('create table if not exists t (a)'); db.execute('begin exclusive')
print('{"ready":true}', flush=True); time.sleep(10**6)`;

export interface Held {
  pids: Readonly<Record<string, number>>;
  port: number;
  path: (...parts: string[]) => string;
}

export interface LineCase {
  tool: string;
  line: (held: Held) => string;
  /** The words that are pressed. */
  press: string;
  /** Whose pid is named first; absent: nobody's. */
  who?: string;
  /** What the rows must say. */
  says?: RegExp;
}

/** Starts a process for each; `python`: whether there is one, for SQLite. */
export async function holdAll(stage: Stage, python: boolean): Promise<Held> {
  const path = (...parts: string[]): string => stage.path(FOLDER, ...parts);
  const pids: Record<string, number> = {};
  const hold = async (name: string, file: string, kind: 'flock' | 'posix', text = ''): Promise<void> => {
    const made = stage.file(`${FOLDER}/${file}`, text);
    pids[name] = (await stage.start('holder', ['--file', made, '--kind', kind], { cwd: FOLDER })).pid;
  };
  const named = async (name: string, argv0: string): Promise<void> => {
    const args = ['-e', READY];
    pids[name] = (await stage.startCommand(process.execPath, args, { argv0, cwd: FOLDER })).pid;
  };
  pids['sleep'] = (await stage.startCommand('sleep', ['100000'], { roles: [] })).pid;
  await hold('bot', 'bot.lock', 'flock');
  await hold('next', '.next/dev/lock', 'flock');
  await hold('cargo', 'target/debug/.cargo-lock', 'flock');
  await hold('flutter', 'flutter/bin/cache/lockfile', 'flock');
  await hold('uv', 'cache/uv/.lock', 'flock');
  await hold('bazelClient', '_bazel_ann/a1b2/lock', 'posix');
  await hold('terraform', 'terraform.tfstate', 'posix');
  await hold('es', 'nodes/0/node.lock', 'posix');
  await hold('gradleFile', 'journal-1/journal-1.lock', 'posix');
  for (const program of ['next', 'gradle', 'bazel', 'restic', 'chrome', 'postgres', 'nuxt']) {
    await named(`${program}Process`, program);
  }
  const record = (file: string, text: string): string => stage.file(`${FOLDER}/${file}`, text);
  record('.nuxt/nuxt.lock', JSON.stringify({ pid: pids['nuxtProcess'], command: 'dev' }));
  record('tmp/pids/server.pid', String(pids['nextProcess']));
  record('data/postmaster.pid', `${pids['postgresProcess']}\n${path('data')}\n`);
  record('.git/index.lock', '');
  const server = await stage.startCommand(process.execPath, ['-e', LISTEN], { cwd: FOLDER });
  pids['server'] = server.pid;
  const { port } = JSON.parse(await server.waitFor('"port"')) as { port: number };
  if (python) {
    const args = ['-c', SQLITE, path('app.sqlite3')];
    pids['sqlite'] = (await stage.startCommand('python3', args, { cwd: FOLDER })).pid;
  }
  return { pids, port, path };
}

/** A number that no process has. */
const NONE = 4_194_301;

export const LINES: readonly LineCase[] = [
  {
    tool: 'next',
    line: () => 'Another next dev server is already running.',
    press: 'Another next',
    who: 'next',
  },
  {
    tool: 'next 16.0',
    line: ({ path }) =>
      `⨯ Unable to acquire lock at ${path('.next/dev/lock')}, is another instance of next dev running?`,
    press: 'Unable to acquire lock',
    who: 'next',
  },
  {
    tool: 'next, its list',
    line: ({ pids }) => `- PID:          ${pids['nextProcess']}`,
    press: 'PID:',
    who: 'nextProcess',
    says: /not proven: only the number, and a program that fits/,
  },
  {
    tool: 'nuxt',
    line: () => 'Another Nuxt dev server is already running:',
    press: 'Another Nuxt',
    who: 'nuxtProcess',
    says: /not proven: the record names its pid/,
  },
  {
    tool: 'nuxt, its list',
    line: ({ pids }) => `  PID:     ${pids['nuxtProcess']}`,
    press: 'PID:',
    who: 'nuxtProcess',
  },
  {
    tool: 'astro',
    line: () => 'Another astro dev server is already running.',
    press: 'Another astro',
    who: 'nuxtProcess',
  },
  {
    tool: 'vercel, whose pid another program has now',
    line: ({ pids }) => `Another \`vercel dev\` process is already running. PID: ${pids['sleep']}`,
    press: 'Another `vercel',
    says: /does not look like the one that is meant/,
  },
  {
    tool: 'rails',
    line: ({ pids, path }) =>
      `A server is already running (pid: ${pids['nextProcess']}, file: ${path('tmp/pids/server.pid')}).`,
    press: 'A server is already running',
    who: 'nextProcess',
    says: /is named by the record/,
  },
  {
    tool: 'old rails',
    line: ({ path }) => `A server is already running. Check ${path('tmp/pids/server.pid')}`,
    press: 'A server is already running',
    who: 'nextProcess',
  },
  {
    tool: 'apt, which names another process than the kernel',
    line: ({ path }) => `E: Could not get lock ${path('bot.lock')}. It is held by process ${NONE} (apt)`,
    press: 'Could not get lock',
    who: 'bot',
    says: new RegExp(`Process ${NONE} has ended`),
  },
  {
    tool: 'dpkg',
    line: ({ path }) => `E: Unable to acquire the dpkg frontend lock (${path('bot.lock')}), is another`,
    press: 'Unable to acquire',
    who: 'bot',
  },
  {
    tool: 'dpkg, its pid',
    line: ({ pids }) =>
      `dpkg: error: dpkg frontend lock was locked by another process with pid ${pids['bot']}`,
    press: 'locked by another',
    who: 'bot',
  },
  {
    tool: 'bazel',
    line: ({ pids }) => `Another command (pid=${pids['bazelProcess']}) is running. Waiting`,
    press: 'Another command',
    who: 'bazelProcess',
  },
  {
    tool: 'bazel, its list',
    line: ({ pids }) => `pid=${pids['bazelProcess']}`,
    press: 'pid=',
    who: 'bazelProcess',
  },
  {
    tool: 'bazel, which waits for another client',
    line: () => 'Another command holds the client lock:',
    press: 'Another command',
    who: 'bazelClient',
    says: /a1b2\/lock/,
  },
  {
    tool: 'gradle',
    line: ({ path }) =>
      `Timeout waiting to lock journal cache (${path('journal-1')}). It is currently in use by another Gradle instance.`,
    press: 'Timeout waiting to lock',
    who: 'gradleFile',
    says: /journal-1\.lock/,
  },
  {
    tool: 'gradle, its pid',
    line: ({ pids }) => `Owner PID: ${pids['gradleProcess']}`,
    press: 'Owner PID',
    who: 'gradleProcess',
  },
  {
    tool: 'gradle, its file',
    line: ({ path }) => `Lock file: ${path('journal-1/journal-1.lock')}`,
    press: 'Lock file',
    who: 'gradleFile',
  },
  {
    tool: 'restic',
    line: ({ pids }) =>
      `repository is already locked exclusively by PID ${pids['resticProcess']} on ${os.hostname()} by ann`,
    press: 'repository is already',
    who: 'resticProcess',
  },
  {
    tool: 'restic of another host',
    line: ({ pids }) => `repository is already locked by PID ${pids['resticProcess']} on elsewhere by ann`,
    press: 'repository is already',
    says: /runs on elsewhere/,
  },
  {
    tool: 'postgres',
    line: ({ path }) => `FATAL:  lock file "${path('data/postmaster.pid')}" already exists`,
    press: 'already exists',
    who: 'postgresProcess',
  },
  {
    tool: 'postgres, its hint',
    line: ({ pids, path }) =>
      `HINT:  Is another postmaster (PID ${pids['postgresProcess']}) running in data directory "${path('data')}"?`,
    press: 'another postmaster',
    who: 'postgresProcess',
  },
  {
    tool: 'chromium',
    line: ({ pids }) =>
      `The profile appears to be in use by another Chromium process (${pids['chromeProcess']}) on another computer (${os.hostname()})`,
    press: 'The profile appears',
    who: 'chromeProcess',
  },
  {
    tool: 'git, whose lock has no owner',
    line: ({ path }) => `fatal: Unable to create '${path('.git/index.lock')}': File exists.`,
    press: 'File exists',
  },
  {
    tool: 'cargo',
    line: () => '    Blocking waiting for file lock on build directory',
    press: 'Blocking waiting',
    who: 'cargo',
  },
  {
    tool: 'cargo with its path',
    line: ({ path }) => `    Blocking waiting for file lock on build directory (${path('target/debug')})`,
    press: 'Blocking waiting',
    who: 'cargo',
  },
  {
    tool: 'flutter',
    line: () => 'Waiting for another flutter command to release the startup lock...',
    press: 'Waiting for another',
    who: 'flutter',
  },
  {
    tool: 'uv',
    line: () => 'Cache is currently in-use, waiting for other uv processes to finish',
    press: 'Cache is',
    who: 'uv',
  },
  {
    tool: 'nix, of which nothing is locked',
    line: () => 'waiting for the big Nix store lock...',
    press: 'waiting for the big',
    says: /No lock on such a file is visible/,
  },
  {
    tool: 'node',
    line: ({ port }) => `Error: listen EADDRINUSE: address already in use :::${port}`,
    press: 'EADDRINUSE',
    who: 'server',
  },
  {
    tool: 'go',
    line: ({ port }) => `listen tcp :${port}: bind: address already in use`,
    press: 'bind: address',
    who: 'server',
  },
  {
    tool: 'asyncio',
    line: ({ port }) =>
      `[Errno 98] error while attempting to bind on address ('127.0.0.1', ${port}): address already in use`,
    press: 'attempting to bind',
    who: 'server',
  },
  {
    tool: 'gunicorn',
    line: ({ port }) => `[ERROR] Connection in use: ('127.0.0.1', ${port})`,
    press: 'Connection in use',
    who: 'server',
  },
  {
    tool: 'ruby',
    line: ({ port }) => `Address already in use - bind(2) for "127.0.0.1" port ${port} (Errno::EADDRINUSE)`,
    press: 'Address already in use',
    who: 'server',
  },
  {
    tool: 'docker',
    line: ({ port }) => `Bind for 0.0.0.0:${port} failed: port is already allocated`,
    press: 'failed: port',
    who: 'server',
  },
  {
    tool: 'Create React App',
    line: ({ port }) => `Something is already running on port ${port}.`,
    press: 'already running on port',
    who: 'server',
  },
  {
    tool: 'node, of a socket',
    line: ({ path }) => `Error: listen EADDRINUSE: address already in use ${path('app.sock')}`,
    press: 'EADDRINUSE',
    says: /It is a Unix socket/,
  },
  {
    tool: 'vite',
    line: ({ port }) => `Port ${port} is in use, trying another one...`,
    press: 'Port ',
    who: 'server',
  },
  {
    tool: 'a port that is free by now',
    line: () => 'Port 1 is in use, trying another one...',
    press: 'Port ',
    says: /No process listens on port 1 now/,
  },
  {
    tool: 'EBUSY',
    line: ({ path }) => `Error: EBUSY: resource busy or locked, unlink '${path('bot.lock')}'`,
    press: 'EBUSY',
    who: 'bot',
  },
  {
    tool: 'MSBuild',
    line: ({ pids }) => `The file is locked by: "node (${pids['bot']})"`,
    press: 'locked by:',
    who: 'bot',
    says: /also holds .*bot\.lock/,
  },
  {
    tool: 'terraform',
    line: () => '│ Error: Error acquiring the state lock',
    press: 'Error acquiring',
    who: 'terraform',
  },
  {
    tool: 'elasticsearch',
    line: ({ path }) => `failed to obtain node locks, tried [[${path('nodes/0')}]] with lock id [0]`,
    press: 'failed to obtain',
    who: 'es',
  },
  {
    tool: 'hermes, of a token',
    line: ({ pids }) =>
      `Telegram bot token already in use by the 'default' profile gateway (PID ${pids['bot']}). Stop that`,
    press: 'already in use by',
    who: 'bot',
  },
  {
    tool: 'any, in other words',
    line: ({ pids }) => `error: lock is held by process ${pids['bot']}`,
    press: 'held by process',
    who: 'bot',
  },
  {
    tool: 'any, of a file',
    line: ({ path }) => `could not acquire lock '${path('bot.lock')}'`,
    press: 'acquire lock',
    who: 'bot',
  },
  {
    tool: 'hermes',
    line: ({ pids }) => `Another gateway instance is already running (PID ${pids['bot']}, HERMES_HOME=/h)`,
    press: 'already running',
    who: 'bot',
    says: /not proven: only the number/,
  },
  {
    tool: 'any',
    line: ({ pids }) => `already running with pid ${pids['bot']}`,
    press: 'already running',
    who: 'bot',
  },
  {
    tool: 'any, of a pid that has ended',
    line: () => `already running with pid ${NONE}`,
    press: 'already running',
    says: /has ended/,
  },
  { tool: 'any, of a relative path', line: () => './bot.lock is locked', press: 'is locked', who: 'bot' },
  {
    tool: 'Telegram',
    line: () => 'telegram.error.Conflict: Conflict: terminated by other getUpdates request',
    press: 'Conflict: terminated',
    who: 'bot',
    says: /is an instance of it/,
  },
];

export const SQLITE_LINE: LineCase = {
  tool: 'SQLite',
  line: () => 'sqlite3.OperationalError: database is locked',
  press: 'database is locked',
  who: 'sqlite',
  says: /SQLite: writes/,
};

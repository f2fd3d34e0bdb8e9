/** A second run of the same script with the same arguments, in ways that people start them: which of them is one too many. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { TerminationCandidate } from '../../src/actions/terminate/plan';
import type { Actor } from '../fixtures/actors';
import { withStage, type Stage } from '../fixtures/stage';
import { Rig, service } from './actionsRig';

/** Takes the lock or goes on without it, then does what it is told by the file `do`, which it removes. */
const BOT = `import fcntl, json, os, socket, sys
lock = open("bot.lock", "a")
try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    role = "owner"
except BlockingIOError:
    lock.close()
    role = "second"
todo = open("do").read() if os.path.exists("do") else ""
if todo:
    os.remove("do")
if todo == "open":
    kept = open("tenant-b.db", "a")
if todo == "listen":
    kept = socket.create_server(("127.0.0.1", 0))
if todo == "serve":
    kept = socket.socket(socket.AF_UNIX)
    kept.bind("b.sock")
    kept.listen()
if todo == "record":
    with open("bot-1.lock", "w") as own:
        own.write(str(os.getpid()))
if todo == "leave":
    os.chdir("/")
if todo == "take":
    kept = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    kept.bind(("127.0.0.1", 0))
if todo == "bind":
    kept = socket.socket()
    kept.bind(("127.0.0.1", 0))
if todo == "accept":
    server = socket.create_server(("127.0.0.1", 0))
    if os.fork() == 0:
        own = socket.create_connection(server.getsockname())
        server.close()
        __import__("signal").pause()
    kept = server.accept()
    server.close()
if todo == "spool":
    kept = open("spool", "w")
    os.remove("spool")
if todo == "map":
    import mmap
    with open("shared", "w+b") as file:
        file.truncate(4096)
        kept = mmap.mmap(file.fileno(), 4096)
if todo == "await":
    kept = os.pidfd_open(int(open("owner.pid").read()))
if todo == "watch":
    import ctypes
    libc = ctypes.CDLL(None)
    libc.inotify_add_watch(libc.inotify_init(), b"bot.lock", 0x8)
if todo == "call":
    kept = socket.create_connection(("127.0.0.1", int(open("owner.port").read())))
if todo == "run":
    import subprocess
    kept = subprocess.Popen(["tail", "-f", "/dev/null"])
if todo == "pidfile":
    os.mkdir("run")
    with open("run/bot-b.pid", "w") as own:
        own.write(str(os.getpid()))
if todo == "type":
    import pty
    pid, kept = pty.fork()
    if pid == 0:
        os.write(1, b"?")
        os.read(0, 1)
    os.read(kept, 1)
if todo == "queue":
    kept = os.open("queue", os.O_WRONLY)
if role == "owner":
    queue = os.open("queue", os.O_RDWR)
    server = socket.create_server(("127.0.0.1", 0))
    open("owner.pid", "w").write(str(os.getpid()))
    open("owner.port", "w").write(str(server.getsockname()[1]))
if os.path.exists("ordinary"):
    log = open("bot.log", "a")
    call = socket.create_connection(("127.0.0.1", int(open("ordinary").read())))
    wake = socket.socketpair()
    ends = os.pipe()
    poll = __import__("select").epoll()
    if os.fork() == 0:
        __import__("signal").pause()
line = {"ready": True, "role": role, "pid": os.getpid()}
os.write(1, (json.dumps(line, separators=(",", ":")) + "\\n").encode())
if todo == "wait":
    other = open("other.lock", "a")
    fcntl.flock(other, fcntl.LOCK_EX)
while True:
    __import__("time").sleep(60)
`;

const STARTER = `import subprocess
subprocess.run(["python3", "bot.py"], start_new_session=True)
`;

interface Way {
  title: string;
  /** What the second run does, by the file `do`. */
  todo?: string;
  /** Of a shell, in place of `python3 bot.py`. */
  command?: string;
  env?: Record<string, string>;
  /** Undefined: it is one too many, and preselected. */
  why?: string;
}

const OWN_USE = 'a socket, a device, memory or a wait that the owner has not';

const WAYS: Way[] = [
  { title: 'by another shell' },
  { title: 'detached from its shell', command: 'nohup python3 bot.py </dev/null 2>/dev/null' },
  {
    title: 'by another terminal, with what each of them sets',
    env: { TERM_SESSION_ID: '7', SHLVL: '3', STARSHIP_SESSION_KEY: '5', SSH_TTY: '/dev/pts/9' },
  },
  {
    title: 'by VS Code’s terminal, beside one that has none of its variables',
    env: {
      TERM_PROGRAM: 'vscode',
      TERM_PROGRAM_VERSION: '1.0',
      PYTHONSTARTUP: '/x.py',
      VSCODE_INJECTION: '1',
    },
  },
  {
    title: 'with an empty variable that the owner has not',
    env: { QUEUE: '' },
    why: 'other settings in its environment (QUEUE)',
  },
  { title: 'with a file of its own', todo: 'open', why: 'a file open that the owner has not' },
  {
    title: 'with a lock of its own, which its shell took for it',
    command: 'exec 9>tenant-b.lock; flock -n 9; exec python3 bot.py',
    why: 'a file open that the owner has not',
  },
  { title: 'that listens', todo: 'listen', why: 'a port or socket on which it listens' },
  { title: 'that serves a socket', todo: 'serve', why: 'a port or socket on which it listens' },
  {
    title: 'with a record of its own',
    todo: 'record',
    why: 'a record of its own beside that of the service',
  },
  { title: 'with an input of its own', command: 'python3 bot.py < b.json', why: 'an input of its own' },
  { title: 'behind a pipe', command: 'tail -f b.json | python3 bot.py', why: 'an input of its own' },
  { title: 'with what a program has left', command: 'echo b | python3 bot.py', why: 'an input of its own' },
  {
    title: 'that says what a program reads',
    command: 'python3 bot.py | cat',
    why: 'a pipe to or from another',
  },
  { title: 'whose messages go to a log of their own', command: 'python3 bot.py 2>bot-b.log' },
  {
    title: 'that writes to a file of its own',
    command: 'python3 bot.py 2>tenants.csv',
    why: 'a file open that',
  },
  { title: 'that takes what comes to a port', todo: 'take', why: OWN_USE },
  { title: 'that has bound a port and does not listen', todo: 'bind', why: OWN_USE },
  { title: 'that still serves a client', todo: 'accept', why: OWN_USE },
  {
    title: 'with a file that has no name any more',
    todo: 'spool',
    why: 'a file open that the owner has not',
  },
  { title: 'with a file mapped that it has closed', todo: 'map', why: OWN_USE },
  { title: 'that waits for the end of the owner', todo: 'await', why: OWN_USE },
  { title: 'that watches the lock file', todo: 'watch', why: OWN_USE },
  { title: 'that is connected to the owner', todo: 'call', why: 'a connection in common with the owner' },
  { title: 'that feeds a queue of the owner', todo: 'queue', why: 'a connection in common with the owner' },
  { title: 'that runs another program', todo: 'run', why: 'a program below it that the owner has not' },
  { title: 'with a pid file in another folder', todo: 'pidfile', why: 'a record of its own beside' },
  { title: 'that reads its terminal', todo: 'type', why: 'a terminal from which it reads' },
  {
    title: 'with a variable that no list names',
    env: { SPRING_PROFILES_ACTIVE: 'b' },
    why: 'other settings in its environment',
  },
  {
    title: 'that has left its folder',
    todo: 'leave',
    why: 'another directory in which it was started, or one that is not known',
  },
  { title: 'on CPUs of its own', command: 'taskset -c 0 python3 bot.py', why: 'CPUs of its own' },
  {
    title: 'that a program started which still runs',
    command: 'python3 starter.py',
    why: 'a program above it that started it and still runs',
  },
];

const has = (command: string): boolean => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;

const start = (
  stage: Stage,
  role: string,
  command: string,
  env: Record<string, string> = {},
): Promise<Actor> => stage.startCommand('sh', ['-c', command], { roles: [role], env, stdin: 'none' });

function fileBot(stage: Stage): void {
  stage.file('bot.py', BOT);
  spawnSync('mkfifo', [stage.path('queue')]);
}

type Candidates = (pid: number) => TerminationCandidate | undefined;

function rigIn(stage: Stage): Rig {
  const command = { kind: 'substring', text: 'bot.py' } as const;
  const process = { kind: 'commandAndCwd', command, cwd: stage.folder } as const;
  return new Rig([service({ lockFiles: [stage.path('bot.lock')], process })]);
}

async function candidatesOf(rig: Rig): Promise<Candidates> {
  const { candidates } = await rig.actions.planTermination('service', { kind: 'duplicates' });
  return (pid) => candidates.find(({ root }) => root.pid === pid);
}

/** What the plan says of those that may be one too many. */
async function candidatesIn(stage: Stage): Promise<Candidates> {
  const rig = rigIn(stage);
  const candidates = await candidatesOf(rig);
  rig.observer.close();
  return candidates;
}

describe.runIf(process.platform === 'linux')('a second run', () => {
  test.for(WAYS)('$title', async ({ todo, command = 'python3 bot.py', env = {}, why }, { skip }) => {
    const tools = ['python3', ...(/flock|taskset/.exec(command) ?? [])];
    const missing = tools.find((tool) => !has(tool));
    if (missing !== undefined) skip(`${missing} cannot be run`);
    await withStage(async (stage) => {
      stage.file('starter.py', STARTER);
      fileBot(stage);
      stage.file('b.json', '{}');
      const owner = await start(stage, 'owner', 'python3 bot.py');
      if (todo !== undefined) stage.file('do', todo);
      const second = await start(stage, 'second', command, env);
      const of = await candidatesIn(stage);
      expect(of(owner.pidOf('owner'))).toMatchObject({ role: 'owner', preselected: false });
      const found = of(second.pidOf('second'));
      expect(found).toMatchObject({ preselected: why === undefined });
      expect(found?.proofText).toContain(why ?? 'proven: same program');
    });
  });

  test.for(['python3 bot.py', 'nohup python3 bot.py 2>>bot.log'])(
    'of an ordinary bot that polls, logs and has workers, by `%s`, is one too many',
    (command, { skip }) =>
      withStage(async (stage) => {
        if (!has('python3')) skip('python3 cannot be run');
        fileBot(stage);
        const server = createServer().listen(0, '127.0.0.1');
        await once(server, 'listening');
        stage.file('ordinary', String((server.address() as AddressInfo).port));
        await start(stage, 'owner', command);
        const second = await start(stage, 'second', command);
        const found = (await candidatesIn(stage))(second.pidOf('second'));
        server.close();
        expect(found?.proofText).toContain('proven: same program');
        expect(found).toMatchObject({ preselected: true });
      }),
  );

  test('is one of a pool where one command started both', ({ skip }) =>
    withStage(async (stage) => {
      if (!has('python3')) skip('python3 cannot be run');
      fileBot(stage);
      const loop = 'for i in 1 2; do python3 bot.py & done; wait';
      const pool = await stage.startCommand('sh', ['-c', loop], {
        roles: ['owner', 'second'],
        stdin: 'none',
      });
      const found = (await candidatesIn(stage))(pool.pidOf('second'));
      expect(found).toMatchObject({ preselected: false });
      expect(found?.proofText).toContain('the same process group as the owner');
    }));

  test('beside which lie more records than are read is not preselected', ({ skip }) =>
    withStage(async (stage) => {
      if (!has('python3')) skip('python3 cannot be run');
      fileBot(stage);
      for (let index = 0; index < 257; index += 1) stage.file(`tenant-${index}.pid`, '1');
      await start(stage, 'owner', 'python3 bot.py');
      const second = await start(stage, 'second', 'python3 bot.py');
      const found = (await candidatesIn(stage))(second.pidOf('second'));
      expect(found).toMatchObject({ preselected: false });
      expect(found?.proofText).toContain('more records beside it, than is read');
    }));

  test('whose record comes after a look is not preselected in the next', ({ skip }) =>
    withStage(async (stage) => {
      if (!has('python3')) skip('python3 cannot be run');
      fileBot(stage);
      await start(stage, 'owner', 'python3 bot.py');
      const second = (await start(stage, 'second', 'python3 bot.py')).pidOf('second');
      stage.file('bot-1.pid', '1');
      const rig = rigIn(stage);
      expect((await candidatesOf(rig))(second)).toMatchObject({ preselected: true });
      stage.file('bot-1.pid', String(second));
      const found = (await candidatesOf(rig))(second);
      rig.observer.close();
      expect(found).toMatchObject({ preselected: false });
      expect(found?.proofText).toContain('a record of its own beside that of the service');
    }));

  test('that waits for another lock is not preselected', ({ skip }) =>
    withStage(async (stage) => {
      if (!has('python3')) skip('python3 cannot be run');
      fileBot(stage);
      const other = await stage.start('holder', ['--file', stage.path('other.lock')]);
      await start(stage, 'owner', 'python3 bot.py');
      stage.file('do', 'wait');
      const second = await start(stage, 'second', 'python3 bot.py');
      const found = (await candidatesIn(stage))(second.pidOf('second'));
      expect(found).toMatchObject({ preselected: false });
      expect(other.pid).toBeGreaterThan(0);
    }));
});

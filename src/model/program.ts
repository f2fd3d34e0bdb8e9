/**
 * What a process runs, read off its command line: enough to tell a service from the shell that wraps it, from the
 * launcher that started several of it, and from an editor that merely has its path among its arguments.
 */
import type { ProcessFacts } from './facts';

export type ProgramRole =
  /** Runs something itself. */
  | 'program'
  /** Exists to run one inner command: `sh -c`, a shell script, `npm run`, `uv run`, `timeout`, `sudo`, `flock`. */
  | 'wrapper'
  /** Starts and outlives many unrelated things: init, tmux, an interactive shell, supervisord. Never part of an instance. */
  | 'launcher'
  /** Views, edits, searches or copies the files it is given, or runs a command on another machine. */
  | 'viewer';

export interface Program {
  role: ProgramRole;
  /** Base name of the program: of the script where an interpreter runs one. */
  name: string;
  /**
   * What tells one program from another of the same interpreter: the script's absolute path, `-m module`, or the
   * executable. Absent for interactive interpreters.
   */
  key?: string;
  /** A wrapper of exactly one command: nothing else runs below it, and without it it has no purpose. */
  single?: true;
  /** The key names a script or module, so that two processes with it and one working directory run the same service. */
  scripted: boolean;
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

const SHELLS = words('sh bash dash zsh ksh mksh ash fish busybox rbash');

const INTERPRETERS = words('python pypy ruby perl php lua node nodejs deno bun java');

/** Commands whose purpose is to run another command, and stay its parent. */
const WRAPPERS = words(
  `env nohup setsid nice ionice chrt taskset timeout stdbuf sudo doas su chroot unshare nsenter firejail bwrap flock
  strace ltrace valgrind time script xvfb-run dumb-init tini docker-init catatonit uv uvx npm npm-cli.js npx npx-cli.js
  pnpm pnpm.cjs pnpx yarn yarn.js bunx poetry pipenv pdm rye hatch conda mamba mise asdf nodemon nodemon.js watchexec
  entr watch dotenv direnv chpst softlimit setuidgid runuser gosu su-exec systemd-inhibit caffeinate concurrently make
  just task go tsx ts-node foreman honcho overmind`,
);

/** Wrappers that may run several commands at once. */
const RUN_SEVERAL = words('make just task concurrently foreman honcho overmind pnpm pnpm.cjs');

const LAUNCHERS = words(
  `init systemd launchd tmux screen sshd login supervisord pm2 containerd containerd-shim containerd-shim-runc-v2 dockerd
  conmon runc crun cron crond atd s6-svscan s6-supervise runsv runsvdir kubelet code code-server codium code-tunnel
  cursor gnome-terminal-server gnome-shell konsole xterm kitty alacritty wezterm-gui foot plasmashell getty agetty
  sessionleader relay zellij dtach abduco mosh-server launcher xfce4-terminal`,
);

const VIEWERS = words(
  `vi vim nvim view vimdiff ex nano pico emacs emacsclient micro helix hx kak ed less more most bat batcat cat head tail
  multitail lnav grep egrep fgrep zgrep rg ag ack sed awk gawk mawk find fd fdfind locate lsof fuser lslocks ps pgrep
  pkill kill killall pidof top htop btop stat ls tree file wc sort diff cmp cp mv rm ln tar gzip rsync scp sftp ssh mosh
  git gh hg tee inotifywait inotifywatch docker podman kubectl nerdctl systemctl journalctl loginctl xdg-open gedit kate
  code-insiders subl jq yq md5sum sha256sum touch chmod chown du curl wget notepad Get-Content logrotate`,
);

/** Options of node, python, ruby and java that take the next word as their value. */
const VALUE_OPTIONS = words(
  '-r --require --import --loader --experimental-loader --env-file -C --conditions -W -X -I -cp -classpath --class-path',
);

/** Options of sudo, nice, timeout, env, flock and their like that take the next word as their value. */
const WRAPPER_VALUE_OPTIONS = words(
  '-u -g -n -k -s -p -h -o -E -w -C --user --group --signal --kill-after --adjustment',
);

/** `/usr/bin/python3.11` → `python`, `-bash` → `bash`, `node.exe` → `node`. */
function baseName(path: string): string {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1).replace(/^-/, '');
  const plain = name.replace(/\.exe$/i, '');
  const family = /^(python|pypy|ruby|perl|php|lua|node|nodejs)[\d.]*$/.exec(plain)?.[1];
  return family ?? plain;
}

/** A title set by setproctitle(3) or `process.title` is one argument with spaces: `nginx: worker process`, `npm run bot`. */
function argvOf(process: ProcessFacts): readonly string[] {
  const [first = '', ...rest] = process.argv;
  const all = rest.every((argument) => argument === '') ? [first] : process.argv;
  if (all.length === 1 && first.includes(' ') && !first.startsWith('/')) {
    const parts = first.split(' ').filter((part) => part !== '');
    return [(parts[0] ?? '').replace(/:$/, ''), ...parts.slice(1)];
  }
  return all;
}

/** Without `.` and `..`, absolute where the working directory is known. */
function resolvePath(path: string, cwd: string | undefined): string {
  const full = path.startsWith('/') || cwd === undefined ? path : `${cwd}/${path}`;
  const out: string[] = [];
  for (const part of full.split('/')) {
    if (part === '..' && out.length > 1) {
      out.pop();
    } else if (part !== '.' && (part !== '' || out.length === 0)) {
      out.push(part);
    }
  }
  return out.join('/');
}

interface Script {
  name: string;
  key: string;
}

/** The script, module or class an interpreter runs; undefined when it is interactive. */
function scriptOf(interpreter: string, argv: readonly string[], cwd: string | undefined): Script | undefined {
  for (let i = 1; i < argv.length; i++) {
    const argument = argv[i] ?? '';
    const next = argv[i + 1] ?? '';
    if (argument === '-m' && interpreter === 'python') {
      return { name: next, key: `-m ${next}` };
    }
    if (argument === '-jar') {
      return { name: baseName(next), key: resolvePath(next, cwd) };
    }
    if (/^(?:-c|-e|-p|-E|-pe|--eval|--print|-)$/.test(argument)) {
      return { name: interpreter, key: argv.join('\0') };
    }
    if (VALUE_OPTIONS.has(argument)) {
      i++;
    } else if (
      argument !== '' &&
      !argument.startsWith('-') &&
      !((interpreter === 'deno' || interpreter === 'bun') && argument === 'run')
    ) {
      return interpreter === 'java'
        ? { name: argument, key: argument }
        : { name: baseName(argument), key: resolvePath(argument, cwd) };
    }
  }
  return undefined;
}

/** The program that a wrapper's arguments name, as far as it can be told: `sudo -u bot vim x` → `vim`. */
function innerName(argv: readonly string[]): string | undefined {
  for (let i = 1; i < argv.length; i++) {
    const argument = argv[i] ?? '';
    if (WRAPPER_VALUE_OPTIONS.has(argument)) {
      i++;
    } else if (
      !argument.startsWith('-') &&
      !/^[A-Za-z_]\w*=/.test(argument) &&
      !/^[\d.]+[smhd]?$/.test(argument)
    ) {
      return baseName(argument);
    }
  }
  return undefined;
}

/** The first command of `sh -c` text, past `cd … &&`, `exec` and assignments. */
function firstCommand(text: string): string {
  const start = text.slice(0, 4096).replace(/^\s*cd\s[^;&|]*(?:&&|;)/, '');
  const word =
    start.split(/\s+/).find((part) => part !== '' && part !== 'exec' && !/^[A-Za-z_]\w*=/.test(part)) ?? '';
  return baseName(word.replace(/^["']|["';]+$/g, ''));
}

const wrapper = (name: string, argv: readonly string[]): Program => ({
  role: 'wrapper',
  name,
  key: argv.join('\0'),
  scripted: false,
});

function shellProgram(name: string, argv: readonly string[], cwd: string | undefined): Program {
  let i = 1;
  while (/^[-+]/.test(argv[i] ?? '')) {
    const option = argv[i] ?? '';
    // `-c`, `-lc`, `-ec`: the text is the first operand after the options.
    if (/^-[A-Za-z]*c[A-Za-z]*$/.test(option)) {
      const text = argv.slice(i + 1).find((argument) => !/^[-+]/.test(argument)) ?? '';
      return VIEWERS.has(firstCommand(text))
        ? { role: 'viewer', name: firstCommand(text), scripted: false }
        : { ...wrapper(name, argv), ...(/[;&|\n]/.test(text) ? {} : { single: true }) };
    }
    if (option === '-s' || option === '-i') {
      break;
    }
    i +=
      option === '--rcfile' ||
      option === '--init-file' ||
      option === '-o' ||
      option === '+O' ||
      option === '-O'
        ? 2
        : 1;
  }
  const script = argv[i];
  return script === undefined || /^[-+]/.test(script)
    ? { role: 'launcher', name, scripted: false }
    : { role: 'wrapper', name: baseName(script), key: resolvePath(script, cwd), scripted: true };
}

function analyse(process: ProcessFacts): Program {
  const argv = argvOf(process);
  const name = baseName(argv[0] ?? '') || process.comm;
  const known = name.toLowerCase();
  if (SHELLS.has(name)) {
    return shellProgram(name, argv, process.cwd);
  }
  if (INTERPRETERS.has(name)) {
    const script = scriptOf(name, argv, process.cwd);
    if (script === undefined) {
      return { role: 'program', name, scripted: false };
    }
    const tool = script.name.toLowerCase();
    const role = WRAPPERS.has(tool) ? 'wrapper' : LAUNCHERS.has(tool) ? 'launcher' : 'program';
    const single = role === 'wrapper' && !RUN_SEVERAL.has(tool);
    return {
      role,
      name: script.name,
      key: script.key,
      scripted: role === 'program',
      ...(single ? { single } : {}),
    };
  }
  if (LAUNCHERS.has(known)) {
    return { role: 'launcher', name, scripted: false };
  }
  if (VIEWERS.has(name)) {
    return { role: 'viewer', name, scripted: false };
  }
  const key = process.exe ?? argv[0] ?? process.comm;
  if (WRAPPERS.has(known)) {
    const inner = innerName(argv);
    return inner !== undefined && VIEWERS.has(inner)
      ? { role: 'viewer', name: inner, scripted: false }
      : { ...wrapper(name, argv), ...(RUN_SEVERAL.has(known) ? {} : { single: true }) };
  }
  return { role: 'program', name, key, scripted: false };
}

const analysed = new WeakMap<ProcessFacts, Program>();

export function programOf(process: ProcessFacts): Program {
  let program = analysed.get(process);
  if (program === undefined) {
    program = analyse(process);
    analysed.set(process, program);
  }
  return program;
}

const sameArgv = (a: ProcessFacts, b: ProcessFacts): boolean =>
  a.argv.length === b.argv.length && a.argv.length > 0 && a.argv.every((word, i) => word === b.argv[i]);

/** A parent and its child run the same program: the child is a fork or a worker, not something the parent launched. */
export function sameProgram(parent: ProcessFacts, child: ProcessFacts): boolean {
  if (sameArgv(parent, child)) {
    return true;
  }
  const [a, b] = [programOf(parent), programOf(child)];
  return (
    a.role === 'program' &&
    b.role === 'program' &&
    a.key !== undefined &&
    (a.key === b.key || titled(parent, child))
  );
}

/** Master and workers that both set a title: `gunicorn: master [app]`, `gunicorn: worker [app]`. */
function titled(parent: ProcessFacts, child: ProcessFacts): boolean {
  const [a, b] = [parent.argv[0] ?? '', child.argv[0] ?? ''];
  const end = a.indexOf(': ');
  return end > 0 && b.startsWith(a.slice(0, end + 2));
}

/** Same script (or, for other programs, the very same command line) in the same working directory. */
export function sameService(a: ProcessFacts, b: ProcessFacts): boolean {
  if (a.cwd === undefined || a.cwd !== b.cwd) {
    return false;
  }
  const [x, y] = [programOf(a), programOf(b)];
  return x.scripted && x.key !== undefined ? x.key === y.key && y.scripted : sameArgv(a, b);
}

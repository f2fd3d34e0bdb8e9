/** Programs known by name: what runs something else, starts many things, or only looks at files. */

export const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

export const SHELLS = words('sh bash dash zsh ksh mksh ash fish busybox rbash');

export const INTERPRETERS = words('python pypy ruby perl php lua node nodejs deno bun java dotnet');

/** `/usr/bin/python3.11` → `python`, `-bash` → `bash`, `node.exe` → `node`. */
export function baseName(path: string): string {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1).replace(/^-/, '');
  const plain = name.replace(/\.exe$/i, '');
  const family = /^(python|pypy|ruby|perl|php|lua|node|nodejs)[\d.]*w?$/.exec(plain)?.[1];
  return family ?? plain;
}

/** Commands whose purpose is to run another command, and stay its parent. */
export const WRAPPERS = words(
  `env nohup setsid nice ionice chrt taskset timeout stdbuf sudo doas su chroot unshare nsenter firejail bwrap flock
  strace ltrace valgrind time script xvfb-run dumb-init tini docker-init catatonit uv uvx npm npm-cli.js npx npx-cli.js
  pnpm pnpm.cjs pnpx yarn yarn.js bunx poetry pipenv pdm rye hatch conda mamba mise asdf nodemon nodemon.js watchexec
  entr watch dotenv direnv chpst softlimit setuidgid runuser gosu su-exec systemd-inhibit caffeinate concurrently make
  just task go tsx ts-node foreman honcho overmind`,
);

/** Wrappers that may run several commands at once. */
export const RUN_SEVERAL = words('make just task concurrently foreman honcho overmind pnpm pnpm.cjs');

/** Wrappers that run a command again when it ends, or when a file changes. */
export const RUN_AGAIN = words(
  'nodemon nodemon.js watchexec entr watch concurrently foreman honcho overmind',
);

export const LAUNCHERS = words(
  `init systemd launchd tmux screen sshd login supervisord pm2 containerd containerd-shim containerd-shim-runc-v2 dockerd
  conmon runc crun cron crond atd s6-svscan s6-supervise supervise runsv runsvdir kubelet code code-server codium code-tunnel
  cursor gnome-terminal-server gnome-shell konsole xterm kitty alacritty wezterm-gui foot plasmashell getty agetty
  sessionleader relay zellij dtach abduco mosh-server launcher xfce4-terminal`,
);

export const VIEWERS = words(
  `vi vim nvim view vimdiff ex nano pico emacs emacsclient micro helix hx kak ed less more most bat batcat cat head tail
  multitail lnav grep egrep fgrep zgrep rg ag ack sed awk gawk mawk find fd fdfind locate lsof fuser lslocks ps pgrep
  pkill kill killall pidof top htop btop stat ls tree file wc sort diff cmp cp mv rm ln tar gzip rsync scp sftp ssh mosh
  git gh hg tee inotifywait inotifywatch docker podman kubectl nerdctl systemctl journalctl loginctl xdg-open gedit kate
  code-insiders subl jq yq md5sum sha256sum touch chmod chown du curl wget notepad Get-Content logrotate`,
);

/** Options of node, python, ruby and java that take the next word as their value. */
const VALUE_OPTIONS = words(
  `-r --require --import --loader --experimental-loader --env-file -C --conditions -W -X -I -cp -classpath --class-path
  --add-opens --add-exports --add-reads --add-modules --limit-modules --module-path --upgrade-module-path`,
);

/** The same of one interpreter; of another they take none, as python(1)'s `-d`. */
const OWN_VALUE_OPTIONS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['php', words('-d --define')],
  [
    'deno',
    words('--config --import-map --lock --port --host --cert --location --seed --v8-flags --log-level -L'),
  ],
  ['dotnet', words('--additionalprobingpath --additional-deps --depsfile --runtimeconfig --fx-version')],
]);

/** Reports whether the interpreter takes the next word as the value of this option. */
export const takesValue = (interpreter: string, option: string): boolean =>
  VALUE_OPTIONS.has(option) || OWN_VALUE_OPTIONS.get(interpreter)?.has(option) === true;

const COMMANDS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['deno', words('run serve')],
  ['bun', words('run')],
]);

/** Reports whether the word tells the interpreter what to do, and is no script. dotnet(1) runs files of two kinds only. */
export const isCommand = (interpreter: string, word: string): boolean =>
  COMMANDS.get(interpreter)?.has(word) === true ||
  (interpreter === 'dotnet' && !/\.(?:dll|exe)$/i.test(word));

/** Options of sudo, nice, timeout, env, flock and their like that take the next word as their value. */
export const WRAPPER_VALUE_OPTIONS = words(
  '-u -g -n -k -s -p -h -o -E -w -C --user --group --signal --kill-after --adjustment',
);

/** Those of them that take none here: sudo(8), doas(1), flock(1). */
export const WITHOUT_VALUE: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['sudo', words('-n -k -s -E')],
  ['doas', words('-n -s')],
  ['flock', words('-n -s -u -o')],
]);

/** What sets two runs of one program apart that have the same arguments: their environment and their world. */
import { createHash, randomBytes } from 'node:crypto';
import type { RunFacts } from '../../../model/processes/runFacts';
import { readLink, readUtf8 } from '../procfs/read';

/** The last word of a name that may choose what a program works for, as in `PGPORT`, `APP_ENV`, `BOT_TOKEN_FILE`. */
const CHOOSES =
  /(?:PORT|ENV|ENVIRONMENT|PROFILE|TOKENS?|SECRET|KEY|HOME|CONF|CONFIG|SETTINGS|INSTANCE|SHARDS?|TENANT|ACCOUNT|CUSTOMER|CLIENT|BOT|DB|DATABASE|URL|URI|DSN|HOST|ADDR|ADDRESS|BIND|SOCKET|DIR|DIRECTORY|ROOT|DATA|STATE|STORE|NAME|ID|INDEX|NUMBER|WORKER|RANK|STAGE|MODE|REGION|ZONE|QUEUES?|TOPICS?|CHANNEL|CHAT|ROLE|NAMESPACE|PROJECT|PREFIX|SUFFIX|LOCK|LOCKFILE|PIDFILE|FILE)(?:_|$)/i;

/** What chooses the code itself, or options of the interpreter. */
const LOADS =
  /^(?:NODE_OPTIONS|NODE_PATH|PYTHONPATH|PERL5LIB|PERL5OPT|RUBYLIB|RUBYOPT|CLASSPATH|_?JAVA_OPTIONS|JAVA_TOOL_OPTIONS|JDK_JAVA_OPTIONS|LD_PRELOAD|LD_LIBRARY_PATH|VIRTUAL_ENV|CONDA_PREFIX)$/;

/** Whatever a terminal, an editor, an agent, a session, a shell or a manager of versions sets: another for each start. */
const SESSION =
  /^(?:AI_|ALACRITTY|APPDIR|APPIMAGE|APPLICATION_INSIGHTS_|BUNDLED_|CHROME_|CLAUDECODE|CLAUDE_CODE_|CLUTTER|CODEX_SANDBOX|COLOR|CONDA(?!_PREFIX$)|CURSOR_|DBUS_|DESKTOP_|DISPLAY|ELECTRON|FLATPAK_|FNM_|GEMINI_CLI_|GIO_|GIT_|GJS_|GNOME_|GPG_|GTK_|HIST|HOMEBREW_|IM_|INVOCATION_ID|ITERM|JOURNAL_|KDE_|KITTY|KONSOLE|LANG|LC_|LESS|LOGNAME|LS_|MANAGERPID|MEMORY_PRESSURE|NVM_|OLDPWD|PYDEVD_|NODE_CHANNEL_|PYENV_|QT_|SDKMAN_|SESSION|SHELL|SHLVL|SNAP|SSH_|STY$|SUDO_|SYSTEMD_EXEC|TERM|TMUX|USER_ZDOTDIR|VIRTUAL_ENV_|VOLTA_|VSCODE_|VTE_|WAYLAND|WEZTERM|WINDOW|WINDSURF_|WSL|WT_|XAUTH|XDG_(?!(?:CACHE|CONFIG|DATA|STATE)_HOME$)|ZDOTDIR|ZED_|npm_|PWD$|USER$|_$)/i;

/** Digests are compared within one observer only, and nothing can be found out by them elsewhere. */
const salt = randomBytes(16);

const digestOf = (value: string): string =>
  createHash('sha256').update(salt).update(value).digest('base64').slice(0, 16);

/** Returns the digest of each variable that may choose what the program works for; of an empty one none. */
function settingsOf(environ: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  for (const [name, value] of environ) {
    const chooses = LOADS.test(name) || (CHOOSES.test(name) && !SESSION.test(name));
    if (value !== '' && chooses) settings.set(name, digestOf(value));
  }
  return settings;
}

function parseEnviron(text: string): Map<string, string> {
  const entries = text.split('\0').map((entry) => [entry, entry.indexOf('=')] as const);
  return new Map(
    entries
      .filter(([, equals]) => equals > 0)
      .map(([entry, equals]) => [entry.slice(0, equals), entry.slice(equals + 1)]),
  );
}

function worldOf(pid: number): string | undefined {
  const links = ['ns/net', 'ns/mnt', 'root'].map((name) => readLink(`/proc/${pid}/${name}`));
  return links.includes(undefined) ? undefined : links.join(' ');
}

/** Reads what may set this process apart from another run. */
export function readRun(pid: number): RunFacts {
  const text = readUtf8(`/proc/${pid}/environ`, 256 * 1024);
  const environ = typeof text === 'string' ? parseEnviron(text) : undefined;
  const world = worldOf(pid);
  const startedIn = environ?.get('PWD');
  const hasLeft = startedIn !== undefined && startedIn !== readLink(`/proc/${pid}/cwd`);
  return {
    ...(environ === undefined ? {} : { settings: settingsOf(environ) }),
    ...(hasLeft ? { startedIn } : {}),
    ...(world === undefined ? {} : { world }),
  };
}

/**
 * The environment of a process as it was started with, as far as it may choose what the program works for. Which
 * variables do cannot be known, so all count but those of which it is known that each terminal, session or start has its own.
 */
import { createHash, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { resolvePath } from '../../../model/processes/program';

const words = (text: string): string[] => text.trim().split(/\s+/);

/** What names begin with that each terminal, shell, desktop or editor sets for itself, whatever the rest. */
const OF_EACH_WINDOW = words(`
  ALACRITTY ATUIN BASH_FUNC FISH GHOSTTY ITERM KITTY KONSOLE MCFLY P9K POWERLEVEL9K SHELL_SESSION STARSHIP TERM_PROGRAM
  TILIX TMUX VTE WEZTERM ZELLIJ ZSH _ CLUTTER DESKTOP GDK GDM GIO GJS GNOME GTK HYPRLAND IBUS KDE WSL
  APPLICATION_INSIGHTS BUNDLED ELECTRON PYDEVD VSCODE WINDSURF ZED MEMORY_PRESSURE NODE_CHANNEL npm_lifecycle XPC
`);

/** The same of families in which a name may also choose an account, a profile, a place. */
const MOSTLY_OF_EACH_START = words(`
  DBUS FLATPAK GPG QT SUDO XDG CLAUDE_CODE COPILOT CURSOR GEMINI_CLI OPENCODE
  ASDF CONDA DIRENV FNM HOMEBREW MISE NVM PYENV RBENV SDKMAN VOLTA npm_package
`);

/** Words of names that choose. */
const CHOOSES =
  /(?:^|_)(?:ACCOUNT|ADDRESS|AUTH|CONFIG|CREDENTIALS?|ENV|HOME|KEY|PASSWORD|PLATFORM|PREFIX|PROFILE|RUNTIME|SECRET|TOKEN|USER)(?:_|$)/i;

const NAMES = words(String.raw`
  _ HOSTTYPE LINES COLUMNS MACHTYPE MAIL OLDPWD OSTYPE PATH PWD SHELL SHLVL LANG LANGUAGE MANPATH INFOPATH PS[1-4] PROMPT
  PROMPT_COMMAND HIST(?:FILE|SIZE|CONTROL|FILESIZE|TIMEFORMAT|IGNORE) EDITOR VISUAL BROWSER PAGER LESS
  LESS(?:OPEN|CLOSE|CHARSET|KEY|HISTFILE) LS_?COLORS LS_OPTIONS GREP_COLORS? CLICOLOR(?:_FORCE)? COLORTERM COLORFGBG
  FORCE_COLOR NO_COLOR TERM TERM_(?:SESSION_ID|FEATURES) TERMINFO(?:_DIRS)? TERMINAL_EMULATOR TMUX STY WINDOW
  WINDOW(?:ID|PATH) ZDOTDIR USER_ZDOTDIR ZELLIJ MOTD_SHOWN BASH ZSH EUID PPID COLOR
  LC_(?:ALL|ADDRESS|COLLATE|CTYPE|IDENTIFICATION|MEASUREMENT|MESSAGES|MONETARY|NAME|NUMERIC|PAPER|TELEPHONE|TIME)
  TERM_PROGRAM TERMCAP LC_TERMINAL(?:_VERSION)? WT_(?:SESSION|PROFILE_ID) XDG_(?:CONFIG|DATA)_DIRS
  SSH_(?:AUTH_SOCK|AGENT_PID|AGENT_LAUNCHER|CLIENT|CONNECTION|TTY|ASKPASS|ASKPASS_REQUIRE)
  SESSION_MANAGER GDMSESSION GSM_\w+ XCURSOR_\w+ MOZ_ENABLE_WAYLAND which_declare S_COLORS MC_SID FZF_DEFAULT_\w+
  MANPAGER TERMINATOR_\w+ GUAKE_\w+ JEDITERM_\w+ NVIM VIM VIMRUNTIME MYVIMRC INSIDE_EMACS PYCHARM_HOSTED
  REMOTE_CONTAINERS(?:_\w+)? CHROME_DESKTOP WAYLAND_SOCKET XAUTHORITY XMODIFIERS SWAYSOCK I3SOCK NIRI_SOCKET IM_CONFIG_\w+ WSLENV OWD
  SNAP SNAP_(?:ARCH|COMMON|CONTEXT|COOKIE|DATA|INSTANCE_NAME|LIBRARY_PATH|NAME|REAL_HOME|REVISION|UID|EUID|VERSION)
  SNAP_(?:USER_COMMON|USER_DATA|LAUNCHER_\w+) APPDIR APPIMAGE DEBUGINFOD_URLS SECURITYSESSIONID COMMAND_MODE
  AI_AGENT CLAUDECODE CODEX_SANDBOX\w* CODEX_CI VIRTUAL_ENV_(?:PROMPT|DISABLE_PROMPT)
  GIT_(?:ASKPASS|EDITOR|SEQUENCE_EDITOR|PAGER|TERMINAL_PROMPT|OPTIONAL_LOCKS)
  INVOCATION_ID JOURNAL_STREAM MANAGERPID MANAGERPIDFDID SYSTEMD_EXEC_PID NOTIFY_SOCKET WATCHDOG_(?:PID|USEC)
  INIT_CWD NODE npm_(?:command|execpath|node_execpath)
  npm_config_(?:cache|global_prefix|globalconfig|init_module|local_prefix|node_gyp|noproxy|npm_version|prefix|user_agent)
  npm_config_(?:allow_scripts|audit|ca|cafile|color|engine_strict|fund|https?_proxy|ignore_scripts|init_\w+|legacy_peer_deps)
  npm_config_(?:location|loglevel|package_lock|progress|proxy|registry|save\w*|strict_ssl|update_notifier|userconfig|yes)
  MAKE(?:LEVEL|_TERMOUT|_TERMERR) GOPATH GOROOT GOBIN CARGO_HOME RUSTUP_HOME BUN_INSTALL DENO_INSTALL
  PNPM_HOME PYTHON(?:STARTUP|_BASIC_REPL|UNBUFFERED|DONTWRITEBYTECODE|IOENCODING|UTF8|FAULTHANDLER)
`);

const isOneOf = (patterns: readonly string[], rest: string): RegExp =>
  new RegExp(`^(?:${patterns.join('|')})${rest}$`);
const OF_EACH_START = isOneOf(NAMES, '');
const OF_A_WINDOW = isOneOf(OF_EACH_WINDOW, '_.*');
const OF_A_FAMILY = isOneOf(MOSTLY_OF_EACH_START, '_.*');

/** Does another value of it, or none, say nothing of what the program works for? */
const saysNothing = (name: string): boolean =>
  OF_EACH_START.test(name) || OF_A_WINDOW.test(name) || (OF_A_FAMILY.test(name) && !CHOOSES.test(name));

/** What a program takes below its home where the variable is not set (XDG Base Directory Specification). */
const BELOW_HOME = new Map([
  ['XDG_CACHE_HOME', '/.cache'],
  ['XDG_CONFIG_HOME', '/.config'],
  ['XDG_DATA_HOME', '/.local/share'],
  ['XDG_STATE_HOME', '/.local/state'],
]);

/** `/srv/bot/.venv/bin/python3` runs in that venv, whatever the variable says; so does one that was found there. */
export function venvOf(program: string, cwd: string | undefined): string | undefined {
  const [, folder] = /^(.+)\/bin\/python[\d.]*$/.exec(program) ?? [];
  if (folder === undefined || /^\/(?:usr(?:\/local)?|opt\/homebrew)?$/.test(folder)) return undefined;
  return folder.startsWith('/') ? folder : cwd === undefined ? undefined : resolvePath(folder, cwd);
}

/** Is it what a program takes where the variable is not set? */
function isDefault(
  name: string,
  value: string,
  environ: ReadonlyMap<string, string>,
  home?: string,
): boolean {
  switch (name) {
    case 'HOME':
      return value === home;
    // Shells and WSL set them for some sessions only.
    case 'HOSTNAME':
    case 'NAME':
      return value === hostname();
    // Every make(1) sets them for what it runs; what they may carry are assignments.
    case 'MAKEFLAGS':
    case 'MFLAGS':
      return value === '' || value === 'w';
    default: {
      const below = BELOW_HOME.get(name);
      return below !== undefined && value === `${environ.get('HOME') ?? home ?? ''}${below}`;
    }
  }
}

/** Digests are compared within one observer only, and nothing can be found out by them elsewhere. */
const salt = randomBytes(16);

const digestOf = (value: string): string =>
  createHash('sha256').update(salt).update(value).digest('base64').slice(0, 16);

/** Returns the variables by their names. */
export function parseEnviron(text: string): Map<string, string> {
  const entries = text.split('\0').map((entry) => [entry, entry.indexOf('=')] as const);
  return new Map(
    entries
      .filter(([, equals]) => equals > 0)
      .map(([entry, equals]) => [entry.slice(0, equals), entry.slice(equals + 1)]),
  );
}

/**
 * Returns the digest of each variable that may choose what the program works for. `home`: that of its user, which
 * programs take where HOME is not set.
 */
export function settingsOf(
  environ: ReadonlyMap<string, string>,
  home: string | undefined,
): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  for (const [name, value] of environ) {
    if (!saysNothing(name) && !isDefault(name, value, environ, home)) settings.set(name, digestOf(value));
  }
  return settings;
}

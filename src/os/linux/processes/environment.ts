/**
 * The environment of a process as it was started with, as far as it may choose what the program works for. Which
 * variables do cannot be known, so all count but those of which it is known that each terminal, session or start has its own.
 */
import { createHash, randomBytes } from 'node:crypto';

/** Names that begin with one of these words and `_`. */
const FAMILIES = [
  // Terminals, shells and their prompts.
  ...[
    'ALACRITTY',
    'ATUIN',
    'BASH_FUNC',
    'FISH',
    'GHOSTTY',
    'ITERM',
    'KITTY',
    'KONSOLE',
    'LC',
    'MCFLY',
    'P9K',
  ],
  ...[
    'POWERLEVEL9K',
    'SHELL_SESSION',
    'STARSHIP',
    'TERM_PROGRAM',
    'TILIX',
    'TMUX',
    'VTE',
    'WEZTERM',
    'WT',
    'ZELLIJ',
  ],
  ...['ZSH', '_'],
  // Desktops and sessions.
  ...[
    'CLUTTER',
    'DBUS',
    'DESKTOP',
    'FLATPAK',
    'GDK',
    'GDM',
    'GIO',
    'GJS',
    'GNOME',
    'GPG',
    'GTK',
    'HYPRLAND',
    'IBUS',
  ],
  ...['KDE', 'QT', 'SNAP', 'SUDO', 'WSL', 'XDG'],
  // Editors and agents.
  ...[
    'APPLICATION_INSIGHTS',
    'BUNDLED',
    'CLAUDE_CODE',
    'COPILOT',
    'CURSOR',
    'ELECTRON',
    'GEMINI_CLI',
    'OPENCODE',
  ],
  ...['PYDEVD', 'VSCODE', 'WINDSURF', 'ZED'],
  // Managers of versions, and what npm tells a script of its project.
  ...['ASDF', 'CONDA', 'DIRENV', 'FNM', 'HOMEBREW', 'MISE', 'NVM', 'PYENV', 'RBENV', 'SDKMAN', 'VOLTA'],
  ...['npm_lifecycle', 'npm_package'],
  // systemd, and node's channel to a child.
  ...['MEMORY_PRESSURE', 'NODE_CHANNEL'],
];

const NAMES = [
  ...[
    '_',
    'HOSTTYPE',
    'LINES',
    'COLUMNS',
    'LOGNAME',
    'MACHTYPE',
    'MAIL',
    'OLDPWD',
    'OSTYPE',
    'PATH',
    'PWD',
    'SHELL',
  ],
  ...[
    'SHLVL',
    'USER',
    'USERNAME',
    'LANG',
    'LANGUAGE',
    'MANPATH',
    'INFOPATH',
    'PS[1-4]',
    'PROMPT',
    'PROMPT_COMMAND',
  ],
  ...['HIST(?:FILE|SIZE|CONTROL|FILESIZE|TIMEFORMAT|IGNORE)', 'EDITOR', 'VISUAL', 'BROWSER', 'PAGER', 'LESS'],
  ...[
    'LESS(?:OPEN|CLOSE|CHARSET|KEY|HISTFILE)',
    'LS_?COLORS',
    'LS_OPTIONS',
    'GREP_COLORS?',
    'CLICOLOR(?:_FORCE)?',
  ],
  ...[
    'COLORTERM',
    'COLORFGBG',
    'FORCE_COLOR',
    'NO_COLOR',
    'TERM',
    'TERM_(?:SESSION_ID|FEATURES)',
    'TERMINFO(?:_DIRS)?',
  ],
  ...[
    'TERMINAL_EMULATOR',
    'TMUX',
    'STY',
    'WINDOW',
    'WINDOW(?:ID|PATH)',
    'ZDOTDIR',
    'USER_ZDOTDIR',
    'ZELLIJ',
    'MOTD_SHOWN',
  ],
  ...[
    'SSH_(?:AUTH_SOCK|AGENT_PID|AGENT_LAUNCHER|CLIENT|CONNECTION|TTY|ASKPASS|ASKPASS_REQUIRE)',
    'KRB5CCNAME',
  ],
  ...[
    'SESSION_MANAGER',
    'CHROME_DESKTOP',
    'WAYLAND_(?:DISPLAY|SOCKET)',
    'XAUTHORITY',
    'XMODIFIERS',
    'SWAYSOCK',
    'I3SOCK',
  ],
  ...['NIRI_SOCKET', 'IM_CONFIG_\\w+', 'SNAP', 'WSLENV', 'OWD', 'APPDIR', 'APPIMAGE', 'DEBUGINFOD_URLS'],
  ...[
    'SECURITYSESSIONID',
    'XPC_\\w+',
    'COMMAND_MODE',
    'AI_AGENT',
    'CLAUDECODE',
    'CODEX_SANDBOX\\w*',
    'CODEX_CI',
  ],
  ...[
    'GIT_(?:ASKPASS|EDITOR|SEQUENCE_EDITOR|PAGER|TERMINAL_PROMPT|OPTIONAL_LOCKS|(?:AUTHOR|COMMITTER)_\\w+)',
  ],
  ...['INVOCATION_ID', 'JOURNAL_STREAM', 'MANAGERPID', 'MANAGERPIDFDID', 'SYSTEMD_EXEC_PID', 'NOTIFY_SOCKET'],
  ...[
    'WATCHDOG_(?:PID|USEC)',
    'INIT_CWD',
    'NODE',
    'npm_(?:command|execpath|node_execpath)',
    'COLOR',
    'EUID',
    'PPID',
  ],
  ...[
    'VIRTUAL_ENV_\\w+',
    'PYTHON(?:UNBUFFERED|DONTWRITEBYTECODE|IOENCODING|UTF8|FAULTHANDLER)',
    'BASH',
    'ZSH',
  ],
];

/** They choose in spite of their family. */
const CHOOSES = /^(?:XDG_(?:CACHE|CONFIG|DATA|STATE)_HOME|CONDA_PREFIX)$/;

const OF_EACH_START = new RegExp(`^(?:(?:${FAMILIES.join('|')})_.*|${NAMES.join('|')})$`);

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

/** Returns the digest of each variable that may choose what the program works for; of an empty one none. */
export function settingsOf(environ: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  for (const [name, value] of environ) {
    const isOwn = OF_EACH_START.test(name) && !CHOOSES.test(name);
    if (value !== '' && !isOwn) settings.set(name, digestOf(value));
  }
  return settings;
}

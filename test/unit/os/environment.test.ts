import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { parseEnviron, settingsOf, venvOf } from '../../../src/os/linux/processes/environment';
import { isToldPid } from '../../../src/os/linux/processes/watchers';

/** Which of the variables count. */
const counting = (variables: Record<string, string>, home?: string): string[] => [
  ...settingsOf(new Map(Object.entries(variables)), home).keys(),
];
const counts = (name: string): boolean => counting({ [name]: 'x' }).length > 0;

describe('a variable', () => {
  it.each(
    'PORT QUEUE TENANT NODE_ENV APP_PROFILE BOT_TOKEN VIRTUAL_ENV CONDA_PREFIX CONDA_DEFAULT_ENV npm_config_env npm_package_config_port CLAUDE_CODE_OAUTH_TOKEN CURSOR_API_KEY COPILOT_GITHUB_TOKEN OPENCODE_CONFIG MISE_ENV KRB5CCNAME LOGNAME SUDO_USER GIT_AUTHOR_EMAIL DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR WAYLAND_DISPLAY DISPLAY QT_QPA_PLATFORM LC_TENANT WT_CHANNEL SNAP_CLIENT_ID MYTERM TERM_PROGRAMS pm_id SUPERVISOR_PROCESS_NAME COPILOT_ACCOUNT CURSOR_AUTH OPENCODE_CREDENTIALS OPENCODE_CREDENTIAL SDKMAN_HOME GPG_KEY CURSOR_PASSWORD COPILOT_PROFILE GEMINI_CLI_SECRET CLAUDE_CODE_ADDRESS CURSORS SUDOKU'.split(
      ' ',
    ),
  )('may choose what is worked for: %s', (name) => {
    expect(counts(name)).toBe(true);
  });

  it.each(
    'TERM TERM_PROGRAM TERM_PROGRAM_VERSION TERMCAP TMUX TMUX_PANE STY WINDOWID VSCODE_GIT_IPC_AUTH_TOKEN VSCODE_IPC_HOOK_CLI COLORTERM LC_ALL LC_CTYPE LANG SHLVL PWD OLDPWD _ SSH_CLIENT SSH_AUTH_SOCK XDG_SESSION_ID XDG_CONFIG_DIRS GDMSESSION GNOME_TERMINAL_SCREEN KITTY_PUBLIC_KEY ITERM_PROFILE WT_SESSION WT_PROFILE_ID SNAP SNAP_NAME PYTHONSTARTUP PYTHON_BASIC_REPL PYTHONUNBUFFERED PYENV_VERSION NVM_BIN VIRTUAL_ENV_PROMPT VIRTUAL_ENV_DISABLE_PROMPT MAKELEVEL MAKE_TERMOUT MAKE_TERMERR npm_command npm_lifecycle_event npm_package_name npm_config_cache npm_config_user_agent GOPATH CARGO_HOME PNPM_HOME BUN_INSTALL NVIM INSIDE_EMACS which_declare REMOTE_CONTAINERS PYCHARM_HOSTED INVOCATION_ID JOURNAL_STREAM LESSOPEN CLAUDECODE HOSTTYPE LINES COLUMNS MACHTYPE MAIL OSTYPE PATH SHELL LANGUAGE MANPATH INFOPATH PS1 PROMPT PROMPT_COMMAND HISTSIZE HISTFILE VISUAL BROWSER PAGER LESS LS_COLORS LSCOLORS LS_OPTIONS GREP_COLOR CLICOLOR CLICOLOR_FORCE COLORFGBG FORCE_COLOR NO_COLOR TERMINFO TERMINFO_DIRS TERMINAL_EMULATOR WINDOW USER_ZDOTDIR ZELLIJ MOTD_SHOWN BASH ZSH EUID PPID COLOR LC_TERMINAL LC_TERMINAL_VERSION SESSION_MANAGER GSM_SKIP_SSH_AGENT_WORKAROUND XCURSOR_SIZE MOZ_ENABLE_WAYLAND S_COLORS MC_SID FZF_DEFAULT_OPTS MANPAGER TERMINATOR_UUID GUAKE_TAB_UUID JEDITERM_SOURCE VIM VIMRUNTIME MYVIMRC CHROME_DESKTOP WAYLAND_SOCKET XAUTHORITY XMODIFIERS SWAYSOCK I3SOCK NIRI_SOCKET IM_CONFIG_PHASE WSLENV OWD SNAP_USER_DATA SNAP_LAUNCHER_ARCH_TRIPLET APPDIR APPIMAGE DEBUGINFOD_URLS SECURITYSESSIONID COMMAND_MODE AI_AGENT CODEX_SANDBOX CODEX_SANDBOX_NETWORK_DISABLED CODEX_CI GIT_ASKPASS GIT_PAGER MANAGERPID MANAGERPIDFDID SYSTEMD_EXEC_PID NOTIFY_SOCKET WATCHDOG_USEC INIT_CWD NODE npm_config_https_proxy npm_config_init_author_name npm_config_userconfig npm_config_save_exact GOROOT GOBIN RUSTUP_HOME DENO_INSTALL ALACRITTY_WINDOW_ID BASH_FUNC_module FISH_VERSION KONSOLE_DBUS_SESSION MCFLY_SESSION_ID P9K_TTY POWERLEVEL9K_INSTANT SHELL_SESSION_ID TILIX_ID VTE_VERSION WEZTERM_PANE ZSH_TMUX_TERM __CFBundleIdentifier CLUTTER_IM_MODULE DESKTOP_SESSION GDK_BACKEND GDM_LANG GIO_LAUNCHED_DESKTOP_FILE GJS_DEBUG_TOPICS GTK_MODULES HYPRLAND_INSTANCE_SIGNATURE IBUS_DISABLE_SNOOPER KDE_FULL_SESSION WSL_DISTRO_NAME APPLICATION_INSIGHTS_NO_STATSBEAT BUNDLED_DEBUGPY_PATH ELECTRON_RUN_AS_NODE WINDSURF_SESSION_ID ZED_TERM MEMORY_PRESSURE_WATCH XPC_SERVICE_NAME DBUS_STARTER_BUS_TYPE FLATPAK_ID GPG_TTY QT_ACCESSIBILITY SUDO_COMMAND COPILOT_CLI CURSOR_TRACE_ID GEMINI_CLI_NO_RELAUNCH OPENCODE_PID ASDF_DIR DIRENV_DIR FNM_DIR HOMEBREW_CELLAR MISE_SHELL RBENV_SHELL SDKMAN_DIR VOLTA_FEATURE_PNPM'.split(
      ' ',
    ),
  )('is of each terminal, session or start: %s', (name) => {
    expect(counts(name)).toBe(false);
  });

  it('that is empty is set all the same', () => {
    expect(counting({ QUEUE: '' })).toEqual(['QUEUE']);
  });

  it('that says what is so without it says nothing', () => {
    expect(counting({ HOME: '/home/ann' }, '/home/ann')).toEqual([]);
    expect(counting({ HOME: '/home/b' }, '/home/ann')).toEqual(['HOME']);
    expect(counting({ HOME: '/home/ann' })).toEqual(['HOME']);
    const config = (value: string): string[] =>
      counting({ HOME: '/home/ann', XDG_CONFIG_HOME: value }, '/home/ann');
    expect(config('/home/ann/.config')).toEqual([]);
    expect(config('/home/ann/.config-b')).toEqual(['XDG_CONFIG_HOME']);
    expect(counting({ XDG_DATA_HOME: '/home/ann/.local/share' }, '/home/ann')).toEqual([]);
    expect(counting({ XDG_CACHE_HOME: '/home/ann/.cache' }, '/home/ann')).toEqual([]);
    expect(counting({ XDG_STATE_HOME: '/home/ann/.local/state' }, '/home/ann')).toEqual([]);
    // Programs take it below HOME, where that is another one.
    expect(counting({ HOME: '/home/b', XDG_CONFIG_HOME: '/home/b/.config' }, '/home/ann')).toEqual(['HOME']);
    expect(counting({ HOSTNAME: hostname(), NAME: hostname() })).toEqual([]);
    expect(counting({ HOSTNAME: 'worker-2', NAME: 'b' })).toEqual(['HOSTNAME', 'NAME']);
    expect(counting({ MAKEFLAGS: '', MFLAGS: 'w' })).toEqual([]);
    expect(counting({ MAKEFLAGS: ' -- TENANT=b' })).toEqual(['MAKEFLAGS']);
  });

  it('has another digest for another value, and the same for the same', () => {
    const digest = (value: string): string | undefined =>
      settingsOf(new Map([['PORT', value]]), undefined).get('PORT');
    expect(digest('1')).toBe(digest('1'));
    expect(digest('1')).not.toBe(digest('2'));
    expect(digest('secret-value')).not.toContain('secret');
    // Whoever knows the value cannot find it out by the digest.
    expect(digest('1')).not.toBe(createHash('sha256').update('1').digest('base64').slice(0, 16));
  });
});

it('the variables are read off what the kernel shows', () => {
  expect([...parseEnviron('A=1\0B=x=y\0C=\0=odd\0none\0')]).toEqual([
    ['A', '1'],
    ['B', 'x=y'],
    ['C', ''],
  ]);
});

it.each<[string, boolean]>([
  ['strace -p 17', true],
  ['perf record --pid=17', true],
  ['tail --pid 17 log', true],
  ['gdb -p17', true],
  ['strace -p 170', false],
  ['strace -p 1,17', false],
  ['server --port 17', false],
  ['server -port 17', false],
  ['server --top-p 17', false],
  ['server --pidfile 17', false],
  ['perf top -p 17', true],
  ['sleep 17', false],
])('`%s` is told pid 17: %s', (command, isTold) => {
  expect(isToldPid(command.split(' '), 17)).toBe(isTold);
});

it.each<[string, string | undefined]>([
  ['/srv/bot/.venv/bin/python', '/srv/bot/.venv'],
  ['.venv/bin/python3.12', '/srv/bot/.venv'],
  ['../venv/bin/python3', '/srv/venv'],
  ['/usr/bin/python3', undefined],
  ['/bin/python3', undefined],
  ['/usr/local/bin/python3', undefined],
  ['/opt/homebrew/bin/python3', undefined],
  ['//bin/python3', undefined],
  ['python3', undefined],
  ['/srv/bot/bin/node', undefined],
])('%s is the interpreter of the venv %s', (program, venv) => {
  expect(venvOf(program, '/srv/bot')).toBe(venv);
});

it('a venv that is told from a folder which is not known is not known, and one that is told by its path is', () => {
  expect(venvOf('.venv/bin/python3', undefined)).toBeUndefined();
  expect(venvOf('/srv/bot/.venv/bin/python3', undefined)).toBe('/srv/bot/.venv');
});

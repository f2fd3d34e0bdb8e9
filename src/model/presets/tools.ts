/** Presets of tools that build, fetch, edit and version: they lock for as long as one command or window lasts. */
import * as l10n from '@vscode/l10n';
import { fileStays } from './advice';
import type { Preset } from './preset';

const LINUX_CONFIG = '${env:XDG_CONFIG_HOME:-~/.config}';
const MAC_CONFIG = '~/Library/Application Support';
const CODES = '{Code,Code - Insiders,VSCodium}';
/** The binaries, their helpers on macOS, and the script that a server's extension host runs. */
const VSCODE = ['code', 'code-insiders', 'code-oss', 'codium', 'vscodium', 'electron', 'bootstrap-fork'];

export const TOOL_PRESETS: readonly Preset[] = [
  {
    id: 'claude-ide',
    tool: 'Claude IDE connection',
    files: [{ path: '${env:CLAUDE_CONFIG_DIR:-~/.claude}/ide/*.lock', role: 'lock' }],
    mechanism: 'existence',
    records: ['json'],
    programs: 'anyone',
    label: 'file',
  },
  {
    // proper-lockfile, so a directory; the number in its name is a version, and no pid.
    id: 'claude-versions',
    tool: 'Claude Code version',
    files: [{ path: '${env:XDG_STATE_HOME:-~/.local/state}/claude/locks/*.lock', role: 'lock' }],
    mechanism: 'existence',
    heartbeat: true,
    records: [],
    // A release is a binary that is called by its version.
    programs: 'anyone',
    advice: () => l10n.t('Claude Code itself takes over a lock that is no longer renewed.'),
    label: 'file',
    known: /\/claude\/locks\/[^/]+\.lock$/,
  },
  {
    id: 'vscode-window',
    tool: 'VS Code window',
    files: [
      { path: `${LINUX_CONFIG}/${CODES}/User/workspaceStorage/*/vscode.lock`, role: 'lock', on: ['linux'] },
      { path: `${MAC_CONFIG}/${CODES}/User/workspaceStorage/*/vscode.lock`, role: 'lock', on: ['darwin'] },
      {
        path: '~/.vscode-server/data/User/workspaceStorage/*/vscode.lock',
        role: 'lock',
        on: ['linux', 'darwin'],
      },
    ],
    mechanism: 'existence',
    records: ['json'],
    programs: VSCODE,
    advice: () => l10n.t('VS Code itself takes over a lock that was not renewed for 10 minutes.'),
    label: 'folder',
    known: /\/workspaceStorage\/[^/]+\/vscode\.lock$/,
  },
  {
    id: 'vscode-main',
    tool: 'VS Code',
    files: [
      { path: `${LINUX_CONFIG}/${CODES}/code.lock`, role: 'lock', on: ['linux'] },
      { path: `${MAC_CONFIG}/${CODES}/code.lock`, role: 'lock', on: ['darwin'] },
    ],
    mechanism: 'existence',
    records: ['integer'],
    programs: VSCODE,
    label: 'folder',
  },
  {
    id: 'chromium-profile',
    tool: 'Chrome or Electron profile',
    files: [
      { path: `${LINUX_CONFIG}/{*,BraveSoftware/*}/SingletonLock`, role: 'lock', on: ['linux'] },
      { path: '~/snap/chromium/common/chromium/SingletonLock', role: 'lock', on: ['linux'] },
      { path: `${MAC_CONFIG}/{*,Google/Chrome,BraveSoftware/*}/SingletonLock`, role: 'lock', on: ['darwin'] },
      // Playwright MCP keeps its profiles beside the browsers.
      {
        path: '${env:XDG_CACHE_HOME:-~/.cache}/ms-playwright/mcp-*/SingletonLock',
        role: 'lock',
        on: ['linux'],
      },
      { path: '~/Library/Caches/ms-playwright/mcp-*/SingletonLock', role: 'lock', on: ['darwin'] },
    ],
    mechanism: 'existence',
    records: ['hostPid'],
    programs: 'anyone',
    label: 'folder',
  },
  {
    id: 'firefox-profile',
    tool: 'Firefox profile',
    files: [
      // The symlink `lock` beside it only repeats, in Firefox's own way, what the kernel tells of this one.
      { path: '~/.mozilla/firefox/*/.parentlock', role: 'lock', on: ['linux'] },
      { path: '~/snap/firefox/common/.mozilla/firefox/*/.parentlock', role: 'lock', on: ['linux'] },
      { path: `${MAC_CONFIG}/Firefox/Profiles/*/.parentlock`, role: 'lock', on: ['darwin'] },
    ],
    mechanism: 'kernelLock',
    lockKind: 'posix',
    records: [],
    programs: 'noRecord',
    advice: () =>
      l10n.t('Close Firefox or terminate its processes; it creates the lock again when it starts.'),
    label: 'folder',
  },
  {
    id: 'emacs',
    tool: 'Emacs edit lock',
    files: [{ path: '**/.#*', role: 'lock' }],
    mechanism: 'existence',
    records: ['userHostPid'],
    programs: 'anyone',
    advice: () =>
      l10n.t('Emacs asks what to do with it when the file is edited; there may be unsaved changes.'),
    label: 'file',
    known: /\/\.#[^/]+$/,
  },
  {
    id: 'git',
    tool: 'git',
    files: [
      { path: '.git/*.lock', role: 'lock' },
      { path: '.git/{refs,worktrees,modules}/**/*.lock', role: 'lock' },
    ],
    mechanism: 'existence',
    records: ['labelled', 'none'],
    programs: ['git', 'scalar'],
    advice: () =>
      l10n.t(
        'git does not record who created it. “Who Uses This?” shows which process may hold it; it is offered for removal only if no process can.',
      ),
    label: 'file',
    known: /\/\.git\/(?:.*\/)?[^/]+\.lock$/,
  },
  {
    id: 'git-gc',
    tool: 'git gc',
    files: [{ path: '.git/gc.pid', role: 'pid' }],
    mechanism: 'pidFile',
    records: ['pidHost'],
    programs: ['git'],
    label: 'none',
  },
  {
    id: 'mercurial',
    tool: 'Mercurial',
    files: [
      { path: '.hg/wlock', role: 'lock' },
      { path: '.hg/store/lock', role: 'lock' },
    ],
    mechanism: 'existence',
    records: ['hostPid'],
    programs: 'anyone',
    advice: () => l10n.t('Use "hg debuglocks": it shows both locks and frees a stale one.'),
    label: 'file',
    known: /\/\.hg\/(?:wlock|store\/lock)$/,
  },
  {
    id: 'terraform',
    tool: 'Terraform state',
    files: [{ path: '**/.terraform.tfstate.lock.info', role: 'lock' }],
    mechanism: 'kernelLock',
    lockKind: 'posix',
    // JSON that tells who and when, without a pid.
    records: ['none'],
    programs: 'noRecord',
    // The lock is on the state file; the .info file beside it tells who wanted it, without a pid.
    group: { lockFiles: ['terraform.tfstate'], pidFiles: [] },
    advice: () =>
      l10n.t('Use "terraform force-unlock" with the ID of the lock, and only when no run is in progress.'),
    label: 'folder',
    known: /\/\.terraform\.tfstate\.lock\.info$/,
  },
  {
    id: 'cargo',
    tool: 'Cargo',
    files: [
      { path: '**/target/*/.cargo-lock', role: 'lock' },
      { path: '**/target/*/.cargo-build-lock', role: 'lock' },
      { path: '${env:CARGO_HOME:-~/.cargo}/.package-cache*', role: 'lock' },
    ],
    mechanism: 'kernelLock',
    lockKind: 'flock',
    records: [],
    programs: 'noRecord',
    advice: fileStays('Cargo'),
    label: 'file',
  },
  {
    id: 'gradle',
    tool: 'Gradle',
    files: [{ path: '.gradle/**/*.lock', role: 'lock' }],
    mechanism: 'kernelLock',
    lockKind: 'posix',
    records: ['none'],
    programs: 'noRecord',
    advice: () => l10n.t('Use "gradle --stop"; its lock files stay and are reused.'),
    label: 'file',
    known: /\/\.gradle\/.*\.lock$/,
  },
  {
    id: 'bazel',
    tool: 'Bazel server',
    files: [
      {
        path: '${env:XDG_CACHE_HOME:-~/.cache}/bazel/_bazel_*/*/server/server.pid.txt',
        role: 'pid',
        on: ['linux'],
      },
      { path: '/private/var/tmp/_bazel_*/*/server/server.pid.txt', role: 'pid', on: ['darwin'] },
    ],
    mechanism: 'pidFile',
    records: ['integer'],
    programs: ['bazel', 'blaze', 'A-server.jar'],
    advice: () => l10n.t('Deleting it stops a running server: use "bazel shutdown".'),
    label: 'folder',
    known: /\/server\/server\.pid\.txt$/,
  },
  {
    id: 'uv',
    tool: 'uv',
    files: [
      {
        path: '${env:UV_CACHE_DIR:-${env:XDG_CACHE_HOME:-~/.cache}/uv}/.lock',
        role: 'lock',
        on: ['linux', 'darwin'],
      },
      { path: '.venv/.lock', role: 'lock' },
    ],
    mechanism: 'kernelLock',
    lockKind: 'flock',
    records: [],
    programs: 'noRecord',
    advice: fileStays('uv'),
    label: 'folder',
  },
  {
    id: 'golangci-lint',
    tool: 'golangci-lint',
    files: [{ path: '${env:TMPDIR:-/tmp}/golangci-lint.lock', role: 'lock', on: ['linux', 'darwin'] }],
    mechanism: 'kernelLock',
    lockKind: 'flock',
    records: [],
    programs: 'noRecord',
    advice: fileStays('golangci-lint'),
    label: 'none',
  },
  {
    id: 'homebrew',
    tool: 'Homebrew',
    files: [
      { path: '/opt/homebrew/var/homebrew/locks/*.lock', role: 'lock', on: ['darwin'] },
      { path: '/usr/local/var/homebrew/locks/*.lock', role: 'lock', on: ['darwin'] },
      { path: '/home/linuxbrew/.linuxbrew/var/homebrew/locks/*.lock', role: 'lock', on: ['linux'] },
    ],
    mechanism: 'kernelLock',
    lockKind: 'flock',
    records: [],
    programs: 'noRecord',
    advice: fileStays('Homebrew'),
    label: 'file',
  },
  {
    // proper-lockfile
    id: 'playwright',
    tool: 'Playwright browser download',
    files: [
      {
        path: '${env:PLAYWRIGHT_BROWSERS_PATH:-~/.cache/ms-playwright}/__dirlock',
        role: 'lock',
        on: ['linux'],
      },
      {
        path: '${env:PLAYWRIGHT_BROWSERS_PATH:-~/Library/Caches/ms-playwright}/__dirlock',
        role: 'lock',
        on: ['darwin'],
      },
    ],
    mechanism: 'existence',
    heartbeat: true,
    records: [],
    programs: 'noRecord',
    label: 'none',
  },
  {
    // Dart's RandomAccessFile.lock is fcntl(2).
    id: 'flutter',
    tool: 'Flutter',
    files: [
      { path: '${env:FLUTTER_ROOT}/bin/cache/lockfile', role: 'lock' },
      { path: '~/{flutter,development/flutter,develop/flutter}/bin/cache/lockfile', role: 'lock' },
      { path: '~/fvm/versions/*/bin/cache/lockfile', role: 'lock' },
      { path: '~/snap/flutter/common/flutter/bin/cache/lockfile', role: 'lock', on: ['linux'] },
      { path: '**/{flutter,.fvm/flutter_sdk}/bin/cache/lockfile', role: 'lock' },
    ],
    mechanism: 'kernelLock',
    lockKind: 'posix',
    records: [],
    programs: 'noRecord',
    advice: fileStays('Flutter'),
    label: 'none',
    known: /\/bin\/cache\/lockfile$/,
  },
  {
    id: 'nix',
    tool: 'Nix',
    files: [
      { path: '/nix/var/nix/gc.lock', role: 'lock', on: ['linux', 'darwin'] },
      { path: '/nix/var/nix/db/big-lock', role: 'lock', on: ['linux', 'darwin'] },
    ],
    mechanism: 'kernelLock',
    lockKind: 'flock',
    records: [],
    programs: 'noRecord',
    advice: fileStays('Nix'),
    label: 'file',
  },
  {
    id: 'unity',
    tool: 'Unity project',
    files: [{ path: '**/Temp/UnityLockfile', role: 'lock' }],
    mechanism: 'kernelLock',
    lockKind: 'posix',
    records: [],
    programs: 'noRecord',
    advice: () => l10n.t('Close the Unity editor that has this project open, or terminate its process.'),
    label: 'none',
    known: /\/UnityLockfile$/,
  },
  {
    id: 'dpkg',
    tool: 'apt and dpkg',
    files: [{ path: '/var/lib/dpkg/lock-frontend', role: 'lock', on: ['linux'] }],
    mechanism: 'kernelLock',
    lockKind: 'posix',
    records: [],
    programs: 'noRecord',
    advice: () =>
      l10n.t('Never delete it: wait for the holder, or terminate it and run "dpkg --configure -a".'),
    label: 'none',
    known: /\/var\/lib\/dpkg\/lock(?:-frontend)?$/,
  },
  {
    id: 'borg',
    tool: 'Borg repository',
    files: [{ path: '**/lock.exclusive/*', role: 'lock' }],
    mechanism: 'existence',
    records: ['fileName'],
    programs: ['borg'],
    advice: () =>
      l10n.t('Use "borg break-lock", and only when no Borg runs on any machine that uses the repository.'),
    label: 'file',
    known: /\/lock\.exclusive(?:\/[^/]*)?$/,
  },
];

/** Presets of tools that build, fetch, edit and version: they lock for as long as one command or window lasts. */
import * as l10n from '@vscode/l10n';
import type { Preset } from './preset';

/** Kernel locks whose file stays for ever. */
const staysForEver =
  (tool: string): (() => string) =>
  () =>
    l10n.t('{0} keeps this file for ever; only the lock on it counts. Wait for its holder or end it.', tool);

const LINUX_CONFIG = '${env:XDG_CONFIG_HOME:-~/.config}';
const MAC_CONFIG = '~/Library/Application Support';
const CODES = '{Code,Code - Insiders,VSCodium}';

export const TOOL_PRESETS: readonly Preset[] = [
  {
    id: 'claude-ide',
    tool: 'Claude IDE connection',
    files: [{ path: '${env:CLAUDE_CONFIG_DIR:-~/.claude}/ide/*.lock', role: 'lock' }],
    mechanism: 'existence',
    records: ['json'],
    label: 'file',
  },
  {
    id: 'next',
    tool: 'Next.js dev server',
    files: [{ path: '**/.next/dev/lock', role: 'lock' }],
    mechanism: 'kernelLock',
    records: ['json', 'empty'],
    advice: () =>
      l10n.t('Next.js locks this file while "next dev" runs: end that server instead of deleting the file.'),
    label: 'none',
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
    advice: () => l10n.t('VS Code takes over a lock that was not renewed for 10 minutes by itself.'),
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
    label: 'folder',
  },
  {
    id: 'chromium-profile',
    tool: 'Chrome or Electron profile',
    files: [
      { path: `${LINUX_CONFIG}/*/SingletonLock`, role: 'lock', on: ['linux'] },
      { path: `${MAC_CONFIG}/{*,Google/Chrome}/SingletonLock`, role: 'lock', on: ['darwin'] },
    ],
    mechanism: 'existence',
    records: ['hostPid'],
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
    records: [],
    advice: () => l10n.t('Close Firefox or end its processes; it makes the lock anew when it starts.'),
    label: 'folder',
  },
  {
    id: 'emacs',
    tool: 'Emacs edit lock',
    files: [{ path: '**/.#*', role: 'lock' }],
    mechanism: 'existence',
    records: ['userHostPid'],
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
    advice: () =>
      l10n.t(
        'git cannot tell who made it: make sure that no git command runs in this repository, then remove it yourself.',
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
    advice: () => l10n.t('Use "hg debuglocks": it shows both locks and frees a stale one.'),
    label: 'file',
    known: /\/\.hg\/(?:wlock|store\/lock)$/,
  },
  {
    id: 'terraform',
    tool: 'Terraform state',
    files: [{ path: '**/.terraform.tfstate.lock.info', role: 'lock' }],
    mechanism: 'kernelLock',
    records: ['json'],
    // The lock is on the state file; the .info file beside it tells who wanted it, without a pid.
    group: { lockFiles: ['terraform.tfstate'], pidFiles: [] },
    advice: () =>
      l10n.t('Use "terraform force-unlock" with the ID of the lock, and only when no run is left.'),
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
    records: [],
    advice: staysForEver('Cargo'),
    label: 'file',
  },
  {
    id: 'gradle',
    tool: 'Gradle',
    files: [{ path: '.gradle/**/*.lock', role: 'lock' }],
    mechanism: 'kernelLock',
    records: ['none'],
    advice: () => l10n.t('Use "gradle --stop"; its lock files stay and are used again.'),
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
    advice: () => l10n.t('Deleting it halts a running server: use "bazel shutdown".'),
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
    records: [],
    advice: staysForEver('uv'),
    label: 'folder',
  },
  {
    id: 'golangci-lint',
    tool: 'golangci-lint',
    files: [{ path: '${env:TMPDIR:-/tmp}/golangci-lint.lock', role: 'lock', on: ['linux', 'darwin'] }],
    mechanism: 'kernelLock',
    records: [],
    advice: staysForEver('golangci-lint'),
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
    records: [],
    advice: staysForEver('Homebrew'),
    label: 'file',
  },
  {
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
    records: [],
    heartbeat: true,
    label: 'none',
  },
  {
    id: 'dpkg',
    tool: 'apt and dpkg',
    files: [{ path: '/var/lib/dpkg/lock-frontend', role: 'lock', on: ['linux'] }],
    mechanism: 'kernelLock',
    records: [],
    advice: () => l10n.t('Never delete it: wait for the holder, or end it and run "dpkg --configure -a".'),
    label: 'none',
    known: /\/var\/lib\/dpkg\/lock(?:-frontend)?$/,
  },
  {
    id: 'borg',
    tool: 'Borg repository',
    files: [{ path: '**/lock.exclusive/*', role: 'lock' }],
    mechanism: 'existence',
    records: ['fileName'],
    advice: () =>
      l10n.t('Use "borg break-lock", and only when no Borg runs on any machine that uses the repository.'),
    label: 'file',
    known: /\/lock\.exclusive(?:\/[^/]*)?$/,
  },
];

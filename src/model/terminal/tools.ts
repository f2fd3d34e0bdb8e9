/** Lines of known tools, in their own words. */
import type { TerminalLine } from './terminalLine';

const SERVERS = [
  'node',
  'next',
  'next-server',
  'nuxt',
  'nuxi',
  'astro',
  'vinext',
  'vite',
  'vercel',
  'bun',
  'deno',
];
const GRADLE = ['gradle', 'java', 'org.gradle.launcher.daemon.bootstrap.GradleDaemon'];
const BAZEL = ['bazel', 'blaze', 'A-server.jar', 'java'];

export const TOOL_LINES: readonly TerminalLine[] = [
  // packages/next/src/build/lockfile.ts, nuxi src/utils/lockfile.ts, astro's and vinext's of the same words
  {
    id: 'next',
    word: 'dev server is already running',
    pattern: /Another next dev server is already running(?:.{0,200}?\bPID:? {0,8}(?<pid>\d{1,10}))?/d,
    programs: SERVERS,
    held: { names: /\/\.next\/(?:dev\/)?lock$/, isBelow: true, files: ['.next/dev/lock'] },
  },
  // Next.js 16.0, whose lock named nothing yet
  {
    id: 'next-lock',
    word: 'unable to acquire lock at',
    pattern:
      /(?<link>Unable to acquire lock at) (?<path>\S.{0,1023}?), is another instance of next (?:dev|build) running/d,
    programs: SERVERS,
  },
  {
    id: 'dev-server',
    word: ' is already running',
    pattern:
      /Another (?:[Nn]uxt (?:build|preview server)|(?:[Nn]uxt|astro|vinext) dev server) is already running(?:.{0,200}?\bPID:? {0,8}(?<pid>\d{1,10}))?/d,
    programs: SERVERS,
    held: {
      names: /\/\.(?:nuxt\/nuxt\.lock|astro\/dev\.json)$|\/\.cache\/vinext\/dev-lock\.json$/,
      isBelow: true,
      files: ['.nuxt/nuxt.lock', '.astro/dev.json', 'node_modules/.cache/vinext/dev-lock.json'],
    },
  },
  {
    id: 'vercel',
    word: 'process is already running',
    pattern: /Another `vercel dev` process is already running(?:.{0,200}?\bPID:? {0,8}(?<pid>\d{1,10}))?/d,
    programs: SERVERS,
  },
  // The list that follows: `- PID:` of Next.js; `  PID:` below `  URL:` of Nuxt and Astro.
  {
    id: 'dev-server-pid',
    word: 'pid:',
    pattern: /^(?:\s{0,8}- PID: {1,20}| {2}PID: {2,8})(?<pid>\d{1,10})\s{0,8}$/d,
    programs: SERVERS,
  },
  // railties/lib/rails/commands/server/server_command.rb, rack/lib/rack/server.rb
  {
    id: 'rails',
    word: 'a server is already running',
    pattern: /(?<link>A server is already running) \(pid: (?<pid>\d{1,10}), file: (?<path>[^)\n]{1,1024})\)/d,
  },
  {
    id: 'rails-file',
    word: 'a server is already running',
    pattern: /(?<link>A server is already running)\. Check (?<path>\S.{0,1023}?\.pid)(?!\S)/d,
  },
  // apt-pkg/deb/debsystem.cc, dpkg lib/dpkg/file.c
  {
    id: 'apt',
    word: 'could not get lock',
    pattern:
      /(?<link>Could not get lock) (?<path>\/[^\s:]{1,1024}?)\.? (?:It is held by process (?<pid>\d{1,10})\b|- open \()/d,
  },
  {
    id: 'dpkg',
    word: 'unable to acquire the dpkg frontend lock',
    pattern: /(?<link>Unable to acquire the dpkg frontend lock) \((?<path>\/[^)\n]{1,1024})\)/d,
  },
  {
    id: 'dpkg-pid',
    word: 'locked by another process with pid',
    pattern: /locked by another process with pid (?<pid>\d{1,10})/d,
  },
  // src/main/cpp/blaze.cc and src/main/java/com/google/devtools/build/lib/runtime/BlazeCommandDispatcher.java
  {
    id: 'bazel',
    word: 'another command ',
    pattern: /Another command \(pid=(?<pid>\d{1,10})\) is running/d,
    programs: BAZEL,
  },
  {
    id: 'bazel-client',
    word: 'another command holds the client lock',
    pattern: /Another command holds the client lock(?:.{0,40}?\bpid=(?<pid>\d{1,10}))?/d,
    programs: BAZEL,
    held: { names: /\/_bazel_[^/]+\/(?:[^/]+\/)?lock$/ },
  },
  { id: 'bazel-pid', word: 'pid=', pattern: /^pid=(?<pid>\d{1,10})\s{0,8}$/d, programs: BAZEL },
  // DefaultFileLockManager.java; "Our PID" beside it is the one that complains.
  {
    id: 'gradle',
    word: 'timeout waiting to lock',
    pattern: /(?<link>Timeout waiting to lock) [^\n(]{1,200} \((?<path>[^)\n]{1,1024})\)/d,
    programs: GRADLE,
  },
  { id: 'gradle-pid', word: 'owner pid:', pattern: /Owner PID: (?<pid>\d{1,10})/d, programs: GRADLE },
  {
    id: 'gradle-file',
    word: 'lock file:',
    pattern: /(?<link>Lock file): (?<path>(?:\/|[A-Za-z]:\\)[^\n]{0,1023}\.(?:lock|lck))(?!\S)/d,
    programs: GRADLE,
  },
  // internal/restic/lock.go
  {
    id: 'restic',
    word: 'repository is already locked',
    pattern:
      /repository is already locked(?: exclusively)? by PID (?<pid>\d{1,10}) on (?<host>\S{1,255}) by /d,
    programs: ['restic'],
  },
  // src/backend/utils/init/miscinit.c
  {
    id: 'postgres',
    word: 'already exists',
    pattern: /lock file "(?<path>[^"\n]{1,1024})" (?<link>already exists)/d,
  },
  {
    id: 'postgres-pid',
    word: 'running in data directory',
    pattern:
      /[Ii]s another post(?:master|gres) \(PID (?<pid>\d{1,10})\) running in data directory "(?<path>[^"\n]{1,1024})"/d,
    fileIn: 'postmaster.pid',
    programs: ['postgres', 'postmaster'],
  },
  // chrome/browser/process_singleton_posix.cc
  {
    id: 'chromium',
    word: 'the profile appears to be in use by another',
    pattern:
      /The profile appears to be in use by another [^\n(]{1,80} process \((?<pid>\d{1,10})\)(?: on another computer \((?<host>[^)\s]{1,255})\))?/d,
    programs: ['chrome', 'chromium', 'google-chrome', 'msedge', 'brave', 'electron', 'vivaldi', 'opera'],
  },
  // lockfile.c
  {
    id: 'git',
    word: "unable to create '",
    pattern: /Unable to create '(?<path>[^'\n]{1,1024}\.lock)': (?<link>File exists)/d,
  },
  // src/cargo/util/flock.rs
  {
    id: 'cargo-path',
    word: 'blocking waiting for file lock on',
    pattern: /(?<link>Blocking waiting for file lock) on [a-z ]{1,60} \((?<path>\/[^)\n]{1,1024})\)/d,
  },
  {
    id: 'cargo',
    word: 'blocking waiting for file lock on',
    pattern:
      /Blocking waiting for file lock on (?:package cache|build directory|artifact directory|[a-z ]{1,60})/d,
    held: { names: /\/\.(?:package-cache(?:-mutate)?|cargo-(?:build-|artifact-)?lock)$/ },
  },
  // packages/flutter_tools/lib/src/cache.dart
  {
    id: 'flutter',
    word: 'waiting for another flutter command',
    pattern: /Waiting for another flutter command to release the startup lock/d,
    held: { names: /\/bin\/cache\/(?:flutter\.)?lockfile$/ },
  },
  // crates/uv-cache/src/lib.rs
  {
    id: 'uv',
    word: 'cache is currently in-use',
    pattern: /Cache is currently in-use, waiting for other uv processes/d,
    held: { names: /\/uv\/\.lock$/ },
  },
  // src/libstore/local-store.cc, gc.cc
  {
    id: 'nix',
    word: 'waiting for the big ',
    pattern: /waiting for the big (?:garbage collector|Nix store|Nix) lock/d,
    held: { names: /\/nix\/var\/nix\/(?:gc\.lock|db\/big-lock)$/ },
  },
  // internal/command/clistate/state.go
  {
    id: 'terraform',
    word: 'error acquiring the state lock',
    pattern: /Error acquiring the state lock/d,
    held: { names: /\.tfstate$/, isBelow: true },
  },
  // sqlite3ErrStr of src/main.c
  {
    id: 'sqlite',
    word: 'database is locked',
    pattern: /\bdatabase is locked\b/d,
    held: { names: /\.(?:db|db3|sqlite|sqlite3|vscdb)(?:-shm)?$/, isBelow: true },
  },
  // server/src/main/java/org/elasticsearch/env/NodeEnvironment.java
  {
    id: 'elasticsearch',
    word: 'failed to obtain node locks',
    pattern: /(?<link>failed to obtain node locks), tried \[{1,2}(?<path>\/[^\],\n]{1,1024})/d,
    fileIn: 'node.lock',
  },
  // gateway/run.py of hermes-agent
  {
    id: 'hermes',
    word: "' profile gateway (pid ",
    pattern: /already in use by the '[^'\n]{1,80}' profile gateway \(PID (?<pid>\d{1,10})\)/d,
  },
  // core.telegram.org/bots/api#getupdates, status 409
  {
    id: 'telegram',
    word: 'terminated by other getupdates request',
    pattern: /Conflict: terminated by other getUpdates request/d,
    isPoller: true,
  },
];

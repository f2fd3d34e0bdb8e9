/** Presets of servers that belong to one project folder: they lock or record beside the code they serve. */
import * as l10n from '@vscode/l10n';
import { ANYTHING, OPTIONS_ONLY, program, recognised } from './commandLines';
import type { Preset } from './preset';

/** Puma's own title: `puma 6.4.2 (tcp://localhost:3000) [shop]`, or the command before it has one. */
const PUMA = [String.raw`^puma [\d.]+ \(.*`, program('puma', ANYTHING)];

/** Whatever a Rails server may run in: it names itself after the web server. */
const RAILS = [
  'rails',
  'puma',
  'thin',
  'unicorn',
  'unicorn_rails',
  'webrick',
  'falcon',
  'iodine',
  'passenger',
];
const RACK = ['rackup', 'bundle', 'bundler', 'spring', 'jruby', 'hanami', 'pumactl'];

export const DEV_SERVER_PRESETS: readonly Preset[] = [
  {
    id: 'rails',
    tool: 'Rails server',
    files: [{ path: '**/tmp/pids/server.pid', role: 'pid' }],
    mechanism: 'pidFile',
    records: ['integer'],
    programs: [...RAILS, ...RACK],
    process: recognised(
      [
        program(String.raw`rails`, String.raw`\s+(?:s|server)${ANYTHING}`),
        program(String.raw`bundle`, String.raw`\s+exec\s+\S*rails\s+(?:s|server)${ANYTHING}`),
        ...PUMA,
      ],
      2,
    ),
    label: 'none',
  },
  {
    id: 'puma',
    tool: 'Puma',
    files: [{ path: '**/tmp/pids/puma.state', role: 'pid' }],
    mechanism: 'pidFile',
    records: ['labelled'],
    programs: [...RAILS, ...RACK],
    process: recognised(PUMA, 2),
    label: 'none',
  },
  {
    id: 'next',
    tool: 'Next.js dev server',
    files: [{ path: '**/.next/dev/lock', role: 'lock' }],
    mechanism: 'kernelLock',
    lockKind: 'flock',
    records: ['json', 'empty'],
    // A custom server is a script of the project's own.
    programs: 'anyone',
    process: recognised([program(String.raw`next(?:\.js)?`, String.raw`\s+dev${ANYTHING}`)], 2),
    advice: () =>
      l10n.t('Next.js locks this file while "next dev" runs: stop that server instead of deleting the file.'),
    label: 'none',
  },
  {
    id: 'next-build',
    tool: 'Next.js build',
    files: [{ path: '**/.next/lock', role: 'lock' }],
    mechanism: 'kernelLock',
    lockKind: 'flock',
    records: ['json', 'empty'],
    programs: ['next', 'next-build', 'next-server'],
    process: recognised([program(String.raw`next(?:\.js)?`, String.raw`\s+build${ANYTHING}`)], 1),
    advice: () =>
      l10n.t(
        'Next.js locks this file while "next build" runs: stop that build instead of deleting the file.',
      ),
    label: 'none',
  },
  {
    // `nuxt.lock` in the build folder; newer releases leave a marker for each process. The dev server is a fork.
    id: 'nuxt',
    tool: 'Nuxt',
    files: [
      { path: '**/.nuxt/nuxt.lock', role: 'lock' },
      { path: '**/.nuxt/locks/*.json', role: 'pid', above: 1 },
    ],
    group: { lockFiles: ['nuxt.lock'], pidFiles: ['locks/*.json'] },
    mechanism: 'existence',
    records: ['json'],
    programs: ['nuxt', 'nuxi', 'index.mjs', 'vite', 'vitest'],
    process: recognised([program(String.raw`(?:nuxt|nuxi)(?:\.mjs)?`, String.raw`\s+dev${ANYTHING}`)], 1),
    label: 'none',
  },
  {
    id: 'astro',
    tool: 'Astro',
    files: [
      {
        path: '**/.astro/dev.json',
        role: 'pid',
        process: recognised([program(String.raw`astro(?:\.m?js)?`, String.raw`\s+dev${OPTIONS_ONLY}`)], 1),
      },
      {
        path: '**/.astro/preview.json',
        role: 'pid',
        process: recognised(
          [program(String.raw`astro(?:\.m?js)?`, String.raw`\s+preview${OPTIONS_ONLY}`)],
          1,
        ),
      },
    ],
    mechanism: 'pidFile',
    records: ['json'],
    programs: ['astro'],
    label: 'file',
    home: ['.astro'],
  },
  {
    id: 'vinext',
    tool: 'vinext dev server',
    files: [{ path: '**/node_modules/.cache/vinext/dev-lock.json', role: 'pid' }],
    mechanism: 'pidFile',
    records: ['json'],
    programs: ['vinext', 'vite', 'vp', 'cli.js'],
    process: recognised(
      [program(String.raw`vinext(?:\.m?js)?|vinext[\\/]dist[\\/]cli\.m?js`, String.raw`\s+dev${ANYTHING}`)],
      3,
    ),
    label: 'none',
  },
  {
    id: 'nx',
    tool: 'Nx daemon',
    files: [{ path: '**/.nx/workspace-data/d/server-process.json', role: 'pid' }],
    mechanism: 'pidFile',
    records: ['json'],
    programs: ['nx', 'start.js', 'start'],
    process: recognised(
      [program(String.raw`nx[\\/](?:dist[\\/])?src[\\/]daemon[\\/]server[\\/]start(?:\.js)?`, ANYTHING)],
      3,
    ),
    label: 'none',
  },
];

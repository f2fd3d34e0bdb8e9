/** Sizes of a build for Linux: what every window reads, what one that watches something reads, and the rest. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { runOf, type Revision } from './revision';
import { atMost, figure, notMeasured, type Row } from './table';

/** What VS Code loads and waits for, what that starts, and the thread; absent in revisions that were cut otherwise. */
const WAITED_FOR = ['extension.js', 'start.js'];
const MAIN_THREAD = [...WAITED_FOR, 'session.js'];
const EVERY_WINDOW = [...MAIN_THREAD, 'observer.js'];
/** Once a service is watched, or someone looks. */
const WATCHING = ['ui.js', 'observing.js'];

/** Read only when it is needed. */
const ON_DEMAND = [
  { part: 'onDemand.js', when: 'a command, a completion, a line of a terminal' },
  { part: 'pages.js', when: 'a document, a tooltip' },
  { part: 'actions.js', when: 'ending a process, cleaning up' },
  { part: 'globs.js', when: 'a path that is a pattern' },
  { part: 'regex.js', when: 'a setting with a /regex/' },
] as const;

/** Processes of their own, started only when they are needed. */
const PROCESSES = [
  { part: 'probe.js', when: 'no lock table' },
  { part: 'apart.js', when: 'a mount that may not answer' },
  { part: 'native.js', when: 'a native question' },
] as const;

export async function bundleRows(revision: Revision, base: string): Promise<Row[]> {
  const folder = join(base, `bundle-${revision.name}`.replace(/\W+/g, '-'));
  await runOf(revision, 'esbuild.mjs', '--for=linux', '--metafile', `--outdir=${folder}`);
  const { outputs } = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8')) as Metafile;
  const sizeOf = (file: string): number => statSync(join(folder, file.split('/').at(-1) ?? '')).size / 1000;
  const kB = (files: Iterable<string>): number => [...files].reduce((sum, file) => sum + sizeOf(file), 0);
  /** These parts and everything that is loaded with them. */
  const closure = (parts: readonly string[]): Set<string> => {
    const files = new Set(
      Object.keys(outputs).filter((name) => parts.includes(name.split('/').at(-1) ?? '')),
    );
    for (const file of files) {
      for (const { kind, path, external } of outputs[file]?.imports ?? []) {
        if (kind === 'import-statement' && external !== true) files.add(path);
      }
    }
    return files;
  };
  const every = closure(EVERY_WINDOW);
  const watching = closure([...EVERY_WINDOW, ...WATCHING]);
  const main = kB(closure(MAIN_THREAD));
  const rest = ({ part, when }: { part: string; when: string }, known: ReadonlySet<string>): Row => {
    const what = `bundle: ${part} (${when})`;
    const files = [...closure([part])].filter((file) => !known.has(file));
    return files.length === 0 ? notMeasured(what, 'there is no such part') : figure(what, kB(files), 'kB');
  };
  return [
    figure('bundle: what VS Code waits for', kB(closure(WAITED_FOR)), 'kB'),
    atMost('bundle: what every window reads', kB(every), 200, 'kB', {
      digits: 1,
      note: `main thread ${main.toFixed(0)}, thread ${kB(closure(['observer.js'])).toFixed(0)}`,
    }),
    figure('bundle: what a window reads in which a service is watched', kB(watching), 'kB'),
    ...ON_DEMAND.map((part) => rest(part, watching)),
    ...PROCESSES.map((part) => rest(part, new Set())),
    figure('bundle, all of it', kB(Object.keys(outputs)), 'kB'),
  ];
}

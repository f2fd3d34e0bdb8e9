import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { atMost, type Row } from './table';

/** Read only when it is needed: `importer` reads `part`. */
const ON_DEMAND = [
  { part: 'onDemand.js', importer: 'extension.js', when: 'a command, a document, a completion' },
  { part: 'actions.js', importer: 'observer.js', when: 'ending a process, cleaning up' },
  { part: 'globs.js', importer: 'observer.js', when: 'a path that is a pattern' },
  { part: 'regex.js', importer: 'observer.js', when: 'a setting with a /regex/' },
] as const;

/** Processes of their own, started only when they are needed. */
const PROCESSES = [
  { part: 'probe.js', when: 'no lock table' },
  { part: 'apart.js', when: 'a mount that may not answer' },
] as const;

/** Sizes of a build with `meta.json` beside it: kB. */
export function bundleRows(folder: string): Row[] {
  const { outputs } = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8')) as Metafile;
  const nameOf = (file: string): string =>
    Object.keys(outputs).find((name) => name.endsWith(`/${file}`)) ?? file;
  /** The part and everything that is loaded with it. */
  const closure = (part: string): Set<string> => {
    const files = new Set([nameOf(part)]);
    for (const file of files) {
      for (const { kind, path, external } of outputs[file]?.imports ?? []) {
        if (kind === 'import-statement' && external !== true) files.add(path);
      }
    }
    return files;
  };
  const kB = (files: Iterable<string>): number =>
    [...files].reduce((sum, file) => sum + statSync(join(folder, file.split('/').at(-1) ?? '')).size, 0) /
    1000;
  const [main, worker] = [closure('extension.js'), closure('observer.js')];
  return [
    atMost(
      `bundle for Linux, what every session reads: main thread ${kB(main).toFixed(0)} kB, worker ${kB(worker).toFixed(0)} kB, shared parts once`,
      kB(new Set([...main, ...worker])),
      200,
      'kB',
      1,
    ),
    ...PROCESSES.map(({ part, when }) => ({
      what: `bundle: ${part}, a process of its own (${when})`,
      figure: `${kB(closure(part)).toFixed(1)} kB`,
    })),
    ...ON_DEMAND.map(({ part, importer, when }) => {
      const known = closure(importer);
      return {
        what: `bundle: ${part}, read on demand (${when})`,
        figure: `${kB([...closure(part)].filter((file) => !known.has(file))).toFixed(1)} kB`,
      };
    }),
    { what: 'bundle, all of it', figure: `${kB(Object.keys(outputs)).toFixed(1)} kB` },
  ];
}

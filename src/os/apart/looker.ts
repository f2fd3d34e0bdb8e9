/** Looks at files for another process, with the very code that looks at the others: `src/apart.ts`. */
import { yieldToEventLoop } from '../../common/yieldToEventLoop';
import { conflictLineTest } from '../../model/conflictPatterns';
import type { RegexEngine } from '../../model/settings/regex';
import { WatchedFile } from '../observer/watchedFile';
import { Glob, loadGlobs } from '../observer/watchedGlob';
import { LogWatch } from '../observer/watchedLog';
import { openPlainFile } from '../plainFile';
import { findFiles } from '../presetSearch';
import type { FileReaders } from '../smallFileReader';
import type { Part, Round, State, Subject } from './messages';

/** Looks once; undefined: nothing changed. */
type Look = (force: boolean) => State | undefined;

/** What was seen is handed over at least this often, so that a slow file system is not taken for a dead one, ms. */
const HAND_OVER_MS = 50;

export class Looker {
  readonly #readers: FileReaders;
  readonly #engine: RegexEngine | undefined;
  readonly #open: (path: string) => number;
  readonly #looks = new Map<number, Look>();

  constructor(readers: FileReaders, engine: RegexEngine | undefined) {
    this.#readers = readers;
    this.#engine = engine;
    this.#open = readers.openRegularFile ?? openPlainFile;
  }

  async look({ watch, drop, force }: Round, handOver: (part: Part) => void): Promise<Part> {
    if (watch.some(([, { kind }]) => kind === 'glob')) await loadGlobs();
    for (const [key, subject] of watch) this.#looks.set(key, this.#lookAt(subject));
    for (const key of drop) this.#looks.delete(key);
    const forced = new Set(force);
    let looked: number[] = [];
    let changed: [number, State][] = [];
    let due = performance.now() + HAND_OVER_MS;
    for (const [key, look] of this.#looks) {
      const state = look(forced.has(key));
      looked.push(key);
      if (state !== undefined) changed.push([key, state]);
      if (performance.now() < due) continue;
      handOver({ looked, changed });
      [looked, changed] = [[], []];
      await yieldToEventLoop();
      due = performance.now() + HAND_OVER_MS;
    }
    return { looked, changed };
  }

  #lookAt(subject: Subject): Look {
    switch (subject.kind) {
      case 'file':
        return this.#lookAtFile(subject.path);
      case 'glob':
        return lookAtGlob(subject.pattern);
      case 'log':
        return this.#lookAtLog(subject.path, subject.patterns);
      case 'search': {
        const { globs, depth } = subject;
        const excluded = new Set(subject.excluded);
        return (force) => {
          if (!force) return undefined;
          const startedAt = performance.now();
          const found = [...findFiles(globs, { excluded, depth })];
          return { kind: 'search', found, tookMs: performance.now() - startedAt };
        };
      }
    }
  }

  #lookAtFile(path: string): Look {
    const file = new WatchedFile(path, this.#readers.readSmallFile);
    let isFirst = true;
    return (force) => {
      const isChanged = file.check(force);
      if (!isChanged && !isFirst && !force) return undefined;
      isFirst = false;
      const { facts, content } = file;
      return { kind: 'file', facts, content, place: this.#readers.placeOf?.(path, facts) };
    };
  }

  #lookAtLog(path: string, patterns: readonly string[]): Look {
    const log = new LogWatch(path, [conflictLineTest(patterns, this.#engine)], this.#open);
    let isFirst = true;
    return () => {
      const isChanged = log.check(Date.now());
      if (!isChanged && !isFirst) return undefined;
      isFirst = false;
      return { kind: 'log', facts: log.facts };
    };
  }
}

function lookAtGlob(pattern: string): Look {
  const glob = new Glob(pattern);
  let isFirst = true;
  return (force) => {
    const isChanged = glob.check(performance.now(), force || isFirst);
    if (!isChanged && !isFirst) return undefined;
    isFirst = false;
    return { kind: 'glob', matches: glob.matches, newest: glob.newest() };
  };
}

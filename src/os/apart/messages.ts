/** What the observer and the process that looks at files apart say to each other; structured clones over IPC. */
import type { FileFacts, LogFacts } from '../../model/facts';
import type { FileContent } from '../observer/watchedFile';

/** What is to be checked. A key names it in all messages. */
export type Subject =
  | { kind: 'file'; path: string }
  | { kind: 'glob'; pattern: string }
  | { kind: 'log'; path: string; patterns: readonly string[] }
  | { kind: 'search'; globs: readonly string[]; excluded: readonly string[]; depth: 'top' | 'walk' };

export interface FileState {
  kind: 'file';
  facts: FileFacts;
  content: FileContent | undefined;
  /** For this platform's lock reader. */
  place: unknown;
}

export type State =
  | FileState
  | { kind: 'glob'; matches: readonly string[]; newest: string | undefined }
  | { kind: 'log'; facts: LogFacts }
  /** Paths, each with the number of the first glob that knows it. */
  | { kind: 'search'; found: readonly (readonly [path: string, glob: number])[]; tookMs: number };

export interface Round {
  /** New since the last round; all of them when the process is new. */
  watch: readonly (readonly [key: number, subject: Subject])[];
  drop: readonly number[];
  /** To be read even if they look the same. Searches are made only then. */
  force: readonly number[];
}

/** Part of an answer: the states that changed, and everything that was checked. */
export interface Part {
  looked: readonly number[];
  changed: readonly (readonly [key: number, state: State])[];
}

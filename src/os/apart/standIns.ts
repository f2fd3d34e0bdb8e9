/** What stands in the observer for files, patterns and logs that are checked apart: the last answer, and nothing touched. */
import type { FileFacts, FileProblem, LogFacts } from '../../model/facts';
import { WatchedFile } from '../observer/watchedFile';
import { Glob } from '../observer/watchedGlob';
import { LogWatch } from '../observer/watchedLog';
import type { Asker } from './lane';
import type { State, Subject } from './messages';

/** Where the answer to one question comes in. */
export class Inbox<S extends State> implements Asker {
  readonly subject: Subject;
  readonly #isState: (state: State) => state is S;
  state: S | undefined;
  problem: FileProblem | undefined;
  isNews = false;

  /** `problem`: what is said until the first answer, when it is neither there nor absent. */
  constructor(subject: Subject, isState: (state: State) => state is S, problem: FileProblem) {
    this.subject = subject;
    this.#isState = isState;
    this.problem = problem;
  }

  take(state: State): void {
    if (!this.#isState(state)) return;
    this.state = state;
    this.problem = undefined;
    this.isNews = true;
  }

  fail(problem: FileProblem): void {
    this.isNews ||= this.problem === undefined;
    this.problem = problem;
  }

  /** Reports whether something came since the last call. */
  takeNews(): boolean {
    const { isNews } = this;
    this.isNews = false;
    return isNews;
  }
}

export type FileState = Extract<State, { kind: 'file' }>;
export type GlobState = Extract<State, { kind: 'glob' }>;
export type LogState = Extract<State, { kind: 'log' }>;
export type SearchState = Extract<State, { kind: 'search' }>;

const nothingRead = (): FileProblem => ({ code: 'EAGAIN', syscall: 'read' });

export class ApartFile extends WatchedFile {
  readonly #inbox: Inbox<FileState>;
  readonly #close: () => void;
  /** For the lock reader; undefined: not known. */
  place: unknown;

  constructor(path: string, inbox: Inbox<FileState>, close: () => void) {
    super(path, nothingRead);
    this.#inbox = inbox;
    this.#close = close;
    this.#become();
  }

  /** Takes in what was answered since, and returns whether that changed anything. Touches nothing. */
  override check(): boolean {
    if (!this.#inbox.takeNews()) return false;
    this.#become();
    return true;
  }

  override close(): void {
    this.#close();
  }

  #become(): void {
    const { path } = this;
    const { state, problem } = this.#inbox;
    const known = problem === undefined ? state : undefined;
    const unreadable: FileFacts = {
      path,
      status: 'unreadable',
      ...(problem === undefined ? {} : { problem }),
    };
    this.facts = known?.facts ?? unreadable;
    this.content = known?.content;
    this.place = known?.place;
  }
}

export class ApartGlob extends Glob {
  readonly #inbox: Inbox<GlobState>;
  readonly #close: () => void;

  constructor(pattern: string, inbox: Inbox<GlobState>, close: () => void) {
    super(pattern);
    this.#inbox = inbox;
    this.#close = close;
  }

  /** Files that could not be looked for are not gone: without an answer what matched stands. */
  override get matches(): readonly string[] {
    return this.#inbox.state?.matches ?? [];
  }

  override check(): boolean {
    return this.#inbox.takeNews();
  }

  override newest(): string | undefined {
    return this.#inbox.state?.newest;
  }

  override close(): void {
    this.#close();
  }
}

export class ApartLog extends LogWatch {
  readonly #inbox: Inbox<LogState>;
  readonly #close: () => void;

  constructor(path: string, inbox: Inbox<LogState>, close: () => void) {
    super(path, [], () => {
      throw new Error('a log that is checked apart is not opened here');
    });
    this.#inbox = inbox;
    this.#close = close;
  }

  override get facts(): LogFacts {
    const { state, problem } = this.#inbox;
    const known = state?.facts ?? { path: this.path, lines: [] };
    return problem === undefined ? known : { ...known, problem };
  }

  override check(): boolean {
    return this.#inbox.takeNews();
  }

  override close(): void {
    this.#close();
  }
}

/** Asks the probe about watched files whose locks the passive source cannot see. */
import { isGitLock } from '../../model/ownerless/gitLock';
import type { ObserverOptions, ProbeAnswer } from '../platform';
import { shouldProbe, type ProbeDecision } from '../probe/policy';
import type { Readers } from '../readers';
import type { WatchedPath, WatchedPaths } from './watchedPaths';

/** A probe holds the lock for a moment: a starter that comes at that moment is refused, so that it is asked rarely. */
const PROBE_EVERY_MS = 2_000;
/** The probe's own process may be stuck in a file system; a tick does not wait for it longer. */
const PROBE_TIMEOUT_MS = 2_000;

const NOTHING_TO_ASK: ProbeDecision = { probe: false, because: 'known' };

export class Probing {
  readonly #readers: Readers;
  readonly #paths: WatchedPaths;
  #options: ObserverOptions = { probe: undefined, probePolicy: 'never' };
  /** Has the probe answered once? */
  hasAnswered = false;

  constructor(readers: Readers, paths: WatchedPaths) {
    this.#readers = readers;
    this.#paths = paths;
  }

  configure(options: ObserverOptions): void {
    this.#options = options;
  }

  /** Asks about all files whose turn it is; `now`: monotonic ms. */
  async ask(now: number): Promise<void> {
    if (this.#options.probe === undefined || this.#options.probePolicy === 'never') return;
    const questions: Promise<void>[] = [];
    for (const [path, watched] of this.#paths) {
      if (now - watched.probedAt < PROBE_EVERY_MS || watched.file.facts.status !== 'file') continue;
      watched.probedAt = now;
      const decision = this.#decide(path, watched);
      if (decision.probe) {
        questions.push(
          this.#askOne(path, decision.isPassive).then((answer) => this.#note(path, watched, answer)),
        );
      } else {
        this.#note(path, watched, undefined);
      }
    }
    await Promise.all(questions);
  }

  #decide(path: string, watched: WatchedPath): ProbeDecision {
    const policy = this.#options.probePolicy;
    // To put a view together costs more than all else of a tick in which nothing has changed.
    if (policy === 'auto' && this.#readers.locks.seesAllOn?.(path) === true) return NOTHING_TO_ASK;
    const view = this.#readers.locks.view(path);
    return shouldProbe({
      policy,
      file: watched.file.facts.status,
      existence: isGitLock(path) || [...watched.watches].some(({ service }) => service.existence === true),
      knownHeld: view.locks.length > 0,
      fileSystem: this.#readers.apart?.mountAt(path)?.type,
      certainty: view.certainty,
    });
  }

  #note(path: string, watched: WatchedPath, answer: ProbeAnswer | undefined): void {
    if (answer !== undefined && answer !== 'unavailable') this.hasAnswered = true;
    if (answer === watched.probed) return;
    watched.probed = answer;
    this.#paths.markDirty(path);
  }

  async #askOne(path: string, isPassive: boolean): Promise<ProbeAnswer> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'unavailable'>((resolve) => {
      timer = setTimeout(() => resolve('unavailable'), PROBE_TIMEOUT_MS);
    });
    try {
      return await Promise.race([this.#options.probe?.(path, isPassive) ?? late, late]);
    } catch {
      return 'unavailable';
    } finally {
      clearTimeout(timer);
    }
  }
}

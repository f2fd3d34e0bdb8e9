/** The worker's side: observe, diagnose, and send on only what changed. */
import { posix, win32 } from 'node:path';
import { messageOf } from '../common/errors';
import { sameTexts } from '../common/sameTexts';
import type { ServiceSnapshot } from '../api';
import * as l10n from '@vscode/l10n';
import { sameService } from '../model/diff';
import type { LockFileFacts, PlatformName, ServiceFacts } from '../model/facts';
import { isPidFileName } from '../model/settings/configEntry';
import { escapeGlob, unescapeGlob } from '../model/settings/globText';
import { adviceOn, gitLockService } from '../model/presets/index';
import type { Service } from '../model/service';
import { oneLine } from '../model/text';
import { atMost } from '../os/atMost';
import { during, lastStep } from '../os/heartbeat';
import type { ActiveProbe, HeldLock, Observation, ObserverOptions } from '../os/platform';
import { LateObserver, type LateObserverDeps, type Observing } from './lateObserver';
import { PollLoop } from './pollLoop';
import type { PresetWatch } from './presetWatch';
import {
  pathOfLockSubject,
  type MainThread,
  type MonitorConfig,
  type MonitorStatus,
  type ObserverThread,
  type SnapshotDelta,
} from './protocol';
import type { ServiceReport } from './report';

/** Services in one message: deserializing a slice this size stays well below a millisecond on the main thread. */
const SLICE = 20;
/** ms after which the next slice is sent though the main thread has not had a turn since the last one. */
const SLICE_TAKEN_MS = 1000;

/** A tick that stood still for so long is not worth waiting for. */
const ABORT_AFTER_MS = 90_000;

export interface WatchDeps extends LateObserverDeps {
  platform: PlatformName;
  main: Pick<MainThread, 'onStatus' | 'onLog'> & {
    /**
     * Resolves once the last slice has left: an answer sent afterwards arrives after it. Of the others it resolves when
     * the next may follow.
     */
    onDelta(delta: SnapshotDelta): Promise<void>;
  };
  presets: PresetWatch;
  probe: ActiveProbe;
  /** Ends the thread: nothing that it waits for will come. */
  abort: (error: Error) => void;
  /** Monotonic, ms. */
  now: () => number;
}

const sameIds = (a: readonly Service[], b: readonly Service[]): boolean =>
  sameTexts(
    a.map(({ id }) => id),
    b.map(({ id }) => id),
  );

function reportOn(facts: ServiceFacts, observing: Observing): ServiceReport {
  const paths = [...facts.lockFiles, ...facts.pidFiles].map(({ file }) => file.path);
  const advice = [...new Set(paths.flatMap((path) => adviceOn(facts.service, path)))];
  return { facts, snapshot: observing.diagnose(facts), advice };
}

function watching({ lockSource, silent }: Observation): MonitorStatus {
  return { kind: 'watching', lockSource, ...(silent === undefined ? {} : { silent }) };
}

export class Watch implements ObserverThread {
  readonly #deps: WatchDeps;
  readonly #observer: LateObserver;
  readonly #loop: PollLoop;
  #observerOptions: ObserverOptions;
  #diagnosed = new Map<string, ServiceSnapshot>();
  #configuredServices: readonly Service[] = [];
  #presetServices: readonly Service[] = [];
  #order: readonly string[] = [];
  #orderChanged = true;
  #configured = false;
  #paused = false;
  #told = '';
  #lastStepCount = -1;
  /** Observer calls are single flight: ticks, inspections and lock lists queue up behind one another. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(deps: WatchDeps) {
    this.#deps = deps;
    this.#observerOptions = { probe: deps.probe, probePolicy: 'never' };
    this.#observer = new LateObserver(deps, this.#observerOptions);
    this.#loop = new PollLoop({
      intervalMs: 2000,
      tick: () => this.#inTurn(() => this.#tick()),
      onFailure: (error) => this.#onFailure(error),
      onOverdue: (ms) => this.#onOverdue(ms),
      now: deps.now,
    });
  }

  configure(config: MonitorConfig): void {
    void this.#inTurn(async () => {
      this.#observerOptions = { ...this.#observerOptions, probePolicy: config.activeProbe };
      this.#configuredServices = config.services;
      this.#presetServices = [];
      this.#deps.presets.configure(config.presets);
      await this.#watchServices();
    }).then(
      () => {
        this.#configured = true;
        this.#loop.setInterval(config.pollIntervalMs);
        this.#loop.start();
      },
      (error: unknown) => this.#onFailure(error),
    );
  }

  refresh(): Promise<void> {
    this.#deps.presets.searchAgain();
    return this.#loop.tickNow();
  }

  setPaused(paused: boolean): void {
    this.#paused = paused;
    this.#loop.setPaused(paused);
    if (paused) {
      this.#report({ kind: 'paused' });
    }
  }

  setWatched(watched: boolean): void {
    this.#loop.setWatched(watched);
  }

  inspect(serviceId: string): Promise<ServiceReport | undefined> {
    return this.#inTurn(async () => {
      const path = pathOfLockSubject(serviceId);
      const observing = await this.#observer.get();
      const facts =
        path === undefined
          ? await observing.observer.inspect(serviceId)
          : await this.#inspectLockFile(serviceId, path, observing);
      return facts === undefined ? undefined : reportOn(await observing.withEvidence(facts), observing);
    });
  }

  heldLocks(under: readonly string[] | undefined): Promise<readonly HeldLock[]> {
    return this.#inTurn(async () => (await this.#observer.get()).observer.heldLocks(under));
  }

  heldLockCount(under: readonly string[]): Promise<number> {
    return this.#inTurn(async () => (await this.#observer.get()).observer.heldLockCount(under));
  }

  locksOf(path: string): Promise<LockFileFacts> {
    return this.#inTurn(async () => (await this.#observer.get()).observer.locksOf(path));
  }

  dispose(): void {
    this.#loop.dispose();
    this.#observer.close();
  }

  /** A lock file that no service watches, checked once with an observer of its own. */
  async #inspectLockFile(
    id: string,
    path: string,
    { platform }: Observing,
  ): Promise<ServiceFacts | undefined> {
    const service: Service = gitLockService(id, path) ?? {
      id,
      name: (this.#deps.platform === 'win32' ? win32 : posix).basename(path),
      lockFiles: [escapeGlob(path)],
      pidFiles: isPidFileName(path) ? [escapeGlob(path)] : [],
      maxInstances: 1,
      origin: { kind: 'setting', index: -1, folder: undefined },
    };
    const observer = platform.createObserver();
    try {
      observer.configure([service], this.#observerOptions);
      return await observer.inspect(id);
    } finally {
      observer.close();
    }
  }

  /** Hands the observer what is to be watched now; forgets what is no longer. */
  async #watchServices(): Promise<void> {
    const services = [...this.#configuredServices, ...this.#presetServices];
    await this.#observer.configure(services, this.#observerOptions);
    const kept = new Set(services.map(({ id }) => id));
    this.#diagnosed = new Map([...this.#diagnosed].filter(([id]) => kept.has(id)));
    this.#orderChanged = true;
  }

  async #lookForPresets(): Promise<void> {
    const found = this.#deps.presets.look(this.#configuredServices);
    if (found !== undefined && !sameIds(found, this.#presetServices)) {
      this.#presetServices = found;
      await this.#watchServices();
    }
  }

  /**
   * Every service in its order. A known tool whose file has gone is not shown as absent, and outside the workspace not
   * as free either: no one asked for it, and it says nothing.
   */
  #currentOrder(): readonly string[] {
    const isWorthShowing = ({ id, lockFiles, pidFiles }: Service): boolean => {
      const state = this.#diagnosed.get(id)?.state;
      return state === 'free'
        ? [...lockFiles, ...pidFiles].some((path) => this.#deps.presets.isInWorkspace(unescapeGlob(path)))
        : state !== 'absent';
    };
    return [...this.#configuredServices, ...this.#presetServices.filter(isWorthShowing)].map(({ id }) => id);
  }

  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(() => during(step));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Reports whether anything changed. */
  async #tick(): Promise<boolean> {
    if (!this.#configured) {
      return false;
    }
    const startedAt = this.#deps.now();
    await this.#lookForPresets();
    const { observation, snapshots } = await this.#observer.tick();
    const changed: ServiceSnapshot[] = [];
    for (const next of snapshots) {
      const previous = this.#diagnosed.get(next.id);
      if (previous === undefined || !sameService(previous, next)) {
        this.#diagnosed.set(next.id, next);
        changed.push(next);
      }
    }
    if (changed.length > 0 || this.#orderChanged) {
      const order = this.#currentOrder();
      this.#orderChanged ||= !sameTexts(order, this.#order);
      this.#order = order;
    }
    const common = {
      takenAt: observation.takenAt,
      durationMs: this.#deps.now() - startedAt,
      lockSource: observation.lockSource,
    };
    const isWorthShowing = changed.length > 0 || this.#orderChanged;
    await this.#send(common, changed);
    if (observation.problem !== undefined) {
      this.#report({ kind: 'failing', message: observation.problem });
    } else {
      this.#report(this.#paused ? { kind: 'paused' } : watching(observation));
    }
    return isWorthShowing;
  }

  async #send(
    common: Pick<SnapshotDelta, 'takenAt' | 'durationMs' | 'lockSource'>,
    changed: ServiceSnapshot[],
  ): Promise<void> {
    if (changed.length === 0 && !this.#orderChanged) {
      return;
    }
    const order = this.#orderChanged ? { order: this.#order } : {};
    this.#orderChanged = false;
    for (let from = 0; from === 0 || from < changed.length; from += SLICE) {
      const last = from + SLICE >= changed.length;
      const taken = this.#deps.main.onDelta({
        ...common,
        ...(last ? order : {}),
        changed: changed.slice(from, from + SLICE),
        last,
      });
      // A main thread that a debugger has stopped is no reason for ticks to stop as well.
      await atMost(SLICE_TAKEN_MS, taken);
    }
  }

  /** The loop of this thread turns, and yet a tick does not come back: some answer that it waits for never comes. */
  #onOverdue(ms: number): void {
    const step = lastStep();
    const isStuck = step.count === this.#lastStepCount;
    this.#lastStepCount = step.count;
    if (!isStuck) {
      return; // it is only long
    }
    const seconds = Math.round(ms / 1000);
    const message = l10n.t(
      'The last check has not finished for {0} s; it was last at {1}.',
      seconds,
      oneLine(step.path),
    );
    this.#deps.main.onLog('error', message);
    this.#report({ kind: 'failing', message });
    if (ms >= ABORT_AFTER_MS) {
      this.#deps.abort(new Error(message));
    }
  }

  #onFailure(error: unknown): void {
    const text = messageOf(error);
    this.#deps.main.onLog('error', error instanceof Error ? (error.stack ?? text) : text);
    this.#report({ kind: 'failing', message: text });
  }

  #report(status: MonitorStatus): void {
    const text = JSON.stringify(status);
    if (text !== this.#told) {
      this.#told = text;
      this.#deps.main.onStatus(status);
    }
  }
}

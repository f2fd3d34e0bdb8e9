/** The actions on the real observer and the real diagnosis, with the person's answers given by the test. */
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { ActionDeps } from '../../src/actions/deps';
import { Actions, type ForceQuestion, type TerminationOptions } from '../../src/actions/index';
import { defined } from '../../src/common/defined';
import { diagnose } from '../../src/model/diagnose';
import type { ServiceFacts } from '../../src/model/facts';
import { withEvidence } from '../../src/monitor/evidence';
import { STARTING_MS } from '../../src/model/instances/rivals';
import type { Service } from '../../src/model/service';
import { createPlatform, type PlatformDeps } from '../../src/os/index';
import type { Observer, Platform, ProcessControl } from '../../src/os/platform';

export const service = (more: Partial<Service> & { lockFiles?: string[]; pidFiles?: string[] }): Service => ({
  id: 'service',
  name: 'service',
  lockFiles: [],
  pidFiles: [],
  maxInstances: 1,
  origin: { kind: 'setting', index: 0, folder: undefined },
  ...more,
});

export interface RigOptions {
  /** The answer to "force?", and what happens before it is given. */
  force?: (question: ForceQuestion) => boolean | Promise<boolean>;
  /** Runs before every inspection but the first `after`. */
  onInspect?: (count: number) => void | Promise<void>;
  /** The processes count as they are in their first seconds; by default the clock is past them. */
  young?: true;
  /** Collects evidence on lock files of git in another way than the platform. */
  ownerless?: Platform['ownerless'];
  /** Changes the facts, as another world would give them. */
  facts?: (facts: ServiceFacts) => ServiceFacts;
  processes?: (real: ProcessControl) => ProcessControl;
  cleanUpFolder?: string;
  wait?: ActionDeps['wait'];
  platform?: PlatformDeps;
  /** Another system than this one. */
  system?: Platform;
}

/** Not made yet; removed when this process ends. */
function temporaryFolder(): string {
  const folder = path.join(os.tmpdir(), `clean-up-${randomUUID()}`);
  process.once('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export class Rig {
  readonly log: string[] = [];
  readonly progress: string[] = [];
  readonly questions: ForceQuestion[] = [];
  readonly recoveries: { sentence: string; isComplete: boolean }[] = [];
  /** Where clean-ups are written down: made by the first of them. */
  readonly cleanUpFolder: string;
  readonly actions: Actions;
  readonly observer: Observer;
  readonly closeNative: () => Promise<void>;
  onProgress: (sentence: string, planId: string) => void = () => undefined;
  #inspections = 0;

  constructor(services: readonly Service[], options: RigOptions = {}) {
    this.cleanUpFolder = options.cleanUpFolder ?? temporaryFolder();
    const platform = options.system ?? createPlatform(options.platform);
    this.closeNative = async () => platform.closeNative?.();
    const evidence = { ...platform, ...defined({ ownerless: options.ownerless }) };
    const observer = platform.createObserver();
    this.observer = observer;
    observer.configure(services, { probe: undefined, probePolicy: 'never' });
    this.actions = new Actions({
      ...(options.wait === undefined ? {} : { wait: options.wait }),
      platform: { ...platform, processes: options.processes?.(platform.processes) ?? platform.processes },
      now: () => performance.now(),
      cleanUpFolder: this.cleanUpFolder,
      inspect: async (id) => {
        this.#inspections += 1;
        await options.onInspect?.(this.#inspections);
        const observed = await observer.inspect(id);
        if (observed === undefined) return undefined;
        const now = await withEvidence(observed, evidence);
        const seen = options.young ? now : { ...now, takenAt: now.takenAt + STARTING_MS };
        const facts = options.facts?.(seen) ?? seen;
        return { facts, snapshot: diagnose(facts) };
      },
      peer: {
        onActionLog: (text) => this.log.push(text),
        onActionProgress: (planId, sentence) => {
          this.progress.push(sentence);
          this.onProgress(sentence, planId);
        },
        onActionEnded: (_planId, sentence) => this.progress.push(sentence),
        onRecovery: (sentence, isComplete) => this.recoveries.push({ sentence, isComplete }),
        askForce: async (_planId, question) => {
          this.questions.push(question);
          return (await options.force?.(question)) ?? false;
        },
      },
    });
  }
}

/** What ends does so long before; a busy machine may take its time. */
export const patient: TerminationOptions = { gracePeriodMs: 5000, force: 'never', respawnWatchMs: 0 };
/** Of stubborn processes: a test takes no longer than it has to. */
export const hurried = { gracePeriodMs: 800 };

/** The real actions on real records, in a world whose services are told by facts. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Actions } from '../../../src/actions/index';
import { diagnose } from '../../../src/model/diagnose';
import { plainGuards } from '../../../src/os/plainGuards';
import type { RemovalGuards } from '../../../src/os/removal/guards';
import { facts, file, gone, pidFile, type Given } from '../model/build';

export class CleanUpWorld {
  readonly folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'clean-up-')));
  readonly storage: string;
  readonly log: string[] = [];
  readonly progress: string[] = [];
  readonly told: string[] = [];
  /** ms, each time somebody waits. */
  readonly waits: number[] = [];
  /** By service id; undefined: it is not watched. */
  readonly services = new Map<string, Given | undefined>();
  readonly guards: RemovalGuards = { ...plainGuards };
  onInspect: (serviceId: string, count: number) => void = () => undefined;
  /** While a record is aside, or a recovery waits. */
  onWait: () => void | Promise<void> = () => undefined;
  inspections = 0;
  readonly actions: Actions;

  constructor(storage = 'storage') {
    this.storage = path.join(this.folder, storage);
    fs.mkdirSync(this.at(''));
    this.actions = this.another();
  }

  /** The same place in another life. */
  another(): Actions {
    return new Actions({
      now: () => 0,
      wait: async (ms) => {
        this.waits.push(ms);
        // Nothing is waited for that often; no event loop turns meanwhile, and so no timer would end it.
        if (this.waits.length > 200) throw new Error('still waiting');
        await this.onWait();
      },
      cleanUpFolder: this.storage,
      inspect: (id) => {
        this.onInspect(id, ++this.inspections);
        const given = this.services.get(id);
        if (given === undefined) return Promise.resolve(undefined);
        const seen = facts({ ...given, service: { id, name: id, ...given.service } });
        return Promise.resolve({ facts: seen, snapshot: diagnose(seen) });
      },
      platform: { processes: { open: () => undefined }, removal: this.guards },
      peer: {
        onActionLog: (text) => this.log.push(text),
        onActionProgress: (_, sentence) => void this.progress.push(sentence),
        onActionEnded: () => undefined,
        askForce: () => Promise.resolve(false),
        onRecovery: (sentence, isComplete) => void this.told.push(`${isComplete}: ${sentence}`),
      },
    });
  }

  at(name: string): string {
    return path.join(this.folder, 'run', name);
  }

  /** A service with records of a process that is gone. */
  dead(serviceId: string, ...names: readonly string[]): void {
    const paths = names.map((name) => this.at(name));
    for (const one of paths) if (!fs.existsSync(one)) fs.writeFileSync(one, '4242');
    this.services.set(serviceId, {
      pidFiles: paths.map((one) => pidFile('4242', gone, { file: file(one) })),
    });
  }

  /** What lies in the records' folder. */
  here(): string[] {
    return fs.readdirSync(this.at('')).sort();
  }

  /** What is written down of clean-ups. */
  written(): string[] {
    return fs.existsSync(this.storage) ? fs.readdirSync(this.storage) : [];
  }

  aside(): string {
    return this.at(this.here().find((name) => name.endsWith('.aside')) ?? '');
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

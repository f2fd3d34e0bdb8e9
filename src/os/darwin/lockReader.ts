/** Locks on macOS: by the kernel's own list where the native helper answers, else by the probe and lsof. */
import type { LockSource } from '../../api';
import type { FileFacts } from '../../model/facts';
import type { HeldLock } from '../platform';
import type { LockChange, LockReader, LockView, ProcessChange, ProcessReader } from '../readers';
import { DarwinHeldLocks } from './heldLocks';
import { KernelLocks } from './kernelLocks';
import { openersOf } from './lsof';
import type { Native } from './native';
import { OpenersByLsof, type Openers } from './openers';

export interface LockReaderDeps {
  native?: Native | undefined;
  openers?: Openers;
  now?: () => number;
}

type Processes = Pick<ProcessReader, 'get' | 'parentOf' | 'invalidate'>;

export class DarwinLockReader implements LockReader {
  readonly #kernel: KernelLocks | undefined;
  readonly #held: DarwinHeldLocks | undefined;
  readonly #lsof: OpenersByLsof;
  readonly #paths = new Set<string>();
  /** The helper has answered the last question. */
  #hasKernel = false;

  constructor(processes: Processes, deps: LockReaderDeps = {}) {
    const { native, openers = openersOf, now = () => performance.now() } = deps;
    this.#kernel = native && new KernelLocks(native, processes, now);
    this.#held = native && this.#kernel && new DarwinHeldLocks(native, this.#kernel, now);
    this.#lsof = new OpenersByLsof(processes, openers, now);
  }

  get source(): LockSource {
    return this.#hasKernel ? 'native' : 'lsof';
  }

  watch(path: string, file: FileFacts): void {
    this.#paths.add(path);
    this.#kernel?.watch(path, file);
    this.#lsof.watch(path, file);
  }

  unwatch(path: string): void {
    this.#paths.delete(path);
    this.#kernel?.unwatch(path);
    this.#lsof.unwatch(path);
  }

  async update(change: ProcessChange): Promise<LockChange> {
    const news = await this.#kernel?.update(change);
    const isTurned = this.#turn(news !== undefined);
    if (news === undefined || news.size > 0) this.#held?.noteChange();
    const found = news === undefined ? await this.#lsof.update(change) : { paths: news };
    return isTurned ? { ...found, paths: new Set(this.#paths) } : found;
  }

  async refresh(paths: readonly string[]): Promise<void> {
    const news = await this.#kernel?.ask(paths, true);
    this.#turn(news !== undefined);
    if (news === undefined) await this.#lsof.ask();
  }

  /** Reports whether every view is another one now. */
  #turn(hasKernel: boolean): boolean {
    const isTurned = hasKernel !== this.#hasKernel;
    this.#hasKernel = hasKernel;
    return isTurned;
  }

  view(path: string): LockView {
    return this.#hasKernel && this.#kernel !== undefined ? this.#kernel.view(path) : this.#lsof.view(path);
  }

  /** Without the helper nothing lists locks. */
  heldLocks(under: readonly string[] | undefined): Promise<readonly HeldLock[]> {
    return this.#hasKernel && this.#held !== undefined ? this.#held.list(under) : Promise.resolve([]);
  }

  unchangedHeldLocks(under: readonly string[] | undefined): Promise<readonly HeldLock[] | undefined> {
    return Promise.resolve(this.#held?.unchanged(under));
  }

  close(): void {
    this.#kernel?.close();
    this.#lsof.close();
  }
}

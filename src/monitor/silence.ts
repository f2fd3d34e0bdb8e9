/** What to say, and whom to tell, while the observer's thread gives no sign of life. */
import * as l10n from '@vscode/l10n';
import { mountOf, type MountPoint } from '../model/mounts';
import { localTime, oneLine } from '../model/text';
import type { Silence } from './pulse';

export function silenceText({ path, since, forMs }: Silence, mounts: readonly MountPoint[]): string {
  const seconds = Math.round(forMs / 1000);
  const time = localTime(since);
  if (path === '') {
    return l10n.t('The observer has not started for {0} s, since {1}.', seconds, time);
  }
  const mount = mountOf(path, mounts);
  return mount === undefined
    ? l10n.t('No answer from the observer for {0} s: {1}, since {2}.', seconds, oneLine(path), time)
    : l10n.t(
        'No answer from the observer for {0} s: {1} on mount {2} ({3}), since {4}.',
        seconds,
        oneLine(path),
        oneLine(mount.point),
        oneLine(mount.type),
        time,
      );
}

/** Questions to a thread that may leave them unanswered. */
export class Questions {
  readonly #rejects = new Set<(why: Error) => void>();
  #silence: string | undefined;

  /** Settles as the answer does, or rejects as soon as the thread is known to be silent. */
  ask<T>(question: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#silence !== undefined) {
        reject(new Error(this.#silence));
        return;
      }
      this.#rejects.add(reject);
      const forget = (): void => void this.#rejects.delete(reject);
      question().then(resolve, reject).then(forget, forget);
    });
  }

  silent(sentence: string): void {
    this.#silence = sentence;
    const rejects = [...this.#rejects];
    this.#rejects.clear();
    for (const reject of rejects) reject(new Error(sentence));
  }

  again(): void {
    this.#silence = undefined;
  }
}

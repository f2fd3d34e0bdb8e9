/** Services whose conflicts are not notified: by their names in a setting. */
import type * as vscode from 'vscode';
import type { Config } from './config';

/** Where version 0.1.0 kept the ids of muted services, which no setting showed. */
const FORMER = 'notifications.muted';

interface Named {
  id: string;
  name: string;
}

export class Muted {
  readonly #config: Config;
  readonly #store: vscode.Memento;

  constructor(config: Config, store: vscode.Memento) {
    this.#config = config;
    this.#store = store;
  }

  readonly has = ({ id, name }: Named): boolean =>
    this.#config.current.muted.includes(name) || this.#former().includes(id);

  async mute({ name }: Named): Promise<void> {
    const { setMuted } = await import('./writeSettings');
    await setMuted(name, true);
  }

  async unmute({ id, name }: Named): Promise<void> {
    const former = this.#former();
    if (former.includes(id)) {
      const others = former.filter((one) => one !== id);
      await this.#store.update(FORMER, others.length === 0 ? undefined : others);
    }
    const { setMuted } = await import('./writeSettings');
    await setMuted(name, false);
  }

  #former(): string[] {
    const stored = this.#store.get<unknown>(FORMER);
    return Array.isArray(stored) ? stored.filter((item) => typeof item === 'string') : [];
  }
}

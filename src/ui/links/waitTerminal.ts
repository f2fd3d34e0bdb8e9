/** What the task `wait` shows: who holds it, and when it is released; its exit code is 1 when the time is up. */
import * as vscode from 'vscode';
import { messageOf } from '../../common/errors';
import type { UseAnswer } from '../../model/users';
import type { Monitor } from '../../monitor/monitor';
import { programName } from '../text/rows/processText';
import { inert } from '../text/words/sanitize';
import { awaitedQuestion, whenReleased } from './release';

/** Longer than a timer can be set for counts as without end, s. */
const LONGEST_S = 2_000_000;

export interface Wait {
  monitor: Monitor;
  /** A path, or a port such as `:3000`. */
  what: string;
  timeoutS: number;
  /** Where a relative path begins. */
  folder: string | undefined;
}

export class WaitTerminal implements vscode.Pseudoterminal {
  readonly #wait: Wait;
  readonly #abort = new AbortController();
  readonly #written = new vscode.EventEmitter<string>();
  readonly #closed = new vscode.EventEmitter<number>();
  #said = '';

  readonly onDidWrite = this.#written.event;
  readonly onDidClose = this.#closed.event;

  constructor(wait: Wait) {
    this.#wait = wait;
  }

  open(): void {
    void this.#run().then((code) => this.#closed.fire(code));
  }

  close(): void {
    this.#abort.abort();
  }

  async #run(): Promise<number> {
    const question = awaitedQuestion(this.#wait.what, this.#wait.folder);
    if (question === undefined) {
      this.#say(vscode.l10n.t('“{0}” is neither a path nor a port such as :3000.', this.#wait.what));
      return 1;
    }
    const timer =
      this.#wait.timeoutS > 0 && this.#wait.timeoutS < LONGEST_S
        ? setTimeout(() => this.#abort.abort(), this.#wait.timeoutS * 1000)
        : undefined;
    try {
      const waited = await whenReleased(this.#wait.monitor, question, this.#abort.signal, (answer) =>
        this.#sayHeld(answer),
      );
      this.#say(
        waited === 'released'
          ? vscode.l10n.t('{0} is released.', this.#wait.what)
          : vscode.l10n.t('{0} is still held; the time is up.', this.#wait.what),
      );
      return waited === 'released' ? 0 : 1;
    } catch (error) {
      this.#say(messageOf(error));
      return 1;
    } finally {
      clearTimeout(timer);
    }
  }

  #sayHeld({ users, unknown }: UseAnswer): void {
    const who = users.map(({ process }) =>
      vscode.l10n.t('pid {0} {1}', process.pid, programName(process.command)),
    );
    const said = who.length > 0 ? who.join(', ') : unknown.join(' ');
    this.#say(
      said === ''
        ? vscode.l10n.t('Waiting until {0} is released', this.#wait.what)
        : vscode.l10n.t('Waiting until {0} is released by {1}', this.#wait.what, said),
    );
  }

  /** Each thing once, however often it is seen. */
  #say(text: string): void {
    if (text !== this.#said) {
      this.#said = text;
      this.#written.fire(`${inert(text, 600)}\r\n`);
    }
  }
}

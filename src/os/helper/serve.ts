/** The helper's own side of `helperProcess.ts`. */
import { messageOf } from '../../common/errors';
import type { HelperMessage } from './helperProcess';

const send = (message: HelperMessage): void => void process.send?.(message, undefined, {}, () => undefined);

/** ms; longer than any parent waits before it ends an idle helper. This is for one whose parent cannot. */
const IDLE_MS = 900_000;

/** Writes a line to the log of whoever asks. */
export const logToParent = (log: string): void => send({ id: 0, log });

/** Serves this process's parent until it is gone. `part`: sends a part of the answer ahead. */
export function serveHelper(answer: (question: unknown, part: (part: unknown) => void) => unknown): void {
  let idle = setTimeout(() => process.exit(), IDLE_MS);
  process.on('message', (message) => {
    clearTimeout(idle);
    idle = setTimeout(() => process.exit(), IDLE_MS);
    const { id, question } = message as { id: number; question: unknown };
    void Promise.resolve()
      .then(() => answer(question, (part) => send({ id, part })))
      .then(
        (result) => send({ id, result }),
        (error: unknown) => send({ id, error: messageOf(error) }),
      );
  });
  process.on('disconnect', () => process.exit());
  send({ id: 0 });
}

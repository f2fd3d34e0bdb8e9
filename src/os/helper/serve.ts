/** The helper's own side of `helperProcess.ts`: questions come one at a time, each is answered before the next is read. */
import type { HelperMessage } from './helperProcess';

const send = (message: HelperMessage): void => void process.send?.(message, undefined, {}, () => undefined);

/** Writes a line to the log of whoever asks. */
export const logToParent = (log: string): void => send({ id: 0, log });

/** Serves this process's parent until it is gone. */
export function serveHelper(answer: (question: unknown) => unknown): void {
  process.on('message', (message) => {
    const { id, question } = message as { id: number; question: unknown };
    void Promise.resolve()
      .then(() => answer(question))
      .then(
        (result) => send({ id, result }),
        (error: unknown) => send({ id, error: error instanceof Error ? error.message : String(error) }),
      );
  });
  process.on('disconnect', () => process.exit());
  send({ id: 0 });
}

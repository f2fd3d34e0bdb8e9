/** Buffers for answers whose size is not known before. */

/** Larger than any table of a desktop; a system that asks for more gets no question. */
const LIMIT = 64 << 20;

/** Calls with larger and larger buffers until one is not too small; undefined: none was large enough. */
export function growing<T>(
  first: number,
  call: (buffer: Buffer) => T | 'tooSmall' | { needed: number },
): T | undefined {
  for (let size = first; size <= LIMIT;) {
    const answer = call(Buffer.alloc(size));
    if (answer !== 'tooSmall' && !isNeeded(answer)) return answer;
    // What it needs may have grown when it is asked the next time.
    size = Math.max(size * 2, isNeeded(answer) ? answer.needed + 4096 : 0);
  }
  return undefined;
}

const isNeeded = (answer: unknown): answer is { needed: number } =>
  typeof answer === 'object' && answer !== null && 'needed' in answer;

/** `npm run torture -- 1 bystanders` at a small count. */
import { describe, expect, it } from 'vitest';
import { whyNoPidNamespace } from '../fixtures/namespaces';
import { bystanderRounds } from '../torture/bystanders';

describe.skipIf(whyNoPidNamespace() !== undefined)(
  'bystanders beside two duplicates (need a PID namespace)',
  () => {
    it(
      'are left alone by Enter, and the duplicate and its record go every time',
      { timeout: 600_000 },
      async () => {
        const counts = await bystanderRounds(12);
        expect(counts).toMatchObject({
          rounds: 12,
          ended: 12,
          removed: 12,
          left: [],
          bystandersSignalled: 0,
          liveRecordsLost: 0,
        });
        // The same rounds by the rules of before: a harness in which nothing could go wrong would prove nothing.
        expect(counts.naive.bystanders).toBeGreaterThanOrEqual(12);
        expect(counts.naive.records).toBeGreaterThanOrEqual(12);
      },
    );
  },
);

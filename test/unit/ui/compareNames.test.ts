import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { compareNames } from '../../../src/ui/text/rows/compareNames';

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
const sign = (a: string, b: string): number => Math.sign(compareNames(a, b));
const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));

describe('the order of names', () => {
  it('is that of a collator for each two printable characters', () => {
    const differ = printable.flatMap((a) =>
      printable.filter((b) => sign(a, b) !== Math.sign(collator.compare(a, b))).map((b) => `${a} ${b}`),
    );
    expect(differ).toEqual([]);
  });

  it('is that of a collator for any two names', () => {
    // Few letters and many digits and marks, and the beginnings of one another.
    const name = fc.string({
      unit: fc.constantFrom('a', 'A', 'b', '0', '1', '9', '-', '_', '.', ' ', 'ä', '\u0301'),
    });
    fc.assert(
      fc.property(name, name, (a, b) => {
        expect([a, b, sign(a, b)]).toEqual([a, b, Math.sign(collator.compare(a, b))]);
      }),
      { numRuns: 5000 },
    );
  });

  it('takes no collator, whose making holds up the window, for names in ASCII', async () => {
    vi.resetModules();
    const made = vi.spyOn(Intl, 'Collator').mockImplementation(function () {
      return collator;
    });
    const { compareNames: fresh } = await import('../../../src/ui/text/rows/compareNames');
    expect(fresh('bot-2', 'Bot-10')).toBeLessThan(0);
    expect(made).not.toHaveBeenCalled();
    expect(fresh('über', 'uber')).toBe(0);
    expect(made).toHaveBeenCalledOnce();
    made.mockRestore();
  });

  it.each([
    ['bot-2', 'bot-10', -1],
    ['bot-002', 'bot-2', 0],
    ['Bot', 'bot', 0],
    ['bot', 'bot.lock', -1],
    ['bot 99999999999999999999', 'bot 100000000000000000000', -1],
    ['über', 'uber', 0],
    ['z', 'über', 1],
  ])('%s, %s', (a, b, order) => expect(sign(a, b)).toBe(order));
});

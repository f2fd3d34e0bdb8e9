import { describe, expect, it } from 'vitest';
import { drain } from '../../../src/common/steps';
import { historyPage as pageOf, type ServiceHistory } from '../../../src/ui/text/pages/historyPage';

const noon = new Date(2026, 2, 1, 12, 0, 0).getTime();
const historyPage = (histories: readonly ServiceHistory[], of?: string): string =>
  drain(
    pageOf({
      histories,
      total: histories.flatMap(({ events }) => events).length,
      ...(of === undefined ? {} : { of }),
    }),
  );

const held = { at: noon, kind: 'held', text: 'Held: pid 1 (bot)' } as const;

describe('the page of the history', () => {
  it('has the newest first, a table for each day, the service named where there are several', () => {
    const page = historyPage([
      { name: 'bot', events: [held, { at: noon + 5000, kind: 'conflict', text: 'Two are running' }] },
      { name: 'web', events: [{ at: noon - 24 * 3_600_000, kind: 'released', text: 'Released: pid 2' }] },
    ]);
    expect(page.match(/^(#|\| \d).*$/gm)).toEqual([
      '# History',
      '## 2026-03-01',
      '| 12:00:05 | bot | **conflict** Two are running |',
      '| 12:00:00 | bot | Held: pid 1 \\(bot\\) |',
      '## 2026-02-28',
      '| 12:00:00 | web | Released: pid 2 |',
    ]);
  });

  it('keeps the order of what was seen at one look: the last comes first', () => {
    const page = historyPage(
      [{ name: 'bot', events: [{ at: noon, kind: 'released', text: 'Released: pid 2' }, held] }],
      'bot',
    );
    expect(page.match(/^\| \d.*$/gm)).toEqual([
      '| 12:00:00 | Held: pid 1 \\(bot\\) |',
      '| 12:00:00 | Released: pid 2 |',
    ]);
  });

  it('shows a hostile name as text, not as a column, a link or a line', () => {
    const page = historyPage([{ name: 'a | b\n[x](command:y)', events: [held] }]);
    expect(page).toContain('| a \\| b␊\\[x\\]\\(command:y\\) |');
  });

  it('says that nothing has happened, and what it leaves out', () => {
    expect(historyPage([], 'bot')).toContain('Nothing has happened yet.');
    const many = Array.from({ length: 200 }, (_, index) => ({ ...held, at: noon + index }));
    const page = historyPage(Array.from({ length: 6 }, (_, index) => ({ name: `s${index}`, events: many })));
    expect(page.match(/^\| \d/gm)).toHaveLength(500);
    expect(page).toContain('700 older events are not shown here');
  });

  it('counts also what was left out before', () => {
    expect(drain(pageOf({ histories: [{ name: 'bot', events: [held] }], total: 7 }))).toContain(
      '6 older events',
    );
  });
});

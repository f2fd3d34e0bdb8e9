import { describe, expect, it } from 'vitest';
import type { CleanUpItem } from '../../../src/actions/index';
import { commandLines, factLines } from '../../../src/model/evidenceLine';
import { cleanUpPage, removalQuestion, shortWhy } from '../../../src/ui/text/dialogs/cleanUpText';

const item = (name: string, more: Partial<CleanUpItem> = {}): CleanUpItem => ({
  id: name,
  serviceId: 'bot',
  serviceName: 'bot',
  path: `/run/${name}`,
  kind: 'file',
  recordedPid: 4242,
  verdict: 'dead',
  why: `/run/${name} names pid 4242, which is gone.`,
  evidence: [
    ...factLines('Last written 2026-01-31 12:00:00.', 'Nothing holds it.'),
    ...commandLines(`head -c 4096 /run/${name}`),
  ],
  proof: 'proven',
  preselected: true,
  ...more,
});
const many = (count: number): CleanUpItem[] =>
  Array.from({ length: count }, (_, index) => item(`${index}.pid`));

describe('the question before a removal', () => {
  it('of one record says what the list would: what it is, its evidence, what Undo does', () => {
    const { message, detail } = removalQuestion([item('bot.pid')]);
    expect(message).toBe('Remove this stale record?');
    expect(detail).toContain('/run/bot.pid names pid 4242, which is gone.');
    expect(detail).toContain('• Last written 2026-01-31 12:00:00.');
    expect(detail).toContain('• Nothing holds it.');
    expect(detail).not.toContain('head');
    expect(detail.match(/which is gone/g)).toHaveLength(1);
    expect(detail).toContain('“Undo Last Clean-Up”');
    expect(detail).not.toContain('probabl');
    expect(removalQuestion([item('bot.pid')]).doubt).toBe('');
  });

  it('says what is not proven', () => {
    const vague = item('old.pid', { proof: 'plausible', preselected: false });
    expect(removalQuestion([vague]).detail).toContain('This is only probable');
    expect(removalQuestion([vague]).doubt).toBe('This is only probable: nothing but the clock says so.');
    expect(removalQuestion([item('bot.pid'), vague]).doubt).not.toBe('');
    expect(removalQuestion([vague, item('bot.pid')]).detail).toContain('1 of them are only probably stale');
    expect(shortWhy(vague)).toBe('probably: names pid 4242, which is gone; only the clock says so');
    expect(shortWhy(item('bot.pid'))).toBe('names pid 4242, which is gone');
  });

  it('names up to ten, of more the first three and their number', () => {
    const ten = removalQuestion(many(10));
    expect(ten.detail.match(/which is gone/g)).toHaveLength(10);
    expect(ten.detail).not.toContain('more.');
    const thousands = removalQuestion(many(1981));
    expect(thousands.message).toBe('Remove these 1981 stale records?');
    expect(thousands.detail.match(/which is gone/g)).toHaveLength(3);
    expect(thousands.detail).toContain('… and 1978 more.');
    expect(thousands.detail.length).toBeLessThan(1000);
  });
});

describe('the page of a clean-up', () => {
  it('lists every record by service, and what is not offered', () => {
    const page = cleanUpPage(
      [item('a.pid'), item('c.pid', { serviceName: 'web', serviceId: 'web' }), item('b.pid')],
      [{ serviceId: 'pg', serviceName: 'pg', path: '/pg/postmaster.pid', reason: 'Use pg_ctl.' }],
    );
    expect(page.match(/^(#|- ).*$/gm)).toEqual([
      '# Stale records to be removed: 3',
      '## bot',
      '- `/run/a.pid`: names pid 4242, which is gone',
      '- `/run/b.pid`: names pid 4242, which is gone',
      '## web',
      '- `/run/c.pid`: names pid 4242, which is gone',
      '## Not offered',
      '- `/pg/postmaster.pid`: Use pg\\_ctl.',
    ]);
    expect(cleanUpPage([item('a.pid')], [])).not.toContain('Not offered');
  });

  it('shows hostile names as text', () => {
    const page = cleanUpPage([item('`x`](command:y)\n# z', { serviceName: '# [x](command:y)' })], []);
    expect(page).toContain('## \\# \\[x\\]\\(command:y\\)');
    expect(page.split('\n').filter((line) => line.startsWith('# '))).toHaveLength(1);
  });
});

describe('a lock file that is left over', () => {
  const left = item('index.lock', { verdict: 'leftOver', proof: 'plausible', preselected: false });

  it('is called what it is, and only probable, for another reason than the clock', () => {
    const { message, detail } = removalQuestion([left]);
    expect(message).toBe('Remove this lock file?');
    expect(detail).toContain('This is only probable: the file does not say which process made it.');
    expect([detail, shortWhy(left)].join()).not.toContain('clock');
    expect(shortWhy(left)).toBe('probably: no process that could have made it is left');
  });

  it('is counted apart from what only the clock says', () => {
    const { detail } = removalQuestion([item('a'), left, item('b', { proof: 'plausible' })]);
    expect(detail).toContain('1 of them are only probably left over');
    expect(detail).toContain('1 of them are only probably stale: nothing but the clock says so.');
  });
});
